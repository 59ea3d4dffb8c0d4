"""A position as a row, and back. The key of a row is what was reported, not how or when it came."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from contract.envelope import Moment
from edge_agent.readings import PositionReading

_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder()
KEY_BYTES = 8


def row_of(one: PositionReading) -> tuple[bytes, bytes]:
    """(key, body). A report that was sent live and comes again from memory has the same key."""
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
    encoded = _ENCODER.encode(said)
    # A report without a time of its own is told apart by the time it came.
    salt = encoded if one.at_ns is not None else encoded + one.moment.mono_ns.to_bytes(8, "big")
    key = blake2b(salt, digest_size=KEY_BYTES).digest()
    moment = one.moment
    came = (moment.boot_id, moment.mono_ns, moment.utc_ns, moment.clock)
    return key, _ENCODER.encode((one.device, one.live, came, said, one.raw))


def reading_of(terminal: str, body: bytes) -> PositionReading:
    device, live, came, said, raw = _DECODER.decode(body)
    at_ns, lon, lat, fix, speed, course, altitude, accuracy, satellites, battery, *rest = said
    flags: list[Any] = rest[0]
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
        flags=tuple(flags),
        values=rest[1],
        raw=raw,
    )
