"""What people stand on and houses are made of."""

from __future__ import annotations

import numpy as np

from simulators.scenes.arrays import Chance, Floats, Numbers, f32
from simulators.scenes.noise import cells, fractal, grain, streaks
from simulators.scenes.surfaces.tile import (
    SIZE,
    Tile,
    blend,
    dirt,
    plain,
    rows_columns,
    shade,
    speckle,
    tile,
    tone,
)


def asphalt(chance: Chance) -> Tile:
    colour = shade(plain(tone(chance, 0.24, 0.42, 0.03)), fractal(chance, SIZE, 1.5), 0.10)
    stones = grain(chance, SIZE)
    colour = shade(colour, stones, 0.14)
    far, _ = cells(chance, SIZE, 9)
    near, _ = cells(chance, SIZE, 14)
    cracks = np.exp(-(((far - near) / 0.012) ** 2)) * (fractal(chance, SIZE, 1.8) > 0.4)
    patch = fractal(chance, SIZE, 2.4) > chance.uniform(0.9, 1.8)
    colour = np.where(patch[..., None], colour * 0.72, colour)
    return tile(dirt(chance, colour * (1 - 0.55 * cracks[..., None]), 0.25), 0.25 * stones - cracks)


def concrete(chance: Chance) -> Tile:
    colour = shade(plain(tone(chance, 0.5, 0.68, 0.04)), fractal(chance, SIZE, 1.4), 0.09)
    fine = grain(chance, SIZE)
    row, column = rows_columns()
    joint = np.minimum(np.minimum(row, 1 - row), np.minimum(column, 1 - column)) < 0.008
    colour = np.where(joint[..., None], colour * 0.55, shade(colour, fine, 0.05))
    return tile(dirt(chance, colour, 0.35), 0.15 * fine - 1.0 * joint)


def slabs(chance: Chance) -> Tile:
    """Paving of a pavement: squares or bonded bricks, each its own shade, some broken."""
    across, down = [(4, 4), (4, 8), (8, 8), (5, 5), (3, 6)][int(chance.integers(5))]
    bonded = chance.random() < 0.6
    names, joint = _bond(across, down, bonded, chance.uniform(0.015, 0.04))
    first, second = tone(chance, 0.42, 0.62, 0.03), tone(chance, 0.4, 0.64, 0.06)
    if chance.random() < 0.3:
        second = (0.55, 0.38, 0.32)
    fate = chance.random(across * down * 4)[names]
    colour = blend(plain(first), plain(second), f32(fate < chance.uniform(0, 0.5)))
    colour = shade(colour, f32(chance.standard_normal(across * down * 4)[names]), 0.09)
    colour = speckle(chance, shade(colour, fractal(chance, SIZE, 1.2), 0.06), 0.06)
    colour = blend(colour, plain((0.25, 0.23, 0.19)), f32(joint * 0.8))
    return tile(dirt(chance, colour, 0.4), 0.15 * grain(chance, SIZE) - 1.6 * joint)


def _bond(across: int, down: int, bonded: bool, gap: float) -> tuple[Numbers, Floats]:
    """The number of each texel's brick, and how much of it is joint."""
    row, column = rows_columns()
    course = np.floor(row * down).astype(int)
    shifted = (column + 0.5 / across * (course % 2) * bonded) % 1.0
    names = course * across + np.floor(shifted * across).astype(int)
    x, y = shifted * across % 1.0, row * down % 1.0
    edge = np.minimum(np.minimum(x, 1 - x) * down / max(across, down), np.minimum(y, 1 - y))
    return names, f32(np.clip(1.6 - edge / gap, 0, 1))


def brick(chance: Chance) -> Tile:
    names, joint = _bond(4, 12, bonded=True, gap=0.09)
    base = [(0.50, 0.27, 0.20), (0.42, 0.40, 0.38), (0.58, 0.42, 0.30)][int(chance.integers(3))]
    each = f32(chance.standard_normal(64)[names])
    colour = shade(shade(plain(base), each, 0.14), fractal(chance, SIZE, 1.2), 0.08)
    mortar = plain(tone(chance, 0.5, 0.7))
    colour = blend(speckle(chance, colour, 0.08), mortar, joint)
    return tile(dirt(chance, colour, 0.25), 0.2 * grain(chance, SIZE) - 2.0 * joint)


def mosaic(chance: Chance) -> Tile:
    """Small wall tiles of southern facades."""
    names, joint = _bond(16, 16, bonded=False, gap=0.09)
    base = [(0.82, 0.80, 0.76), (0.74, 0.66, 0.58), (0.62, 0.68, 0.70)][int(chance.integers(3))]
    colour = shade(plain(base), f32(chance.standard_normal(300)[names]), 0.05)
    colour = blend(colour, colour * 0.72, joint)
    colour = shade(colour, np.minimum(streaks(chance, SIZE), 0), 0.10)
    return tile(dirt(chance, colour, 0.25), -0.8 * joint)


def plaster(chance: Chance) -> Tile:
    base = [(0.78, 0.74, 0.66), (0.72, 0.70, 0.68), (0.70, 0.56, 0.44), (0.62, 0.66, 0.60)]
    colour = shade(plain(base[int(chance.integers(4))]), fractal(chance, SIZE, 1.5), 0.06)
    colour = shade(colour, np.minimum(streaks(chance, SIZE, 70), 0.3), 0.12)
    bare = fractal(chance, SIZE, 2.0, 2) > chance.uniform(1.4, 2.6)
    colour = np.where(
        bare[..., None], plain(tone(chance, 0.42, 0.52)), speckle(chance, colour, 0.03)
    )
    return tile(dirt(chance, colour, 0.2), 0.2 * fractal(chance, SIZE, 1.0) - 0.8 * bare)


def grass(chance: Chance) -> Tile:
    blades = fractal(chance, SIZE, 0.5, 6)
    dry = np.clip(0.4 + 0.5 * fractal(chance, SIZE, 1.8), 0, 1)
    colour = blend(plain((0.23, 0.34, 0.12)), plain((0.46, 0.43, 0.22)), f32(dry))
    return tile(shade(colour, blades, 0.3), blades)


def soil(chance: Chance) -> Tile:
    lumps = fractal(chance, SIZE, 1.1, 3)
    colour = shade(plain((0.42, 0.34, 0.26)), lumps, 0.18)
    return tile(speckle(chance, colour, 0.1), lumps)


def road_paint(chance: Chance) -> Tile:
    worn = np.clip(fractal(chance, SIZE, 1.2) * 0.6 + grain(chance, SIZE) * 0.3 - 0.3, 0, 1)
    colour = blend(plain(tone(chance, 0.78, 0.9, 0.02)), plain((0.36, 0.36, 0.35)), f32(worn))
    return tile(colour, 0.2 * grain(chance, SIZE))
