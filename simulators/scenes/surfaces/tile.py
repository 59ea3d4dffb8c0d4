"""A tile of a surface and the few strokes all surfaces are painted with. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulators.scenes.arrays import Bytes, Chance, Floats, f32
from simulators.scenes.noise import fractal, grain

SIZE = 256  # texels along a side


@dataclass(frozen=True, slots=True)
class Tile:
    """`colour` as a screen shows it (sRGB), `height` in parts of the tile's side × 100."""

    colour: Bytes
    height: Floats


def tile(colour: Floats, height: Floats) -> Tile:
    return Tile(np.clip(colour * 255.0 + 0.5, 0, 255).astype(np.uint8), f32(height))


def plain(rgb: tuple[float, float, float]) -> Floats:
    return np.broadcast_to(f32(rgb), (SIZE, SIZE, 3)).copy()


def shade(colour: Floats, by: Floats, strength: float) -> Floats:
    """Lighter and darker with a field of deviation 1."""
    return f32(colour * np.exp(strength * by)[..., None])


def blend(under: Floats, over: Floats, share: Floats) -> Floats:
    """`over` where `share` is 1."""
    part = np.clip(share, 0, 1)[..., None]
    return f32(under * (1 - part) + over * part)


def speckle(chance: Chance, colour: Floats, strength: float) -> Floats:
    tint = chance.standard_normal((SIZE, SIZE, 3)) * strength * 0.35
    return f32(colour * np.exp(strength * grain(chance, SIZE)[..., None] + tint))


def dirt(chance: Chance, colour: Floats, amount: float) -> Floats:
    """Grime in patches; `amount` 0..1."""
    patch = fractal(chance, SIZE, 1.7, 2)
    grime = plain((0.24, 0.21, 0.17))
    return blend(colour, grime, amount * np.clip(0.35 + 0.45 * patch, 0, 1))


def tone(
    chance: Chance, low: float, high: float, tint: float = 0.035
) -> tuple[float, float, float]:
    """A grey, warmer or colder: stone and dust are hardly ever green or purple."""
    grey, warm = float(chance.uniform(low, high)), float(chance.normal(0.3 * tint, tint))
    green = grey * (1 + 0.25 * warm)
    return grey * (1 + warm), green, grey * (1 - warm)


def vivid(chance: Chance, bright: float = 0.8, strength: float = 0.8) -> tuple[float, float, float]:
    """A strong colour of any hue."""
    hue, low = chance.random() * 6, bright * (1 - strength * chance.uniform(0.5, 1))
    ramp = [abs((hue + shift) % 6 - 3) - 1 for shift in (0, 4, 2)]
    red, green, blue = (low + (bright - low) * min(1.0, max(0.0, part)) for part in ramp)
    return float(red), float(green), float(blue)


def rows_columns() -> tuple[Floats, Floats]:
    """Row and column of each texel in parts of the side."""
    row, column = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    return f32(row), f32(column)
