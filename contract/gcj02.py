"""GCJ-02, the shifted coordinates of Chinese maps, to WGS 84 and back. Pure; degrees.

The shift is secret by law; these are the formulas that are public since 2013 (eviltransform and
wandergis/coordtransform, MIT, among many). Against the official service they agree to about a
metre. The way back has no formula: the shift changes slowly, so a few corrections find the point.
"""

from __future__ import annotations

from math import cos, pi, sin, sqrt

# Krasovsky 1940 as the public formulas have it, not the WGS 84 ellipsoid.
_SEMI_MAJOR_M = 6_378_245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_CENTRE = (105.0, 35.0)
# The box outside which the public formulas shift nothing (coordtransform's `out_of_china`).
WEST, SOUTH, EAST, NORTH = 73.66, 3.86, 135.05, 53.55
_STEPS = 30
_CLOSE_DEG = 1e-11  # a micrometre

Point = tuple[float, float]


def in_china(lon: float, lat: float) -> bool:
    """Within the box of the formulas, which holds neighbours too; not a statement about borders."""
    return WEST < lon < EAST and SOUTH < lat < NORTH


def to_gcj02(lon: float, lat: float) -> Point:
    """WGS 84 to GCJ-02; outside the box unchanged."""
    if not in_china(lon, lat):
        return lon, lat
    east, north = _shift(lon, lat)
    return lon + east, lat + north


def to_wgs84(lon: float, lat: float) -> Point:
    """GCJ-02 to WGS 84, to 1e-9 degrees of what `to_gcj02` takes there; outside the box unchanged.
    Within a shift (some 700 m) of the box's edge, where the formula jumps, the result may lie
    outside the box."""
    if not in_china(lon, lat):
        return lon, lat
    x, y = lon, lat
    for _ in range(_STEPS):
        east, north = _shift(x, y)
        off_lon, off_lat = x + east - lon, y + north - lat
        x, y = x - off_lon, y - off_lat
        if abs(off_lon) < _CLOSE_DEG and abs(off_lat) < _CLOSE_DEG:
            break
    return x, y


def _shift(lon: float, lat: float) -> Point:
    """Degrees east and north by which GCJ-02 lies off WGS 84."""
    x, y = lon - _CENTRE[0], lat - _CENTRE[1]
    wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north_m = (
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
        + (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
        + (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    )  # fmt: skip
    east_m = (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
        + (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
        + (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    )  # fmt: skip
    radians = lat / 180 * pi
    bent = 1 - _ECCENTRICITY_2 * sin(radians) ** 2
    meridian_m = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_2) / (bent * sqrt(bent))
    parallel_m = _SEMI_MAJOR_M / sqrt(bent) * cos(radians)
    return east_m * 180 / (parallel_m * pi), north_m * 180 / (meridian_m * pi)
