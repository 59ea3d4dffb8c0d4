"""`edile decode nmea`: what a satellite receiver said."""

from __future__ import annotations

from datetime import UTC, datetime

from edile.decode.source import STDIN, FileArgument, HexOption, Object, print_decoded
from firmware_bridges.nmea import Answer, Epochs, Fix, Gga, NmeaDecoder, NmeaRefused, Rmc

EPILOG = "Example: head -c 2000 /dev/ttyACM0 | edile decode nmea"


def nmea(file: FileArgument = STDIN, hexadecimal: HexOption = False) -> None:
    """What a satellite receiver said (NMEA 0183), one object for each moment that it told of.

    A moment is what GGA and RMC of one time say together. Other sound sentences are named. Refused
    sentences give the reason: checksum, length, truncated or not-numeric.
    """
    print_decoded(file, _Receiver, hexadecimal=hexadecimal)


class _Receiver:
    """One receiver as JSON objects."""

    def __init__(self) -> None:
        self._decoder, self._epochs = NmeaDecoder(), Epochs()

    def feed(self, data: bytes) -> list[Object]:
        return [found for one in self._decoder.feed(data) for found in self._objects(one)]

    def flush(self) -> list[Object]:
        rest = [found for one in self._decoder.flush() for found in self._objects(one)]
        return [*rest, *map(_fix, self._epochs.flush())]

    def _objects(self, answer: Answer) -> list[Object]:
        if isinstance(answer, NmeaRefused):
            return [{"kind": "refused", "reason": answer.reason, "raw": answer.raw.hex()}]
        if isinstance(answer, Rmc | Gga):
            return [_fix(fix) for fix in self._epochs.take(answer)]
        return [{"kind": "other", "id": answer.formatter}]


def _fix(fix: Fix) -> Object:
    """What is not known is left out."""
    told: Object = {
        "time": None if fix.utc_ns is None else _time(fix.utc_ns),
        "lat": None if fix.lat is None else round(fix.lat, 8),
        "lon": None if fix.lon is None else round(fix.lon, 8),
        "speed_kmh": None if fix.speed_kmh is None else round(fix.speed_kmh, 3),
        "course_deg": fix.course_deg,
        "altitude_m": fix.altitude_m,
        "satellites": fix.satellites,
        "hdop": fix.hdop,
    }
    known = {name: value for name, value in told.items() if value is not None}
    return {
        "kind": "fix",
        "fix": fix.valid,
        **known,
        **({"reckoned": True} if fix.reckoned else {}),
    }


def _time(utc_ns: int) -> str:
    at = datetime.fromtimestamp(utc_ns // 10**6 / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
