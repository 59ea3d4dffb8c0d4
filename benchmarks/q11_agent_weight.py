"""Question 11: what the station role costs on a gateway, idle and weighing at 20 frames a second.

A real agent process reads a real pty; nobody answers at the hub's address. The baseline is a bare
interpreter. CPU is the process's own time over the wall, resident memory as the kernel counts it.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
import time
import tty
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import apsw

from benchmarks.rows import Row
from contract.keys import PrivateKey
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

QUESTION = "11 agent weight"
RSS_GOAL_MB, CPU_GOAL, START_GOAL_S = 60, 0.03, 2.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PROFILE = [0, 0, 4, 9, 15, 15, 15, 15, 15, 15, 15, 15, 9, 4, 0, 0]  # tonnes, one a second

GW_TOML = """
[gateway]
district = "bench"
slot = "cs-001"
data_dir = "data"

[identity]
kid = "cs-001#1"
key_file = "box.key"

[hub]
id = "bench-hub"
url = "http://127.0.0.1:9"
command_key = "hub.pub"

[[devices]]
id = "wb-1"
driver = "weighbridge"
dialect = "yaohua-tf0"
link = "serial:{port}?baud=9600"

[roles.station]
weighbridge = "wb-1"
"""


class Line:
    """The indicator's end of a pty, fed by a thread at `rate_hz`."""

    def __init__(self, rate_hz: float, *, trucks: bool) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.port, self._slave = os.ttyname(slave), slave
        self._rate, self._trucks, self._encode = rate_hz, trucks, DIALECTS["yaohua-tf0"].encode
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()

    def _feed(self) -> None:
        begun = time.monotonic()
        os.set_blocking(self._master, False)
        while not self._ended.wait(1 / self._rate):
            second = int(time.monotonic() - begun)
            tonnes = _PROFILE[second % len(_PROFILE)] if self._trucks else 0
            try:
                os.write(self._master, self._encode(Shown(Decimal(tonnes * 1000))))
            except BlockingIOError:
                continue  # nobody reads yet

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)


@contextmanager
def _agent(folder: Path, port: str) -> Iterator[subprocess.Popen[bytes]]:
    (folder / "gw.toml").write_text(GW_TOML.format(port=port), encoding="utf-8")
    key = PrivateKey.generate()
    (folder / "box.key").write_bytes(key.to_pem())
    (folder / "box.key").chmod(0o600)
    (folder / "hub.pub").write_text(key.public.to_pem(), encoding="ascii")
    command = [sys.executable, "-m", "edge_agent", "run", "--config", "gw.toml"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    log = (folder / "agent.log").open("wb")
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


def _saved(folder: Path) -> bool:
    """Whether the station's state, made from readings, is committed."""
    path = folder / "data" / "edile.db"
    if not path.exists():
        return False
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as con:
            return bool(list(con.execute("SELECT 1 FROM role_state WHERE role = 'station'")))
    except apsw.Error:
        return False


def _start_s() -> float:
    """From the start of the process to the first reading's conclusion on disk, a truck driving on."""
    with TemporaryDirectory() as name:
        line, folder = Line(20, trucks=True), Path(name)
        begun = time.monotonic()
        try:
            with _agent(folder, line.port):
                while not _saved(folder):
                    if time.monotonic() - begun > 30:
                        raise TimeoutError((folder / "agent.log").read_text(encoding="utf-8"))
                    time.sleep(0.02)
                return time.monotonic() - begun
        finally:
            line.close()


def _weight(rate_hz: float, seconds: float, *, trucks: bool) -> tuple[float, float]:
    """(resident MB, share of one core) over `seconds`, after a warm-up."""
    with TemporaryDirectory() as name:
        line = Line(rate_hz, trucks=trucks)
        try:
            with _agent(Path(name), line.port) as process:
                time.sleep(5)
                cpu, begun = _cpu_s(process.pid), time.monotonic()
                time.sleep(seconds)
                share = (_cpu_s(process.pid) - cpu) / (time.monotonic() - begun)
                return _rss_mb(process.pid), share
        finally:
            line.close()


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def _bare() -> tuple[float, float]:
    """(resident MB, start to end in seconds) of `python -c pass`."""
    code = "print(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1])"
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    took = time.monotonic() - begun
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return int(said.stdout) / 1024, took


def measure(*, quick: bool) -> list[Row]:
    seconds, starts = (10, 1) if quick else (30, 5)
    bare_mb, bare_s = _bare()
    idle_mb, idle_cpu = _weight(10, seconds, trucks=False)
    busy_mb, busy_cpu = _weight(20, seconds, trucks=True)
    start_s = median(_start_s() for _ in range(starts))
    name = "python -c pass"
    rows = []
    for what, mb in (("idle", idle_mb), ("weighing at 20 Hz", busy_mb)):
        rows.append(
            Row(
                question=QUESTION, figure=f"resident memory, {what}", ours=mb, unit="MB",
                baseline=bare_mb, baseline_name=name, ratio=mb / bare_mb,
                goal=f"<= {RSS_GOAL_MB} MB", ok=mb <= RSS_GOAL_MB,
            )
        )  # fmt: skip
    for what, share in (("idle at 10 Hz", idle_cpu), ("weighing at 20 Hz", busy_cpu)):
        rows.append(
            Row(
                question=QUESTION, figure=f"CPU, {what}", ours=share * 100, unit="% of a core",
                baseline=None, baseline_name="", ratio=None,
                goal=f"<= {CPU_GOAL:.0%}", ok=share <= CPU_GOAL,
            )
        )  # fmt: skip
    rows.append(
        Row(
            question=QUESTION, figure="start to first durable conclusion", ours=start_s, unit="s",
            baseline=bare_s, baseline_name=name, ratio=start_s / bare_s,
            goal=f"<= {START_GOAL_S:.0f} s", ok=start_s <= START_GOAL_S,
        )
    )  # fmt: skip
    return rows
