"""Cutting a byte stream into lines: CR, LF or both at the end, or any other end bytes.

Never raises and keeps at most one line of `longest` bytes. A line is told with its first end byte
(the LF of a CR LF closes an empty line, which is nothing), so nothing waits for a byte that may not
come. With a `start` byte only what begins with it counts; bytes before it are noise.
"""

from __future__ import annotations

from firmware_bridges.frames import BadFrame, Frame

CR_LF = b"\r\n"

_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


class LineFramer:
    """Lines of at most `longest` bytes, end byte included. `data_bits` 7: the sender's parity
    arrives as bit 7 and is ignored when looking for start and end."""

    def __init__(
        self, longest: int, *, start: int | None = None, ends: bytes = CR_LF, data_bits: int = 8
    ) -> None:
        self._longest, self._start, self._ends = longest, start, ends
        self._seven = data_bits == 7
        self._pending = b""
        self._skipping = False  # the rest of a line that was too long

    def feed(self, data: bytes) -> list[Frame | BadFrame]:
        """Everything that is decided by now, in the order of its bytes."""
        raw = self._pending + data
        seen = raw.translate(_SEVEN_BITS) if self._seven else raw
        found: list[Frame | BadFrame] = []
        at = self._begin(seen, 0)
        while at < len(seen):
            after = self._take(raw, seen, at, found)
            if after < 0:
                break
            at = self._begin(seen, after)
        self._pending = raw[at:]
        return found

    def flush(self) -> list[Frame | BadFrame]:
        """The stream ended: a line that had begun is cut short."""
        cut, self._pending, self._skipping = self._pending, b"", False
        return [BadFrame("truncated", cut)] if cut else []

    def _begin(self, seen: bytes, at: int) -> int:
        """Where the next line begins; the length of `seen` when none does."""
        if self._start is not None:
            self._skipping = False
            begin = seen.find(self._start, at)
            return begin if begin >= 0 else len(seen)
        if self._skipping:
            at = self._next_end(seen, at)
            self._skipping = at == len(seen)
        while at < len(seen) and seen[at] in self._ends:
            at += 1
        return at

    def _take(self, raw: bytes, seen: bytes, begin: int, found: list[Frame | BadFrame]) -> int:
        """Adds what begins at `begin`; where to go on, or -1 when its end has not come yet."""
        end = self._next_end(seen, begin)
        if self._start is not None:
            restart = seen.find(self._start, begin + 1, min(end, begin + self._longest))
            if restart >= 0:
                found.append(BadFrame("truncated", raw[begin:restart]))
                return restart
        if end - begin >= self._longest:
            found.append(BadFrame("length", raw[begin : begin + self._longest]))
            self._skipping = True
            return begin + self._longest
        if end == len(seen):
            return -1
        found.append(Frame(raw[begin : end + 1]))
        return end + 1

    def _next_end(self, seen: bytes, at: int) -> int:
        """Where the next end byte is; the length of `seen` when there is none."""
        found = [seen.find(one, at) for one in self._ends]
        return min((one for one in found if one >= 0), default=len(seen))
