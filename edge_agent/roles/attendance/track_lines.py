"""A track as text: one position a line (JSON Lines), everything that was kept of it, and back.

What a terminal did not say is left out. Times are RFC 3339 UTC to the last digit that they have; bytes
are hexadecimal.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from contract.envelope import Moment
from contract.names import ClockState
from contract.timestamps import parse_rfc3339, rfc3339
from edge_agent.readings import PositionReading


class InvalidTrack(ValueError):
    """A line that is no position; says which and why."""


class _Came(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the gateway heard it: as `Moment`."""

    boot: str
    mono_ns: int
    at: str
    clock: ClockState


class _Line(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """As `PositionReading`."""

    terminal: str
    at: str | None = None
    lon: float | None = None
    lat: float | None = None
    fix: bool | None = None
    speed_kmh: float | None = None
    course_deg: float | None = None
    altitude_m: float | None = None
    accuracy_m: float | None = None
    satellites: int | None = None
    battery: float | None = None
    flags: tuple[str, ...] = ()
    values: dict[str, str] = {}
    live: bool = True
    device: str
    came: _Came
    ordinal: int = 0
    raw: str = ""


_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(_Line)
_SAME = (
    *("terminal", "lon", "lat", "fix", "speed_kmh", "course_deg", "altitude_m", "accuracy_m"),
    *("satellites", "battery", "flags", "live", "device", "ordinal"),
)


def track_lines(positions: Iterable[PositionReading]) -> bytes:
    return b"".join(_ENCODER.encode(_line(one)) + b"\n" for one in positions)


def read_track(content: bytes, origin: str = "track") -> list[PositionReading]:
    """InvalidTrack with `origin` and the line's number."""
    found = []
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            try:
                found.append(_position(_DECODER.decode(line)))
            except (msgspec.DecodeError, ValueError) as error:
                raise InvalidTrack(f"{origin}:{number}: no position: {error}") from error
    return found


def _line(one: PositionReading) -> _Line:
    moment = one.moment
    return _Line(
        **{name: getattr(one, name) for name in _SAME},
        at=None if one.at_ns is None else _exact(one.at_ns),
        values=dict(one.values),
        came=_Came(
            boot=moment.boot_id,
            mono_ns=moment.mono_ns,
            at=_exact(moment.utc_ns),
            clock=moment.clock,
        ),
        raw=one.raw.hex(),
    )


def _position(line: _Line) -> PositionReading:
    came = line.came
    return PositionReading(
        **{name: getattr(line, name) for name in _SAME},
        at_ns=None if line.at is None else parse_rfc3339(line.at),
        values=line.values,
        moment=Moment(came.boot, came.mono_ns, parse_rfc3339(came.at), came.clock),
        raw=bytes.fromhex(line.raw),
    )


def _exact(utc_ns: int) -> str:
    """Milliseconds where that is all there is, else nanoseconds."""
    text = rfc3339(utc_ns)
    return text if utc_ns % 1_000_000 == 0 else f"{text[:-4]}{utc_ns % 10**9:09d}Z"
