"""What is sold outside: vendors with carts and mats, shops that spread out, goods that stand about."""

from __future__ import annotations

import numpy as np

from simulators.scenes.arrays import Chance
from simulators.scenes.bent import draped
from simulators.scenes.forms import ball, box, lathe, lumpy, sheet, tube
from simulators.scenes.mesh import Mesh, merge
from simulators.scenes.things.bikes import wheel
from simulators.scenes.things.kit import Kit, any_paint, around
from simulators.scenes.things.people import person
from simulators.scenes.things.waste import carton, sack


def crate(kit: Kit, chance: Chance, filled: bool = True) -> Mesh:
    """A plastic or wooden crate of 60 × 40 cm with produce heaped in it."""
    if chance.random() < 0.6:
        rgb = [(0.03, 0.12, 0.45), (0.45, 0.05, 0.03), (0.04, 0.25, 0.08), (0.6, 0.6, 0.55)]
        side = kit.paint("crate", chance, around(chance, rgb[int(chance.integers(4))]), gloss=0.05)
    else:
        side = kit.paint("wood", chance)
    high = float(chance.uniform(0.2, 0.32))
    walls = box(side, 0.58, 0.39, high, 0.0)
    if not filled:
        return walls
    heap = kit.paint("fruit", chance, bump=2.5)
    mound = ball(heap, 0.56, 0.38, 0.26, 8).tiled(0.8, 0.6, float(chance.random()))
    return merge([walls, lumpy(mound, chance, 0.03).moved(z=high - 0.12)])


def _parasol(kit: Kit, chance: Chance) -> Mesh:
    cloth = kit.paint("canopy", chance, soft=0.5, bump=1.0)
    pole = kit.metal(chance)
    high, wide = float(chance.uniform(2.1, 2.5)), float(chance.uniform(1.0, 1.5))
    if chance.random() < 0.35:
        top = draped(cloth, wide * 2, wide * 1.6, 0.25, chance).moved(z=high)
        spots = [(x * wide * 0.9, y * wide * 0.7) for x in (-1, 1) for y in (-1, 1)]
        return merge([top, *(tube(pole, [(x, y, 0), (x, y, high)], 0.02, 5) for x, y in spots)])
    rim = [(wide, high - 0.12), (wide, high), (wide * 0.6, high + 0.24), (0.0, high + 0.42)]
    dome = lathe(cloth, rim, 8)
    tilt = chance.normal(0, 0.05, 2)
    return merge([dome, tube(pole, [(0, 0, 0), (0, 0, high + 0.4)], 0.025, 6)]).turned(
        float(chance.uniform(0, 6.3)), float(tilt[0]), float(tilt[1])
    )


def _tricycle(kit: Kit, chance: Chance) -> Mesh:
    """A cargo tricycle with its load bed full of produce."""
    paint = kit.plastic(chance, any_paint(chance))
    frame = kit.metal(chance, around(chance, (0.1, 0.1, 0.12)))
    bed = [box(paint, 1.5, 1.0, 0.06, 0.7).moved(-0.4, 0, 0.55)]
    bed += [box(paint, 1.5, 0.04, 0.28, 0.7).moved(-0.4, y, 0.58) for y in (-0.5, 0.5)]
    bed += [box(paint, 0.04, 1.0, 0.28, 0.7).moved(x, 0, 0.58) for x in (-1.15, 0.35)]
    wheels = [wheel(kit, chance, 0.28).moved(-0.7, y, 0.28) for y in (-0.55, 0.55)]
    wheels.append(wheel(kit, chance, 0.28).moved(1.15, 0, 0.28))
    bars = [
        tube(frame, [(0.35, 0, 0.5), (0.8, 0, 0.45), (1.1, 0, 0.75), (1.05, 0, 1.05)], 0.03),
        tube(frame, [(1.05, -0.3, 1.08), (1.1, 0, 1.02), (1.05, 0.3, 1.08)], 0.016),
        tube(frame, [(1.1, 0, 0.9), (1.15, 0, 0.28)], 0.025),
        box(kit.plastic(chance, (0.02, 0.02, 0.02)), 0.3, 0.24, 0.1, 0.5).moved(0.6, 0, 0.75),
    ]
    load = [
        crate(kit, chance).moved(-0.85 + 0.6 * column, -0.22 + 0.44 * row, 0.6)
        for column in range(2)
        for row in range(2)
    ]
    return merge([*bed, *wheels, *bars, *load])


