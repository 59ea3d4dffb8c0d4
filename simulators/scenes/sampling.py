"""Draws scenes: what stands where, when, in which weather, before which camera. Same seed, same scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from simulators.scenes.arrays import Chance, stream
from simulators.scenes.light import Lamp, Weather, height_of_sun
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.scene import Lens, Scene, Thing
from simulators.scenes.things.street import ROAD_BELOW_M, Street
from simulators.scenes.things.table import KINDS

TRIES = 40
PROBLEMS: Mapping[str, tuple[str, ...]] = {
    "overflowing_bin": ("overflowing_bin", "overflowing_street_bin"),
    "waste_heap": ("waste_heap",),
    "rubble_heap": ("rubble_heap",),
    "vendor_stall": ("stall",),
    "shop_outside": ("shop_outside",),
    "goods_on_pavement": ("goods",),
    "fly_posting": ("fly_posting",),
    "bike_misplaced": ("bikes_misplaced",),
}
"""Per class of problem the kinds of things that are one."""
IN_ORDER = ("bin", "bin", "street_bin", "bikes_racked", "notice_board", "cabinet", "bag_none")
STREAM_NAMES = ("recyclable", "hazardous", "food", "residual")


def sample(
    seed: int, kind: str | None = None, edition: int = 0, size: tuple[int, int] = (640, 360)
) -> Scene:
    """A scene with at least the problem `kind` in it; None draws how many problems there are, from none
    to four. `size` is width and height in pixels."""
    chance = stream(seed, "scene", edition)
    setting = str(chance.choice(["shops", "wall", "flats"], p=[0.6, 0.22, 0.18]))
    plan = Street(
        int(chance.integers(1 << 30)),
        setting,
        float(chance.uniform(3.2, 6.5)),
        bool(chance.random() < 0.6),
    )
    camera = _camera(chance, plan, size)
    plan = replace(plan, clear=(camera.x, camera.y))
    hour, weather = drawn_hour(chance), drawn_weather(chance)
    kinds = _wanted(chance, kind)
    things = _placed(chance, camera, plan, kinds, weather.rain > 0.1)
    things += _traffic(chance, plan, camera)
    dark = height_of_sun(hour) < 2
    lamps = tuple(
        _headlights(thing)
        for thing in things
        if thing.kind == "vehicle" and thing.y < -plan.pavement_m - 3
    )
    return Scene(
        seed, edition, camera, plan, tuple(things), hour, float(chance.uniform(0, 6.28)), weather,
        drawn_lens(chance, weather, hour, dark), lamps[:2] if dark else (),
    )  # fmt: skip


def _camera(chance: Chance, plan: Street, size: tuple[int, int]) -> Pinhole:
    """On a pole at the kerb, on the wall of a house across, or low on a patrol car."""
    place = chance.random()
    if place < 0.55:  # a pole at the kerb looks along the pavement
        side = float(chance.choice([-1, 1]))
        y, z = -plan.pavement_m + float(chance.uniform(-0.6, 0.3)), float(chance.uniform(2.8, 5.0))
        yaw, pitch = side * float(chance.uniform(20, 72)), float(chance.uniform(14, 32))
    elif place < 0.85:  # across the road, frontal
        y, z = -plan.pavement_m - float(chance.uniform(3, 8)), float(chance.uniform(2.8, 5.5))
        yaw, pitch = float(chance.normal(0, 22)), float(chance.uniform(10, 26))
    else:  # a car's camera
        y, z = -plan.pavement_m - float(chance.uniform(1.5, 3.0)), float(chance.uniform(1.3, 1.9))
        yaw, pitch = (
            float(chance.choice([-1, 1]) * chance.uniform(15, 70)),
            float(chance.uniform(1, 9)),
        )
    return Pinhole(
        0.0, y, z, yaw, pitch, float(chance.normal(0, 1.2)), float(chance.uniform(52, 88)), *size
    )


def drawn_hour(chance: Chance) -> float:
    return float(
        chance.uniform(6.6, 17.6) if chance.random() < 0.76 else chance.uniform(18.0, 30.0) % 24
    )


def drawn_weather(chance: Chance) -> Weather:
    cloud = float(chance.beta(0.7, 0.7))
    if chance.random() < 0.2:
        rain = float(chance.uniform(0.1, 1))
        return Weather(max(cloud, 0.75), rain, float(min(1, 0.5 + rain)), 0.14 * rain)
    wet = float(chance.uniform(0.3, 1)) if chance.random() < 0.1 else 0.0
    fog = float(chance.uniform(0.2, 0.7)) if chance.random() < 0.07 else 0.0
    return Weather(cloud, 0.0, wet, fog)


def drawn_lens(chance: Chance, weather: Weather, hour: float, dark: bool) -> Lens:
    stamp = ""
    if chance.random() < 0.4:
        day = f"2026-{chance.integers(1, 13):02d}-{chance.integers(1, 29):02d}"
        stamp = f"{day} {int(hour):02d}:{int(hour % 1 * 60):02d}:{chance.integers(60):02d}"
    return Lens(
        blur_px=float(chance.choice([0.4, 0.55, 0.7, 1.0, 1.5], p=[0.3, 0.3, 0.2, 0.15, 0.05])),
        noise=float(chance.uniform(0.8, 3.5)),
        gain=float(chance.uniform(2.0, 6.0)),
        sharpen=float(chance.choice([0.0, 0.3, 0.6, 1.0])),
        exposure=float(chance.normal(0.15, 0.38)),
        warm=float(chance.normal(0, 0.45)),
        contrast=float(chance.uniform(0.82, 1.12)),
        saturation=0.0 if dark and chance.random() < 0.2 else float(chance.uniform(0.6, 1.2)),
        vignette=float(chance.uniform(0, 0.5)),
        dirt=float(chance.uniform(0.2, 0.8)) if chance.random() < 0.12 else 0.0,
        drops=float(chance.uniform(0.1, 1)) if weather.rain and chance.random() < 0.4 else 0.0,
        jpeg=int(chance.integers(38, 93)),
        stamp=stamp,
    )


def _wanted(chance: Chance, kind: str | None) -> list[str]:
    """Problems first, then what is in order, then people."""
    names = [kind] if kind else []
    more = int(chance.choice([0, 1, 2, 3, 4], p=[0.22, 0.3, 0.25, 0.15, 0.08])) - len(names)
    names += [str(name) for name in chance.choice(list(PROBLEMS), max(0, more))]
    kinds = [str(chance.choice(PROBLEMS[name])) for name in names]
    calm = chance.choice([0, 1, 2, 3], p=[0.25, 0.35, 0.25, 0.15])
    kinds += [one for one in map(str, chance.choice(IN_ORDER, int(calm))) if one != "bag_none"]
    people = int(chance.choice([0, 1, 2, 3, 5, 7], p=[0.22, 0.22, 0.2, 0.16, 0.12, 0.08]))
    return [*kinds, *(["walker"] * people), *(["litter"] * int(chance.choice([0, 0, 1, 3])))]


def _placed(
    chance: Chance, camera: Pinhole, plan: Street, kinds: Sequence[str], raining: bool
) -> list[Thing]:
    things, taken = list[Thing](), list[tuple[float, float, float]]()
    for name in kinds:
        spot = _spot(chance, camera, plan, name, taken)
        if spot is not None:
            taken.append((*spot, KINDS[name].radius_m))
            things.append(_turned(chance, name, *spot, raining))
    return things


def _spot(
    chance: Chance,
    camera: Pinhole,
    plan: Street,
    name: str,
    taken: Sequence[tuple[float, float, float]],
) -> tuple[float, float] | None:
    """Free ground of the pavement that the camera sees and that is near enough to matter."""
    kind = KINDS[name]
    farthest = 13.0 if name in ("fly_posting", "notice_board") else 19.0
    if name == "shop_outside" and plan.setting == "wall":
        return None
    for _ in range(TRIES):
        row = camera.height * float(chance.uniform(0.28, 0.95))
        aim = camera.ground(camera.width * float(chance.uniform(0.08, 0.92)), row)
        if aim is None or np.hypot(aim[0] - camera.x, aim[1] - camera.y) > farthest:
            continue
        x, y = aim
        if kind.wall:
            y = 0.0
            shown = camera.pixel(x, y, 1.0)
            if shown is None or not (0.05 * camera.width < shown[0] < 0.95 * camera.width):
                continue
            if np.hypot(x - camera.x, y - camera.y) > farthest or shown[1] > camera.height * 0.9:
                continue
        elif not (-plan.pavement_m + 0.5 < y < -0.5):
            continue
        near = np.hypot(x - camera.x, y - camera.y)
        if near < kind.radius_m + 1.6 or abs(x) > 20:
            continue
        if all(np.hypot(x - a, y - b) > 0.62 * (kind.radius_m + r) for a, b, r in taken):
            return float(x), float(y)
    return None


def _turned(chance: Chance, name: str, x: float, y: float, raining: bool) -> Thing:
    seed = int(chance.integers(1 << 30))
    yaw, options, size = float(chance.uniform(0, 6.28)), dict[str, object](), 1.0
    if KINDS[name].wall:
        yaw = 0.0
    elif name in ("bin", "overflowing_bin"):
        yaw = float(chance.normal(0, 0.5))
        fill = chance.uniform(1.05, 2.0) if name == "overflowing_bin" else chance.uniform(0, 0.9)
        options = {"stream": str(chance.choice(STREAM_NAMES)), "fill": float(fill)}
        if name == "bin" and chance.random() < 0.15:
            options["lid_open"] = 1.0
    elif name in ("street_bin", "overflowing_street_bin"):
        yaw = float(chance.normal(0, 0.5))
        options = {"fill": float(chance.uniform(1.1, 2.0)) if name[0] == "o" else 0.4}
    elif name in ("stall", "goods", "cabinet"):
        yaw = float(chance.normal(0, 0.6) + (np.pi if chance.random() < 0.2 else 0.0))
    elif name == "bikes_racked":
        yaw = float(chance.choice([0, np.pi]) + chance.normal(0, 0.04))
        options = {"count": int(chance.integers(3, 8))}
    elif name == "walker":
        options = {"raining": raining}
    if KINDS[name].label and name not in ("walker", "fly_posting"):
        size = float(chance.uniform(0.9, 1.12))
    return Thing(name, x, y, yaw, seed, 0.0, size, 0.0, options)


def _traffic(chance: Chance, plan: Street, camera: Pinhole) -> list[Thing]:
    """Cars at the kerb and in the road, none in the camera's face."""
    things = list[Thing]()
    for x in np.arange(-20, 20, 6.2):
        if chance.random() < 0.3:
            y = -plan.pavement_m - 1.15
            things.append(_vehicle(chance, float(x + chance.normal(0, 0.5)), y, 0.0))
    for _ in range(int(chance.integers(0, 3))):
        lane = float(chance.choice([-4.0, -6.5]))
        x = float(chance.uniform(-18, 18))
        things.append(
            _vehicle(chance, x, -plan.pavement_m + lane, 0.0 if lane > -5 else float(np.pi))
        )
    return [thing for thing in things if np.hypot(thing.x - camera.x, thing.y - camera.y) > 4.5]


def _vehicle(chance: Chance, x: float, y: float, yaw: float) -> Thing:
    return Thing(
        "vehicle",
        x,
        y,
        yaw + float(chance.normal(0, 0.03)),
        int(chance.integers(1 << 30)),
        -ROAD_BELOW_M,
    )


def _headlights(thing: Thing) -> Lamp:
    ahead = (float(np.cos(thing.yaw)), float(np.sin(thing.yaw)), -0.12)
    at = (thing.x + 2.3 * ahead[0], thing.y + 2.3 * ahead[1], 0.55)
    return Lamp(at, (1.0, 0.95, 0.85), 9.0, ahead)


def without_problems(scene: Scene) -> Scene:
    """The same street in order: what a false alarm is measured on."""
    bad = {kind for kinds in PROBLEMS.values() for kind in kinds}
    return replace(scene, things=tuple(thing for thing in scene.things if thing.kind not in bad))
