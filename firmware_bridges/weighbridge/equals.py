"""What the '=' formats share: a frame begins with '=' and has no end; the next '=' ends it.

So a weight is told when the next frame begins, a tenth of a second later; CR or LF ends it, too. No check
finds a lost byte, but a length does: a frame that is not as long as those before it is refused, also the
last one of a stream. One that stands alone is taken as whole.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_bridges.frames import BadFrame, Frame
from firmware_bridges.weighbridge.indicator import Answer, IndicatorSettings, Refused

LONGEST = 16
_BEGIN = 0x3D
_ENDS = (0x3D, 0x0D, 0x0A)
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))

ParseText = Callable[[str, bytes, IndicatorSettings], Answer]
"""(what stands behind the '=', the frame as it came, settings)."""


class EqualsFramer:
    """Cuts at every '=', CR and LF."""

    def __init__(self, *, data_bits: int = 8) -> None:
        self._seven = data_bits == 7
        self._pending = b""

    def feed(self, data: bytes) -> list[Frame | BadFrame]:
        """Everything that is decided by now, in the order of its bytes."""
        raw = self._pending + data
        seen = raw.translate(_SEVEN_BITS) if self._seven else raw
        found: list[Frame | BadFrame] = []
        at = seen.find(_BEGIN)
        while at >= 0:
            end = _end(seen, at + 1)
            if end < 0:
                break
            cut = raw[at:end]
            found.append(BadFrame("length", cut) if end - at > LONGEST else Frame(cut))
            at = seen.find(_BEGIN, end)
        self._pending = raw[at:] if at >= 0 else b""
        return found

    def flush(self, shortest: int) -> list[Frame | BadFrame]:
        """What is left is a frame when it has at least `shortest` characters behind its '='."""
        cut, self._pending = self._pending, b""
        if len(cut) > shortest:
            return [Frame(cut)]
        return [BadFrame("truncated", cut)] if cut else []


def _end(seen: bytes, at: int) -> int:
    """Where the frame ends; -1 = not known yet; what is too long ends by its length."""
    for place in range(at, min(len(seen), at + LONGEST)):
        if seen[place] in _ENDS:
            return place
    return at + LONGEST if len(seen) >= at + LONGEST else -1


class EqualsDecoder:
    """Bytes in, weights and refusals out. `shortest`: characters behind '=' that every frame has."""

    def __init__(self, settings: IndicatorSettings, parse: ParseText, shortest: int) -> None:
        self._settings, self._parse, self._shortest = settings, parse, shortest
        self._framer = EqualsFramer(data_bits=settings.data_bits)
        self._usual = 0  # length of the frames so far; 0 = none yet
        self._last = 0

    def feed(self, data: bytes) -> list[Answer]:
        return [self._answer(found) for found in self._framer.feed(data)]

    def flush(self) -> list[Answer]:
        least = min(self._usual, self._last) or self._shortest
        return [self._answer(found) for found in self._framer.flush(least)]

    def _answer(self, found: Frame | BadFrame) -> Answer:
        if isinstance(found, BadFrame):
            return Refused(found.reason, found.raw)
        shown = found.raw.translate(_SEVEN_BITS) if self._settings.data_bits == 7 else found.raw
        try:
            text = shown[1:].decode("ascii")
        except UnicodeDecodeError:
            return Refused("not-numeric", found.raw)
        answer = self._parse(text, found.raw, self._settings)
        if isinstance(answer, Refused) or self._is_usual(len(text)):
            return answer
        return Refused("length", found.raw)

    def _is_usual(self, length: int) -> bool:
        """The length of the stream is that of its first frame, until another one comes twice running
        (an indicator that sends its sign only when there is one)."""
        if self._usual in (0, length) or self._last == length:
            self._usual = length
        self._last = length
        return self._usual == length
