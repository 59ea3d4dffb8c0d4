"""Cutting streams whose frames say their own length and carry a check, with or without a start byte.

Never raises and keeps less than one frame. Where a frame could begin and its check is wrong, the
search goes on one byte later; what was passed over comes out as one `BadFrame`, at most `RUN` bytes.
Bytes at which no frame could begin are noise and give nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_bridges.frames import BadFrame, Frame

RUN = 256  # bytes passed over that are told in one piece

Size = Callable[[bytes, int], int | None]
"""(bytes, at) -> length of the frame that begins there; 0 = none can; None = too few bytes to say."""
Check = Callable[[bytes], bool]


class CheckedFramer:
    """`size` says how long a frame would be, `good` whether it is one."""

    def __init__(self, size: Size, good: Check) -> None:
        self._size, self._good = size, good
        self._pending = b""
        self._run = b""

    def feed(self, data: bytes) -> list[Frame | BadFrame]:
        """Everything that is decided by now, in the order of its bytes."""
        found: list[Frame | BadFrame] = []
        raw, at = self._pending + data, 0
        while at < len(raw):
            size = self._size(raw, at)
            if size is None or at + size > len(raw):
                break
            at = self._take(raw, at, size, found)
        self._pending = raw[at:]
        return found

    def flush(self) -> list[Frame | BadFrame]:
        """The stream ended or paused: a frame that was awaited does not come any more; what lies
        behind its beginning is looked at again."""
        found: list[Frame | BadFrame] = []
        raw, at = self._pending, 0
        self._pending = b""
        cut = False
        while at < len(raw):
            size = self._size(raw, at)
            if size is None or at + size > len(raw):
                cut = True
                self._pass_over(raw[at : at + 1], found)
                at += 1
            else:
                at = self._take(raw, at, size, found)
        if self._run:
            found.append(BadFrame("truncated" if cut else "checksum", self._run))
            self._run = b""
        return found

    def _take(self, raw: bytes, at: int, size: int, found: list[Frame | BadFrame]) -> int:
        """One step of the search; where the next begins."""
        frame = raw[at : at + size]
        if size and self._good(frame):
            if self._run:
                found.append(BadFrame("checksum", self._run))
                self._run = b""
            found.append(Frame(frame))
            return at + size
        if size or self._run:
            self._pass_over(raw[at : at + 1], found)
        return at + 1

    def _pass_over(self, byte: bytes, found: list[Frame | BadFrame]) -> None:
        self._run += byte
        if len(self._run) >= RUN:
            found.append(BadFrame("checksum", self._run))
            self._run = b""
