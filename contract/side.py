"""On which side of a fence a position lies. Needs no geometry library."""

from __future__ import annotations

from enum import IntEnum


class Side(IntEnum):
    OUTSIDE = 0
    UNSURE = 1
    INSIDE = 2
