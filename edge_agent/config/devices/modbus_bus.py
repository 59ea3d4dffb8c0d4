"""What every device on a Modbus line has in gw.toml, and where register maps are read.

Several devices may name one link: the line is one bus with one speed. A map that comes with Edile is
named (`map`), one of your own is a file (`map_file`); both are judged like gw.toml itself, with file,
line, key and what was expected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, get_args

from contract.payloads.air import Quantity
from edge_agent.config.document import Document, read_document, read_text
from edge_agent.config.links import parse_link
from edge_agent.config.values import Findings, nearest, one_of
from edge_agent.errors import ConfigError
from firmware_bridges.modbus_maps import RegisterMap, ScaleMap, WordOrder

PRESETS = "firmware_bridges.modbus_maps.presets"
SCALE_PRESETS = "firmware_bridges.modbus_maps.scale_presets"
MAP_DOC = "the name of a map that comes with Edile; or map_file, a file of your own"


class OnBus(Protocol):
    """A device on a Modbus line. `echo`: the adapter hears what it sends."""

    @property
    def id(self) -> str: ...
    @property
    def link(self) -> str: ...
    @property
    def map(self) -> str | None: ...
    @property
    def map_file(self) -> Path | None: ...
    @property
    def address(self) -> int | None: ...
    @property
    def word_order(self) -> WordOrder | None: ...
    @property
    def echo(self) -> bool: ...


class AnyMap(Protocol):
    """What maps of sensors and of scales say alike."""

    @property
    def baud(self) -> int: ...
    @property
    def framing(self) -> str: ...
    @property
    def address(self) -> int: ...
    @property
    def word_order(self) -> WordOrder: ...


M = TypeVar("M", bound=AnyMap)


@dataclass(frozen=True, slots=True)
class OnLine:
    """Where a device without a map is."""

    link: str
    address: int


@dataclass(frozen=True, slots=True)
class BusPlace(Generic[M]):
    """Where a device is: its line as a full link text, and its address there."""

    link: str
    address: int
    map: M
    word_order: WordOrder


def preset_names(folder: str = PRESETS) -> list[str]:
    names = (entry.name for entry in files(folder).iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def known_map(name: str) -> None:
    """ValueError with the names of sensors' maps."""
    _require_known(name, preset_names())


def known_scale_map(name: str) -> None:
    """ValueError with the names of scales' maps."""
    _require_known(name, preset_names(SCALE_PRESETS))


def _require_known(name: str, known: list[str]) -> None:
    if name not in known:
        raise ValueError(one_of(known) + nearest(name, known))


def require_one_map(config: OnBus) -> None:
    """ValueError unless exactly one of `map` and `map_file` is given."""
    if (config.map is None) == (config.map_file is None):
        raise ValueError(f"map or map_file, exactly one of them ({MAP_DOC})")


def place_of(config: OnBus) -> BusPlace[RegisterMap]:
    """Of a sensor. ConfigError, StopError when its map cannot be read. A serial link without settings
    takes the speed and framing that the map says the instrument has as delivered."""
    return _place(config, load_map(config.map_file or config.map or ""))


def scale_place_of(config: OnBus) -> BusPlace[ScaleMap]:
    """Of a weigh transmitter, likewise."""
    return _place(config, scale_map_of(config)[0])


def load_map(named: str | Path) -> RegisterMap:
    """A sensor's map: one that comes with Edile by its name, or one of a file. ConfigError,
    StopError."""
    return _judged(_document(named, PRESETS)[0])


def scale_map_of(config: OnBus) -> tuple[ScaleMap, str]:
    """A scale's map and its text. ConfigError, StopError."""
    document, text = _document(config.map_file or config.map or "", SCALE_PRESETS)
    map_ = document.findings.read(ScaleMap, document.values, ())
    if map_ is None:
        raise ConfigError(document.findings.mistakes)
    return map_, text


def _document(named: str | Path, folder: str) -> tuple[Document, str]:
    if isinstance(named, Path):
        return read_document(named), named.read_text("utf-8-sig")
    name = f"{named}.toml"
    text = files(folder).joinpath(name).read_text("utf-8")
    return read_text(Path(name), text), text


def _place(config: OnBus, map_: M) -> BusPlace[M]:
    return BusPlace(
        link=_with_speed(config.link, map_),
        address=map_.address if config.address is None else config.address,
        map=map_,
        word_order=config.word_order or map_.word_order,
    )


def check_buses(devices: Iterable[Any], findings: Findings) -> None:
    """Adds what is wrong with maps and shared lines: one speed and one adapter for a line, an address
    of its own for each device on it."""
    lines: dict[str, tuple[OnBus, str]] = {}
    taken: dict[tuple[str, int], str] = {}
    for index, device in enumerate(devices):
        if not getattr(device, "on_bus", False):
            continue
        try:
            place = device.place()
        except ConfigError as error:
            findings.mistakes.extend(error.mistakes)
            continue
        port = place.link.partition("?")[0]
        first, link = lines.setdefault(port, (device, place.link))
        at = ("devices", index)
        if place.link != link:
            found = f"{place.link!r}, where {first.id!r} has {link!r}"
            findings.add((*at, "link"), "one speed and framing for all devices of a line", found)
        if device.echo != first.echo:
            found = f"another than that of {first.id!r} on the same line"
            findings.add((*at, "echo"), "one echo setting for all devices of a line", found)
        other = taken.setdefault((port, place.address), device.id)
        if other != device.id:
            found = f"{place.address}, which is that of {other!r}"
            findings.add((*at, "address"), "an address of its own on this line", found)


def _judged(document: Document) -> RegisterMap:
    """ConfigError with every mistake in the map."""
    findings = document.findings
    map_ = findings.read(RegisterMap, document.values, ())
    known = get_args(Quantity)
    for index, point in enumerate(map_.points if map_ else ()):
        if point.quantity not in known:
            findings.unknown(("points", index, "quantity"), "a quantity", point.quantity, known)
    if findings.mistakes or map_ is None:
        raise ConfigError(findings.mistakes)
    return map_


def _with_speed(link: str, map_: AnyMap) -> str:
    if not link.startswith("serial:") or "?" in link:
        return link
    size, parity, stop = tuple(map_.framing)
    full = f"{link}?baud={map_.baud}&bytesize={size}&parity={parity}&stopbits={stop}"
    parse_link(full)  # a map's speed is one that ports have
    return full
