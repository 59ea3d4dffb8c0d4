"""People: who walk, stand, carry a bag, put it down. Faces are blank on purpose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulators.scenes.arrays import Chance
from simulators.scenes.arrays import stream as seeded
from simulators.scenes.forms import ball, lathe, lumpy, tube
from simulators.scenes.material import Rgb
from simulators.scenes.mesh import Mesh, merge
from simulators.scenes.things.kit import Kit, any_paint, around
from simulators.scenes.things.waste import bag

SKINS: tuple[Rgb, ...] = (
    (0.55, 0.36, 0.26),
    (0.48, 0.30, 0.20),
    (0.62, 0.44, 0.34),
    (0.3, 0.17, 0.1),
)


def person(
    kit: Kit,
    chance: Chance,
    stride: float = 0.0,
    *,
    reach: float = 0.0,
    bend: float = 0.0,
    carries: Mesh | None = None,
    umbrella: bool = False,
) -> Mesh:
    """Faces +x. `stride`: phase of a step in radians; `reach` 0..1 stretches the right arm forward and
    `bend` leans the trunk (radians); `carries` hangs from the right hand by its top."""
    tall = float(chance.normal(1.66, 0.09))
    skin = kit.paint(
        "smooth", chance, around(chance, SKINS[int(chance.integers(4))]), gloss=0.03, bump=0.3
    )
    shirt = kit.paint("cloth", chance, around(chance, (0.85, 0.85, 0.85)), bump=1.5)
    trousers = kit.paint("cloth", chance, around(chance, (0.25, 0.26, 0.32), 0.5), bump=1.5)
    dark = kit.paint("smooth", chance, around(chance, (0.03, 0.03, 0.03), 0.4))
    swing = np.sin(stride) * 0.42
    legs = [*_leg(trousers, dark, -0.09, float(swing)), *_leg(trousers, dark, 0.09, float(-swing))]
    upper = [_trunk(shirt, chance), *_head(kit, skin, chance)]
    left, _ = _arm(shirt, skin, 0.21, float(swing * 0.8), 0.15)
    right, hand = _arm(shirt, skin, -0.21, float(-swing * 0.8 + reach * 1.2), 0.15 + 0.3 * reach)
    upper += [*left, *right]
    if carries is not None:
        top = float(carries.points[:, 2].max())
        upper.append(carries.moved(hand[0], hand[1] - 0.05, hand[2] - top + 0.02))
    if umbrella:
        upper.append(_umbrella(kit, chance))
    body = merge(upper).moved(z=-0.84).turned(np.pi / 2).turned(0, -bend).turned(-np.pi / 2)
    return merge([*legs, body.moved(z=0.84)]).scaled(tall / 1.72)


def _leg(cloth: int, shoe: int, side: float, swing: float) -> list[Mesh]:
    knee = (0.42 * np.sin(swing) + 0.03, side, 0.86 - 0.42 * np.cos(swing))
    lower = swing - max(0.0, -swing) * 0.9 - 0.05
    foot = (knee[0] + 0.40 * np.sin(lower), side, max(0.07, knee[2] - 0.40 * np.cos(lower)))
    limb = tube(cloth, [(0, side, 0.90), (*knee,), (*foot,)], 0.085, 7, 0.72)
    return [limb, ball(shoe, 0.27, 0.10, 0.10, 6).moved(foot[0] + 0.06, side, foot[2] - 0.07)]


def _arm(
    cloth: int, skin: int, side: float, swing: float, elbow: float
) -> tuple[list[Mesh], tuple[float, float, float]]:
    a = (0.28 * np.sin(swing), side * 1.12, 1.40 - 0.28 * np.cos(swing))
    more = swing + elbow
    hand = (a[0] + 0.27 * np.sin(more), side * 1.1, a[2] - 0.27 * np.cos(more))
    sleeve = tube(cloth, [(0, side, 1.41), (*a,)], 0.055, 6, 0.85)
    bare = tube(skin, [(*a,), (*hand,)], 0.042, 6, 0.8)
    return [sleeve, bare, ball(skin, 0.09, 0.08, 0.1, 5).moved(hand[0], hand[1], hand[2] - 0.05)], (
        float(hand[0]), float(hand[1]), float(hand[2] - 0.04),
    )  # fmt: skip


def _trunk(cloth: int, chance: Chance) -> Mesh:
    stout = float(chance.normal(1.0, 0.12))
    profile = [
        (0.0, 0.80), (0.165 * stout, 0.82), (0.17 * stout, 0.95), (0.155 * stout, 1.08),
        (0.185, 1.25), (0.20, 1.36), (0.17, 1.43), (0.07, 1.48), (0.05, 1.52), (0.0, 1.52),
    ]  # fmt: skip
    form = lathe(cloth, profile, 14).scaled(0.62, 1.1, 1.0)
    return lumpy(form, chance, 0.008, 8.0)


def _head(kit: Kit, skin: int, chance: Chance) -> list[Mesh]:
    head = ball(skin, 0.19, 0.16, 0.24, 8).moved(0.01, 0, 1.50)
    rgb = (
        (0.015, 0.013, 0.012) if chance.random() < 0.8 else around(chance, (0.25, 0.24, 0.23), 0.4)
    )
    hair = kit.paint(
        "bark", chance, rgb if chance.random() < 0.8 else any_paint(chance), gloss=0.04
    )
    return [head, ball(hair, 0.21, 0.185, 0.19, 8).moved(-0.018, 0, 1.575)]


def _umbrella(kit: Kit, chance: Chance) -> Mesh:
    cloth = kit.paint("canopy", chance, around(chance, (0.8, 0.8, 0.8)), soft=0.5, gloss=0.06)
    dome = lathe(cloth, [(0.55, 1.80), (0.46, 1.92), (0.25, 2.03), (0.0, 2.07)], 10)
    stick = tube(kit.metal(chance), [(0, 0, 1.15), (0, 0, 2.05)], 0.01, 4)
    return merge([dome, stick]).moved(0.15, -0.1)


def carrier(
    kit: Kit,
    _chance: Chance,
    *,
    looks: int,
    stride: float = 0.12,
    reach: float = 0.0,
    bend: float = 0.0,
    stream: str | None = None,
    umbrella: bool = False,
    part: str = "all",
) -> Mesh:
    """Somebody with a bag of that stream. `looks` draws both, so that `part` "person" and "bag" of the
    same looks fit together and can be labelled apart."""
    form = carrying(kit, looks, stride, reach=reach, bend=bend, stream=stream, umbrella=umbrella)
    if part == "all":
        return form.of(0)
    mine = form.thing == (1 if part == "bag" else 0)
    return replace(form, faces=form.faces[mine], material=form.material[mine]).of(0)


def carrying(
    kit: Kit,
    looks: int,
    stride: float,
    *,
    reach: float = 0.0,
    bend: float = 0.0,
    stream: str | None = None,
    umbrella: bool = False,
) -> Mesh:
    """Somebody (thing 0) and what they hold (thing 1)."""
    held = bag(kit, seeded(looks, "bag"), stream, 0.36) if stream else None
    return person(
        kit, seeded(looks, "looks"), stride, reach=reach, bend=bend,
        carries=held.of(1) if held else None, umbrella=umbrella,
    )  # fmt: skip


def walker(kit: Kit, chance: Chance, raining: bool = False) -> Mesh:
    """A passer-by in any pose of walking or standing, perhaps with a shopping bag."""
    stride = float(chance.uniform(0, 6.3)) if chance.random() < 0.75 else 0.15
    held = bag(kit, chance, None, 0.28) if chance.random() < 0.25 else None
    return person(kit, chance, stride, carries=held, umbrella=raining and chance.random() < 0.7)
