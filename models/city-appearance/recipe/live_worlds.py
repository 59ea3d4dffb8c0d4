"""Pictures of the simulated cameras' worlds, with labels: what the detector sees where it is tried out.

    python recipe/live_worlds.py --out SCENES --place street --split train --sessions 1-40

A session is one world: a place with a seed, an hour, a weather and surfaces of its own, run without waiting,
a picture every few seconds of its time. `SCENES/live-street-train-0001/` holds its pictures as
`edile sim scenes` writes them. A finished session is skipped, so a broken-off run is started again.

**What is shared by no two splits**: seeds (`FIRST_SEED`) and surfaces (`EDITIONS`). The worlds that
`edile sim camera` plays (editions 500 to 522, any seed it is given) and the scorecards' seeds from 9000 are in
neither training nor validation; `test` is these very worlds, seeds 9500 and on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from simulators.camera.live import Frame, LiveCamera
from simulators.camera.pavement import Bustle, Pavement
from simulators.camera.point import DisposalPoint, Habits
from simulators.camera.table import PLACES, WEATHERS
from simulators.camera.world import World
from simulators.scenes.arrays import stream
from simulators.scenes.scene import Scene
from simulators.scenes.things.table import STREET_CLASSES
from simulators.scenes.writing import described, yolo

SIZE = (512, 288)
FIRST_SEED = {"train": 200_000, "val": 100_000, "test": 9_500}
EDITIONS = {"train": tuple(range(-12, -1)) + tuple(range(1000, 1006)), "val": (-40, -41, 1100)}
"""Below 0: one tile of a kind only, quick to make, so there are many. `test` has the worlds' own. Of varied
sessions each has an edition of its own (`OWN_EDITIONS` plus its number, every other one below 0)."""
OWN_EDITIONS = {"train": 2_000, "val": 4_000}
LAST_SESSION = 1_999
"""The next one of training would have surfaces of validation."""
VARIED_FROM = 201
GREY_FROM = 401
OFTEN, OFTEN_GREY = (0.34, 0.3, 0.14, 0.12, 0.1), (0.15, 0.13, 0.34, 0.1, 0.28)
"""How likely each of WEATHERS is. The model of the sessions before missed most in rain, fog and lamplight,
which it had seldom seen: from `GREY_FROM` on they are most of what is shown."""
SECONDS = {"street": (8.0, 30.0), "disposal-point": (2.0, 6.0), "dumping": (6.0, 25.0)}
VARIED_SECONDS = {"street": (25.0, 70.0), "disposal-point": (3.0, 14.0), "dumping": (25.0, 80.0)}
"""From `VARIED_FROM` on hardly two pictures of a session show the same things."""
BUSY = Bustle(problem_s=14.0, stay_s=110.0, walker_s=7.0)
CHANGING = Bustle(problem_s=22.0, stay_s=80.0, walker_s=7.0)
BINS_FROM = 761
BINS = Bustle(problem_s=22.0, stay_s=80.0, walker_s=7.0, bins=0.3)
"""A session has one bin; of the model's kinds of problems it was the one worst told."""
HURRIED = Habits(every_s=9.0, wrong=0.3, beside=0.2, empty_s=150.0)
CALM_FROM = 61
BAGS = ("bag_recyclable", "bag_hazardous", "bag_food", "bag_residual")
CLASSES = (*STREET_CLASSES, "person", *BAGS)
WARM_UP_S = 60.0


def hour_of(chance: Generator, grey: bool) -> float:
    """By day mostly, dusk and night too; `grey`: the evening as often as the day."""
    luck = chance.random()
    if grey and luck < 0.45:
        return float(chance.uniform(17.0, 20.5))
    night = luck >= (0.95 if grey else 0.8)
    return float(chance.uniform(17.5, 30) if night else chance.uniform(6.5, 17.5)) % 24


