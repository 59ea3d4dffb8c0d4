"""Bags, cartons, heaps of waste and of rubble, and single pieces of litter."""

from __future__ import annotations

import numpy as np

from simulators.scenes.arrays import Chance
from simulators.scenes.forms import ball, box, lathe, lumpy, sheet, tube
from simulators.scenes.material import Rgb
from simulators.scenes.mesh import Mesh, merge
from simulators.scenes.things.kit import Kit, around

BAG_TINTS: dict[str, tuple[Rgb, ...]] = {
    "residual": ((0.02, 0.02, 0.022), (0.03, 0.03, 0.035), (0.09, 0.09, 0.10)),
    "food": ((0.05, 0.28, 0.07), (0.10, 0.36, 0.12)),
    "recyclable": ((0.75, 0.77, 0.8), (0.10, 0.26, 0.62)),
    "hazardous": ((0.55, 0.04, 0.03),),
}
"""Cities hand out bags by stream: green for kitchen waste, black for the rest; what can be recycled
comes in clear or blue film, hazardous waste in small red bags."""
ANY_BAG: tuple[Rgb, ...] = (
    *((0.02, 0.02, 0.022), (0.03, 0.03, 0.035), (0.015, 0.015, 0.016), (0.10, 0.10, 0.11)),
    *((0.6, 0.6, 0.6), (0.05, 0.28, 0.07), (0.5, 0.06, 0.05), (0.08, 0.2, 0.5), (0.6, 0.5, 0.2)),
)


def bag(kit: Kit, chance: Chance, stream: str | None = None, size: float = 0.45) -> Mesh:
    """A tied bag standing on the ground; `stream` None is any bag."""
    tints = BAG_TINTS[stream] if stream else ANY_BAG
    tint = around(chance, tints[int(chance.integers(len(tints)))])
    clear = stream == "recyclable" and tint[0] > 0.5
    name = "seen_through" if clear else "film"
    film = kit.paint(name, chance, tint, gloss=0.07, sharp=28.0, bump=1.6, soft=0.3)
    wide, tall = size * chance.uniform(0.85, 1.15), size * chance.uniform(0.8, 1.25)
    profile = [
        (0.0, 0.0), (0.30, 0.01), (0.46, 0.10), (0.50, 0.28), (0.47, 0.48), (0.37, 0.66),
        (0.22, 0.79), (0.09, 0.86), (0.045, 0.90), (0.09, 0.95), (0.17, 1.03), (0.13, 1.06),
    ]  # fmt: skip
    body = lathe(film, profile, 16, float(chance.uniform(0.75, 1.0))).scaled(wide, wide, tall)
    slack = lumpy(body, chance, 0.045, 4.0)
    lean = chance.normal(0, 0.12, 2)
    return slack.turned(float(chance.uniform(0, 6.3)), float(lean[0]), float(lean[1]))


def carton(kit: Kit, chance: Chance, size: float = 0.45) -> Mesh:
    board = kit.paint("cardboard", chance, around(chance, (0.95, 0.95, 0.95)), bump=0.8)
    x, y, z = (float(size * part) for part in chance.uniform(0.6, 1.2, 3))
    body = box(board, x, y, z * 0.8, 0.0)
    flaps = []
    if chance.random() < 0.6:
        for side in (-1, 1):
            lift = float(chance.uniform(-0.5, 1.3))
            flap = sheet(board, (-x / 2, 0, 0), (x, 0, 0), (0, y * 0.45, 0), 0.0)
            flaps.append(
                flap.turned(0, lift)
                .turned(0.0 if side > 0 else np.pi)
                .moved(0, -side * y / 2, z * 0.8)
            )
    return merge([body, *flaps]).turned(float(chance.uniform(0, 6.3)))


def sack(kit: Kit, chance: Chance, size: float = 0.6) -> Mesh:
    """A woven sack, filled."""
    cloth = kit.paint("woven", chance, around(chance, (0.9, 0.9, 0.9)), bump=1.2)
    body = ball(cloth, size, size * 0.62, size * chance.uniform(0.5, 1.1), 10)
    return lumpy(body, chance, 0.04, 3.0).turned(float(chance.uniform(0, 6.3)))


def litter(kit: Kit, chance: Chance) -> Mesh:
    """One small piece: cup, bottle, paper, carton lid."""
    kind = chance.random()
    turn = float(chance.uniform(0, 6.3))
    if kind < 0.3:
        cup = kit.plastic(chance, around(chance, (0.7, 0.7, 0.68), 0.3))
        form = lathe(cup, [(0.0, 0), (0.03, 0), (0.045, 0.12)], 8)
        return form.turned(0, 1.5).moved(z=0.045).turned(turn)
    if kind < 0.5:
        bottle = kit.plastic(chance, around(chance, (0.25, 0.4, 0.35), 0.4))
        shape = [(0.0, 0), (0.035, 0), (0.035, 0.15), (0.014, 0.2), (0.014, 0.23), (0.0, 0.23)]
        return lathe(bottle, shape, 8).turned(0, 1.57).moved(z=0.035).turned(turn)
    name = "bill" if kind < 0.7 else "rubbish"
    paper = kit.paint(name, chance, bump=1.5)
    flat = sheet(paper, (-0.12, -0.09, 0.02), (0.24, 0, 0), (0, 0.18, 0), 0.0, cells=(3, 3))
    return lumpy(flat, chance, 0.12, 5.0).turned(turn).scaled(float(chance.uniform(0.6, 1.4)))


