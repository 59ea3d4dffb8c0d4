"""A position as a row, and back. The key of a row is what was reported, not how or when it came."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from contract.envelope import Moment
from edge_agent.readings import PositionReading

_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder()
KEY_BYTES = 8
SLOT_NS = 10 * 10**9
Row = tuple[int, str, bytes, int, bytes]
"""slot, terminal, key, came_ns, body"""


def slot_of(at_ns: int | None) -> int:
    """-1: no time."""
    return -1 if at_ns is None else max(0, at_ns // SLOT_NS)


def row_of(one: PositionReading) -> Row:
    """A report that was sent live and comes again from memory has the same key."""
    said = (
        one.at_ns,
        one.lon,
        one.lat,
        one.fix,
        one.speed_kmh,
        one.course_deg,
        one.altitude_m,
        one.accuracy_m,
        one.satellites,
        one.battery,
        one.flags,
        dict(one.values),
    )
    moment = one.moment
    salt = _ENCODER.encode(said) + one.raw
    if one.at_ns is None:  # then the same bytes may be another report
        salt += moment.mono_ns.to_bytes(8, "big", signed=True) + moment.boot_id.encode()
    key = blake2b(salt, digest_size=KEY_BYTES).digest()
    came = (moment.boot_id, moment.mono_ns, moment.utc_ns, moment.clock)
    body = _ENCODER.encode((one.device, one.live, came, said, one.raw))
    came_ns = 0 if moment.clock == "unset" else moment.utc_ns
    return slot_of(one.at_ns), one.terminal, key, came_ns, body


def reading_of(ordinal: int, terminal: str, body: bytes) -> PositionReading:
    device, live, came, said, raw = _DECODER.decode(body)
    at_ns, lon, lat, fix, speed, course, altitude, accuracy, satellites, battery, *rest = said
    return PositionReading(
        device=device,
        moment=Moment(*came),
        terminal=terminal,
        at_ns=at_ns,
        lon=lon,
        lat=lat,
        fix=fix,
        live=live,
        speed_kmh=speed,
        course_deg=course,
        altitude_m=altitude,
        accuracy_m=accuracy,
        satellites=satellites,
        battery=battery,
        flags=tuple(rest[0]),
        values=rest[1],
        raw=raw,
        ordinal=ordinal,
    )
