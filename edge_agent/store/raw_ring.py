"""Raw samples of the last hours, in a ring of segment files: for disputes and for reading a line.

Not evidence: the oldest segment goes when bytes or hours run out, and first of all under pressure.
Written through the page cache; a power cut may cost the last seconds, never a record's shape.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from contract.envelope import Moment
from contract.timestamps import rfc3339

SEGMENT_BYTES = 1024 * 1024
RING_BYTES = 64 * 1024 * 1024
HOURS = 72
_SUFFIX = ".jsonl"


class RawRing:
    """`append` is cheap and never raises for a full disk: what could not be kept is counted."""

    def __init__(
        self, folder: Path, *, max_bytes: int = RING_BYTES, max_hours: float = HOURS
    ) -> None:
        self._folder, self._max_bytes, self._max_s = folder, max_bytes, max_hours * 3600
        self.dropped = 0
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._segments = segments(folder)
        self._sizes = {path: path.stat().st_size for path in self._segments}
        self._next = int(self._segments[-1].stem) + 1 if self._segments else 1
        self._current: Path | None = None

    def append(self, device: str, moment: Moment, raw: bytes) -> None:
        """One line: device, boot, ns since boot, wall time, bytes as hex."""
        line = msgspec.json.encode(
            [device, moment.boot_id, str(moment.mono_ns), rfc3339(moment.utc_ns), raw.hex()]
        )
        with self._lock:
            try:
                self._write(line + b"\n")
            except OSError:
                self.dropped += 1

    def _write(self, line: bytes) -> None:
        if self._current is None or self._sizes[self._current] + len(line) > SEGMENT_BYTES:
            self._current = self._folder / f"{self._next:012d}{_SUFFIX}"
            self._next += 1
            self._segments.append(self._current)
            self._sizes[self._current] = 0
            self._trim()
        with self._current.open("ab") as out:
            out.write(line)
        self._sizes[self._current] += len(line)

    def _trim(self) -> None:
        newest = max((p.stat().st_mtime for p in self._segments if p.exists()), default=0.0)
        while len(self._segments) > 1 and (
            sum(self._sizes.values()) > self._max_bytes - SEGMENT_BYTES
            or newest - self._segments[0].stat().st_mtime > self._max_s
        ):
            self._drop_oldest()

    def _drop_oldest(self) -> int:
        oldest = self._segments.pop(0)
        oldest.unlink(missing_ok=True)
        if oldest == self._current:
            self._current = None
        return self._sizes.pop(oldest)

    def shed(self, wanted: int) -> tuple[int, int]:
        """Drops the oldest segments until `wanted` bytes are free; segments and bytes gone. On a full
        disk the newest may be an empty file: it goes too, but nothing is lost with it."""
        count = size = 0
        with self._lock:
            while self._segments and size < wanted:
                gone = self._drop_oldest()
                size += gone
                count += gone > 0
        return count, size


def segments(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob(f"*{_SUFFIX}") if p.stem.isdigit())


def export(folder: Path, *, device: str | None = None) -> Iterator[bytes]:
    """JSON lines `{"device", "bootid", "monotime", "time", "raw"}`, oldest first. A torn last line
    (a cut, or a writer at work) is left out."""
    keys = ("device", "bootid", "monotime", "time", "raw")
    for path in segments(folder):
        for line in path.read_bytes().splitlines():
            try:
                row = msgspec.json.decode(line, type=list[str])
            except msgspec.DecodeError:
                continue
            if len(row) == len(keys) and device in (None, row[0]):
                yield msgspec.json.encode(dict(zip(keys, row, strict=True)))
