"""An area on the wire: a polygon with holes, of one kind, valid for a time (contract §8).

Needs no geometry library; `contract.areas` answers questions about many of them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

AreaKind = Literal["duty", "shift", "no-fly", "route", "zone"]
Ring = tuple[tuple[float, float], ...]


class Area(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of one area. `rings` as in GeoJSON: the outer ring, then the holes, each closed,
    WGS 84 degrees [lon, lat]. Valid from `valid_from` up to, not including, `valid_to` (RFC 3339;
    None = until further notice). A changed area is a new version; the old one keeps its time.
    `unit` answers for a duty area."""

    id: str
    version: int
    kind: AreaKind
    rings: tuple[Ring, ...]
    valid_from: str
    valid_to: str | None = None
    name: str | None = None
    unit: str | None = None
