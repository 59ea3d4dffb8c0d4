"""Toledo / Mettler-Toledo continuous output, and the many indicators that imitate it.

Sources: METTLER TOLEDO Wildcat technical manual (12/00) pp. 6-4 and 6-5; Rockwell 57C428 p. D-1;
IND445 manual 22013194B p. 50; KERN FTC manual p. 42; Cardinal 225 manual p. 118 (short form).
The status bytes of the extended form are facts taken from a published listing of an IND245's
firmware; no manual was at hand.

    long      02 | SWA SWB SWC | 6 weight | 6 tare | 0D | [check]             17 or 18 bytes
    short     02 | SWA SWB SWC | 6 weight | 0D | [check]                      11 or 12 bytes
    extended  01 | address | 4 status | 9 weight | 8 tare | 0D | [check]      24 or 25 bytes

Every byte counts with seven bits only: the line is usually 7E1 and often read as 8N1. The check is
the negative sum of all bytes before it, seven bits. Nothing in the frame says whether it is there: a
byte after CR that is a start byte, with none behind it, begins the next frame; any other must be the
check. Once checks have been seen in a row, a frame without one is refused. The weight is what the
display shows (net when SWB says so), digits only, leading zeros may be spaces.

Decimal codes 0 and 1 mean one or two fixed zeros at the end of the display. Mettler's own terminals
send these zeros too, and so do two published captures: they are taken as they are. Where a known
weight shows a tenth or a hundredth, `fixed_zero = "multiply"` adds them.

An indicator that has not found its zero since power-up (SWB bit 6) is never called stable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from firmware_bridges.frames import BadFrame, Frame, Reason
from firmware_bridges.weighbridge.indicator import (
    Answer,
    IndicatorSettings,
    IndicatorWeight,
    Refused,
    Shown,
    Unit,
)

STX, SOH, CR = 0x02, 0x01, 0x0D
STARTS = (STX, SOH)
SHORT, LONG, EXTENDED = 11, 17, 24
LONGEST = EXTENDED + 2  # with its check, and the byte behind that tells what the check was
TRUST, MOST_TRUST = 3, 20  # checks in a row before they are demanded; the most that is remembered

_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))
_DIGITS = re.compile(rb" *[0-9]+")
_NUMBER = re.compile(rb" *-?[0-9]+(\.[0-9]+)?")
_FIXED_ZEROS = {0: 2, 1: 1}
# SWC bits 2-0; 0 leaves it to SWB bit 4. Ounces, short tons and newtons are no units of ours.
_UNITS: dict[int, Unit] = {1: "g", 2: "t"}
_EXTENDED_UNITS: dict[int, Unit] = {1: "lb", 2: "kg", 3: "g", 4: "t"}


@dataclass(frozen=True, slots=True)
class ToledoSettings(IndicatorSettings):
    """`checksum` auto tells by what follows CR, and so answers a frame without a check only when
    the next one begins; `no` answers at once."""

    checksum: Literal["auto", "yes", "no"] = field(
        default="auto", metadata={"doc": "whether the indicator was set up to send its check byte"}
    )
    fixed_zero: Literal["as-is", "multiply"] = field(
        default="as-is",
        metadata={"doc": "decimal codes 0 and 1: fixed zeros are sent, or must be added"},
    )


class ToledoFramer:
    """Cuts the stream; a `Frame` that carries a check carries the right one."""

    def __init__(self, checksum: Literal["auto", "yes", "no"]) -> None:
        self._checksum = checksum
        self._pending = b""
        self._trust = 0

    def feed(self, data: bytes) -> list[Frame | BadFrame]:
        """Everything that is decided by now, in the order of its bytes."""
        return self._cut(self._pending + data, ended=False)

    def flush(self) -> list[Frame | BadFrame]:
        """The stream ended; what was still open is decided now."""
        return self._cut(self._pending, ended=True)

    def _cut(self, raw: bytes, *, ended: bool) -> list[Frame | BadFrame]:
        seen = raw.translate(_SEVEN_BITS)
        found: list[Frame | BadFrame] = []
        start = _next_start(seen, 0)
        while start >= 0:
            end, reason = self._end(seen, start, ended=ended)
            if end < 0:
                break
            cut = raw[start:end]
            found.append(Frame(cut) if reason is None else BadFrame(reason, cut))
            start = _next_start(seen, end)
        self._pending = raw[start:] if start >= 0 else b""
        return found

    def _end(self, seen: bytes, start: int, *, ended: bool) -> tuple[int, Reason | None]:
        """Where the frame from `start` ends and what is wrong with it; -1 = not known yet."""
        limit = start + EXTENDED
        restart = _next_start(seen, start + 1, limit)
        cr = seen.find(CR, start + 1, restart if restart >= 0 else limit)
        if cr < 0 and restart >= 0:
            return restart, "truncated"
        if cr < 0:
            if len(seen) >= limit:
                return limit, "length"
            return (len(seen), "truncated") if ended else (-1, None)
        if cr + 1 - start not in ((EXTENDED,) if seen[start] == SOH else (SHORT, LONG)):
            return cr + 1, "length"
        return self._after_cr(seen, start, cr + 1, ended=ended)

    def _after_cr(
        self, seen: bytes, start: int, end: int, *, ended: bool
    ) -> tuple[int, Reason | None]:
        """`end`: behind CR, where the check stands if there is one."""
        if self._checksum == "no":
            return end, None
        if end == len(seen):
            return self._without_check(end) if ended else (-1, None)
        follows, right = seen[end], seen[end] == -sum(seen[start:end]) & 0x7F
        if follows in STARTS:
            if end + 1 < len(seen):
                if seen[end + 1] not in STARTS:
                    return self._without_check(end)
            elif not ended:
                return -1, None
        self._trust = min(self._trust + 1, MOST_TRUST) if right else self._trust
        return end + 1, None if right else "checksum"

    def _without_check(self, end: int) -> tuple[int, Reason | None]:
        if self._checksum == "yes":
            return end, "checksum"
        if self._trust < TRUST:
            return end, None
        self._trust -= 1  # an indicator whose check was switched off is believed after a while
        return end, "checksum"


def _next_start(seen: bytes, start: int, end: int | None = None) -> int:
    return min((at for at in (seen.find(one, start, end) for one in STARTS) if at >= 0), default=-1)


class ToledoDecoder:
    """Bytes in, weights and refusals out."""

    def __init__(self, settings: IndicatorSettings) -> None:
        self._settings = settings
        known = settings if isinstance(settings, ToledoSettings) else ToledoSettings()
        self._framer = ToledoFramer(known.checksum)

    def feed(self, data: bytes) -> list[Answer]:
        return [self._answer(found) for found in self._framer.feed(data)]

    def flush(self) -> list[Answer]:
        return [self._answer(found) for found in self._framer.flush()]

    def _answer(self, found: Frame | BadFrame) -> Answer:
        if isinstance(found, BadFrame):
            return Refused(found.reason, found.raw)
        shown = found.raw.translate(_SEVEN_BITS)
        parse = _parse_extended if shown[0] == SOH else _parse
        return parse(shown, found.raw, self._settings)


def _parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """The long and the short form."""
    swa, swb, swc = shown[1:4]
    digits = shown[4:10]
    if swa & 0x60 != 0x20 or not swb & 0x20 or swc & 0x60 != 0x20 or not _DIGITS.fullmatch(digits):
        return Refused("not-numeric", raw)
    unit = _UNITS.get(swc & 7) if swc & 7 else ("kg" if swb & 0x10 else "lb")
    if unit is None:
        return Refused("no-unit", raw)
    code, negative = swa & 7, bool(swb & 2)
    adds = isinstance(settings, ToledoSettings) and settings.fixed_zero == "multiply"
    zeros = _FIXED_ZEROS.get(code, 0) if adds else 0
    places = max(code - 2, 0) if settings.decimals is None else settings.decimals
    weight = Decimal(int(digits) * 10**zeros * (-1 if negative else 1)).scaleb(-places)
    if settings.is_nonsense(weight, unit):
        return Refused("above-capacity", raw)
    out_of_range = bool(swb & 4)
    return IndicatorWeight(
        weight=weight,
        unit=unit,
        stable=not swb & 0x4C,  # neither moving, nor out of range, nor without a zero
        net=bool(swb & 1),
        overload=out_of_range and not negative,
        underload=out_of_range and negative,
        raw=raw,
    )


def _parse_extended(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    """Status 1: unit, bit 4 centre of zero, bit 6 motion. Status 2: bit 0 net. Status 3: bit 0 no
    valid data, bit 1 under, bit 2 over, bit 3 no zero since power-up."""
    first, second, third, _ = shown[2:6]
    text = shown[6:15]
    if first & 0x20 == 0 or third & 0x21 != 0x20 or not _NUMBER.fullmatch(text):
        return Refused("not-numeric", raw)
    unit = _EXTENDED_UNITS.get(first & 0x0F)
    if unit is None:
        return Refused("no-unit", raw)
    weight = Decimal(text.decode("ascii").strip())
    if settings.decimals is not None:
        digits = int(text.replace(b".", b""))
        weight = Decimal(digits).scaleb(-settings.decimals)
    if settings.is_nonsense(weight, unit):
        return Refused("above-capacity", raw)
    return IndicatorWeight(
        weight=weight,
        unit=unit,
        stable=not (first & 0x40 or third & 0x0E),
        net=bool(second & 1),
        overload=bool(third & 4),
        underload=bool(third & 2),
        raw=raw,
    )


def encode(shown: Shown) -> bytes:
    """The long form with its check, as an indicator set to increments of 1 sends it. ValueError when
    six digits cannot show the weight."""
    scaled = shown.weight.scaleb(shown.decimals)
    if not 0 <= shown.decimals <= 5 or scaled != scaled.to_integral_value():
        raise ValueError(f"{shown.weight} cannot be shown with {shown.decimals} decimals (0 to 5)")
    if abs(scaled) >= 10**6:
        raise ValueError(f"{shown.weight} needs more than 6 digits")
    swa = 0x28 | shown.decimals + 2
    swb = 0x20 | shown.net | (scaled < 0) << 1 | (shown.overload or shown.underload) << 2
    swb |= (not shown.stable) << 3 | (shown.unit == "kg") << 4
    swc = 0x20 | {"g": 1, "t": 2}.get(shown.unit, 0)
    body = bytes((STX, swa, swb, swc)) + b"%6d%6d\r" % (abs(int(scaled)), 0)
    return body + bytes((-sum(body) & 0x7F,))