def scene_of(place: str, split: str, seed: int) -> Scene:
    chance, number = stream(seed, "session"), seed - FIRST_SEED[split]
    grey = split != "test" and number >= GREY_FROM
    weather = WEATHERS[str(chance.choice(list(WEATHERS), p=OFTEN_GREY if grey else OFTEN))]
    made = PLACES[place].scene(seed, SIZE, hour_of(chance, grey), weather)
    if split == "test":
        return made
    lens = replace(
        made.lens,
        blur_px=float(chance.uniform(0.4, 0.7)),
        noise=float(chance.uniform(1.0, 2.5)),
        jpeg=int(chance.integers(60, 90)),
        exposure=float(chance.normal(0.1, 0.15)),
    )
    edition = EDITIONS[split][int(chance.integers(len(EDITIONS[split])))]
    if number >= VARIED_FROM:
        edition = (OWN_EDITIONS[split] + number) * (1 if number % 2 else -1)
    return replace(made, edition=edition, lens=lens)


def world_of(place: str, split: str, seed: int, length_s: float) -> World:
    """In training more happens than where the model is tried out: in streets of sessions before `CALM_FROM`,
    and somewhat more in varied ones."""
    scene = scene_of(place, split, seed)
    if split != "test" and place == "street" and seed % 1000 < CALM_FROM:
        return Pavement(seed, length_s, scene, BUSY)
    if split == "train" and place == "street" and seed % 1000 >= VARIED_FROM:
        often = seed % 1000 >= BINS_FROM
        return Pavement(seed, length_s, scene, BINS if often else CHANGING)
    if split != "test" and place == "disposal-point":
        return DisposalPoint(seed, length_s, scene, HURRIED)
    return PLACES[place].world(seed, length_s, scene)


def frames(place: str, split: str, seed: int, count: int) -> Iterator[tuple[Scene, Frame]]:
    chance = stream(seed, "moments")
    apart = VARIED_SECONDS if split != "test" and seed % 1000 >= VARIED_FROM else SECONDS
    moments = WARM_UP_S + np.cumsum(chance.uniform(*apart[place], count))
    world = world_of(place, split, seed, float(moments[-1]) + 60)
    camera = LiveCamera(world)
    for t in map(float, moments):
        world.advance(t)
        yield world.scene, camera.frame(t)


def write_session(folder: Path, place: str, split: str, number: int, count: int) -> None:
    images, labels = folder / "images" / split, folder / "labels" / split
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("\n".join(CLASSES) + "\n", encoding="utf-8")
    seed = FIRST_SEED[split] + number
    with (folder / f"truth-{split}.jsonl").open("w", encoding="utf-8") as truth:
        for at, (scene, frame) in enumerate(frames(place, split, seed, count)):
            if frame.jpeg is None:
                continue
            name = f"{place}-{split}-{number:04d}-{at:03d}"
            (images / f"{name}.jpg").write_bytes(frame.jpeg)
            (labels / f"{name}.txt").write_text(yolo(frame.labels, CLASSES, SIZE), encoding="utf-8")
            row = described(f"{name}.jpg", scene, frame.labels, CLASSES) | {"t": frame.t}
            truth.write(json.dumps(row) + "\n")
    (folder / "done").touch()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--place", choices=tuple(PLACES), required=True)
    parser.add_argument("--split", choices=tuple(FIRST_SEED), default="train")
    parser.add_argument("--sessions", default="1-10", help="numbers FIRST-LAST")
    parser.add_argument("--pictures", type=int, default=24, help="of a session")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    first, _, last = arguments.sessions.partition("-")
    if int(last or first) > LAST_SESSION:
        parser.error(f"--sessions {arguments.sessions}: the last there may be is {LAST_SESSION}")
    for number in range(int(first), int(last or first) + 1):
        folder = arguments.out / f"live-{arguments.place}-{arguments.split}-{number:04d}"
        if not (folder / "done").exists():
            write_session(folder, arguments.place, arguments.split, number, arguments.pictures)


if __name__ == "__main__":
    main()
