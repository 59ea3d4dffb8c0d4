"""What things are made of: metal, wood, board, film, cloth, leaves, food, rubbish."""

from __future__ import annotations

import cv2
import numpy as np

from simulators.scenes.arrays import Chance, f32
from simulators.scenes.noise import cells, creases, fractal, grain, streaks
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
    vivid,
)


def smooth(chance: Chance) -> Tile:
    """Paint or moulded plastic, nearly white: the material's own tint colours it."""
    colour = shade(plain((0.92, 0.92, 0.92)), fractal(chance, SIZE, 1.7), 0.025)
    scratch = (fractal(chance, SIZE, 0.6, 10) > 2.7) * 0.25
    colour = shade(
        blend(colour, plain((0.6, 0.58, 0.55)), f32(scratch)), streaks(chance, SIZE), 0.03
    )
    return tile(dirt(chance, colour, 0.18), 0.1 * fractal(chance, SIZE, 1.4))


def rusty(chance: Chance) -> Tile:
    colour = shade(plain(tone(chance, 0.45, 0.6)), fractal(chance, SIZE, 1.5), 0.05)
    rust = shade(plain((0.36, 0.20, 0.11)), fractal(chance, SIZE, 0.9), 0.25)
    share = np.clip(0.2 + 0.6 * fractal(chance, SIZE, 1.8), 0, 1)
    return tile(blend(colour, rust, f32(share)), 0.5 * fractal(chance, SIZE, 1.0))


def shutter(chance: Chance) -> Tile:
    """A roller shutter: ribs across."""
    row, _ = rows_columns()
    rib = np.sin(row * 2 * np.pi * 16)
    base = tone(chance, 0.5, 0.75, 0.05)
    colour = shade(plain(base), f32(rib), 0.16)
    colour = shade(colour, streaks(chance, SIZE, 60), 0.03)
    return tile(dirt(chance, speckle(chance, colour, 0.02), 0.15), f32(2.5 * rib))


def wood(chance: Chance) -> Tile:
    _, column = rows_columns()
    planks = np.floor(column * 5)
    lean = fractal(chance, SIZE, 2.2)
    rings = np.sin((column * 60 + 2.0 * lean + chance.random(8)[planks.astype(int)] * 40) * 2.0)
    base = [(0.56, 0.42, 0.28), (0.44, 0.33, 0.24), (0.66, 0.54, 0.38)][int(chance.integers(3))]
    each = f32(chance.standard_normal(8)[planks.astype(int)])
    colour = shade(shade(plain(base), f32(rings), 0.10), each, 0.12)
    gap = (column * 5 % 1.0) < 0.05
    colour = np.where(gap[..., None], colour * 0.35, colour)
    return tile(dirt(chance, speckle(chance, colour, 0.05), 0.25), 0.3 * rings - 2.0 * gap)


