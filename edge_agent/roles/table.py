"""ROLES: everything a gateway can be for, by the name it has in gw.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from edge_agent.config.attendance import AttendanceConfig
from edge_agent.config.devices.air_sensor import AirSensorConfig
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.speaker import SpeakerConfig
from edge_agent.config.devices.weigh_transmitter import Scale, WeighTransmitterConfig, scale_of
from edge_agent.config.disposal_point import DisposalPointConfig
from edge_agent.config.roles import StationConfig
from edge_agent.config.street_classes import with_zones
from edge_agent.config.streetscape import CarConfig, StreetscapeConfig
from edge_agent.errors import StopError
from edge_agent.ports import Role
from edge_agent.roles.disposal_point.disposal_point import DisposalPoint
from edge_agent.roles.station.station import Station
from edge_agent.roles.streetscape.streetscape import Streetscape


@dataclass(frozen=True, slots=True)
class Given:
    """What the hub sent for the roles besides their settings, as plain values of its document."""

    areas: tuple[Mapping[str, Any], ...] = ()
    rosters: tuple[Mapping[str, Any], ...] = ()


NOTHING = Given()
REPORTING = ("badge-mqtt", "gt06-server", "jt808-server")


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """`config`: the class of its `[roles.NAME]` table. `devices(config)`: the ids it listens to.
    `build(config, devices, given)`: the devices of gw.toml by id; StopError when one is of the wrong
    kind, or when what was given cannot be used."""

    config: type[Any]
    devices: Callable[[Any], frozenset[str]]
    build: Callable[[Any, Mapping[str, Any], Given], Role]


def _station_devices(config: StationConfig) -> frozenset[str]:
    cameras = config.dumping.cameras if config.dumping else ()
    named = (config.weighbridge, config.reader, *config.sensors, *cameras)
    return frozenset(one for one in named if one is not None)


def _station(config: StationConfig, devices: Mapping[str, Any], _: Given = NOTHING) -> Role:
    scale: Scale | None = None
    if config.weighbridge is not None:
        found = _require_kind("weighbridge", config.weighbridge, devices, "weigh-transmitter")
        scale = scale_of(found) if isinstance(found, WeighTransmitterConfig) else found
    if config.reader is not None:
        _require_kind("card-reader", config.reader, devices, "rfid-reader")
    for name in config.sensors:
        sensor: AirSensorConfig = _require_kind("air-sensor", name, devices)
        if sensor.every_s >= config.sensor_gap_s:
            raise StopError(
                f"[roles.station]: sensor_gap_s: more than the {sensor.every_s:g} s after which"
                f" {name!r} is asked again, it is {config.sensor_gap_s:g}"
            )
    cameras: dict[str, CameraConfig] = {}
    if config.dumping is not None:
        cameras = _cameras("station", config.dumping.cameras, devices)
        _check_views("station", cameras, config.dumping.zones, config.dumping.places)
    return Station(config, scale, cameras=cameras)


def _require_kind(kind: str, device: str, devices: Mapping[str, Any], other: str = "") -> Any:
    """The device's settings; StopError when it is of another kind."""
    found = devices[device].driver if device in devices else "no device"
    if found not in (kind, other):
        raise StopError(f"[roles.station]: {device!r} must be a {kind}, it is {found}")
    return devices[device]


def _streetscape(config: StreetscapeConfig, devices: Mapping[str, Any], _: Given = NOTHING) -> Role:
    cameras = _cameras("streetscape", config.cameras, devices)
    zones = [zone for one in config.classes for zone in one.zones]
    _check_views("streetscape", cameras, zones, (*config.places, *config.schedule))
    for car in config.cars:
        _check_car(car, cameras[car.camera], devices)
    drawn = {zone.name for camera in cameras.values() for zone in camera.zones}
    return Streetscape(replace(config, classes=with_zones(config.classes, drawn)), cameras)


def _streetscape_devices(config: StreetscapeConfig) -> frozenset[str]:
    return frozenset((*config.cameras, *(one.position for one in config.cars)))


