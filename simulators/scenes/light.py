"""Light and weather: where the sun stands, what colour the sky has, which lamps burn. Pure.

Brightness is in parts of a white sheet in the noon sun; colours are linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulators.scenes.arrays import Floats, f32
from simulators.scenes.material import Rgb

TWILIGHT_DEG = -4.0


@dataclass(frozen=True, slots=True)
class Weather:
    """`cloud`, `rain`, `wet` and `fog` 0..1."""

    cloud: float = 0.2
    rain: float = 0.0
    wet: float = 0.0
    fog: float = 0.0


@dataclass(frozen=True, slots=True)
class Lamp:
    """A light at a place. With `towards`, only within about 25 degrees of that direction."""

    at: tuple[float, float, float]
    rgb: Rgb
    power: float
    towards: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """`key` points to the strongest light; `key_rgb` is its brightness, `sky_rgb` overhead and
    `horizon_rgb` far away, `bounce_rgb` from below; `dark` 0..1 says how much lamps and windows are lit."""

    key: tuple[float, float, float]
    key_rgb: Rgb
    sky_rgb: Rgb
    horizon_rgb: Rgb
    bounce_rgb: Rgb
    dark: float
    lamps: tuple[Lamp, ...] = ()


def height_of_sun(hour: float) -> float:
    """Degrees above the horizon on a day of about equal length with its night, 25 degrees north."""
    return float(65.0 * np.sin(np.pi * (hour - 6.0) / 12.0))


def light_at(hour: float, weather: Weather, north: float, lamps: tuple[Lamp, ...] = ()) -> Light:
    """`north`: the direction of the sun's noon place over the street in radians."""
    elevation = height_of_sun(hour)
    day = float(np.clip((elevation - TWILIGHT_DEG) / 14.0, 0, 1)) ** 1.5
    turn = north + np.pi * (hour - 12.0) / 12.0
    up = np.radians(max(elevation, 4.0))
    key = (float(np.cos(up) * np.sin(turn)), float(-np.cos(up) * np.cos(turn)), float(np.sin(up)))
    low = float(np.clip(1 - elevation / 25.0, 0, 1))
    clear = (1 - weather.cloud) ** 1.3
    sun = f32((1.0, 0.93 - 0.33 * low, 0.82 - 0.55 * low)) * 0.95 * clear * day * (1 - 0.4 * low)
    blue, grey = f32((0.16, 0.26, 0.46)), f32((0.36, 0.38, 0.40))
    sky = (blue * (1 - weather.cloud) + grey * weather.cloud) * (0.25 + 0.75 * day)
    sky = sky * (1 - 0.35 * weather.rain)
    glow = f32((0.75, 0.62, 0.48)) * low + f32((0.62, 0.68, 0.74)) * (1 - low)
    horizon = (glow * (1 - weather.cloud) + f32((0.58, 0.60, 0.62)) * weather.cloud) * 0.8
    dark = 1.0 - day
    night_sky = f32((0.0035, 0.0038, 0.0048)) * (1 + 2 * weather.cloud)
    sky = sky * day + night_sky
    horizon = horizon * day + night_sky * 2.2
    bounce = (sun * max(key[2], 0) + sky) * 0.22 + f32((0.0015, 0.0013, 0.001)) * dark
    return Light(
        key, _rgb(sun), _rgb(sky), _rgb(horizon), _rgb(bounce), dark, lamps if dark > 0.35 else ()
    )


def _rgb(values: Floats) -> Rgb:
    red, green, blue = (float(one) for one in values)
    return red, green, blue
