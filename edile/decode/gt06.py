"""`edile decode gt06`: what GT06 trackers and badges said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from edile.decode.source import STDIN, FileArgument, HexOption, Object, print_decoded
from edile.decode.zones import ZoneOption, zone_seconds
from firmware_bridges.gt06 import (
    BadFrame,
    Cell,
    Fix,
    Frame,
    Framer,
    Information,
    Located,
    Login,
    Neighbours,
    Packet,
    Refused,
    Status,
    Text,
    Unknown,
    parse,
    understand,
)

EPILOG = "Example: echo 78780D01012345678901234500018CDD0D0A | edile decode gt06 --hex"


def gt06(
    file: FileArgument = STDIN,
    hexadecimal: HexOption = False,
    zone: ZoneOption = "+00:00",
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Decode in spite of a wrong CRC.")
    ] = False,
) -> None:
    """What GT06 (Concox and related) terminals said, one object a packet.

    The terminal is the one that logged in last. Its clock is UTC or local by its own setting: say
    which with --zone. Refused packets give the reason: checksum, length, truncated or body.
    """
    seconds = zone_seconds(zone)
    print_decoded(file, lambda: _Terminal(seconds, lenient=lenient), hexadecimal=hexadecimal)


class _Terminal:
    """One connection as JSON objects."""

    def __init__(self, zone_s: int, *, lenient: bool) -> None:
        self._zone_s, self._lenient = zone_s, lenient
        self._framer = Framer()
        self._imei: str | None = None

    def feed(self, data: bytes) -> list[Object]:
        return [self._object(one) for one in self._framer.feed(data)]

    def flush(self) -> list[Object]:
        return [self._object(one) for one in self._framer.flush()]

    def _object(self, frame: Frame | BadFrame) -> Object:
        found = parse(frame, lenient=self._lenient)
        if isinstance(found, Refused):
            return {"kind": "refused", "reason": found.reason, "raw": found.raw.hex()}
        body = understand(found, self._zone_s)
        if body is None:
            about = {"kind": "refused", "reason": "body", "id": f"0x{found.type:02X}"}
            return {**about, "raw": found.raw.hex()}
        if isinstance(body, Login):
            self._imei = body.imei
        fix = body.fix if isinstance(body, Located) else None
        return {
            "kind": "message",
            "id": f"0x{found.type:02X}",
            "name": found.name,
            "terminal": self._imei,
            "serial": found.serial,
            "positions": [] if fix is None else [_position(fix)],
            "fields": _fields(found, body),
            **({"lenient": ["checksum"]} if found.lenient else {}),
        }


def _position(fix: Fix) -> Object:
    return {
        "lat": fix.lat,
        "lon": fix.lon,
        "speed_kmh": fix.speed_kmh,
        "course_deg": fix.course_deg,
        "time": _time(fix.utc_s),
        "fix": fix.fix,
        "live": fix.live,
        "satellites": fix.satellites,
    }


def _fields(found: Packet, body: object) -> Object:
    if isinstance(body, Login):
        return {"imei": body.imei, "model": body.model, "zone_s": body.zone_s}
    if isinstance(body, Status):
        return _status(body)
    if isinstance(body, Located):
        return {
            **({"lbs": _cell(body.cell)} if body.cell else {}),
            **(_status(body.status) if body.status else {}),
            **({"rest": body.rest.hex()} if body.rest else {}),
        }
    if isinstance(body, Neighbours):
        return {
            "time": _time(body.utc_s),
            "lbs": [{**_cell(cell), "strength": strength} for cell, strength in body.cells],
            "wifi": [{"mac": mac, "strength": strength} for mac, strength in body.wifi],
            **({"rest": body.rest.hex()} if body.rest else {}),
        }
    if isinstance(body, Text):
        return {"text": body.text}
    if isinstance(body, Information):
        told = body._asdict() | {"data": body.data.hex()}
        return {name: value for name, value in told.items() if value is not None}
    return {"data": body.data.hex()} if isinstance(body, Unknown) else {"data": found.content.hex()}


def _status(status: Status) -> Object:
    """`voltage`: 0 (empty) to 6 (full), or volts where they are measured."""
    return {
        "voltage": status.voltage if status.volts is None else status.volts,
        "gsm": status.gsm,
        "alarm": status.alarm_name,
        "charging": status.charging,
        "acc_on": status.acc_on,
    }


def _cell(cell: Cell) -> Object:
    return dict(cell._asdict())


def _time(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
