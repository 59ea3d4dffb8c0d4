"""Areas and rosters of the attendance role: from its files, or from the hub's document, which then stands
instead of them. Needs shapely: read when the role is made, not at the agent's start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from contract.area import Area
from contract.fences import Fences, InvalidAreas
from contract.geojson import read_areas
from contract.rosters.mistakes import Mistake
from contract.rosters.timetable import (
    InvalidRoster,
    Roster,
    Timetable,
    check,
    read_roster,
    roster_of,
)
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.errors import StopError

Documents = Sequence[Mapping[str, Any]]
_LOST = "\ufffd"  # what jq and others write, without a word, for bytes that are no UTF-8


def areas_in(config: AttendanceConfig, given: Documents) -> list[Area]:
    """Those of the hub's document or of the files; StopError with every mistake."""
    mistakes: list[str] = []
    areas: list[Area] = []
    if given:
        for number, document in enumerate(given):
            try:
                areas += _given_areas(document, f"areas[{number}]")
            except InvalidAreas as error:
                mistakes += error.mistakes
    else:
        for file in config.areas:
            try:
                areas += read_areas(_text(file), kind="shift", origin=str(file))
            except InvalidAreas as error:
                mistakes += error.mistakes
    if mistakes:
        raise StopError("\n".join(mistakes))
    return areas


def _given_areas(document: Mapping[str, Any], origin: str) -> list[Area]:
    """GeoJSON has a member `type`, an area of the contract has none. InvalidAreas."""
    if "type" in document:
        return read_areas(msgspec.json.encode(document).decode(), kind="shift", origin=origin)
    try:
        return [msgspec.convert(document, Area)]
    except msgspec.ValidationError as error:
        raise InvalidAreas([f"{origin}: {error}"]) from error


def fences_of(config: AttendanceConfig, given: Documents) -> tuple[Fences, frozenset[str]]:
    """The fences and the ids of their areas; StopError with every mistake."""
    areas = areas_in(config, given)
    try:
        fences = Fences(areas)
    except InvalidAreas as error:
        raise StopError("\n".join(error.mistakes)) from error
    return fences, frozenset(one.id for one in areas)


def timetable_of(config: AttendanceConfig, given: Documents, areas: frozenset[str]) -> Timetable:
    """StopError with every mistake, an area that does not exist among them."""
    try:
        if given:
            rosters = [_given_roster(one, f"rosters[{n}]") for n, one in enumerate(given)]
        else:
            rosters = [read_roster(_bytes(file), str(file)) for file in config.rosters]
        rosters = rosters or [roster_of({"zone": "UTC"}, "no roster yet")]
        mistakes = check(*rosters, areas=areas)
        if not mistakes:
            return Timetable(*rosters)
    except InvalidRoster as error:
        mistakes = list(error.mistakes)
    raise StopError("\n".join(map(str, mistakes)))


def _given_roster(document: Mapping[str, Any], origin: str) -> Roster:
    """The JSON form itself, or a sheet as text under `csv`, told by its `name`. InvalidRoster."""
    if "csv" not in document:
        return roster_of(document, origin)
    sheet, name = document["csv"], str(document.get("name", origin))
    if not isinstance(sheet, str) or document.keys() - {"csv", "name"}:
        expected = "the sheet's text, and beside it nothing but its `name`"
        raise InvalidRoster([Mistake(origin, "csv", "", f"expected {expected}")])
    before, lost, _ = sheet.partition(_LOST)
    if lost:
        row = f"row {before.count(chr(10)) + 1}"
        raise InvalidRoster([Mistake(name, row, "", "the file was not UTF-8, letters are lost")])
    return read_roster(sheet.encode(), name)


def require_areas(config: AttendanceConfig, areas: frozenset[str]) -> None:
    """Rest areas that nobody drew would let nobody rest."""
    named = {*config.rest_areas, *(area for alert in config.alerts for area in alert.areas)}
    if missing := sorted(named - areas) if areas else []:
        known = ", ".join(sorted(areas)[:8])
        raise StopError(f"[roles.attendance]: no area {missing[0]!r}; there are {known}")


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise StopError(f"{file}: {error.strerror or error}") from error


def _text(file: Path) -> str:
    try:
        return _bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StopError(f"{file}: not UTF-8: {error.reason} at byte {error.start}") from error


__all__ = ["Roster", "areas_in", "fences_of", "require_areas", "timetable_of"]