def cardboard(chance: Chance) -> Tile:
    row, column = rows_columns()
    colour = shade(plain((0.66, 0.52, 0.36)), fractal(chance, SIZE, 1.6), 0.06)
    colour = shade(colour, f32(np.sin(column * 2 * np.pi * 48)), 0.015)
    flaps = np.abs(row - 0.5) < 0.006
    colour = np.where(flaps[..., None], colour * 0.6, colour)
    if chance.random() < 0.7:
        tape = plain((0.74, 0.64, 0.48))
        colour = blend(colour, tape, f32((np.abs(row - 0.5) < 0.05) * 0.7))
    colour = speckle(chance, colour, 0.03)
    printed = colour.copy()
    ink = tuple(float(part) for part in chance.uniform(0.05, 0.4, 3))
    for _ in range(int(chance.integers(1, 6))):
        x, y = (int(part) for part in chance.integers(10, 180, 2))
        w, h = (int(part) for part in chance.integers(10, 70, 2))
        cv2.rectangle(printed, (x, y), (x + w, y + h // 3), ink, int(chance.choice([-1, 2, 3])))
    colour = blend(colour, printed, f32(np.full((SIZE, SIZE), 0.75)))
    return tile(dirt(chance, colour, 0.2), creases(chance, SIZE, 4) - 1.5 * flaps)


def film(chance: Chance) -> Tile:
    """A crumpled plastic bag; nearly white, so that the material's tint colours it."""
    height = creases(chance, SIZE, 16)
    colour = shade(plain((0.85, 0.85, 0.86)), f32((height - 0.5) * 2), 0.16)
    return tile(dirt(chance, colour, 0.1), 9.0 * height)


def seen_through(chance: Chance) -> Tile:
    """A clear bag: what is in it shines through."""
    far, names = cells(chance, SIZE, 60)
    palette = f32([vivid(chance, 0.75, 0.6) for _ in range(12)] + [(0.75, 0.75, 0.73)] * 12)
    inside = palette[(names * 23.9).astype(int)] * np.clip(1.15 - 0.4 * far, 0.3, 1.1)[..., None]
    height = creases(chance, SIZE, 16)
    milk = plain((0.80, 0.82, 0.83))
    share = np.clip(0.45 + 0.5 * (height - 0.5) + 0.1 * fractal(chance, SIZE, 1.6), 0.1, 0.95)
    return tile(blend(f32(inside), milk, f32(share)), 9.0 * height)


def woven(chance: Chance) -> Tile:
    """A woven sack."""
    row, column = rows_columns()
    weave = np.sin(row * 2 * np.pi * 40) * np.sin(column * 2 * np.pi * 40)
    base = [(0.82, 0.82, 0.80), (0.70, 0.64, 0.50), (0.45, 0.55, 0.66)][int(chance.integers(3))]
    colour = shade(plain(base), f32(weave), 0.06)
    stripe = np.abs(column - chance.random()) < 0.06
    colour = np.where(stripe[..., None], plain(vivid(chance, 0.6)), colour)
    return tile(dirt(chance, colour, 0.45), 5.0 * creases(chance, SIZE, 8) + 0.3 * weave)


def cloth(chance: Chance) -> Tile:
    """Clothes: plain, striped or checked, with folds; coloured strongly or not at all."""
    row, column = rows_columns()
    dull = chance.random() < 0.5
    base = tone(chance, 0.08, 0.6, 0.15) if dull else vivid(chance, chance.uniform(0.3, 0.8), 0.7)
    colour, kind = plain(base), chance.random()
    other = plain(tone(chance, 0.1, 0.9))
    lines = int(chance.integers(4, 16))
    if kind < 0.15:
        colour = blend(colour, other, f32((row * lines % 1) < 0.4))
    elif kind < 0.3:
        checks = ((row * lines % 1) < 0.5) * 0.4 + ((column * lines % 1) < 0.5) * 0.4
        colour = blend(colour, other, f32(checks))
    folds = fractal(chance, SIZE, 2.0)
    return tile(speckle(chance, shade(colour, folds, 0.12), 0.05), 4.0 * folds)


def canopy(chance: Chance) -> Tile:
    """The cloth of umbrellas and awnings: strong stripes or one colour."""
    _, column = rows_columns()
    first, second = vivid(chance, 0.75), (0.86, 0.86, 0.84)
    stripes = int(chance.integers(2, 9)) if chance.random() < 0.6 else 0
    share = (column * stripes % 1) < 0.5 if stripes else np.zeros_like(column)
    colour = blend(plain(first), plain(second), f32(share))
    colour = shade(shade(colour, fractal(chance, SIZE, 1.9), 0.08), streaks(chance, SIZE), 0.05)
    return tile(dirt(chance, colour, 0.25), 3.0 * fractal(chance, SIZE, 2.0))


def leaves(chance: Chance) -> Tile:
    far, names = cells(chance, SIZE, 260)
    deep = np.clip(0.5 + 0.5 * fractal(chance, SIZE, 1.4), 0, 1)
    colour = blend(plain((0.16, 0.27, 0.08)), plain((0.38, 0.48, 0.17)), f32(deep))
    colour = shade(colour, f32((names - 0.5) * 3 - far * 0.8), 0.22)
    return tile(colour, f32(-3.0 * far))


def bark(chance: Chance) -> Tile:
    ridge = streaks(chance, SIZE, 30)
    colour = shade(plain((0.32, 0.27, 0.22)), ridge, 0.25)
    return tile(speckle(chance, colour, 0.1), 2.0 * ridge)


def fruit(chance: Chance) -> Tile:
    """Produce in rows and heaps, as on a stall."""
    kinds = [
        ((0.75, 0.14, 0.10), 70),
        ((0.86, 0.46, 0.08), 60),
        ((0.78, 0.72, 0.20), 80),
        ((0.30, 0.48, 0.12), 40),
        ((0.42, 0.56, 0.22), 130),
        ((0.34, 0.12, 0.26), 150),
        ((0.80, 0.74, 0.58), 90),
    ]
    base, count = kinds[int(chance.integers(len(kinds)))]
    far, names = cells(chance, SIZE, count)
    ball = np.clip(1.0 - far / 0.62, 0, 1) ** 0.5
    colour = shade(plain(base), f32((names - 0.5) * 3), 0.12)
    colour = f32(colour * (0.25 + 0.75 * ball)[..., None])
    return tile(speckle(chance, colour, 0.05), f32(12.0 * ball))


def wares(chance: Chance) -> Tile:
    """Small packed goods side by side: boxes, bottles, toys."""
    colour = plain((0.2, 0.19, 0.18))
    height = np.zeros((SIZE, SIZE), np.float32)
    y = 0
    while y < SIZE:
        tall, x = int(chance.integers(18, 48)), 0
        while x < SIZE:
            wide = int(chance.integers(10, 40))
            rgb = vivid(chance, chance.uniform(0.4, 0.9), 0.65)
            rgb = tone(chance, 0.3, 0.9) if chance.random() < 0.4 else rgb
            cv2.rectangle(colour, (x, y), (x + wide - 2, y + tall - 3), rgb, -1)
            cv2.rectangle(height, (x, y), (x + wide - 2, y + tall - 3), 3.0, -1)
            if chance.random() < 0.6:
                mark = tone(chance, 0.1, 0.95)
                cv2.rectangle(
                    colour, (x + 3, y + tall // 3), (x + wide - 6, y + tall // 2), mark, -1
                )
            x += wide
        y += tall
    return tile(speckle(chance, shade(colour, fractal(chance, SIZE, 1.5), 0.12), 0.05), height)


def rubbish(chance: Chance) -> Tile:
    """Loose household waste: torn film, paper, peel, cups."""
    far, names = cells(chance, SIZE, 110)
    dull = [tone(chance, 0.12, 0.8, 0.12) for _ in range(16)]
    palette = f32([*dull, *(vivid(chance, 0.55, 0.55) for _ in range(8))])
    facets = creases(chance, SIZE, 22)
    colour = palette[(names * 23.9).astype(int)]
    colour = shade(f32(colour), f32((facets - 0.5) * 2 - 0.6 * far), 0.35)
    return tile(dirt(chance, speckle(chance, colour, 0.1), 0.4), f32(10 * facets - 5 * far))


def rubble(chance: Chance) -> Tile:
    far, names = cells(chance, SIZE, 90)
    palette = f32([tone(chance, 0.4, 0.75, 0.05)] * 7 + [(0.52, 0.28, 0.2)] * 3)
    colour = palette[(names * 9.9).astype(int)] * np.clip(1.15 - 0.7 * far, 0.2, 1.1)[..., None]
    colour = shade(f32(colour), grain(chance, SIZE), 0.10)
    return tile(dirt(chance, colour, 0.3), f32(-9 * far + 0.5 * grain(chance, SIZE)))


def crate(chance: Chance) -> Tile:
    """The lattice side of a plastic crate, nearly white under the material's tint."""
    row, column = rows_columns()
    holes = ((row * 8 % 1) > 0.35) & ((column * 12 % 1) > 0.3) & (np.abs(row - 0.5) < 0.4)
    colour = np.where(holes[..., None], plain((0.12, 0.12, 0.12)), plain((0.88, 0.88, 0.88)))
    return tile(dirt(chance, f32(colour), 0.3), f32(-2.0 * holes))
