"""Metres around one place: a local equirectangular plane on the WGS 84 ellipsoid.

x east, y north, from the origin. An affine map, so a straight edge in degrees is straight in metres.
Within 10 km of the origin and 50 degrees of latitude lengths are true to 0.2 %, at district size
(3 km) to 0.06 %: the width of a degree of longitude changes by tan(lat) / 63.7 % per kilometre north.
"""

from __future__ import annotations

import math
from typing import NamedTuple

# NGA.STND.0036 (WGS 84), version 1.0.0 (2014), table 3.1 and 3.5.
METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of 6,371 km: for what needs no better than half a per cent."""
SEMI_MAJOR_M = 6_378_137.0
ECCENTRICITY_2 = 6.694379990141e-3


class Plane(NamedTuple):
    lon: float
    lat: float
    per_lon_m: float
    per_lat_m: float


def plane_at(lon: float, lat: float) -> Plane:
    """Degrees; the scale is that of the ellipsoid's two radii of curvature at `lat`."""
    radians = math.radians(lat)
    bent = 1 - ECCENTRICITY_2 * math.sin(radians) ** 2
    east_m = SEMI_MAJOR_M / math.sqrt(bent) * math.cos(radians)
    north_m = SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / bent**1.5
    return Plane(lon, lat, math.radians(east_m), math.radians(north_m))
