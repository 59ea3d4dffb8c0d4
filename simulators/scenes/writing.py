"""Sets of pictures with labels on disk.

`images/SPLIT/*.jpg` beside `labels/SPLIT/*.txt` (YOLO: class, middle x, middle y, width, height in parts of
the picture), `classes.txt`, and `truth-SPLIT.jsonl` with everything that is known: all labels, also of what
is in order, with the hidden share and whether they are to be ignored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from simulators.scenes.arrays import stream
from simulators.scenes.picture import taken
from simulators.scenes.point_sampling import sample_point
from simulators.scenes.sampling import PROBLEMS, sample
from simulators.scenes.scene import Label, Scene, ignored
from simulators.scenes.things.table import CODES, POINT_CLASSES, STREET_CLASSES

EDITIONS = {"train": tuple(range(8)), "val": (100, 101), "test": (200, 201), "trial": (-1,)}
"""Surfaces by split: no texel of a test picture was in training. `trial` has few and is quick."""
OFFSETS = {"train": 0, "val": 400_000_000, "test": 800_000_000}
CLASSES = {"street": STREET_CLASSES, "point": POINT_CLASSES}
ASKED = {
    "street": (*STREET_CLASSES, "person"),
    "point": tuple(dict.fromkeys((*STREET_CLASSES, *POINT_CLASSES))),
}
"""What has a label wherever it is seen: of nothing else does the lack of a label mean that it is not there."""
NO_PROBLEM = 0.12  # of the pictures


def plan(
    n: int, seed: int, split: str, size: tuple[int, int], place: str = "street"
) -> list[Scene]:
    """The scenes of a set: every class as often, an edition after another."""
    editions = EDITIONS.get(split, (900,))
    used = max(1, min(len(editions), n // 100))  # an edition takes seconds to make
    scenes = []
    for at in range(n):
        chance = stream(seed, split, at)
        number = OFFSETS.get(split, 600_000_000) + seed * 1_000_000 + at
        edition = editions[at * used // n]
        if place == "point":
            scenes.append(sample_point(number, edition, size))
            continue
        kind = None if chance.random() < NO_PROBLEM else list(PROBLEMS)[at % len(PROBLEMS)]
        scenes.append(sample(number, kind, edition, size))
    return scenes


def write_set(
    folder: Path,
    n: int,
    seed: int,
    split: str = "train",
    *,
    size: tuple[int, int] = (640, 360),
    place: str = "street",
    classes: Sequence[str] | None = None,
    told: Callable[[int], object] | None = None,
) -> None:
    """Writes `n` pictures of a `place` (street or point) with its usual classes; `told` is called with
    the number done. The same arguments write the same bytes. Raises OSError."""
    classes = classes or CLASSES[place]
    images, labels = folder / "images" / split, folder / "labels" / split
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("\n".join(classes) + "\n", encoding="utf-8")
    with (folder / f"truth-{split}.jsonl").open("w", encoding="utf-8") as truth:
        for at, scene in enumerate(plan(n, seed, split, size, place)):
            jpeg, found = taken(scene)
            name = f"{split}-{seed:03d}-{at:06d}"
            (images / f"{name}.jpg").write_bytes(jpeg)
            (labels / f"{name}.txt").write_text(yolo(found, classes, size), encoding="utf-8")
            truth.write(json.dumps(described(f"{name}.jpg", scene, found, ASKED[place])) + "\n")
            if told:
                told(at + 1)


def yolo(found: Sequence[Label], classes: Sequence[str], size: tuple[int, int]) -> str:
    """Label lines; what is to be ignored has none."""
    lines = []
    for label in found:
        if label.label in classes and not ignored(label):
            box = np.array(label.box) / (*size, *size)
            x, y, wide, tall = (
                (box[0] + box[2]) / 2,
                (box[1] + box[3]) / 2,
                box[2] - box[0],
                box[3] - box[1],
            )
            lines.append(f"{classes.index(label.label)} {x:.6f} {y:.6f} {wide:.6f} {tall:.6f}\n")
    return "".join(lines)


def described(
    image: str, scene: Scene, found: Sequence[Label], asked: Sequence[str]
) -> dict[str, object]:
    """A line of the truth; `asked` see ASKED."""
    weather = scene.weather
    return {
        "image": image,
        "seed": scene.seed,
        "edition": scene.edition,
        "hour": round(scene.hour, 2),
        "weather": {
            name: round(getattr(weather, name), 2) for name in ("cloud", "rain", "wet", "fog")
        },
        "setting": scene.street.setting,
        "asked": list(asked),
        "labels": [
            {
                "label": one.label,
                "code": CODES.get(one.label),
                "box": one.box,
                "hidden": one.hidden,
                "outside": one.outside,
                "ignore": ignored(one),
            }
            for one in found
        ],
    }