def _counter(kit: Kit, chance: Chance) -> Mesh:
    """A food cart: a metal counter with a glass case, pots and a lettered front."""
    metal = kit.metal(chance)
    front = kit.paint("sign", chance, glow=0.3)
    long = float(chance.uniform(1.2, 1.8))
    body = [box(metal, long, 0.7, 0.75, 0.0).moved(z=0.15)]
    body.append(sheet(front, (-long / 2, -0.356, 0.28), (long, 0, 0), (0, 0, 0.5), 0.0))
    case = kit.paint("window", chance, (0.8, 0.85, 0.85), gloss=0.3, sharp=50.0)
    body.append(box(case, long * 0.5, 0.4, 0.4, 0.0).moved(-long * 0.2, 0.05, 0.9))
    for _ in range(int(chance.integers(1, 4))):
        size, x = float(chance.uniform(0.12, 0.24)), float(chance.uniform(0.1, long * 0.45))
        pot = lathe(metal, [(size, 0), (size * 1.05, size), (0, size * 1.02)], 12)
        body.append(pot.moved(x, float(chance.uniform(-0.15, 0.15)), 0.9))
    wheels = [
        wheel(kit, chance, 0.15).moved(x, y, 0.15)
        for x in (-long * 0.4, long * 0.4)
        for y in (-0.3, 0.3)
    ]
    return merge([*body, *wheels])


def _mat(kit: Kit, chance: Chance) -> Mesh:
    """Goods laid out on a cloth on the ground."""
    cloth = kit.paint("cloth" if chance.random() < 0.6 else "canopy", chance, bump=1.5)
    long, deep = float(chance.uniform(1.2, 2.4)), float(chance.uniform(0.8, 1.3))
    flat = sheet(
        cloth, (-long / 2, -deep / 2, 0.015), (long, 0, 0), (0, deep, 0), 1.2, cells=(8, 6)
    )
    parts = [lumpy(flat, chance, 0.004, 9.0)]
    name = "wares" if chance.random() < 0.6 else "fruit"
    for x in np.arange(-long / 2 + 0.2, long / 2 - 0.1, 0.26):
        for y in np.arange(-deep / 2 + 0.15, deep / 2 - 0.1, 0.24):
            if chance.random() < 0.15:
                continue
            stuff = kit.paint(name, chance, bump=2.0)
            if chance.random() < 0.5:
                size = chance.uniform(0.1, 0.2, 3)
                made = box(stuff, float(size[0]), float(size[1]), float(size[2] * 0.8), 0.6)
            else:
                made = ball(stuff, 0.22, 0.2, float(chance.uniform(0.08, 0.2)), 6).tiled(0.4, 0.3)
            parts.append(made.turned(float(chance.normal(0, 0.3))).moved(float(x), float(y), 0.015))
    return merge(parts)


def stall(kit: Kit, chance: Chance) -> Mesh:
    """A vendor's pitch with the vendor (09001), its front towards -y."""
    kind = chance.random()
    make = _tricycle if kind < 0.4 else _counter if kind < 0.7 else _mat
    parts = [make(kit, chance)]
    if chance.random() < (0.75 if kind < 0.7 else 0.35):
        parts.append(_parasol(kit, chance).moved(float(chance.normal(0, 0.2)), 0.25))
    seller = person(kit, chance, 0.15, bend=float(chance.uniform(0, 0.25)))
    side = float(chance.uniform(-0.5, 0.5))
    parts.append(seller.turned(float(-np.pi / 2 + chance.normal(0, 0.5))).moved(side, 0.85))
    for _ in range(int(chance.integers(0, 4))):
        x = float(chance.choice([-1, 1]) * chance.uniform(0.9, 1.4))
        made = crate(kit, chance) if chance.random() < 0.5 else sack(kit, chance, 0.5)
        parts.append(made.moved(x, float(chance.uniform(-0.5, 0.5))))
    return merge(parts)


def shop_outside(kit: Kit, chance: Chance) -> Mesh:
    """A shop's trade spread in front of its door (09005), its back at y = 0: tables in rows, racks of
    clothes, a lettered board."""
    long = float(chance.uniform(2.2, 4.2))
    kind = chance.random()
    parts = [_racks(kit, chance, long)] if kind < 0.35 else [_tables(kit, chance, long)]
    if chance.random() < 0.6:
        cloth = kit.paint("canopy", chance, soft=0.5)
        out = float(chance.uniform(1.0, 1.8))
        parts.append(
            sheet(cloth, (-long / 2, -out, 2.25), (long, 0, 0), (0, out, 0.5), 0.0, cells=(6, 3))
        )
        edge = sheet(cloth, (-long / 2, -out, 2.05), (long, 0, 0), (0, 0, 0.2), 0.0)
        parts.append(edge)
    if chance.random() < 0.5:
        board = kit.paint("sign", chance, glow=0.2)
        lean = sheet(board, (-0.3, 0, 0), (0.6, 0, 0), (0, 0.25, 0.9), 0.0)
        parts.append(lean.moved(float(chance.uniform(-long / 2, long / 2)), -1.6))
    return merge(parts)


