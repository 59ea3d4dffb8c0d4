"""The street itself: pavement, kerb, road, houses with shops, trees, lamps. Never labelled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulators.scenes.arrays import Chance, Floats, f32, stream
from simulators.scenes.forms import ball, box, lathe, lumpy, sheet, tube
from simulators.scenes.mesh import Mesh, made, merge
from simulators.scenes.things.kit import Kit, any_paint, around

REACH_M = 26.0
ROAD_BELOW_M = 0.13
LEAVES = 1100  # of a tree: the rest of its crown is a few lumps
WALL_TILE_M = {"mosaic": 1.0, "plaster": 3.0, "brick": 1.0, "concrete": 2.0}


@dataclass(frozen=True, slots=True)
class Street:
    """`setting`: shops, wall or flats; the houses' front is y = 0, the kerb y = -`pavement_m`. No tree
    or post stands in the way at `clear`, where the camera is. `cluttered`: with posts and plants."""

    seed: int
    setting: str = "shops"
    pavement_m: float = 4.5
    trees: bool = True
    clear: tuple[float, float] = (0.0, -99.0)
    cluttered: bool = True


def street(kit: Kit, plan: Street) -> Mesh:
    chance = stream(plan.seed, "street")
    parts = [_ground(kit, chance, plan), _front(kit, chance, plan), _far(kit, chance, plan)]
    parts += _furniture(kit, chance, plan)
    return merge(parts)


def lamp_places(plan: Street) -> list[tuple[float, float, float]]:
    """Where street lamps hang."""
    first = float(stream(plan.seed, "lamps").uniform(-8, 8))
    return [(first + step, -plan.pavement_m - 0.8, 6.3) for step in (-18.0, 0.0, 18.0)]


def _ground(kit: Kit, chance: Chance, plan: Street) -> Mesh:
    deep, long = plan.pavement_m, 2 * REACH_M
    paving = kit.paint("slabs", chance, around(chance, (0.95, 0.95, 0.95), 0.08), bump=1.0)
    kerb = kit.paint("concrete", chance, around(chance, (0.9, 0.9, 0.9)))
    road = kit.paint("asphalt", chance, around(chance, (0.9, 0.9, 0.9)), bump=0.8)
    white = kit.paint("road_paint", chance)
    low, tile_m = -ROAD_BELOW_M, float(chance.uniform(1.2, 2.4))
    other = -deep - 8.5
    parts = [
        sheet(
            paving,
            (-REACH_M, -deep + 0.14, 0),
            (long, 0, 0),
            (0, deep - 0.14, 0),
            tile_m,
            cells=(12, 2),
        ),
        box(kerb, long, 0.15, 0.13, 1.0).moved(0, -deep + 0.07, low),
        sheet(road, (-60, other, low), (120, 0, 0), (0, 8.5, 0), 3.0, cells=(12, 3)),
        sheet(
            paving, (-60, other - 5.5, low + 0.13), (120, 0, 0), (0, 5.5, 0), tile_m, cells=(12, 1)
        ),
        box(kerb, 120, 0.15, 0.13, 1.0).moved(0, other, low),
        sheet(paving, (-60, -deep, -0.005), (60 - REACH_M, 0, 0), (0, deep, 0), tile_m),
        sheet(paving, (REACH_M, -deep, -0.005), (60 - REACH_M, 0, 0), (0, deep, 0), tile_m),
    ]
    edge = -deep - 2.4
    parts += [
        sheet(white, (x, edge - 0.07, low + 0.008), (2.0, 0, 0), (0, 0.14, 0), 1.0)
        for x in np.arange(-REACH_M, REACH_M, 4.0)
    ]
    if chance.random() < 0.5:
        guide = kit.paint("slabs", chance, (0.85, 0.62, 0.12), bump=2.0)
        parts.append(sheet(guide, (-REACH_M, -deep * 0.55, 0.006), (long, 0, 0), (0, 0.35, 0), 0.6))
    if plan.setting == "wall":
        green = kit.paint(str(chance.choice(["grass", "concrete"])), chance)
        parts.append(sheet(green, (-60, 0.2, -0.01), (120, 0, 0), (0, 60, 0), 3.0, cells=(6, 3)))
    cover = kit.paint("rusty", chance, (0.4, 0.4, 0.4), gloss=0.1)
    for _ in range(3):
        x, y = float(chance.uniform(-10, 10)), float(chance.uniform(-deep + 0.8, -0.8))
        parts.append(lathe(cover, [(0.33, 0.0), (0.33, 0.006), (0.0, 0.006)], 16).moved(x, y))
    return merge(parts)


def _front(kit: Kit, chance: Chance, plan: Street) -> Mesh:
    if plan.setting == "wall":
        return _garden_wall(kit, chance)
    walls = ["mosaic", "plaster", "brick", "plaster"]
    parts, x = list[Mesh](), -REACH_M
    while x < REACH_M:
        wide = float(chance.uniform(8, 14))
        name = walls[int(chance.integers(4))]
        wall = kit.paint(name, chance, around(chance, (0.95, 0.95, 0.95), 0.1))
        high = float(chance.uniform(7, 16))
        parts.append(
            sheet(wall, (x, 0, 0), (wide, 0, 0), (0, 0, high), WALL_TILE_M[name], cells=(3, 3))
        )
        parts.append(sheet(wall, (x, 6, high), (wide, 0, 0), (0, -6, 0), 2.0))
        if plan.setting == "shops":
            parts += _shops(kit, chance, x, wide)
        else:
            parts += _windows(kit, chance, (x, x + wide), (1.1, 2.4))
        parts += _windows(kit, chance, (x, x + wide), (4.9, high - 1.4))
        x += wide
    return merge(parts)


def _shops(kit: Kit, chance: Chance, x: float, wide: float) -> list[Mesh]:
    count = max(1, round(wide / 4.5))
    each, parts = wide / count, list[Mesh]()
    for place in range(count):
        left, gap = x + place * each + 0.35, each - 0.7
        name = str(chance.choice(["shutter", "shopfront", "inside", "shopfront"]))
        lit = 0.0 if name == "shutter" else float(chance.uniform(0.1, 0.8))
        front = kit.paint(
            name, chance, around(chance, (0.9, 0.9, 0.9)), glow=lit,
            gloss=0.25 if name == "shopfront" else 0.03, sharp=80.0,
        )  # fmt: skip
        down = -0.03 if name != "inside" else -0.012
        cells = 1 if name != "shutter" else 2
        parts.append(sheet(front, (left, down, 0.05), (gap, 0, 0), (0, 0, 2.85), gap / cells))
        step = kit.paint("concrete", chance)
        parts.append(box(step, gap, 0.35, 0.09, 1.0).moved(left + gap / 2, -0.16))
        board = kit.paint(
            "sign",
            chance,
            around(chance, (0.9, 0.9, 0.9)),
            glow=float(chance.choice([0.0, 0.5, 1.3])),
        )
        body = kit.metal(chance, (0.3, 0.3, 0.3))
        parts.append(box(body, gap + 0.5, 0.2, 0.95, 1.0).moved(left + gap / 2, -0.1, 3.0))
        parts.append(sheet(board, (left - 0.2, -0.21, 3.03), (gap + 0.4, 0, 0), (0, 0, 0.88), 0.0))
        if chance.random() < 0.3:
            cloth = kit.paint("canopy", chance, soft=0.4)
            parts.append(sheet(cloth, (left, -1.0, 2.6), (gap, 0, 0), (0, 1.0, 0.4), 0.0))
    return parts


def _windows(
    kit: Kit, chance: Chance, along: tuple[float, float], heights: tuple[float, float]
) -> list[Mesh]:
    """Between two places along the street and two heights."""
    parts, z = list[Mesh](), heights[0]
    sill, case = kit.paint("concrete", chance), kit.plastic(chance, (0.7, 0.7, 0.68))
    while z < heights[1]:
        for left in np.arange(along[0] + 0.8, along[1] - 1.9, 2.9):
            lit = float(chance.choice([0.0, 0.0, 0.3, 0.8]))
            glass = kit.paint("window", chance, gloss=0.3, sharp=80.0, bump=0.0, glow=lit)
            parts.append(sheet(glass, (float(left), -0.02, z), (1.6, 0, 0), (0, 0, 1.4), 0.0))
            parts.append(box(sill, 1.8, 0.14, 0.08, 0.5).moved(float(left) + 0.8, -0.06, z - 0.08))
            if chance.random() < 0.3:
                parts.append(box(case, 0.8, 0.3, 0.55, 0.0).moved(float(left) + 2.2, -0.2, z - 0.1))
        z += 3.0
    return parts


def _garden_wall(kit: Kit, chance: Chance) -> Mesh:
    name = str(chance.choice(["plaster", "brick", "concrete"]))
    wall = kit.paint(name, chance, around(chance, (0.95, 0.95, 0.93), 0.1))
    coping = kit.paint("concrete", chance)
    high = float(chance.uniform(2.0, 2.8))
    parts = [
        sheet(
            wall,
            (-REACH_M, 0, 0),
            (2 * REACH_M, 0, 0),
            (0, 0, high),
            WALL_TILE_M[name],
            cells=(8, 1),
        ),
        box(coping, 2 * REACH_M, 0.4, 0.12, 1.0).moved(0, 0.1, high),
    ]
    parts += [
        box(wall, 0.5, 0.3, high + 0.25, 1.0).moved(float(x), 0.02)
        for x in np.arange(-REACH_M, REACH_M, 4.3)
    ]
    parts += [
        _tree(kit, chance, float(chance.uniform(3, 6))).moved(float(x), float(chance.uniform(2, 6)))
        for x in chance.uniform(-REACH_M, REACH_M, 9)
    ]
    block = kit.paint("mosaic", chance)
    for x in (-18.0, 6.0):
        parts.append(sheet(block, (x, 14, 0), (15, 0, 0), (0, 0, 18), 2.5))
        parts += [m.moved(y=14) for m in _windows(kit, chance, (x, x + 15), (4, 16))]
    return merge(parts)


def _far(kit: Kit, chance: Chance, plan: Street) -> Mesh:
    """Houses across the road and at the ends, so that the street is not open to the sky."""
    parts, back = list[Mesh](), -plan.pavement_m - 14.0
    for x in np.arange(-58, 58, 17.0):
        wall = kit.paint(str(chance.choice(["mosaic", "plaster", "brick"])), chance)
        high = float(chance.uniform(5, 14))
        parts.append(box(wall, 15.5, 8, high, 2.5).moved(float(x), back - 4))
        front = [
            m.turned(np.pi).moved(float(2 * x), back)
            for m in _windows(kit, chance, (float(x) - 7, float(x) + 7), (1.0, high - 2))
        ]
        parts += front
    for side in (-1, 1):
        x = side * (REACH_M + 24)
        for y in np.arange(-14, 26, 9.0):
            wall = kit.paint(str(chance.choice(["mosaic", "plaster"])), chance)
            high = float(chance.uniform(8, 26))
            if -plan.pavement_m - 12 < y < -1:
                continue
            parts.append(box(wall, 8, 8.5, high, 2.5).moved(x, float(y)))
        y = float(chance.uniform(1, 5))
        wall = kit.paint("plaster", chance)
        parts.append(
            box(wall, 22, 8, float(chance.uniform(6, 14)), 2.5).moved(
                side * (REACH_M + 11.5), y + 4
            )
        )
    return merge(parts)


def _tree(kit: Kit, chance: Chance, high: float) -> Mesh:
    """A trunk with branches, and leaves as many small pieces in clumps."""
    trunk = kit.paint("bark", chance, bump=2.0)
    leaf = kit.paint("leaves", chance, around(chance, (0.9, 0.95, 0.85)), soft=0.7, gloss=0.04)
    bend = chance.normal(0, 0.15, 4)
    top = (float(bend[0]), float(bend[1]), high * 0.75)
    parts = [
        tube(
            trunk,
            [(0, 0, 0), (float(bend[2] * 0.4), float(bend[3] * 0.4), high * 0.4), top],
            0.13,
            7,
            0.5,
        )
    ]
    crown, clumps = high * 0.30, 9
    centres = chance.normal(0, 0.45, (clumps, 3)) * crown * f32((1, 1, 0.7)) + f32(
        (0, 0, high * 0.8)
    )
    parts += [
        tube(trunk, [(top[0], top[1], high * 0.5), tuple(c)], 0.05, 4, 0.4) for c in centres[:5]
    ]
    core = ball(leaf, crown * 1.0, crown * 1.0, crown * 0.8, 7)
    parts += [
        lumpy(core, chance, 0.12, 5.0)
        .tiled(3, 3)
        .moved(*(float(v) for v in c - f32((0, 0, crown * 0.4))))
        for c in centres
    ]
    spots = centres[chance.integers(0, clumps, LEAVES)] + _shell(chance, LEAVES) * crown * 0.62
    parts.append(_leaves(leaf, chance, f32(spots), 0.07 + 0.008 * high))
    return merge(parts)


def _shell(chance: Chance, count: int) -> Floats:
    way = chance.standard_normal((count, 3))
    return way / np.linalg.norm(way, axis=1, keepdims=True) * chance.uniform(0.75, 1.05, (count, 1))  # type: ignore[no-any-return]


def _leaves(material: int, chance: Chance, spots: Floats, size: float) -> Mesh:
    count = len(spots)
    corner = chance.normal(0, size, (count, 3, 3)) + spots[:, None]
    uv = chance.random((count, 3, 2)) * 0.2 + chance.random((count, 1, 2))
    faces = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    return made(f32(corner.reshape(-1, 3)), f32(uv.reshape(-1, 2)), faces, material, None)


def _in_the_way(plan: Street, x: float, reach: float) -> bool:
    return math.hypot(x - plan.clear[0], -plan.pavement_m - plan.clear[1]) < reach


def _furniture(kit: Kit, chance: Chance, plan: Street) -> list[Mesh]:
    deep, parts = plan.pavement_m, list[Mesh]()
    soil = kit.paint("soil", chance)
    if plan.trees:
        gap, first = float(chance.uniform(5.5, 9)), float(chance.uniform(-4, 4))
        for x in np.arange(first - 4 * gap, REACH_M, gap):
            if x < -REACH_M or _in_the_way(plan, float(x), 4.5):
                continue
            parts.append(
                _tree(kit, chance, float(chance.uniform(4.5, 7.5))).moved(float(x), -deep + 0.75)
            )
            parts.append(box(soil, 1.0, 1.0, 0.02, 0.8).moved(float(x), -deep + 0.75, -0.008))
    metal = kit.metal(chance, around(chance, (0.2, 0.21, 0.2)))
    bulb = kit.paint("smooth", chance, (0.95, 0.9, 0.75), glow=6.0)
    for x, y, z in lamp_places(plan):
        foot = -deep + 0.35
        if _in_the_way(plan, x, 1.5):
            continue
        parts.append(tube(metal, [(x, foot, 0), (x, foot, z), (x, y, z + 0.1)], 0.06, 7, 0.7))
        parts.append(box(bulb, 0.25, 0.5, 0.08, 0.0).moved(x, y, z - 0.02))
    if plan.cluttered and chance.random() < 0.4:
        post = kit.plastic(chance, any_paint(chance))
        parts += [
            lathe(post, [(0.06, 0), (0.06, 0.7), (0.0, 0.74)], 8).moved(float(x), -deep + 0.25)
            for x in np.arange(-12, 12, 1.5)
            if not _in_the_way(plan, float(x), 1.5)
        ]
    if plan.cluttered and chance.random() < 0.3:
        pot = kit.paint("concrete", chance)
        green = kit.paint("leaves", chance, soft=0.6)
        for x in chance.uniform(-14, 14, 4):
            bush = lumpy(ball(green, 1.0, 0.6, 0.7, 10), chance, 0.1, 5.0).tiled(2, 2)
            parts.append(
                merge([box(pot, 1.1, 0.6, 0.5, 0.6), bush.moved(z=0.4)]).moved(
                    float(x), -deep + 1.0
                )
            )
    return parts
