"""DRIVERS: every kind of device this build can read, by the name it has in gw.toml.

What is heavy (pymodbus, aiomqtt, bleak) is imported when such a device is built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from edge_agent.config.devices import CardReaderConfig, WeighbridgeConfig
from edge_agent.config.devices.air_sensor import AirSensorConfig
from edge_agent.config.devices.badge_mqtt import BadgeMqttConfig
from edge_agent.config.devices.ble_beacons import BleBeaconsConfig
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.gnss import GnssConfig
from edge_agent.config.devices.rfid_reader import RfidReaderConfig
from edge_agent.config.devices.speaker import SpeakerConfig
from edge_agent.config.devices.switch import SwitchConfig
from edge_agent.config.devices.terminals import Gt06ServerConfig, Jt808ServerConfig
from edge_agent.config.devices.weigh_transmitter import WeighTransmitterConfig
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
    the wire (`weighbridge/wb-1`). `tracks`: it reports positions, which are kept."""

    config: type[Any]
    build: Callable[[Any, DriverParts], Driver]
    tracks: bool = False


def _weighbridge(config: WeighbridgeConfig, parts: DriverParts) -> Driver:
    transport = parts.transport_of(config.link)
    return WeighbridgeDriver(config, transport, parts.clock, parts.keep_raw)


def _card_reader(config: CardReaderConfig, parts: DriverParts) -> Driver:
    transport = parts.transport_of(config.link)
    return CardReaderDriver(config, transport, parts.clock, parts.keep_raw)


def _rfid_reader(config: RfidReaderConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.rfid_reader import RfidReaderDriver

    transport = parts.transport_of(config.link)
    return RfidReaderDriver(config, transport, parts.clock, parts.keep_raw)


def _gnss(config: GnssConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.gnss import GnssDriver

    transport = parts.transport_of(config.link)
    return GnssDriver(config, transport, parts.clock, parts.keep_raw)


def _speaker(config: SpeakerConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.speaker.choice import speaker_of
    from edge_agent.drivers.speaker.driver import SpeakerDriver

    return SpeakerDriver(config, lambda: speaker_of(config, parts), parts.clock)


def _switch(config: SwitchConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.switch.choice import contact_of
    from edge_agent.drivers.switch.driver import SwitchDriver

    return SwitchDriver(config, lambda: contact_of(config, parts), parts.clock)


def _air_sensor(config: AirSensorConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.air_sensor import AirSensorDriver

    place = config.place()
    bus = parts.buses.bus(place.link, parts.transport_of, echo=config.echo)
    return AirSensorDriver(config, place, bus, parts.clock, parts.keep_raw)


def _badge_mqtt(config: BadgeMqttConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.badge_mqtt import BadgeMqttDriver

    return BadgeMqttDriver(config, parts.clock, parts.keep_raw, parts.tracks)


def _ble_beacons(config: BleBeaconsConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.ble_beacons import BleBeaconsDriver

    return BleBeaconsDriver(config, parts.clock)


def _jt808_server(config: Jt808ServerConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.terminals.jt808_server import Jt808Server

    server = Jt808Server(config, parts.clock, parts.tracks)
    parts.voices[config.id] = server.say
    return server


def _gt06_server(config: Gt06ServerConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.terminals.gt06_server import Gt06Server

    server = Gt06Server(config, parts.clock, parts.tracks)
    parts.voices[config.id] = server.say
    return server


def _camera(config: CameraConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.camera.driver import CameraDriver
    from edge_agent.drivers.camera.head import head_of

    return CameraDriver(config, parts.vision, parts.clock, parts.data_dir, head_of)


def _weigh_transmitter(config: WeighTransmitterConfig, parts: DriverParts) -> Driver:
    from edge_agent.drivers.weigh_transmitter import WeighTransmitterDriver

    bus = parts.buses.bus(config.place().link, parts.transport_of, echo=config.echo)
    return WeighTransmitterDriver(config, bus, parts.clock, parts.keep_raw)


DRIVERS: Mapping[str, DriverSpec] = MappingProxyType(
    {
        "weighbridge": DriverSpec(WeighbridgeConfig, _weighbridge),
        "card-reader": DriverSpec(CardReaderConfig, _card_reader),
        "air-sensor": DriverSpec(AirSensorConfig, _air_sensor),
        "weigh-transmitter": DriverSpec(WeighTransmitterConfig, _weigh_transmitter),
        "badge-mqtt": DriverSpec(BadgeMqttConfig, _badge_mqtt, tracks=True),
        "ble-beacons": DriverSpec(BleBeaconsConfig, _ble_beacons),
        "jt808-server": DriverSpec(Jt808ServerConfig, _jt808_server, tracks=True),
        "gt06-server": DriverSpec(Gt06ServerConfig, _gt06_server, tracks=True),
        "rfid-reader": DriverSpec(RfidReaderConfig, _rfid_reader),
        "speaker": DriverSpec(SpeakerConfig, _speaker),
        "switch": DriverSpec(SwitchConfig, _switch),
        "camera": DriverSpec(CameraConfig, _camera),
        "gnss": DriverSpec(GnssConfig, _gnss),
    }
)


def transport_of(text: str) -> Transport:
    """The adapter for a link as gw.toml writes it."""
    link = parse_link(text)
    return TcpTransport(link) if isinstance(link, TcpLink) else SerialTransport(link)


def build_driver(config: Any, parts: DriverParts) -> Driver:
    """The driver of one device of gw.toml."""
    return DRIVERS[config.driver].build(config, parts)
