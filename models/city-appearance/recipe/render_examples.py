"""Render the pictures that `expected.json` answers to: a moment of each simulated place.

    python models/city-appearance/recipe/render_examples.py models/city-appearance/examples

Surfaces and seeds of no training, validation or test set. The files are committed: the test needs no renderer.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import cv2

from simulators.camera.live import LiveCamera
from simulators.camera.pavement import Bustle, Pavement
from simulators.camera.table import PLACES, WEATHERS
from simulators.scenes.picture import taken
from simulators.scenes.point_sampling import sample_point

SIZE, EDITION, LONG_S = (416, 234), -300, 900.0
MOMENTS = (("street", 901, 240.0), ("disposal-point", 902, 640.0), ("dumping", 903, 800.0))


def moment(place: str, seed: int, t: float) -> bytes:
    scene = PLACES[place].scene(seed, SIZE, 10.5, WEATHERS["sun"])
    scene = replace(scene, edition=EDITION)
    world = (
        Pavement(seed, LONG_S, scene, Bustle(problem_s=15.0))
        if place == "street"
        else PLACES[place].world(seed, LONG_S, scene)
    )
    world.advance(t)
    jpeg = LiveCamera(world).frame(t).jpeg
    if jpeg is None:
        raise ValueError(f"{place}: no picture at {t} s")
    return jpeg


def main() -> None:
    cv2.setNumThreads(1)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for place, seed, t in MOMENTS:
        (folder / f"{place}-{seed}.jpg").write_bytes(moment(place, seed, t))
    (folder / "point-904.jpg").write_bytes(taken(sample_point(904, EDITION, SIZE))[0])


if __name__ == "__main__":
    main()