def _tables(kit: Kit, chance: Chance, long: float) -> Mesh:
    parts, steps = list[Mesh](), int(chance.integers(1, 4))
    under = kit.paint("cloth" if chance.random() < 0.5 else "wood", chance)
    for step in range(steps):
        high, y = 0.35 + 0.25 * step, -1.2 + 0.42 * step
        parts.append(box(under, long, 0.42, high, 0.8).moved(0, y))
        for x in np.arange(-long / 2 + 0.32, long / 2 - 0.2, 0.62):
            if chance.random() < 0.1:
                continue
            if chance.random() < 0.7:
                made = crate(kit, chance)
            else:
                goods = kit.paint("wares", chance, bump=2.0)
                made = box(goods, 0.55, 0.38, float(chance.uniform(0.15, 0.45)), 0.7)
            parts.append(made.moved(float(x), y, high))
    return merge(parts)


def _racks(kit: Kit, chance: Chance, long: float) -> Mesh:
    metal, parts = kit.metal(chance), list[Mesh]()
    for row in range(int(chance.integers(1, 3))):
        y, high = -0.5 - 0.7 * row, float(chance.uniform(1.3, 1.7))
        parts.append(tube(metal, [(-long / 2, y, high), (long / 2, y, high)], 0.018, 5))
        for x in (-long / 2, 0.0, long / 2):
            parts.append(tube(metal, [(x, y, 0), (x, y, high)], 0.018, 5))
        for x in np.arange(-long / 2 + 0.1, long / 2, 0.13):
            drop = float(chance.uniform(0.6, 1.0))
            cloth = kit.paint("cloth", chance, around(chance, (0.9, 0.9, 0.9)), bump=2.0)
            piece = box(cloth, 0.06, 0.42, drop, 0.8)
            parts.append(
                piece.turned(float(chance.normal(0, 0.15))).moved(float(x), y, high - drop)
            )
    return merge(parts)


def goods(kit: Kit, chance: Chance) -> Mesh:
    """Goods and building stuff that stand in the way (09006, 06036): stacks of cartons, crates, sacks,
    boards, gas bottles, on a pallet or not."""
    parts, long = list[Mesh](), float(chance.uniform(0.8, 2.4))
    wood = kit.paint("wood", chance)
    if chance.random() < 0.5:
        parts += [
            box(wood, 1.1, 0.1, 0.02, 0.5).moved(x * 0.0, y, 0.12)
            for x in (0,)
            for y in (-0.35, 0, 0.35)
        ]
        parts.append(box(wood, 1.1, 0.8, 0.10, 0.6))
    kind, x = chance.random(), -long / 2
    while x < long / 2:
        step, y = float(chance.uniform(0.35, 0.6)), float(chance.normal(0, 0.15))
        high = 0.0
        for _ in range(int(chance.integers(1, 5))):
            made, rise = _stacked(kit, chance, kind)
            parts.append(made.turned(float(chance.normal(0, 0.12))).moved(x, y, high))
            high += rise
        x += step
    if chance.random() < 0.4:
        for place in range(int(chance.integers(1, 5))):
            leaning = box(wood, 0.25, 0.03, 2.0, 0.6).turned(0, -0.3)
            parts.append(leaning.moved(-long / 2 + 0.3 * place, 0.2))
    if chance.random() < 0.3:
        gas = kit.plastic(chance, around(chance, (0.3, 0.32, 0.34)))
        form = lathe(
            gas, [(0.15, 0), (0.16, 0.1), (0.16, 0.5), (0.06, 0.62), (0.05, 0.7), (0, 0.7)], 12
        )
        parts.append(form.moved(long / 2 + 0.3, -0.1))
    return merge(parts)


def _stacked(kit: Kit, chance: Chance, kind: float) -> tuple[Mesh, float]:
    if kind < 0.5:
        board = kit.paint("cardboard", chance, around(chance, (0.95, 0.95, 0.95)))
        x, y, z = (float(part) for part in chance.uniform((0.35, 0.3, 0.22), (0.6, 0.5, 0.45)))
        return box(board, x, y, z, 0.0), z
    if kind < 0.75:
        return crate(kit, chance, filled=bool(chance.random() < 0.5)), 0.3
    if kind < 0.9:
        return sack(kit, chance, 0.7).turned(-0.2), 0.26
    return carton(kit, chance, 0.5).turned(0.1), 0.4
