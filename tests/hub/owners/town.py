"""A small district for owners: two subdistricts, four grids, departments, contractors with lots."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from contract.timestamps import parse_rfc3339
from hub.owners import Ownership
from hub.owners.areas import read_duty_areas
from hub.owners.unit_file import read_units
from hub.owners.units import NO_UNITS, Units

LON, LAT, SIDE = 113.30, 23.10, 0.01

UNITS = """\
zone,Asia/Shanghai
id,kind,zh,en,parent,valid_from,valid_to,lots,calendar
tianhe,district,天河区,Tianhe,,,,,
north,subdistrict,北街道,North Subdistrict,tianhe,,,,
south,subdistrict,南街道,South Subdistrict,tianhe,,,,
grid-1,grid,一网格,Grid 1,north,,,,
grid-2,grid,二网格,Grid 2,north,,,,
grid-3,grid,三网格,Grid 3,south,,,,
grid-4,grid,四网格,Grid 4,south,,,,
greening,department,绿化科,Greening,tianhe,,,,
gas-office,department,燃气办,Gas Office,tianhe,,,,
clean-co,contractor,洁城公司,Clean Co,tianhe,2026-01-01,2027-01-01,lot-1,sweepers
fresh-co,contractor,新洁公司,Fresh Co,tianhe,,,lot-2,
clean-co,contractor,洁城公司,Clean Co,tianhe,2027-01-01,,,sweepers
fresh-late,contractor,新洁二,Fresh Late,fresh-co,2027-01-01,,lot-1,
crew-7,crew,七班,Crew 7,clean-co,2026-01-01,,,
"""

Ring = list[list[float]]


def at(text: str) -> int:
    return parse_rfc3339(text)


NOON = at("2026-06-01T12:00:00+08:00")
NEXT_YEAR = at("2027-06-01T12:00:00+08:00")
TURN = at("2027-01-01T00:00:00+08:00")


def block(column: float, row: float, wide: float = 1, high: float = 1) -> Ring:
    """A rectangle of the town's squares, counted from its south-western corner."""
    # By `place`, so that neighbours have one border to the last bit.
    (west, south), (east, north) = place(column, row), place(column + wide, row + high)
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def place(column: float, row: float) -> tuple[float, float]:
    return LON + column * SIDE, LAT + row * SIDE


def area(name: str, ring: Ring, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"id": name, **properties}, "geometry": geometry}


SQUARES = [
    area("a-1", block(0, 0), unit="grid-1", main="north", assisting=["greening"]),
    area("a-2", block(1, 0), unit="grid-2", main="north"),
    area("a-3", block(0, 1), unit="grid-3"),
    area("a-4", block(1, 1), unit="grid-4"),
]


def collection(features: Iterable[Mapping[str, Any]]) -> bytes:
    document = {"type": "FeatureCollection", "features": list(features)}
    return json.dumps(document, ensure_ascii=False).encode()


def owned_by(*features: Mapping[str, Any], units: str | None = UNITS) -> Ownership:
    drawn = read_duty_areas("areas.geojson", collection(features)) if features else []
    return Ownership(graph(units) if units else NO_UNITS, drawn)


@cache
def graph(text: str) -> Units:
    return read_units("units", text.encode())
