"""Bicycles and scooters: in their rack, in a row, or left and fallen where people walk."""

from __future__ import annotations

import numpy as np

from simulators.scenes.arrays import Chance
from simulators.scenes.bent import hull
from simulators.scenes.forms import ball, box, hoop, lathe, sheet, tube
from simulators.scenes.material import Rgb
from simulators.scenes.mesh import Mesh, merge
from simulators.scenes.things.kit import Kit, any_paint, around

SHARED: tuple[Rgb, ...] = (
    (0.01, 0.3, 0.62),
    (0.7, 0.5, 0.01),
    (0.02, 0.45, 0.25),
    (0.7, 0.25, 0.02),
)


def wheel(kit: Kit, chance: Chance, radius: float) -> Mesh:
    """Upright in the x-z plane around its axle at the origin."""
    rubber = kit.paint("smooth", chance, (0.02, 0.02, 0.02))
    metal = kit.metal(chance)
    spokes = [
        tube(
            metal,
            [(np.cos(a) * 0.02, 0, np.sin(a) * 0.02), (np.cos(a) * radius, 0, np.sin(a) * radius)],
            0.004,
            3,
        )
        for a in np.linspace(0, 2 * np.pi, 9)[:-1]
    ]
    return merge(
        [hoop(rubber, radius, 0.022, 16), *spokes, ball(metal, 0.07, 0.08, 0.07, 4).moved(z=-0.035)]
    )


def bicycle(kit: Kit, chance: Chance) -> Mesh:
    """Faces +x, standing, its middle at the origin."""
    shared = chance.random() < 0.65
    rgb = around(chance, SHARED[int(chance.integers(4))]) if shared else any_paint(chance)
    paint, dark = kit.plastic(chance, rgb), kit.plastic(chance, (0.02, 0.02, 0.02))
    metal = kit.metal(chance)
    r, back, front = 0.31, (-0.52, 0, 0.31), (0.52, 0, 0.31)
    seat, head, crank = (-0.2, 0, 0.72), (0.36, 0, 0.78), (-0.06, 0, 0.28)
    parts = [wheel(kit, chance, r).moved(*back), wheel(kit, chance, r).moved(*front)]
    thick = 0.03 if shared else 0.02
    pairs = ((crank, head), (crank, seat), (crank, back), (seat, back), (seat, head))
    parts += [tube(paint, ends, thick * (1.0 if ends[0] is crank else 0.7), 5) for ends in pairs]
    parts.append(tube(paint, [(0.34, 0, 0.86), head, front], 0.022, 5))
    parts.append(
        tube(
            metal,
            [
                (0.24, -0.28, 1.0),
                (0.32, -0.1, 0.98),
                (0.34, 0, 0.95),
                (0.32, 0.1, 0.98),
                (0.24, 0.28, 1.0),
            ],
            0.013,
            4,
        )
    )
    parts.append(ball(dark, 0.26, 0.17, 0.09, 6).moved(-0.24, 0, 0.82))
    parts.append(tube(metal, [seat, (-0.23, 0, 0.85)], 0.014, 4))
    parts.append(
        tube(metal, [(-0.06, -0.12, 0.16), (-0.06, 0, 0.28), (-0.06, 0.12, 0.40)], 0.012, 4)
    )
    guard = [
        (back[0] + 0.35 * np.cos(a), 0, 0.31 + 0.35 * np.sin(a)) for a in np.linspace(0.4, 2.9, 7)
    ]
    parts.append(tube(dark, guard, 0.025, 4))
    if shared or chance.random() < 0.4:
        basket = kit.paint("crate", chance, around(chance, (0.12, 0.12, 0.13)))
        parts.append(box(basket, 0.26, 0.34, 0.22, 0.0).moved(0.52, 0, 0.74))
    return merge(parts)


