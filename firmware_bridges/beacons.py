"""Bluetooth beacons: who they say they are, from what they advertise.

iBeacon         company 0x004C, 02 15, UUID 16, major 2, minor 2 (big-endian), power at 1 m int8
                (Apple's format as written by kontakt.io and many others)
AltBeacon       any company, BE AC, id 20, power at 1 m int8, reserved (AltBeacon specification 1.0);
                its id is written as UUID, 2 bytes, 2 bytes, like an iBeacon's
Eddystone-UID   service 0xFEAA, 00, power at 0 m int8, namespace 10, instance 6 (Eddystone
                specification, eddystone-uid); at 1 m it is 41 dB less (same page)
Eddystone-TLM   service 0xFEAA, 20 00: no name, only a battery; not a beacon to us

Advertising data is a row of {length, type, data} (Bluetooth Core Specification 5.4, Vol 3, Part C, 11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

APPLE = 0x004C
EDDYSTONE = 0xFEAA
MAX_BYTES = (
    1_650  # the longest extended advertisement (Core Specification 5.4, Vol 4, Part E, 7.8.54)
)
_MANUFACTURER, _SERVICE_16 = 0xFF, 0x16
_METRE_DB = 41
Kind = Literal["ibeacon", "altbeacon", "eddystone-uid"]


@dataclass(frozen=True, slots=True)
class Beacon:
    """`name`: `uuid/major/minor`, for Eddystone `namespace/instance` in hex. `power_dbm` at 1 m."""

    kind: Kind
    name: str
    power_dbm: int


def parse_advertisement(data: bytes) -> Beacon | None:
    """The beacon in raw advertising data; None for anything else, cut or damaged ones included."""
    for kind, value in _structures(data[:MAX_BYTES]):
        number = int.from_bytes(value[:2], "little")
        found = None
        if kind == _MANUFACTURER:
            found = from_manufacturer(number, value[2:])
        elif kind == _SERVICE_16:
            found = from_service(number, value[2:])
        if found is not None:
            return found
    return None


def from_manufacturer(company: int, data: bytes) -> Beacon | None:
    """Manufacturer data without its company number."""
    if company == APPLE and len(data) == 23 and data[:2] == b"\x02\x15":
        return Beacon("ibeacon", _uuid_name(data[2:22]), _signed(data[22]))
    if len(data) == 24 and data[:2] == b"\xbe\xac":
        return Beacon("altbeacon", _uuid_name(data[2:22]), _signed(data[22]))
    return None


def from_service(service: int, data: bytes) -> Beacon | None:
    """Data of a service with a 16-bit number. The two reserved bytes at the end may be missing."""
    if service != EDDYSTONE or len(data) not in (18, 20) or data[0] != 0x00:
        return None
    name = f"{data[2:12].hex()}/{data[12:18].hex()}"
    return Beacon("eddystone-uid", name, _signed(data[1]) - _METRE_DB)


def _structures(data: bytes) -> list[tuple[int, bytes]]:
    """Up to the first that is empty (the rest is padding) or reaches beyond the end."""
    found, at = [], 0
    while at + 1 < len(data):
        end = at + 1 + data[at]
        if data[at] == 0 or end > len(data):
            break
        found.append((data[at + 1], data[at + 2 : end]))
        at = end
    return found


def _uuid_name(data: bytes) -> str:
    major, minor = int.from_bytes(data[16:18], "big"), int.from_bytes(data[18:20], "big")
    return f"{UUID(bytes=data[:16])}/{major}/{minor}"


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte
