"""Bins: with wheels by stream, and the litter bin of a pavement; closed, full, overflowing."""

from __future__ import annotations

import numpy as np

from simulators.scenes.arrays import Chance, f32
from simulators.scenes.forms import box, lathe, sheet, tube
from simulators.scenes.material import Rgb
from simulators.scenes.mesh import Mesh, merge
from simulators.scenes.things.kit import Kit, around
from simulators.scenes.things.waste import bag, carton, litter

STREAMS: dict[str, Rgb] = {
    "recyclable": (0.015, 0.10, 0.42),
    "hazardous": (0.48, 0.02, 0.02),
    "food": (0.01, 0.20, 0.055),
    "residual": (0.07, 0.075, 0.08),
}
"""GB/T 19095-2019 gives blue, red, green and black; grey is what most cities' bins are painted. As the
standard was not at hand, these are the usual colours, not its numbers."""


def wheeled(
    kit: Kit,
    chance: Chance,
    stream: str,
    fill: float = 0.3,
    lid_open: float = 0.0,
    *,
    fallen: bool = True,
) -> Mesh:
    """A bin of 240 litres, its front towards -y. `fill` above 1 lifts the lid and spills; `lid_open` 0..1.
    `fallen`: some of it lies beside the bin."""
    rgb = around(chance, STREAMS[stream], 0.15)
    shell = kit.plastic(chance, rgb)
    dark = kit.plastic(chance, (0.02, 0.02, 0.022))
    parts = [_tub(shell, dark)]
    parts += _wheels(kit, chance)
    over = max(0.0, fill - 1.0)
    angle = max(lid_open * 1.75, min(over * 2.2, 1.5) + (0.15 if over else 0.0))
    lid = merge([box(shell, 0.60, 0.70, 0.05, 0.5), box(shell, 0.5, 0.5, 0.09, 0.5)])
    parts.append(lid.moved(0, -0.35, 0).turned(0, -angle).moved(0, 0.33, 1.0))
    parts.append(tube(shell, [(-0.27, 0.38, 0.98), (0.27, 0.38, 0.98)], 0.02))
    mark = kit.paint("smooth", chance, (0.85, 0.85, 0.85))
    badge = sheet(mark, (-0.13, -0.335, 0.5), (0.26, 0, 0), (0, 0.03, 0.26), 0.0)
    parts += [badge, _symbol(kit, chance, rgb)]
    if over:
        parts += _spill(kit, chance, over, (0.25, 0.27, 0.86), fallen=fallen)
    return merge(parts)


def _tub(shell: int, dark: int) -> Mesh:
    """Four leaning walls and an inside floor, open above."""
    low, high = (0.21, 0.24), (0.29, 0.34)
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    walls = []
    for at in range(4):
        (ax, ay), (bx, by) = corners[at], corners[(at + 1) % 4]
        foot = (ax * low[0], ay * low[1], 0.06)
        across = ((bx - ax) * low[0], (by - ay) * low[1], 0.0)
        up = (ax * (high[0] - low[0]), ay * (high[1] - low[1]), 0.92)
        wide = ((bx - ax) * (high[0] - low[0]), (by - ay) * (high[1] - low[1]))
        wall = sheet(shell, foot, across, up, 0.5)
        points = wall.points.copy()
        points[2:, :2] += f32(wide) * (np.array([[0.0], [1.0]], np.float32))
        walls.append(Mesh(points, wall.normals, wall.uv, wall.faces, wall.material, wall.thing))
    rim = box(shell, 0.62, 0.05, 0.05, 0.5)
    rims = [rim.moved(0, -0.35, 0.95), rim.moved(0, 0.35, 0.95)]
    sides = box(shell, 0.05, 0.70, 0.05, 0.5)
    rims += [sides.moved(-0.3, 0, 0.95), sides.moved(0.3, 0, 0.95)]
    return merge([*walls, *rims, box(dark, 0.5, 0.58, 0.02, 0.5).moved(z=0.62)])


def _wheels(kit: Kit, chance: Chance) -> list[Mesh]:
    rubber = kit.paint("smooth", chance, (0.02, 0.02, 0.02), gloss=0.02)
    wheel = lathe(rubber, [(0, -0.03), (0.1, -0.03), (0.1, 0.03), (0, 0.03)], 12).turned(
        0, 0, np.pi / 2
    )
    return [wheel.moved(-0.22, 0.26, 0.1), wheel.moved(0.22, 0.26, 0.1)]


