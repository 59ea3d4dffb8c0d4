"""Who listens on a TCP port of this machine: for the one line that names the other's pid.

Linux: /proc/net/tcp gives the socket's inode, /proc/PID/fd who holds it (proc(5)).
"""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")
_LISTEN = "0A"


def pid_listening_on(port: int, proc: Path = PROC) -> int | None:
    """None when nobody does, or when it belongs to a user whose processes we may not see."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port, proc)}
    for process in proc.glob("[0-9]*"):
        if inodes & _open_files(process):
            return int(process.name)
    return None


def _listening_inodes(port: int, proc: Path) -> set[str]:
    try:
        lines = (proc / "net" / "tcp").read_text().splitlines()[1:]
    except OSError:
        return set()
    rows = [line.split() for line in lines]
    return {row[9] for row in rows if row[3] == _LISTEN and row[1].endswith(f":{port:04X}")}


def _open_files(process: Path) -> set[str]:
    found = set()
    try:
        for link in (process / "fd").iterdir():
            found.add(str(link.readlink()))
    except OSError:
        return found
    return found
