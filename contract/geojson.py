"""Areas out of GeoJSON (RFC 7946), every mistake told with its feature, what it is and where.

A FeatureCollection, one Feature or a bare geometry; Polygon and MultiPolygon. Read of `properties`:
`id` (or `area`; the feature's own `id` serves too), `name`, `kind`, `unit`, `version` (1), `valid_from`
(always), `valid_until` or `valid_to` (none), `buffer_m` (0), `crs`; others are left alone.

`crs`, there or as the member of that name of the 2008 format, is WGS 84 (the default), CGCS2000 or
GCJ-02. CGCS2000 is taken as WGS 84: the ellipsoids differ by 0.1 mm, and the frame is ITRF97 at epoch
2000.0 (GB 22021-2008; Yang, Chinese Science Bulletin 54 (2009) 2714); since then eastern Asia has
moved some 3 cm a year, less than a metre by now, and a badge knows its place to some metres.
GCJ-02 is converted (`contract.gcj02`), what stood in the file is kept in the area's `source`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import PurePath
from statistics import median
from typing import Any, NamedTuple, get_args

import msgspec

from contract.area import Area, AreaCrs, AreaKind, AreaSource, Polygon, Ring
from contract.areas import InvalidAreas, mistakes_of
from contract.gcj02 import to_wgs84
from contract.timestamps import parse_rfc3339

ALWAYS = "1970-01-01T00:00:00Z"
NEAR_DEG, FAR_DEG = 2.0, 5.0  # how near to its fellows an area is expected, how far is odd
_FELLOWS = 2  # areas that are enough to tell where a district lies
_CHINA = (73.0, 135.0, 18.0, 54.0)  # lon, lat
_CRS: dict[str, AreaCrs] = {
    **dict.fromkeys(("WGS84", "CRS84", "EPSG4326", "4326"), "wgs84"),
    **dict.fromkeys(("CGCS2000", "EPSG4490", "4490"), "cgcs2000"),
    **dict.fromkeys(("GCJ02",), "gcj02"),
}
_OGC_URN = re.compile(r"URN:(?:X-)?OGC:DEF:CRS:([A-Z]+):[0-9.]*:([A-Z0-9]+)")


class _Feature(NamedTuple):
    which: str
    facts: dict[str, Any]
    name: Any  # the member `id`
    geometry: Any


class _Found(NamedTuple):
    which: str
    area: Area


class _Wrong(ValueError):
    """What cannot be read at all, so that nothing else about the feature can be said."""


def read_areas(text: str, *, kind: AreaKind, origin: str) -> list[Area]:
    """`kind` where a feature names none; `origin` is the file or system, for mistakes and the source.
    Raises InvalidAreas with every mistake."""
    document = _parsed(text, origin)
    mistakes: list[str] = []
    found: list[_Found] = []
    try:
        shared = _crs_member(document)
        features = list(_features(document, origin))
    except _Wrong as wrong:
        raise InvalidAreas([f"{origin}: {wrong}"]) from None
    for feature in features:
        try:
            area = _area(feature, kind, origin, shared)
        except _Wrong as wrong:
            mistakes.append(f"{feature.which}: {wrong}")
            continue
        found.append(_Found(feature.which, area))
    mistakes += _all_mistakes(found)
    if mistakes:
        raise InvalidAreas([f"{origin}: {mistake}" for mistake in mistakes])
    return [_converted(one.area) for one in found]


def _parsed(text: str, origin: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        what = f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}"
    except RecursionError:
        what = "not GeoJSON: nested too deeply"
    except ValueError as error:  # a whole number of thousands of digits
        what = f"not JSON: {error}"
    raise InvalidAreas([f"{origin}: {what}"])


def _features(document: Any, origin: str) -> Iterator[_Feature]:
    shape = document.get("type") if isinstance(document, dict) else None
    if shape == "FeatureCollection":
        members = document.get("features")
        if not isinstance(members, list):
            raise _Wrong("the FeatureCollection has no list of features")
        for number, member in enumerate(members):
            yield _feature(member, f"feature {number}")
    elif shape == "Feature":
        yield _feature(document, "feature 0")
    elif shape in {"Polygon", "MultiPolygon"}:
        # A bare geometry has no room for a name; the file has one.
        yield _Feature("the geometry", {}, PurePath(origin).stem, document)
    else:
        raise _Wrong(
            f"expected a FeatureCollection, Feature, Polygon or MultiPolygon, found {_told(shape)}"
        )


def _feature(member: Any, which: str) -> _Feature:
    if not isinstance(member, dict) or member.get("type") != "Feature":
        return _Feature(which, {}, None, None)
    facts = member.get("properties")
    facts = facts if isinstance(facts, dict) else {}
    name = facts.get("id", facts.get("area", member.get("id")))
    told = which if name is None else f"{which} (id {_told(name)})"
    return _Feature(told, facts, name, member.get("geometry"))


def _area(feature: _Feature, kind: AreaKind, origin: str, shared: AreaCrs) -> Area:
    """As it stands in the file, not converted yet."""
    polygons = tuple(_polygons(feature.geometry))
    facts = feature.facts
    version = _of(facts, "version", int, 1)
    buffer_m = _of(facts, "buffer_m", (int, float), 0.0)
    named = _of(facts, "kind", str, kind)
    if named not in get_args(AreaKind):
        raise _Wrong(f"kind {named!r} is none of {', '.join(get_args(AreaKind))}")
    return Area(
        id=_id(feature.name),
        version=version,
        kind=named,
        rings=polygons[0],
        more=polygons[1:],
        valid_from=_of(facts, "valid_from", str, ALWAYS),
        valid_to=_of(facts, "valid_until", str, _of(facts, "valid_to", str, None)),
        name=_of(facts, "name", str, None),
        unit=_of(facts, "unit", str, None),
        buffer_m=float(buffer_m),
        source=AreaSource(origin=origin, crs=_crs(facts["crs"]) if facts.get("crs") else shared),
    )


def _id(name: Any) -> str:
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    if not isinstance(name, str) or not name.strip():
        raise _Wrong("has no id: properties need `id` or `area`")
    return name


def _of(facts: dict[str, Any], key: str, kinds: type | tuple[type, ...], default: Any) -> Any:
    value = facts.get(key)
    if value is None:
        return default
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise _Wrong(f"{key} {_told(value)} is not of the right kind")
    return value


def _crs_member(document: Any) -> AreaCrs:
    member = document.get("crs") if isinstance(document, dict) else None
    return "wgs84" if member is None else _crs(member)


def _crs(value: Any) -> AreaCrs:
    """A name, or the object around one that GeoJSON had in 2008 (section 3)."""
    if isinstance(value, dict):
        facts = value.get("properties")
        value = facts.get("name") if isinstance(facts, dict) else None
    if isinstance(value, str):
        urn = _OGC_URN.fullmatch(value.upper())
        name = (urn[1] + urn[2]).removeprefix("OGC") if urn else value.upper()
        found = _CRS.get(re.sub(r"[^A-Z0-9]", "", name))
        if found:
            return found
    raise _Wrong(f"coordinate system {_told(value)} is none of WGS 84, CGCS2000, GCJ-02")


def _polygons(geometry: Any) -> Iterator[Polygon]:
    if not isinstance(geometry, dict):
        raise _Wrong("is no Feature with a geometry")
    shape, content = geometry.get("type"), geometry.get("coordinates")
    if shape not in {"Polygon", "MultiPolygon"}:
        raise _Wrong(f"geometry {_told(shape)} is neither Polygon nor MultiPolygon")
    polygons = [content] if shape == "Polygon" else content
    if not isinstance(polygons, list) or not polygons:
        raise _Wrong(f"the {shape} has no coordinates")
    for number, rings in enumerate(polygons):
        if not isinstance(rings, list) or not all(isinstance(ring, list) for ring in rings):
            raise _Wrong(f"polygon {number} is not a list of rings")
        yield tuple(_ring(ring, f"polygon {number}, ring {at}") for at, ring in enumerate(rings))


def _ring(points: list[Any], which: str) -> Ring:
    return tuple(_point(point, f"{which}, point {at}") for at, point in enumerate(points))


def _point(point: Any, which: str) -> tuple[float, float]:
    if (
        not isinstance(point, list)
        or len(point) < 2
        or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in point[:2])
    ):
        raise _Wrong(f"{which} {_told(point)} is not [lon, lat]")
    if not all(-1e9 < x < 1e9 for x in point[:2]):
        raise _Wrong(f"{which} {_told(point)} is not a finite lon and lat in degrees")
    return float(point[0]), float(point[1])


def _told(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _all_mistakes(found: list[_Found]) -> Iterator[str]:
    centres = [_centre(one.area) for one in found]
    for at, (which, area) in enumerate(found):
        swapped = _swapped(area, centres[at], centres[:at] + centres[at + 1 :])
        if swapped:
            # What else is wrong with it follows from that.
            yield f"{which}: {swapped}"
        else:
            yield from (f"{which}: {mistake}" for mistake in mistakes_of(area))
    yield from _twice(found)


def _centre(area: Area) -> tuple[float, float]:
    points = [point for rings in (area.rings, *area.more) for ring in rings[:1] for point in ring]
    if not points:
        return math.nan, math.nan
    return median(x for x, _ in points), median(y for _, y in points)


def _swapped(
    area: Area, centre: tuple[float, float], others: list[tuple[float, float]]
) -> str | None:
    """Coordinates that make sense only the other way round."""
    ask = "are longitude and latitude swapped?"
    for rings in (area.rings, *area.more):
        for number, ring in enumerate(rings):
            for at, (lon, lat) in enumerate(ring):
                if 90 < abs(lat) <= 180 and abs(lon) <= 90:
                    return (
                        f"ring {number}: point {at}: lon {lon}, lat {lat}: no such latitude; {ask}"
                    )
    back = centre[::-1]
    # In a sound file the first fellow answers this, so that many areas take no square of time.
    near = not _any(others, centre, FAR_DEG) and _many(others, back, NEAR_DEG)
    # As a place, such a one lies in the Arctic Ocean north of 73 degrees, where no district is.
    if near or (_in_china(back) and not _in_china(centre)):
        where = "the other areas" if near else "China"
        return f"lies at lon {centre[0]}, lat {centre[1]}; the other way round in {where}: {ask}"
    return None


def _any(others: Iterable[tuple[float, float]], place: tuple[float, float], within: float) -> bool:
    return any(math.dist(other, place) < within for other in others)


def _many(others: list[tuple[float, float]], place: tuple[float, float], within: float) -> bool:
    return sum(math.dist(other, place) < within for other in others) >= _FELLOWS


def _in_china(place: tuple[float, float]) -> bool:
    west, east, south, north = _CHINA
    return west <= place[0] <= east and south <= place[1] <= north


def _twice(found: list[_Found]) -> Iterator[str]:
    by_id: dict[str, list[_Found]] = {}
    for one in found:
        by_id.setdefault(one.area.id, []).append(one)
    for same in by_id.values():
        for first, second in combinations(same, 2):
            if first.area.version == second.area.version:
                yield f"{second.which}: version {second.area.version} stands in {first.which} too"
            elif _overlap(first.area, second.area):
                yield f"{second.which}: valid at the same time as {first.which}"


def _overlap(one: Area, other: Area) -> bool:
    try:
        starts = [parse_rfc3339(area.valid_from) for area in (one, other)]
        ends = [parse_rfc3339(area.valid_to) if area.valid_to else None for area in (one, other)]
    except ValueError:
        return False  # told as a mistake of its own
    return not any(
        end is not None and end <= start for end, start in zip(ends, reversed(starts), strict=True)
    )


def _converted(area: Area) -> Area:
    if area.source is None or area.source.crs != "gcj02":
        return area
    drawn = (area.rings, *area.more)
    ours = [tuple(tuple(to_wgs84(*point) for point in ring) for ring in rings) for rings in drawn]
    source = AreaSource(origin=area.source.origin, crs="gcj02", polygons=drawn)
    return msgspec.structs.replace(area, rings=ours[0], more=tuple(ours[1:]), source=source)
