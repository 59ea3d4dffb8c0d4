"""A real hub process and a real gateway's store and uplink, for the questions that need both."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract.keys import PrivateKey
from contract.names import source_of
from edge_agent.clock import SystemClock
from edge_agent.commands import Commands
from edge_agent.desired import DesiredState
from edge_agent.identity import Identity
from edge_agent.ledger import Ledger
from edge_agent.ports import Clock, HubLink
from edge_agent.store.database import Store
from edge_agent.store.writer import Writer
from edge_agent.transports.hub_http import HttpHub
from edge_agent.uplink.loop import Uplink

DISTRICT, SLOT, KID, HUB_ID, UNIT = "bench", "cs-001", "cs-001#1", "bench-hub", "north"
READY_WITHIN_S = 30
_SERVING = re.compile(r"serving (http://\S+?),")


@dataclass(frozen=True)
class Hub:
    """A served hub over SQLite. `key` is the one box it believes."""

    url: str
    folder: Path
    key: PrivateKey
    pid: int

    @property
    def database(self) -> Path:
        return self.folder / "hub.db"


def _edile(folder: Path, *arguments: str, stdin: str | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "edile", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, input=stdin, env=_env(),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"edile {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}


@contextmanager
def hub_process(folder: Path) -> Iterator[Hub]:
    """Migrated, with one key, serving on any free loopback port until the block ends."""
    where = ("--database", f"sqlite:///{folder / 'hub.db'}")
    key = PrivateKey.generate()
    _edile(folder, "hub", "migrate", *where, "--district", DISTRICT, "--hub-id", HUB_ID)
    public = key.public.to_pem()
    box = ("--kid", KID, "--public", "-", "--unit", UNIT)
    _edile(folder, "hub", "key", "add", *box, *where, stdin=public)
    log = folder / "hub.log"
    serve = ("hub", "serve", "--port", "0", *where)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "edile", *serve], cwd=folder, stdout=out, stderr=out, env=_env()
        )
    try:
        yield Hub(_address(log, process), folder, key, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        said = log.read_text(encoding="utf-8")
        found = _SERVING.search(said)
        if found and "startup complete" in said:
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"the hub did not start:\n{log.read_text(encoding='utf-8')}")


def open_store(folder: Path, clock: Clock) -> Store:
    return Store.open(
        folder / "gateway",
        entropy=secrets.randbits,
        source=source_of(DISTRICT, SLOT),
        moment=clock.moment(),
        unclean=False,
        versions={},
    )


def uplink_to(hub: Hub, writer: Writer, clock: SystemClock, link: HubLink | None = None) -> Uplink:
    """As the agent builds it, without a configuration file."""
    command_pem = (hub.folder / "keys" / "command.pem").read_bytes()
    command_key = PrivateKey.from_pem(command_pem).public
    return Uplink(
        writer=writer,
        link=link or HttpHub(hub.url),
        identity=Identity(KID, hub.key),
        clock=clock,
        hub_id=HUB_ID,
        command_key=command_key,
        desired=DesiredState(slot=SLOT, key=command_key, validate=lambda _: [], written=None),
        commands=Commands(
            slot=SLOT, key=command_key, recorder=writer, clock=clock, executors={}, written=None
        ),
        ledger=Ledger.restore(None),
        random=lambda: 0.5,
    )
