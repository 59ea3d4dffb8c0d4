"""DRIVERS: every kind of device this build can read, by the name it has in gw.toml.

What is heavy (pymodbus, aiomqtt, bleak) is imported when such a device is built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from edge_agent.config.devices import CardReaderConfig, WeighbridgeConfig
from edge_agent.config.links import TcpLink, parse_link
from edge_agent.drivers.card_reader import CardReaderDriver
from edge_agent.drivers.parts import DriverParts
from edge_agent.drivers.weighbridge import WeighbridgeDriver
from edge_agent.ports import Driver, Transport
from edge_agent.transports.serial_port import SerialTransport
from edge_agent.transports.tcp import TcpTransport


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """`config`: the class of its `[[devices]]` table, whose `driver` and `id` make the subject on
    the wire (`weighbridge/wb-1`)."""

    config: type[Any]
    build: Callable[[Any, DriverParts], Driver]


def _weighbridge(config: WeighbridgeConfig, parts: DriverParts) -> Driver:
    transport = parts.transport_of(config.link)
    return WeighbridgeDriver(config, transport, parts.clock, parts.keep_raw)


def _card_reader(config: CardReaderConfig, parts: DriverParts) -> Driver:
    transport = parts.transport_of(config.link)
    return CardReaderDriver(config, transport, parts.clock, parts.keep_raw)


DRIVERS: Mapping[str, DriverSpec] = MappingProxyType(
    {
        "weighbridge": DriverSpec(WeighbridgeConfig, _weighbridge),
        "card-reader": DriverSpec(CardReaderConfig, _card_reader),
    }
)


def transport_of(text: str) -> Transport:
    """The adapter for a link as gw.toml writes it."""
    link = parse_link(text)
    return TcpTransport(link) if isinstance(link, TcpLink) else SerialTransport(link)


def build_driver(config: Any, parts: DriverParts) -> Driver:
    """The driver of one device of gw.toml."""
    return DRIVERS[config.driver].build(config, parts)
