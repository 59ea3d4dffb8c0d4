"""The pictures of docs/cameras.md: `python -m edile.camera_pictures docs/pictures`.

All of them are rendered; nobody was filmed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge_agent.config.devices.camera import (
    CameraConfig,
    LineConfig,
    MaskConfig,
    PresetConfig,
    ZoneConfig,
)
from edge_agent.vision.boxes import Box
from edge_agent.vision.frames import Frame, Image, Shape, encoded
from edge_agent.vision.pictures import hidden
from edge_agent.vision.view_drawing import drawn_view, write_on
from edge_agent.vision.view_features import features
from edge_agent.vision.view_state import judge
from simulators.camera.live import LiveCamera
from simulators.camera.mishaps import Mishap
from simulators.camera.mishaps import read as read_mishap
from simulators.camera.table import PLACES, WEATHERS

SEED, SIZE, HOUR, AT_S, LENGTH_S = 5, (640, 360), 10.0, 46.0, 360.0
QUALITY = 78
WHITE = (255, 255, 255)
CAMERA = CameraConfig(
    id="cam-1",
    source="rtsp://10.0.0.7/stream1",
    zones=(
        ZoneConfig("pavement", ((0.0, 0.58), (1.0, 0.52), (1.0, 0.72), (0.0, 0.8))),
        ZoneConfig("kerb", ((0.0, 0.8), (1.0, 0.72), (1.0, 0.86), (0.0, 0.97))),
    ),
    lines=(LineConfig("gate", (0.62, 0.72), (0.62, 0.54)),),
    masks=(MaskConfig("windows", ((0.32, 0.0), (0.62, 0.0), (0.62, 0.16), (0.32, 0.16))),),
    presets=(PresetConfig("shop-fronts", box=(0.02, 0.25, 0.45, 0.8)),),
)
STATES = ("covered", "turned", "defocused")


@dataclass(frozen=True)
class Shot:
    """A rendered picture, and the boxes of who is in it."""

    picture: Image
    persons: tuple[Box, ...]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    plain = shot(AT_S)
    upright = _upright(plain.picture)
    write(folder / "camera-view.jpg", drawn_view(upright, CAMERA))
    masked = hidden(upright, plain.persons)
    write(folder / "camera-photo.jpg", np.hstack([_half(plain.picture), _half(masked)]))
    write(folder / "camera-states.jpg", _states(plain.picture))


def shot(at_s: float, *mishaps: Mishap) -> Shot:
    """The street after so many seconds."""
    place = PLACES["street"]
    scene = place.scene(SEED, SIZE, HOUR, WEATHERS["sun"])
    world = place.world(SEED, LENGTH_S, scene)
    world.advance(at_s)
    frame = LiveCamera(world, mishaps).frame(at_s)
    if frame.jpeg is None:
        raise RuntimeError("the simulated camera has no power")
    picture = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
    wide, high = SIZE
    persons = tuple(
        (one.box[0] / wide, one.box[1] / high, one.box[2] / wide, one.box[3] / high)
        for one in frame.labels
        if one.label == "person"
    )
    return Shot(np.asarray(picture, np.uint8), persons)


def _upright(picture: Image) -> Image:
    upright = Shape(CAMERA).colour(Frame(0, pixels=picture))
    if upright is None:
        raise RuntimeError("no picture")
    return upright


def _states(plain: Image) -> Image:
    """Four small views, each with what the gateway says of it."""
    shape = Shape(CAMERA)
    reference = shape.grey(Frame(0, pixels=plain))
    if reference is None:
        raise RuntimeError("no picture")
    known, views = [features(reference)], []
    for kind in ("good", *STATES):
        mishaps = () if kind == "good" else (read_mishap(f"{kind}@{AT_S - 1:g}:10"),)
        picture = plain if kind == "good" else shot(AT_S, *mishaps).picture
        small = shape.grey(Frame(0, pixels=picture))
        if small is None:
            raise RuntimeError("no picture")
        verdict = judge(small, known, CAMERA.view)
        view = _half(picture)
        write_on(view, verdict.state, (8, 22), WHITE)
        write_on(view, verdict.detail, (8, 172), WHITE)
        views.append(view)
    return np.vstack([np.hstack(views[:2]), np.hstack(views[2:])])


def _half(picture: Image) -> Image:
    small = cv2.resize(picture, (SIZE[0] // 2, SIZE[1] // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def write(file: Path, picture: Image) -> None:
    file.write_bytes(encoded(picture, QUALITY))
    print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
