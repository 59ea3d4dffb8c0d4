"""The gateway's own Bluetooth adapter, listening for beacons, in gw.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edge_agent.config.devices.fields import ID


@dataclass(frozen=True)
class BleBeaconsConfig:
    """`only`: beginnings of beacons' names (`uuid`, `uuid/major`, an Eddystone namespace); without any,
    every beacon is told. `passive` asks nothing of the beacons (BlueZ: needs experimental features)."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "ble-1"'})
    adapter: str = field(default="hci0", metadata={"pattern": r"[a-z0-9:-]{1,32}", "doc": "hci0"})
    only: tuple[str, ...] = ()
    again_s: float = field(
        default=5.0, metadata={"min": 0, "max": 3600, "doc": "a beacon is told this often"}
    )
    passive: bool = False
    driver: Literal["ble-beacons"] = "ble-beacons"
