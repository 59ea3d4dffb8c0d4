"""MT-SICS: Mettler-Toledo's command set, spoken also by Ohaus and others. Lines that end with CR LF.

Sources: METTLER TOLEDO AL-IC manual p. 72 (replies of S); JS series manual p. 30; a driver tried on
an Ohaus Ranger 7000; MT-SICS reference manual 11780711 as those quote it.

    S S     100.00 g    stable          S I   not executable now      ES   unknown command
    S D     100.00 g    moving          S +   above the range         ET   bad transmission
                                        S -   below the range         EL   command not possible

SI, SIR and their like answer with `S ...`; some emulators repeat the command instead (`SI S ...`).
The unit is part of the weight: a line without one is refused, never taken for grams. Replies to tare,
zero and inquiry commands carry no load and give nothing.

We ask with SIR (send at once, and repeat). Some balances say `D` for ever in that mode; with
`trust_motion = false` a `D` counts as "does not say" and the weight settles by time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.answering import (
    UNITS,
    FramedDecoder,
    below_range,
    decimal_of,
    out_of_range,
    text_of,
    weighed,
)
from firmware_bridges.weighbridge.indicator import (
    Answer,
    IndicatorSettings,
    Refused,
    Shown,
    TextSettings,
)

LONGEST = 80
_WEIGHT = re.compile(rb"(?:S|SI|SIR|SR|SU|SIU|SIRU|SRU|SNR|SNRU) ([SD])(?: +([^ ]+)(?: +(.+))?)?")
_STATE = re.compile(rb"(?:S|SI|SIR|SR|SU|SIU|SIRU|SRU|SNR|SNRU) ([I+-])")
# Commands (heard on a tapped line) and replies that are no weights: letters, then a state or text.
_OTHER = re.compile(
    rb"(?:@|C[0-9]|D|DAT|DW|I[0-9]+|K|M[0-9]+|PW|PWR|S|SI|SIR|SIU|SIRU|SNR|SR|SU|ST|T|TA|TAC|TI"
    rb"|TIM|UPD|Z|ZI)(?: .*)?"
)
_POUNDS_OUNCES = re.compile(rb"(-?)([0-9]+):([0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class MtSicsSettings(TextSettings):
    """Beyond what all indicators have."""

    trust_motion: bool = field(
        default=True,
        metadata={"doc": "false for a balance that never says stable: its weight settles by time"},
    )


def decoder(settings: IndicatorSettings) -> FramedDecoder:
    return FramedDecoder(LineFramer(LONGEST, data_bits=settings.data_bits), parse, settings)


def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer | None:
    """One line."""
    line = shown.strip()
    if found := _WEIGHT.fullmatch(line):
        state, number, unit = found.groups()
        return _weight(state, number or b"", unit or b"", raw, settings)
    if found := _STATE.fullmatch(line):
        return _without_number(found.group(1), raw, settings)
    return None if _OTHER.fullmatch(line) else Refused("not-numeric", raw)


def _without_number(state: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
    if state == b"+":
        return out_of_range(raw, settings)
    return below_range(raw, settings) if state == b"-" else Refused("not-numeric", raw)


def _weight(
    state: bytes, number: bytes, unit: bytes, raw: bytes, settings: IndicatorSettings
) -> Answer:
    trusted = not isinstance(settings, MtSicsSettings) or settings.trust_motion
    stable = True if state == b"S" else (False if trusted else None)
    if unit == b"lb:oz":
        weight = _pounds(number)
        known = UNITS["lb"]
    else:
        weight = decimal_of(number, settings)
        if weight is not None and unit.decode("ascii", errors="replace") not in UNITS:
            return Refused("no-unit", raw)
        known = UNITS.get(unit.decode("ascii", errors="replace"), "g")
    if weight is None:
        return Refused("not-numeric", raw)
    return weighed(weight, raw, settings, unit=known, stable=stable, net=None)


def _pounds(number: bytes) -> Decimal | None:
    """Pounds and ounces such as 12:07.50, in pounds; exact, as a pound has 16 ounces."""
    found = _POUNDS_OUNCES.fullmatch(number)
    if found is None or Decimal(found.group(3).decode()) >= 16:
        return None
    pounds = Decimal(found.group(2).decode()) + Decimal(found.group(3).decode()) / 16
    return -pounds if found.group(1) else pounds


def encode(shown: Shown) -> bytes:
    """The reply to S, SI or SIR. ValueError when ten characters cannot show the weight."""
    if shown.overload or shown.underload:
        return b"S +\r\n" if shown.overload else b"S -\r\n"
    state = "S" if shown.stable else "D"
    return f"S {state} {text_of(shown, 10)} {shown.unit}\r\n".encode("ascii")


def poll(_settings: IndicatorSettings) -> bytes:
    """Send the weight at once and go on sending; changes nothing in the balance."""
    return b"SIR\r\n"