def scooter(kit: Kit, chance: Chance) -> Mesh:
    """An electric scooter, faces +x."""
    paint = kit.paint("smooth", chance, any_paint(chance), gloss=0.12, sharp=40.0)
    dark = kit.plastic(chance, (0.02, 0.02, 0.02))
    lamp = kit.paint("smooth", chance, (0.9, 0.9, 0.85), gloss=0.3, glow=0.3)
    tyre = lathe(
        dark, [(0.1, -0.05), (0.21, -0.045), (0.21, 0.045), (0.1, 0.05), (0, 0.04)], 14
    ).turned(0, np.pi / 2)
    body = hull(
        paint,
        [
            (-0.75, 0.04, 0.62, 0.7),
            (-0.6, 0.13, 0.5, 0.76),
            (-0.2, 0.17, 0.35, 0.74),
            (0.05, 0.15, 0.3, 0.7),
            (0.1, 0.1, 0.3, 0.36),
        ],
        3,
        12,
    )
    shield = hull(
        paint,
        [
            (0.3, 0.1, 0.25, 0.4),
            (0.36, 0.2, 0.28, 0.95),
            (0.46, 0.16, 0.3, 1.0),
            (0.52, 0.06, 0.5, 0.9),
        ],
        3,
        12,
    )
    parts = [
        tyre.moved(-0.55, 0, 0.21),
        tyre.moved(0.58, 0, 0.21),
        body,
        shield,
        box(paint, 0.4, 0.3, 0.06, 0.5).moved(0.2, 0, 0.26),
        hull(
            dark,
            [(-0.65, 0.1, 0.74, 0.8), (-0.3, 0.15, 0.74, 0.84), (0.02, 0.11, 0.72, 0.8)],
            3,
            10,
        ),
        tube(dark, [(0.3, -0.33, 1.03), (0.38, 0, 1.0), (0.3, 0.33, 1.03)], 0.018, 5),
        tube(paint, [(0.55, 0, 0.3), (0.42, 0, 0.95)], 0.03, 5),
        ball(lamp, 0.06, 0.12, 0.1, 5).moved(0.5, 0, 0.85),
    ]
    if chance.random() < 0.3:
        carrier = kit.plastic(chance, any_paint(chance))
        parts.append(box(carrier, 0.4, 0.38, 0.36, 0.0).moved(-0.62, 0, 0.78))
    return merge(parts)


def _ride(kit: Kit, chance: Chance, scooters: float) -> Mesh:
    return scooter(kit, chance) if chance.random() < scooters else bicycle(kit, chance)


def racked(kit: Kit, chance: Chance, count: int = 5) -> Mesh:
    """In a marked bay with a rack, side by side: in order."""
    metal = kit.metal(chance)
    paint = kit.paint("road_paint", chance)
    gap = float(chance.uniform(0.5, 0.68))
    long = gap * (count + 1)
    parts = [
        sheet(paint, (-long / 2, -1.05, 0.012), (long, 0, 0), (0, 0.09, 0), 1.0),
        sheet(paint, (-long / 2, -1.05, 0.012), (0.09, 0, 0), (0, 2.1, 0), 1.0),
        sheet(paint, (long / 2, -1.05, 0.012), (0.09, 0, 0), (0, 2.1, 0), 1.0),
    ]
    scooters = float(chance.choice([0.0, 0.1, 0.9]))
    for place in range(count):
        x = -long / 2 + gap * (place + 1)
        arch = [
            (x - 0.16, 0.5, 0),
            (x - 0.16, 0.5, 0.45),
            (x - 0.16, 0.8, 0.45),
            (x - 0.16, 0.8, 0),
        ]
        parts.append(tube(metal, arch, 0.02, 5))
        if chance.random() < 0.85:
            made = _ride(kit, chance, scooters)
            lean = float(chance.normal(0.05, 0.03))
            parts.append(
                made.turned(0, lean).turned(float(np.pi / 2 + chance.normal(0, 0.05))).moved(x, 0)
            )
    return merge(parts)


def misplaced(kit: Kit, chance: Chance) -> Mesh:
    """Left across the pavement, in a tangle, or fallen (09010)."""
    parts, count = (
        list[Mesh](),
        int(chance.choice([1, 2, 3, 4, 5, 7], p=[0.2, 0.2, 0.2, 0.2, 0.1, 0.1])),
    )
    scooters = float(chance.choice([0.0, 0.2, 0.8]))
    way = float(chance.uniform(0, 6.3))
    for place in range(count):
        made = _ride(kit, chance, scooters)
        if chance.random() < 0.4:
            flat = float(chance.choice([-1, 1]) * chance.uniform(1.35, 1.5))
            made = made.turned(0, flat).moved(z=0.22)
        else:
            made = made.turned(0, float(chance.normal(0.12, 0.05)))
        x = (place - count / 2) * float(chance.uniform(0.45, 0.9))
        y = float(chance.normal(0, 0.35))
        parts.append(made.turned(way + float(chance.normal(0, 0.7))).moved(x, y))
    return merge(parts)