def _check_car(car: CarConfig, camera: CameraConfig, devices: Mapping[str, Any]) -> None:
    """StopError where its place could never be known, or comes from elsewhere."""
    if not camera.moving or camera.track_file is not None:
        raise StopError(
            f"[roles.streetscape]: cars: {car.camera!r} must have moving = true and no track_file"
        )
    source = devices[car.position].driver if car.position in devices else "no device"
    if source != "gnss" and source not in REPORTING:
        kinds = ", ".join(("gnss", *REPORTING))
        raise StopError(
            f"[roles.streetscape]: cars: {car.position!r} must report positions ({kinds}),"
            f" it is {source}"
        )
    if (car.terminal is None) != (source == "gnss"):
        raise StopError(
            f"[roles.streetscape]: cars: {car.position!r} is a {source}: "
            + ("it has no `terminal`" if source == "gnss" else "say which `terminal` is the car's")
        )


def _disposal_point_devices(config: DisposalPointConfig) -> frozenset[str]:
    return frozenset(one for one in (config.camera, config.speaker) if one is not None)


def _disposal_point(
    config: DisposalPointConfig, devices: Mapping[str, Any], _: Given = NOTHING
) -> Role:
    cameras = _cameras("disposal_point", [config.camera], devices)
    before = (one.before for one in config.bins if one.before is not None)
    zones = (*(one.zone for one in config.bins), *before, *config.ground)
    _check_views("disposal_point", cameras, zones, config.place)
    speaker = None if config.speaker is None else devices.get(config.speaker)
    if config.speaker is not None and not isinstance(speaker, SpeakerConfig):
        what = "no device" if speaker is None else speaker.driver
        raise StopError(
            f"[roles.disposal_point]: {config.speaker!r} must be a speaker, it is {what}"
        )
    known = {one.name for one in speaker.prompts} if isinstance(speaker, SpeakerConfig) else set()
    for name in (name for rule in config.prompts for name in rule.say):
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise StopError(
                f"[roles.disposal_point]: {config.speaker!r} has no prompt {name!r}; it has {names}"
            )
    return DisposalPoint(config, cameras[config.camera], speaker)


def _cameras(
    role: str, names: Iterable[str], devices: Mapping[str, Any]
) -> dict[str, CameraConfig]:
    """By id; StopError when one is no camera."""
    found = {name: devices.get(name) for name in names}
    for name, device in found.items():
        if not isinstance(device, CameraConfig):
            what = "no device" if device is None else device.driver
            raise StopError(f"[roles.{role}]: {name!r} must be a camera, it is {what}")
    return {name: one for name, one in found.items() if isinstance(one, CameraConfig)}


def _check_views(
    role: str, cameras: Mapping[str, CameraConfig], zones: Iterable[str], views: Iterable[Any]
) -> None:
    """A name that no camera knows would match nothing, for ever."""
    known = {zone.name for camera in cameras.values() for zone in camera.zones}
    for zone in zones:
        if zone not in known:
            names = ", ".join(sorted(known)) or "none"
            raise StopError(
                f"[roles.{role}]: no camera of it has a zone {zone!r}; they have {names}"
            )
    for view in views:
        presets = {preset.name for preset in cameras[view.camera].presets}
        if view.preset is not None and view.preset not in presets:
            names = ", ".join(sorted(presets)) or "none"
            raise StopError(
                f"[roles.{role}]: {view.camera!r} has no preset {view.preset!r}; it has {names}"
            )


def _attendance_devices(config: AttendanceConfig) -> frozenset[str]:
    return frozenset(config.devices)


def _attendance(
    config: AttendanceConfig, devices: Mapping[str, Any], given: Given = NOTHING
) -> Role:
    for name in config.devices:
        found = devices[name].driver if name in devices else "no device"
        if found not in REPORTING:
            kinds = ", ".join(REPORTING)
            raise StopError(
                f"[roles.attendance]: {name!r} must report positions ({kinds}), it is {found}"
            )
    try:
        from edge_agent.roles.attendance.making import make  # noqa: PLC0415 - numpy and shapely
    except ModuleNotFoundError as error:
        raise StopError(
            f"[roles.attendance]: needs the extra `attendance` ({error.name} is not installed)"
        ) from error
    return make(config, given.areas, given.rosters)


ROLES: Mapping[str, RoleSpec] = MappingProxyType(
    {
        "station": RoleSpec(StationConfig, _station_devices, _station),
        "attendance": RoleSpec(AttendanceConfig, _attendance_devices, _attendance),
        "disposal_point": RoleSpec(DisposalPointConfig, _disposal_point_devices, _disposal_point),
        "streetscape": RoleSpec(StreetscapeConfig, _streetscape_devices, _streetscape),
    }
)