def _symbol(kit: Kit, chance: Chance, rgb: Rgb) -> Mesh:
    ink = kit.paint("smooth", chance, rgb)
    return sheet(ink, (-0.07, -0.345, 0.56), (0.14, 0, 0), (0, 0.02, 0.14), 0.0)


def _spill(
    kit: Kit,
    chance: Chance,
    over: float,
    mouth: tuple[float, float, float],
    *,
    fallen: bool = True,
) -> list[Mesh]:
    """Bags heaped in the mouth (half width, half depth, height) and `fallen` beside."""
    parts = []
    for _ in range(2 + int(over * 8)):
        x = float(chance.uniform(-1, 1)) * mouth[0] * 0.8
        y = float(chance.uniform(-1, 1)) * mouth[1] * 0.8
        lift = mouth[2] + float(chance.uniform(-0.22, 0.05 + 0.3 * over))
        size = float(chance.uniform(0.26, 0.42)) * min(1.0, mouth[0] / 0.25 + 0.2)
        made = bag(kit, chance, None, size) if chance.random() < 0.75 else carton(kit, chance, size)
        parts.append(made.turned(0, float(chance.normal(0, 0.5))).moved(x, y, lift))
    for _ in range(int(chance.integers(0, 2 + int(over * 7)))):
        way, far = float(chance.uniform(0, 6.3)), float(chance.uniform(0.5, 0.85))
        made = bag(kit, chance) if chance.random() < 0.6 else carton(kit, chance, 0.3)
        if fallen:  # else made for nothing, so that the litter after it lies where it lay
            parts.append(made.moved(far * float(np.cos(way)), far * float(np.sin(way))))
    for _ in range(int(chance.integers(1, 3 + int(over * 8)))):
        x, y = (float(part) for part in chance.normal(0, 0.6, 2))
        parts.append(litter(kit, chance).moved(x, y))
    return parts


def street_bin(kit: Kit, chance: Chance, fill: float = 0.3) -> Mesh:
    """A litter bin of a pavement: a round drum or a box with two mouths under a roof."""
    if chance.random() < 0.4:
        return _drum(kit, chance, fill)
    body = kit.metal(
        chance,
        around(
            chance,
            [(0.25, 0.26, 0.27), (0.05, 0.16, 0.09), (0.3, 0.24, 0.16)][int(chance.integers(3))],
        ),
    )
    dark = kit.plastic(chance, (0.012, 0.012, 0.012))
    parts = [
        box(body, 0.9, 0.38, 0.72, 0.6).moved(z=0.06),
        box(body, 1.0, 0.46, 0.05, 0.6).moved(z=1.06),
    ]
    parts += [box(body, 0.05, 0.38, 0.3, 0.5).moved(x, 0, 0.78) for x in (-0.42, 0.0, 0.42)]
    for x, stream in ((-0.21, "recyclable"), (0.21, "residual")):
        face = kit.plastic(chance, around(chance, STREAMS[stream]))
        parts.append(sheet(face, (x - 0.17, -0.195, 0.25), (0.34, 0, 0), (0, 0, 0.45), 0.0))
        parts.append(box(dark, 0.34, 0.3, 0.02, 0.0).moved(x, 0, 0.765))
    if fill > 1:
        parts += _spill(kit, chance, fill - 1.0, (0.36, 0.18, 0.8))
    return merge(parts)


def _drum(kit: Kit, chance: Chance, fill: float) -> Mesh:
    body = kit.metal(
        chance,
        around(
            chance, [(0.5, 0.5, 0.5), (0.03, 0.15, 0.07), (0.4, 0.2, 0.05)][int(chance.integers(3))]
        ),
    )
    dark = kit.plastic(chance, (0.012, 0.012, 0.012))
    parts = [
        lathe(
            body,
            [(0.24, 0.0), (0.27, 0.05), (0.28, 0.8), (0.30, 0.83), (0.27, 0.84)],
            18,
            tile_m=0.6,
        ),
        lathe(dark, [(0.27, 0.7), (0.0, 0.7)], 14),
    ]
    if fill > 1:
        parts += _spill(kit, chance, fill - 1.0, (0.2, 0.2, 0.72))
    return merge(parts)
