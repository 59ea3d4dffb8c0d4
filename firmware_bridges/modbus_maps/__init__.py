"""Register maps of Modbus instruments: which registers hold what, and what they mean.

A map is data (TOML), because makers agree on nothing beyond 16-bit registers: whether the first one
is 0, 1 or 40001, which half of a 32-bit number comes first, what stands in a register whose sensor
is broken. This package turns registers into values and refuses those that are none; it opens nothing.
"""

from __future__ import annotations

from firmware_bridges.modbus_maps.maps import (
    MAX_REGISTERS,
    Block,
    Point,
    RegisterMap,
    blocks,
    parse,
)
from firmware_bridges.modbus_maps.scales import ScaleMap, StatusBits, parse_scale
from firmware_bridges.modbus_maps.values import BadValue, Value, WordOrder, read_point, write_point

__all__ = [
    "MAX_REGISTERS",
    "BadValue",
    "Block",
    "Point",
    "RegisterMap",
    "ScaleMap",
    "StatusBits",
    "Value",
    "WordOrder",
    "blocks",
    "parse",
    "parse_scale",
    "read_point",
    "write_point",
]
