"""Bills pasted where they may not be, and notices where they may. Stand against the wall at y = 0."""

from __future__ import annotations

import numpy as np

from simulators.scenes.arrays import Chance
from simulators.scenes.forms import box, lathe, sheet, tube
from simulators.scenes.mesh import Mesh, merge
from simulators.scenes.things.kit import Kit, around


def fly_posting(kit: Kit, chance: Chance) -> Mesh:
    """On the wall, or on a cabinet or post standing before it (07001)."""
    kind = chance.random()
    if kind < 0.55:
        return _on_wall(kit, chance)
    if kind < 0.8:
        return _on_cabinet(kit, chance)
    return _on_post(kit, chance)


def _on_wall(kit: Kit, chance: Chance) -> Mesh:
    parts = list[Mesh]()
    if chance.random() < 0.35:
        parts.append(_stuck(kit, chance, "bills", (0.0, 1.3), float(chance.uniform(0.9, 1.8))))
    reach = float(chance.uniform(0.4, 1.1))
    for _ in range(int(chance.integers(4, 14))):
        x, z = float(chance.uniform(-reach, reach)), float(chance.uniform(0.6, 2.0))
        parts.append(_stuck(kit, chance, "bill", (x, z), float(chance.uniform(0.25, 0.5))))
    return merge(parts)


def _stuck(kit: Kit, chance: Chance, name: str, at: tuple[float, float], size: float) -> Mesh:
    paper = kit.paint(name, chance, around(chance, (0.9, 0.9, 0.88), 0.15), bump=1.2)
    tall = size * (1.35 if name == "bill" else 0.9)
    lift = float(chance.uniform(0.008, 0.02))
    flat = sheet(paper, (-size / 2, 0, -tall / 2), (size, 0, 0), (0, 0, tall), 0.0)
    return flat.turned(0, 0, float(chance.normal(0, 0.09))).moved(at[0], -lift, at[1])


def cabinet(kit: Kit, chance: Chance) -> Mesh:
    """A switch cabinet, as it stands on every pavement."""
    metal = kit.paint(
        "smooth",
        chance,
        around(
            chance,
            [(0.35, 0.37, 0.36), (0.08, 0.2, 0.14), (0.5, 0.5, 0.46)][int(chance.integers(3))],
        ),
    )
    return merge([box(metal, 1.0, 0.45, 1.35, 0.8), box(metal, 1.06, 0.5, 0.05, 0.8).moved(z=1.35)])


def _on_cabinet(kit: Kit, chance: Chance) -> Mesh:
    parts = [cabinet(kit, chance).moved(y=-0.3)]
    for _ in range(int(chance.integers(4, 9))):
        x, z = float(chance.uniform(-0.35, 0.35)), float(chance.uniform(0.35, 1.1))
        parts.append(
            _stuck(kit, chance, "bill", (x, z), float(chance.uniform(0.2, 0.36))).moved(y=-0.526)
        )
    return merge(parts)


def _on_post(kit: Kit, chance: Chance) -> Mesh:
    grey = kit.paint("concrete", chance, around(chance, (0.75, 0.75, 0.73)))
    parts = [lathe(grey, [(0.17, 0), (0.13, 6.0)], 12, tile_m=0.8).moved(y=-0.3)]
    for _ in range(int(chance.integers(4, 9))):
        paper = kit.paint("bill", chance, around(chance, (0.9, 0.9, 0.88), 0.15))
        wide, tall, z = 0.26, float(chance.uniform(0.22, 0.4)), float(chance.uniform(0.6, 2.0))
        turn = float(chance.uniform(-1.3, 1.3)) - np.pi / 2
        parts += [
            sheet(paper, (0, 0, 0), (wide / 3, 0, 0), (0, 0, tall), 0.0)
            .tiled(1 / 3, 1.0)
            .moved(-wide / 6, -0.175)
            .turned(turn + np.pi / 2 + (third - 1) * 0.5)
            .moved(0, -0.3, z)
            for third in range(3)
        ]
    return merge(parts)


def notice_board(kit: Kit, chance: Chance) -> Mesh:
    """A framed board with sheets in it: in order."""
    wide, tall = float(chance.uniform(1.0, 2.4)), float(chance.uniform(0.8, 1.2))
    frame = kit.metal(chance, around(chance, (0.4, 0.4, 0.42)))
    face = kit.paint("notices", chance, gloss=0.12, sharp=60.0, bump=0.1)
    parts = [
        box(frame, wide + 0.14, 0.08, tall + 0.14, 0.5).moved(0, -0.05, 0.93),
        sheet(face, (-wide / 2, -0.1, 1.0), (wide, 0, 0), (0, 0, tall), 0.0),
    ]
    if chance.random() < 0.5:
        parts.append(box(frame, wide + 0.4, 0.35, 0.05, 0.5).moved(0, -0.15, 1.1 + tall))
        parts += [
            tube(frame, [(x, -0.05, 0), (x, -0.05, 1.0)], 0.035, 6) for x in (-wide / 2, wide / 2)
        ]
    return merge(parts)
