"""Draws disposal points: bins of the four streams, people with bags before them, bags left beside."""

from __future__ import annotations

import numpy as np

from simulators.scenes.arrays import Chance, stream
from simulators.scenes.light import height_of_sun
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.sampling import drawn_hour, drawn_lens, drawn_weather
from simulators.scenes.scene import Scene, Thing
from simulators.scenes.things.bins import STREAMS
from simulators.scenes.things.street import Street

GAP_M = (0.75, 1.15)  # between two bins
DEPTH_M = 7.5


def sample_point(seed: int, edition: int = 0, size: tuple[int, int] = (640, 360)) -> Scene:
    """Two to four bins before a wall or house, seen from 4 to 8 m; same seed, same scene."""
    chance = stream(seed, "point", edition)
    y, z = -float(chance.uniform(4.2, 7.6)), float(chance.uniform(2.3, 3.6))
    setting = str(chance.choice(["wall", "flats", "shops"], p=[0.55, 0.3, 0.15]))
    aside = float(chance.normal(0, 1.4))
    plan = Street(int(chance.integers(1 << 30)), setting, DEPTH_M, False, (aside, y))
    yaw = float(np.degrees(np.arctan2(aside, -y))) + float(chance.normal(0, 6))
    pitch = float(np.degrees(np.arctan2(z - 0.6, -y - 0.8))) + float(chance.normal(-2, 3))
    camera = Pinhole(
        aside, y, z, yaw, pitch, float(chance.normal(0, 1.5)), float(chance.uniform(50, 78)), *size
    )
    hour, weather = drawn_hour(chance), drawn_weather(chance)
    dark = height_of_sun(hour) < 2
    raining = weather.rain > 0.1
    row = _bins(chance)
    things = [*row, *_people(chance, row, raining=raining), *_beside(chance, row)]
    if chance.random() < 0.3:
        things.append(Thing("notice_board", float(chance.uniform(-4, 4)), 0.0, 0.0, _looks(chance)))
    return Scene(
        seed, edition, camera, plan, tuple(things), hour, float(chance.uniform(0, 6.28)), weather,
        drawn_lens(chance, weather, hour, dark),
    )  # fmt: skip


def _looks(chance: Chance) -> int:
    return int(chance.integers(1 << 30))


def _bins(chance: Chance) -> list[Thing]:
    names = list(STREAMS)
    chance.shuffle(names)
    names = names[: int(chance.choice([2, 3, 4], p=[0.2, 0.2, 0.6]))]
    gap, looks = float(chance.uniform(*GAP_M)), _looks(chance)
    things = []
    for at, name in enumerate(names):
        x = (at - (len(names) - 1) / 2) * gap + float(chance.normal(0, 0.05))
        fill = float(
            chance.uniform(1.05, 1.9) if chance.random() < 0.14 else chance.uniform(0, 0.9)
        )
        options = {"stream": name, "fill": round(fill, 2)}
        if fill < 1 and chance.random() < 0.12:
            options["lid_open"] = 1.0
        y, yaw = -0.75 + float(chance.normal(0, 0.06)), float(chance.normal(0, 0.07))
        things.append(
            Thing("bin", x, y, yaw, looks, 0.0, float(chance.uniform(0.95, 1.05)), 0.0, options)
        )
    return things


def _people(chance: Chance, row: list[Thing], *, raining: bool) -> list[Thing]:
    """Coming, depositing and leaving; with a bag or without."""
    things = list[Thing]()
    for _ in range(int(chance.choice([0, 1, 2, 3], p=[0.15, 0.5, 0.25, 0.1]))):
        looks, options = _looks(chance), dict[str, object]()
        if chance.random() < 0.6:  # at a bin
            x = row[int(chance.integers(len(row)))].x + float(chance.normal(0, 0.1))
            y, yaw = -1.75 + float(chance.normal(0, 0.12)), np.pi / 2 + float(chance.normal(0, 0.2))
            options = {
                "reach": float(chance.uniform(0, 0.9)),
                "bend": float(chance.uniform(0, 0.7)),
            }
        else:
            x, y = float(chance.uniform(-4, 4)), float(chance.uniform(-3.2, -1.6))
            yaw = float(chance.choice([0, np.pi]) + chance.normal(0, 0.3))
            options = {"stride": float(chance.uniform(0, 6.3))}
        options = {**options, "looks": looks, "umbrella": raining and chance.random() < 0.6}
        things.append(
            Thing("carrier", x, y, float(yaw), looks, 0.0, 1.0, 0.0, {**options, "part": "person"})
        )
        if chance.random() < 0.8:
            held = {**options, "stream": str(chance.choice(list(STREAMS)))}
            things[-1] = Thing(
                "carrier", x, y, float(yaw), looks, 0.0, 1.0, 0.0, {**held, "part": "person"}
            )
            things.append(
                Thing("carrier", x, y, float(yaw), looks, 0.0, 1.0, 0.0, {**held, "part": "bag"})
            )
    return things


def _beside(chance: Chance, row: list[Thing]) -> list[Thing]:
    things = list[Thing]()
    for _ in range(int(chance.choice([0, 1, 2, 4], p=[0.55, 0.25, 0.12, 0.08]))):
        x = row[int(chance.integers(len(row)))].x + float(chance.normal(0, 0.5))
        options = {
            "stream": str(chance.choice(list(STREAMS))),
            "size": float(chance.uniform(0.3, 0.5)),
        }
        y = -1.3 + float(chance.normal(0, 0.15))
        things.append(Thing("bag", x, y, 0.0, _looks(chance), 0.0, 1.0, 0.0, options))
    return things
