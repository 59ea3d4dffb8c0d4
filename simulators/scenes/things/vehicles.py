"""Cars and vans that stand at the kerb or drive by. No number plate can be read."""

from __future__ import annotations

import numpy as np

from simulators.scenes.arrays import Chance
from simulators.scenes.bent import hull
from simulators.scenes.forms import ball, box, lathe
from simulators.scenes.mesh import Mesh, merge
from simulators.scenes.things.kit import Kit, any_paint, around


def _wheels(
    kit: Kit, chance: Chance, axles: tuple[float, float], wide: float, r: float
) -> list[Mesh]:
    rubber = kit.paint("smooth", chance, (0.02, 0.02, 0.02))
    rim = kit.metal(chance)
    tyre = lathe(rubber, [(0.0, -0.1), (r, -0.1), (r, 0.1), (0.0, 0.1)], 18)
    disc = lathe(rim, [(r * 0.62, 0.105), (r * 0.5, 0.09), (0, 0.11)], 12)
    one = merge([tyre, disc]).turned(0, -np.pi / 2)
    other = merge([tyre, disc]).turned(0, np.pi / 2)
    return [m.moved(x, y, r) for x in axles for m, y in ((one, wide), (other, -wide))]


def car(kit: Kit, chance: Chance) -> Mesh:
    """A saloon or hatchback, faces +x."""
    rgb = any_paint(chance)
    paint = kit.paint("smooth", chance, rgb, gloss=0.08, sharp=70.0, bump=0.15)
    glass = kit.paint("smooth", chance, (0.015, 0.018, 0.02), gloss=0.10, sharp=90.0, bump=0.0)
    dark = kit.plastic(chance, (0.015, 0.015, 0.016))
    boot = float(chance.uniform(0.85, 1.1))
    body = hull(
        paint,
        [
            (-2.2, 0.55, 0.45, 0.78),
            (-2.12, 0.78, 0.32, boot * 0.92),
            (-1.7, 0.86, 0.28, boot),
            (-0.6, 0.88, 0.27, 0.98),
            (0.6, 0.88, 0.27, 0.96),
            (1.4, 0.86, 0.28, 0.86),
            (2.0, 0.80, 0.32, 0.74),
            (2.2, 0.55, 0.42, 0.62),
        ],
        4.5,
        24,
    )
    roof = float(chance.uniform(1.4, 1.62))
    tail = float(chance.uniform(-1.95, -1.3))
    cabin = [
        (tail, 0.6, 0.85, 0.93), (tail + 0.55, 0.70, 0.85, roof - 0.06), (-0.5, 0.72, 0.85, roof),
        (0.15, 0.71, 0.85, roof - 0.03), (0.55, 0.68, 0.85, roof - 0.22), (1.25, 0.6, 0.8, 0.9),
    ]  # fmt: skip
    windows = hull(glass, cabin, 3.2, 24)
    lid = hull(paint, [(x, w * 0.86, t - 0.05, t + 0.02) for x, w, _, t in cabin[1:5]], 3.5, 16)
    pillars = [
        hull(
            paint,
            [(x - 0.04, w + 0.004, b, t * 0.995), (x + 0.04, w + 0.004, b, t * 0.995)],
            3.2,
            24,
        )
        for x, w, b, t in cabin[1:4]
    ]
    lamp = kit.paint("smooth", chance, (0.9, 0.9, 0.85), gloss=0.3, sharp=60.0, glow=1.2)
    red = kit.paint("smooth", chance, (0.5, 0.01, 0.01), gloss=0.2, sharp=50.0, glow=0.35)
    lamps = [ball(lamp, 0.16, 0.32, 0.14, 6).moved(2.08, y, 0.58) for y in (-0.58, 0.58)]
    lamps += [ball(red, 0.1, 0.32, 0.16, 6).moved(-2.13, y, 0.66) for y in (-0.58, 0.58)]
    plate = box(kit.paint("smooth", chance, (0.02, 0.08, 0.4)), 0.02, 0.44, 0.14, 0.0)
    trim = [box(dark, 0.3, 1.4, 0.18, 0.5).moved(x, 0, 0.28) for x in (-2.03, 2.03)]
    parts = [
        body,
        windows,
        lid,
        *pillars,
        *lamps,
        plate.moved(2.2, 0, 0.42),
        plate.moved(-2.2, 0, 0.5),
        *trim,
    ]
    return merge([*parts, *_wheels(kit, chance, (-1.35, 1.35), 0.78, 0.32)])


def van(kit: Kit, chance: Chance) -> Mesh:
    """A delivery van, faces +x."""
    paint = kit.paint("smooth", chance, any_paint(chance), gloss=0.07, sharp=60.0, bump=0.3)
    glass = kit.paint("smooth", chance, (0.015, 0.018, 0.02), gloss=0.10, sharp=90.0, bump=0.0)
    high = float(chance.uniform(1.75, 2.1))
    body = hull(
        paint,
        [
            (-2.1, 0.8, 0.4, high - 0.1),
            (-2.05, 0.84, 0.35, high),
            (0.6, 0.84, 0.33, high),
            (1.2, 0.83, 0.33, high - 0.12),
            (1.75, 0.82, 0.33, 1.05),
            (2.1, 0.78, 0.36, 0.92),
            (2.15, 0.6, 0.5, 0.8),
        ],
        7,
        28,
    )
    screen = hull(
        glass,
        [(1.18, 0.76, 1.06, high - 0.2), (1.32, 0.77, 1.06, high - 0.28), (1.80, 0.74, 1.05, 1.07)],
        5,
        20,
    )
    side = box(glass, 0.7, 1.695, 0.42, 0.0).moved(0.75, 0, 1.1)
    lamp = kit.paint("smooth", chance, (0.9, 0.9, 0.85), gloss=0.3, sharp=60.0, glow=1.2)
    red = kit.paint("smooth", chance, (0.5, 0.01, 0.01), glow=0.35)
    lamps = [ball(lamp, 0.12, 0.26, 0.16, 6).moved(2.08, y, 0.62) for y in (-0.6, 0.6)]
    lamps += [box(red, 0.05, 0.12, 0.35, 0.0).moved(-2.1, y, 0.7) for y in (-0.72, 0.72)]
    board = kit.paint("sign", chance, around(chance, (0.9, 0.9, 0.9)))
    parts = [body, screen, side, *lamps]
    if chance.random() < 0.4:
        parts.append(box(board, 1.5, 1.70, 0.45, 0.0).moved(-1.0, 0, 1.05))
    return merge([*parts, *_wheels(kit, chance, (-1.3, 1.4), 0.74, 0.3)])


def vehicle(kit: Kit, chance: Chance) -> Mesh:
    return van(kit, chance) if chance.random() < 0.25 else car(kit, chance)
