"""A gateway's folder with a real pty as its weighbridge, and the agent as a real process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from contract.keys import PrivateKey
from edge_agent.app.lock import running_agent
from edge_agent.store.database import connect
from firmware_bridges.weighbridge import yaohua_tf0
from simulators.pty_line import PtyLine

FRAME_S = 0.02
PATIENCE_S = 60.0


class Indicator:
    """A yaohua indicator in continuous mode on a real pty: shows `kg` until told otherwise.
    `heard` counts the frames that somebody had the port open for, since `kg` was set."""

    def __init__(self, link: Path) -> None:
        self.kg = self.heard = 0
        self._link = link
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._thread.join()

    def _speak(self) -> None:
        with PtyLine(self._link, 9600) as line:
            while not self._ending.wait(FRAME_S):
                sent = line.send(yaohua_tf0.encode(Decimal(self.kg)))
                self.heard += bool(sent)

    def show(self, kg: int, frames: int) -> None:
        """Shows `kg` until so many frames of it were heard."""
        self.kg, self.heard = kg, 0
        deadline = time.monotonic() + PATIENCE_S
        while self.heard < frames:
            assert time.monotonic() < deadline, "nobody listens to the indicator"
            self._ending.wait(FRAME_S)


class GatewaySite:
    """gw.toml, keys and the agent's process. Nothing of it outlives the test."""

    def __init__(
        self, folder: Path, *, hub_url: str = "http://127.0.0.1:9", link: str = "wb"
    ) -> None:
        self.folder, self.config = folder, folder / "gw.toml"
        self.data_dir = folder / "data"
        self.process: subprocess.Popen[str] | None = None
        self.log = folder / "agent.log"
        key = PrivateKey.generate()
        (folder / "box.pem").write_bytes(key.to_pem())
        (folder / "box.pem").chmod(0o600)
        (folder / "hub.pub").write_text(PrivateKey.generate().public.to_pem())
        self.config.write_text(_gateway_file(hub_url, folder / link))

    @property
    def link(self) -> Path:
        return self.folder / "wb"

    def start(self, *, ready: bool = True) -> subprocess.Popen[str]:
        log = self.log.open("a")
        command = [sys.executable, "-m", "edge_agent", "run", "--config", str(self.config)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, text=True
        )
        log.close()
        if ready:
            self.wait(lambda: bool(self.status()), "the status page answers")
        return self.process

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal and gives the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.process = None

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def status_port(self) -> int:
        running = running_agent(self.data_dir) if self.data_dir.exists() else None
        return (running and running.status_port) or 0

    def status(self) -> dict[str, Any]:
        """What the status page says; empty while there is none."""
        port = self.status_port()
        if not port:
            return {}
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/status.json")
            told: dict[str, Any] = json.load(connection.getresponse())
        except (OSError, HTTPException, ValueError):
            return {}
        else:
            return told
        finally:
            connection.close()

    def device_is(self, state: str) -> bool:
        return bool(self.status().get("devices", {}).get("wb-1") == state)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Real processes take real time: asks often, gives up late."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            ended = self.process is not None and self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"waited in vain until {what}\n{self.log.read_text()[-4000:]}")
            time.sleep(0.02)

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """Events in the stopped agent's store whose type starts with `kind`, in order."""
        connection = connect(str(self.data_dir / "edile.db"))
        try:
            rows = connection.execute("SELECT body FROM event ORDER BY rowid").fetchall()
        finally:
            connection.close()
        told = [json.loads(bytes(row[0])) for row in rows]
        return [one for one in told if str(one.get("type", "")).startswith(kind)]

    def edile(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "edile.cli", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )


def _gateway_file(hub_url: str, link: Path) -> str:
    return f"""[gateway]
district = "baiyun"
slot = "cs-017"
data_dir = "data"
simulation = true
[identity]
kid = "cs-017#1"
key_file = "box.pem"
[hub]
id = "baiyun-hub"
url = "{hub_url}"
command_key = "hub.pub"
[[devices]]
id = "wb-1"
driver = "weighbridge"
dialect = "yaohua-tf0"
link = "serial:{link}?baud=9600"
[roles.station]
weighbridge = "wb-1"
stable_s = 0.3
stable_samples = 4
step_kg = 1000000
save_every_s = 0.1
"""
