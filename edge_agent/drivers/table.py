"""DRIVERS: every kind of device this build can read, by the name it has in gw.toml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from edge_agent.config.devices import CardReaderConfig, WeighbridgeConfig
from edge_agent.config.links import parse_serial_link
from edge_agent.drivers.card_reader import CardReaderDriver
from edge_agent.drivers.weighbridge import WeighbridgeDriver
from edge_agent.ports import Clock, Driver, Transport
from edge_agent.readings import Moment
from edge_agent.transports.serial_port import SerialTransport

KeepRaw = Callable[[str, Moment, bytes], None]


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """`config`: the class of its `[[devices]]` table, whose `driver` and `id` make the subject on
    the wire (`weighbridge/wb-1`). `build(config, transport, clock, keep_raw)`."""

    config: type[Any]
    build: Callable[[Any, Transport, Clock, KeepRaw | None], Driver]


DRIVERS: Mapping[str, DriverSpec] = MappingProxyType(
    {
        "weighbridge": DriverSpec(WeighbridgeConfig, WeighbridgeDriver),
        "card-reader": DriverSpec(CardReaderConfig, CardReaderDriver),
    }
)


def transport_of(link: str) -> Transport:
    """The adapter for a link as gw.toml writes it."""
    return SerialTransport(parse_serial_link(link))


def build_driver(config: Any, clock: Clock, keep_raw: KeepRaw | None = None) -> Driver:
    """The driver of one device of gw.toml on its real link."""
    return DRIVERS[config.driver].build(config, transport_of(config.link), clock, keep_raw)
