"""Rendered street scenes as `edile sim scenes` writes them, and random training views of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator

from models.training.augment import Strength, recolour
from models.training.detections import Boxes, overlap_matrix
from models.training.fit_detector import Labelled
from models.training.pictures import Picture, read_rgb

LABELS = (
    "overflowing_bin",
    "waste_heap",
    "rubble_heap",
    "vendor_stall",
    "shop_outside",
    "goods_on_pavement",
    "fly_posting",
    "bike_misplaced",
)
HEIGHT, WIDTH = 256, 416  # 16:9 pictures fill 234 of the 256 rows
EARLY_HEIGHT, EARLY_WIDTH = 192, 320
PADDING = 114  # as the gateway pads
COLOURS = Strength(light=0.2, colour=0.15, noise=6.0)
LEAST_SIDE, LEAST_SHARE = 6.0, 0.35


@dataclass(frozen=True)
class Rendered:
    """`doubtful` boxes show too little to be asked for; training greys them out."""

    path: Path
    boxes: Boxes
    doubtful: np.ndarray[Any, np.dtype[np.float32]]


def _row(folder: Path, split: str, row: dict[str, Any]) -> Rendered:
    wanted = [one for one in row["labels"] if one["label"] in LABELS]
    sure = [one for one in wanted if not one["ignore"]]
    corners = np.array([one["box"] for one in sure], np.float32).reshape(-1, 4)
    kinds = np.array([LABELS.index(one["label"]) for one in sure], np.int64)
    doubtful = np.array([one["box"] for one in wanted if one["ignore"]], np.float32)
    return Rendered(
        folder / "images" / split / row["image"],
        Boxes(corners, kinds, np.ones(len(kinds), np.float32)),
        doubtful.reshape(-1, 4),
    )


def read_sets(folders: Sequence[Path]) -> list[Rendered]:
    """All pictures that are there, of unfinished sets too."""
    found = []
    for folder in folders:
        for truth in sorted(folder.glob("truth-*.jsonl")):
            split = truth.stem.removeprefix("truth-")
            for line in truth.read_text(encoding="utf-8").splitlines():
                try:
                    rendered = _row(folder, split, json.loads(line))
                except json.JSONDecodeError:
                    continue  # the last line of a set that is still being written
                if rendered.path.exists():
                    found.append(rendered)
    return found


def letterboxed(rendered: Rendered) -> Labelled:
    """As the gateway feeds it."""
    picture = read_rgb(rendered.path)
    rows, columns = picture.shape[:2]
    zoom = min(WIDTH / columns, HEIGHT / rows)
    inner = round(columns * zoom), round(rows * zoom)
    left, top = (WIDTH - inner[0]) // 2, (HEIGHT - inner[1]) // 2
    padded = np.full((HEIGHT, WIDTH, 3), PADDING, np.uint8)
    small = cv2.resize(picture, inner, interpolation=cv2.INTER_LINEAR)
    padded[top : top + inner[1], left : left + inner[0]] = small
    boxes = rendered.boxes
    corners = boxes.corners * np.float32(zoom) + np.array([left, top] * 2, np.float32)
    return Labelled(padded, Boxes(corners, boxes.kinds, boxes.scores))


def _placed(corners: Any, zoom: float, shift: Any, mirrored: int | None) -> Any:
    out = corners * np.float32(zoom) + np.tile(shift, 2).astype(np.float32)
    if mirrored is not None:
        out[:, [0, 2]] = mirrored - out[:, [2, 0]]
    return out


class Views:
    """Random training views: zoomed, shifted, mirrored, recoloured; smaller in the first half."""

    def __init__(self, scenes: Sequence[Rendered], *, rounds: int) -> None:
        self.scenes, self.rounds = list(scenes), rounds

    def __call__(self, rng: Generator, round_number: int) -> Labelled:
        early = round_number < self.rounds * 0.6
        height, width = (EARLY_HEIGHT, EARLY_WIDTH) if early else (HEIGHT, WIDTH)
        scene = self.scenes[int(rng.integers(len(self.scenes)))]
        picture: Picture = read_rgb(scene.path)
        covers = overlap_matrix(scene.doubtful, scene.boxes.corners).any(1)
        for x1, y1, x2, y2 in scene.doubtful[~covers].astype(int):
            picture[y1:y2, x1:x2] = PADDING
        zoom = width / picture.shape[1] * float(np.exp(rng.uniform(-0.25, 0.45)))
        room = np.array([width, height]) - np.array(picture.shape[1::-1]) * zoom
        shift = room * rng.uniform(0, 1, 2)
        matrix = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]])
        view = cv2.warpAffine(picture, matrix, (width, height), borderValue=(PADDING,) * 3)
        mirrored = width if rng.random() < 0.5 else None
        if mirrored:
            view = np.ascontiguousarray(view[:, ::-1])
        full = _placed(scene.boxes.corners.copy(), zoom, shift, mirrored)
        limit = np.array([width, height] * 2, np.float32)
        cut = full.clip(0, limit)
        sides = cut[:, 2:] - cut[:, :2]
        seen = sides.prod(1) / np.maximum((full[:, 2:] - full[:, :2]).prod(1), 1e-6)
        kept = (sides.min(1, initial=1e9) >= LEAST_SIDE) & (seen >= LEAST_SHARE)
        boxes = Boxes(
            cut[kept].astype(np.float32), scene.boxes.kinds[kept], scene.boxes.scores[kept]
        )
        return Labelled(recolour(rng, view, COLOURS), boxes)
