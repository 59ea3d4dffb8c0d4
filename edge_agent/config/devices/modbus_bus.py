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
from typing import Any, Protocol, get_args

from contract.payloads.air import Quantity
from edge_agent.config.document import Document, read_document, read_text
from edge_agent.config.links import parse_link
from edge_agent.config.values import Findings, nearest, one_of
from edge_agent.errors import ConfigError
from firmware_bridges.modbus_maps import RegisterMap, WordOrder

PRESETS = "firmware_bridges.modbus_maps.presets"
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


@dataclass(frozen=True, slots=True)
class BusPlace:
    """Where a device is: its line as a full link text, and its address there."""

    link: str
    address: int
    map: RegisterMap
    word_order: WordOrder


def preset_names() -> list[str]:
    names = (entry.name for entry in files(PRESETS).iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def known_map(name: str) -> None:
    """ValueError with the names that are known."""
    known = preset_names()
    if name not in known:
        raise ValueError(one_of(known) + nearest(name, known))


def require_one_map(config: OnBus) -> None:
    """ValueError unless exactly one of `map` and `map_file` is given."""
    if (config.map is None) == (config.map_file is None):
        raise ValueError(f"map or map_file, exactly one of them ({MAP_DOC})")


def place_of(config: OnBus) -> BusPlace:
    """ConfigError, StopError when its map cannot be read. A serial link without settings takes the
    speed and framing that the map says the instrument has as delivered."""
    map_ = load_map(config.map_file or config.map or "")
    return BusPlace(
        link=_with_speed(config.link, map_),
        address=map_.address if config.address is None else config.address,
        map=map_,
        word_order=config.word_order or map_.word_order,
    )


def load_map(named: str | Path) -> RegisterMap:
    """A map that comes with Edile by its name, or one of a file. ConfigError, StopError."""
    if isinstance(named, Path):
        return _judged(read_document(named))
    name = f"{named}.toml"
    return _judged(read_text(Path(name), files(PRESETS).joinpath(name).read_text("utf-8")))


def check_buses(devices: Iterable[Any], findings: Findings) -> None:
    """Adds what is wrong with maps and shared lines: one speed and one adapter for a line, an address
    of its own for each device on it."""
    lines: dict[str, tuple[OnBus, str]] = {}
    taken: dict[tuple[str, int], str] = {}
    for index, device in enumerate(devices):
        if not getattr(device, "on_bus", False):
            continue
        try:
            place = place_of(device)
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


def _with_speed(link: str, map_: RegisterMap) -> str:
    if not link.startswith("serial:") or "?" in link:
        return link
    size, parity, stop = map_.framing
    full = f"{link}?baud={map_.baud}&bytesize={size}&parity={parity}&stopbits={stop}"
    parse_link(full)  # a map's speed is one that ports have
    return full
