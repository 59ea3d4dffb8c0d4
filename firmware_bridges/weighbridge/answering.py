"""What dialects with framed text share: masking, numbers, and the last checks before an answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from firmware_bridges.frames import BadFrame, Frame
from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.indicator import (
    Answer,
    IndicatorSettings,
    IndicatorWeight,
    Refused,
    Shown,
    TextSettings,
    Unit,
)

_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))
_NUMBER = re.compile(r"([+-]?) *([0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII)

UNITS: dict[str, Unit] = {"g": "g", "kg": "kg", "t": "t", "lb": "lb"}

Parse = Callable[[bytes, bytes, IndicatorSettings], Answer | None]
"""(the frame without parity, the frame as it came, settings); None = understood, and no weight."""


class FramedDecoder:
    """Bytes in, weights and refusals out: a framer and what one frame means."""

    def __init__(self, framer: LineFramer, parse: Parse, settings: IndicatorSettings) -> None:
        self._framer, self._parse, self._settings = framer, parse, settings

    def feed(self, data: bytes) -> list[Answer]:
        return self._answers(self._framer.feed(data))

    def flush(self) -> list[Answer]:
        return self._answers(self._framer.flush())

    def _answers(self, found: list[Frame | BadFrame]) -> list[Answer]:
        answers = [self._answer(one) for one in found]
        return [answer for answer in answers if answer is not None]

    def _answer(self, found: Frame | BadFrame) -> Answer | None:
        if isinstance(found, BadFrame):
            return Refused(found.reason, found.raw)
        raw = found.raw
        shown = raw.translate(_SEVEN_BITS) if self._settings.data_bits == 7 else raw
        return self._parse(shown, raw, self._settings)


def decimal_of(text: bytes, settings: IndicatorSettings) -> Decimal | None:
    """A weight as ASCII: spaces, sign, digits, at most one point; None when it is anything else.
    Also none is what `float` would take besides: NaN, exponents, underscores, other scripts."""
    plain = text.decode("ascii", errors="replace").strip()
    if isinstance(settings, TextSettings) and settings.decimal_comma:
        plain = plain.replace(",", ".")
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return None
    sign, digits = found.groups()
    number = Decimal(digits)
    if settings.decimals is not None:
        number = Decimal(digits.replace(".", "")).scaleb(-settings.decimals)
    return -number if sign == "-" and number else number


def weighed(
    weight: Decimal,
    raw: bytes,
    settings: IndicatorSettings,
    *,
    unit: Unit | None,
    stable: bool | None,
    net: bool | None,
    overload: bool = False,
    underload: bool = False,
) -> Answer:
    """The weight, unless no scale of this capacity shows it. An overload is never stable."""
    if settings.is_nonsense(weight, unit):
        return Refused("above-capacity", raw)
    if overload or underload:
        stable = False
    return IndicatorWeight(weight, unit, stable, net, overload, underload, raw)


def out_of_range(
    raw: bytes, settings: IndicatorSettings, *, net: bool | None = None, unit: Unit | None = None
) -> Answer:
    """Over the range, and no number with it: at least the capacity, where that is known. `unit`: of
    the frame, for a capacity whose unit nobody told."""
    if settings.capacity is None:
        return Refused("not-numeric", raw)
    told = settings.unit or unit
    return weighed(
        settings.capacity, raw, settings, unit=told, stable=False, net=net, overload=True
    )


def below_range(raw: bytes, settings: IndicatorSettings) -> Answer:
    """Under the range, and no number with it: at most nothing. No role takes it for an empty deck."""
    return weighed(
        Decimal(0), raw, settings, unit=settings.unit, stable=False, net=None, underload=True
    )


def digits_of(shown: Shown, width: int, *, most_decimals: int = 5) -> int:
    """For encoders: the weight in steps of its last decimal. ValueError when it is none, or when
    `width` digits are too few."""
    scaled = shown.weight.scaleb(shown.decimals)
    if not 0 <= shown.decimals <= most_decimals or scaled != scaled.to_integral_value():
        raise ValueError(
            f"{shown.weight} cannot be shown with {shown.decimals} decimals (0 to {most_decimals})"
        )
    if abs(scaled) >= 10**width:
        raise ValueError(
            f"{shown.weight} with {shown.decimals} decimals needs more than {width} digits"
        )
    return int(scaled)


def text_of(shown: Shown, width: int) -> str:
    """For encoders: the weight with its sign and point, right-aligned in `width` characters."""
    digits_of(shown, 12)
    text = f"{shown.weight:.{shown.decimals}f}"
    if len(text) > width:
        raise ValueError(f"{text} needs more than {width} characters")
    return text.rjust(width)
