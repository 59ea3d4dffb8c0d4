"""What the standard's own items of a 0x0200 mean. Vendor items (E0-FF and others) are a model's
matter: their ids collide between makers.

Source: JT/T 808-2013 table 27, JT/T 808-2019 table 27, JT/T 1078-2016 table 13.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Value = int | float | str | list[float] | dict[str, int]


class StandardItem(NamedTuple):
    """`lengths`: those the standard gives; an item of another length is not this item."""

    name: str
    lengths: tuple[int, ...]
    value: Callable[[bytes], Value]


def _whole(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _tenths(data: bytes) -> float:
    return _whole(data) / 10


def _area(data: bytes) -> dict[str, int]:
    if len(data) == 1:
        return {"kind": data[0]}
    return {"kind": data[0], "area": _whole(data[1:5]), **({"out": data[5]} if data[5:] else {})}


def _route(data: bytes) -> dict[str, int]:
    return {"route": _whole(data[:4]), "seconds": _whole(data[4:6]), "over": data[6]}


def _signed(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


STANDARD_ITEMS: dict[int, StandardItem] = {
    0x01: StandardItem("mileage_km", (4,), _tenths),
    0x02: StandardItem("fuel_l", (2,), _tenths),
    0x03: StandardItem("recorder_speed_kmh", (2,), _tenths),
    0x04: StandardItem("event_to_confirm", (2,), _whole),
    0x05: StandardItem("tyre_pressures", (30,), bytes.hex),
    0x06: StandardItem("cabin_temperature_c", (2,), _signed),
    0x11: StandardItem("overspeed", (1, 5), _area),
    0x12: StandardItem("area_or_route", (6,), _area),
    0x13: StandardItem("route_time", (7,), _route),
    0x14: StandardItem("video_alarms", (4,), _whole),
    0x15: StandardItem("video_signal_lost", (4,), _whole),
    0x16: StandardItem("video_signal_covered", (4,), _whole),
    0x17: StandardItem("storage_faults", (2,), _whole),
    0x18: StandardItem("abnormal_driving", (3,), bytes.hex),
    0x25: StandardItem("vehicle_signals", (4,), _whole),
    0x2A: StandardItem("io_state", (2,), _whole),
    0x2B: StandardItem("analogue", (4,), lambda data: [_whole(data[2:]), _whole(data[:2])]),
    0x30: StandardItem("signal_strength", (1,), _whole),
    0x31: StandardItem("satellites", (1,), _whole),
}


def item_value(number: int, data: bytes) -> Value:
    """The value in the unit of its name; hexadecimal for what the standard does not know."""
    known = STANDARD_ITEMS.get(number)
    return known.value(data) if known and len(data) in known.lengths else data.hex()
