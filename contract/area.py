"""An area on the wire: polygons with holes, of one kind, valid for a time (contract §8).

Needs no geometry library; `contract.areas` answers questions about many of them, `contract.fences`
those in metres.
"""

from __future__ import annotations

from typing import Literal

import msgspec

AreaKind = Literal["duty", "shift", "no-fly", "route", "zone"]
AreaCrs = Literal["wgs84", "cgcs2000", "gcj02"]
Ring = tuple[tuple[float, float], ...]
Polygon = tuple[Ring, ...]


class AreaSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an area was drawn: the file or system, its coordinate system, and the polygons as they
    stood there when they had to be converted (else empty)."""

    origin: str
    crs: AreaCrs = "wgs84"
    polygons: tuple[Polygon, ...] = ()


class Area(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of one area. `rings` as in GeoJSON: the outer ring, then the holes, each closed,
    WGS 84 degrees [lon, lat]; `more` are further polygons of the same area. Valid from `valid_from` up
    to, not including, `valid_to` (RFC 3339; None = until further notice). A changed area is a new
    version; the old one keeps its time. `unit` answers for a duty area. `buffer_m` widens a fence
    (`contract.fences`); who owns a point does not ask for it."""

    id: str
    version: int
    kind: AreaKind
    rings: Polygon
    valid_from: str
    valid_to: str | None = None
    name: str | None = None
    unit: str | None = None
    more: tuple[Polygon, ...] = ()
    buffer_m: float = 0.0
    source: AreaSource | None = None
