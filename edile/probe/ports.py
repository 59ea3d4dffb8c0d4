"""Which serial ports there are, and who has them open already. Linux: from /proc and pyserial."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from edge_agent.transports.serial_port import lock_holder

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class SerialPort:
    """`holder`: "pid 123 (minicom)" of a program that has it open; None = free."""

    path: str
    about: str
    holder: str | None


def serial_ports() -> list[SerialPort]:
    """What the system lists, in its order. Never opens a port."""
    found = sorted(list_ports.comports())
    return [SerialPort(one.device, one.description, holder(one.device)) for one in found]


def holder(path: str) -> str | None:
    """Who has locked the port or has it open, apart from this process."""
    locked = lock_holder(path)
    for pid in ([locked] if locked else []) + _open_by(path):
        if pid != os.getpid():
            return f"pid {pid} ({_name(pid)})"
    return None


def _open_by(path: str) -> list[int]:
    """Programs of other users show their files only to root; then nothing is known of them."""
    try:
        about = Path(path).stat()
    except OSError:
        return []
    running = [entry for entry in PROC.iterdir() if entry.name.isdigit()]
    return sorted(int(entry.name) for entry in running if _has_open(entry / "fd", about))


def _has_open(folder: Path, about: os.stat_result) -> bool:
    try:
        for one in folder.iterdir():
            linked = one.stat()
            if (linked.st_rdev, linked.st_ino) == (about.st_rdev, about.st_ino):
                return True
    except OSError:
        return False
    return False


def _name(pid: int) -> str:
    try:
        return (PROC / str(pid) / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "gone"