def _scatter(kit: Kit, chance: Chance, count: int, reach: float) -> list[Mesh]:
    spots = chance.normal(0, reach, (count, 2))
    return [litter(kit, chance).moved(float(x), float(y)) for x, y in spots]


def waste_heap(kit: Kit, chance: Chance) -> Mesh:
    """Bags, cartons and loose waste dumped on the ground (06010)."""
    reach = float(chance.uniform(0.35, 1.1))
    count = int(chance.integers(4, 8 + int(14 * reach)))
    parts = list[Mesh]()
    if chance.random() < 0.7:
        loose = kit.paint("rubbish", chance, around(chance, (0.9, 0.9, 0.9)), bump=1.6)
        low = ball(loose, reach * 2.2, reach * 1.8, 0.5 * reach * chance.uniform(0.4, 1.1), 16)
        parts.append(lumpy(low, chance, 0.07, 5.0).moved(z=-0.08).tiled(1.5, 1.0))
    mix = chance.dirichlet((2.0, 1.0, 0.6, 0.4))
    for _ in range(count):
        x, y = (float(part) for part in chance.normal(0, reach * 0.45, 2))
        lift = max(0.0, 0.5 * reach * (1 - np.hypot(x, y) / reach)) * chance.uniform(0, 1)
        parts.append(_piece(kit, chance, int(chance.choice(4, p=mix))).moved(x, y, float(lift)))
    parts += _scatter(kit, chance, int(chance.integers(4, 16)), reach * 0.8)
    return merge(parts)


def _piece(kit: Kit, chance: Chance, kind: int) -> Mesh:
    if kind == 0:
        return bag(kit, chance, None, float(chance.uniform(0.3, 0.6)))
    if kind == 1:
        form = carton(kit, chance, float(chance.uniform(0.25, 0.6)))
        return form.turned(0, float(chance.normal(0, 0.35)), float(chance.normal(0, 0.35)))
    if kind == 2:
        return sack(kit, chance, float(chance.uniform(0.4, 0.8)))
    wood = kit.paint("wood", chance)
    plank = box(wood, float(chance.uniform(0.6, 1.5)), 0.12, 0.03, 0.5)
    return plank.turned(float(chance.uniform(0, 6.3)), 0, float(chance.uniform(-0.5, 0.1))).moved(
        z=0.15
    )


def rubble_heap(kit: Kit, chance: Chance) -> Mesh:
    """Building rubble and earth that lies for long (06011)."""
    reach = float(chance.uniform(0.5, 1.4))
    earth = "soil" if chance.random() < 0.35 else "rubble"
    stuff = kit.paint(earth, chance, around(chance, (0.9, 0.88, 0.85)), bump=2.0)
    tall = reach * float(chance.uniform(0.35, 0.75))
    profile = [(1.0, 0.0), (0.86, 0.12), (0.6, 0.45), (0.36, 0.75), (0.15, 0.95), (0.0, 1.0)]
    mound = lathe(stuff, profile, 26, float(chance.uniform(0.6, 1.0)), 0.0).scaled(
        reach, reach, tall
    )
    parts = [lumpy(mound, chance, 0.05, 6.0).tiled(2.0, 1.6)]
    grey = kit.paint("concrete", chance, around(chance, (0.85, 0.85, 0.85)), bump=1.0)
    red = kit.paint("brick", chance, bump=1.0)
    for _ in range(int(chance.integers(10, 30))):
        far, way = float(reach * chance.beta(2, 1.4)), float(chance.uniform(0, 6.3))
        x, y, z = (float(part) for part in chance.uniform(0.06, 0.26, 3))
        lump = box(grey if chance.random() < 0.55 else red, x, y, z, 0.6)
        lump = lump.turned(way, float(chance.normal(0, 0.6)), float(chance.normal(0, 0.6)))
        lift = tall * max(0.0, 1 - far / reach) ** 1.1
        parts.append(lump.moved(far * float(np.cos(way)), far * float(np.sin(way)) * 0.8, lift))
    parts += [
        sack(kit, chance).moved(float(x), float(y))
        for x, y in chance.normal(0, reach * 0.7, (int(chance.integers(0, 4)), 2))
    ]
    if chance.random() < 0.4:
        bar = kit.paint("rusty", chance, gloss=0.08)
        parts += [
            tube(bar, [(0, 0, 0.1), (0.6 * x, 0.6 * y, tall * 0.7), (x, y, tall + 0.2)], 0.02, 5)
            for x, y in chance.normal(0, reach * 0.6, (3, 2))
        ]
    return merge(parts)
