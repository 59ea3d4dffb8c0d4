"""Names of the bits of a 0x0200: alarms and status.

Source: JT/T 808-2013 tables 24 and 25, JT/T 808-2019 tables 24 and 25. Bits without a name there are
told as `bit-N`.
"""

from __future__ import annotations

ALARMS = (
    "sos",
    "overspeed",
    "fatigue",
    "danger-warning",
    "gnss-fault",
    "gnss-antenna-cut",
    "gnss-antenna-short",
    "low-voltage",
    "power-cut",
    "display-fault",
    "tts-fault",
    "camera-fault",
    "ic-card-fault",
    "overspeed-warning",
    "fatigue-warning",
    "bit-15",
    "tyre-pressure-warning",
    "blind-spot-fault",
    "driving-time-over",
    "parking-time-over",
    "area-crossed",
    "route-crossed",
    "route-time",
    "off-route",
    "vss-fault",
    "fuel-fault",
    "stolen",
    "illegal-ignition",
    "illegal-displacement",
    "collision-warning",
    "rollover-warning",
    "illegal-door",
)
_STATUS = {
    0: "acc-on",
    1: "fix",
    2: "south",
    3: "west",
    4: "out-of-service",
    5: "coordinates-encrypted",
    6: "forward-collision-warning",
    7: "lane-departure-warning",
    10: "oil-cut",
    11: "power-cut",
    12: "doors-locked",
    13: "door-1-open",
    14: "door-2-open",
    15: "door-3-open",
    16: "door-4-open",
    17: "door-5-open",
    18: "gps",
    19: "beidou",
    20: "glonass",
    21: "galileo",
    22: "moving",
}
LOADS = ("empty", "half", "reserved", "full")
"""Status bits 8-9 (2013 and 2019)."""


def _named(bits: int, names: tuple[str, ...]) -> list[str]:
    return [names[n] for n in range(32) if bits >> n & 1]


_STATUS_NAMES = tuple(_STATUS.get(n, f"bit-{n}") for n in range(32))
_LOAD_BITS = 0x300


def alarm_names(bits: int) -> list[str]:
    return _named(bits, ALARMS) if bits else []


def status_names(bits: int) -> list[str]:
    """Without the two load bits, which are one number."""
    return _named(bits & ~_LOAD_BITS, _STATUS_NAMES)


def load_of(bits: int) -> str:
    return LOADS[bits >> 8 & 3]
