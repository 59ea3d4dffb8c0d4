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
from numpy.typing import NDArray

from models.training.augment import Strength, recolour
from models.training.detections import Boxes
from models.training.fit_detector import Labelled
from models.training.pictures import Picture, read_rgb

STREET = (
    "overflowing_bin",
    "waste_heap",
    "rubble_heap",
    "vendor_stall",
    "shop_outside",
    "goods_on_pavement",
    "fly_posting",
    "bike_misplaced",
)
LABELS = (*STREET, "person", "bag_recyclable", "bag_hazardous", "bag_food", "bag_residual")
HEIGHT, WIDTH = 288, 512  # 16:9, nothing padded
EARLY_HEIGHT, EARLY_WIDTH = 192, 320
PADDING = 114  # as the gateway pads
COLOURS = Strength(light=0.2, colour=0.15, noise=6.0)
LEAST_SIDE, LEAST_SHARE = 6.0, 0.35
COARSE = 0.15  # of the views look like those of a camera with few pixels
SHARES = {
    "live-street": 0.45,
    "live-disposal": 0.3,
    "live-dumping": 0.15,
    "point": 0.06,
    "train": 0.1,
}
"""How often a view is drawn from sets whose name begins so; what there is none of is shared out."""
WEIGHTS = {LABELS.index("bag_hazardous"): 3.0, LABELS.index("fly_posting"): 2.0}
"""So much oftener a picture with one of these is drawn: red bags are rare, sheets on walls hard to find."""


@dataclass(frozen=True)
class Rendered:
    """`asked` per class whether it would have a label wherever it is seen; `doubtful` shows too little to be
    asked for: neither right nor wrong."""

    path: Path
    set_name: str
    boxes: Boxes
    doubtful: Boxes
    asked: NDArray[np.bool_]


def _boxes(labels: Sequence[dict[str, Any]]) -> Boxes:
    corners = np.array([one["box"] for one in labels], np.float32).reshape(-1, 4)
    kinds = np.array([LABELS.index(one["label"]) for one in labels], np.int64)
    return Boxes(corners, kinds, np.ones(len(kinds), np.float32))


def _row(folder: Path, split: str, row: dict[str, Any]) -> Rendered:
    wanted = [one for one in row["labels"] if one["label"] in LABELS]
    asked = row.get("asked", STREET)
    return Rendered(
        folder / "images" / split / row["image"],
        folder.name,
        _boxes([one for one in wanted if not one["ignore"] and one["label"] in asked]),
        _boxes([one for one in wanted if one["ignore"]]),
        np.array([label in asked for label in LABELS]),
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


def folders(root: Path, split: str) -> list[Path]:
    return sorted({*root.glob(f"{split}-*"), *root.glob(f"*-{split}-*")})


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
    move = np.array([left, top] * 2, np.float32)
    sure, doubtful = (
        Boxes(one.corners * np.float32(zoom) + move, one.kinds, one.scores)
        for one in (rendered.boxes, rendered.doubtful)
    )
    return Labelled(padded, sure, rendered.asked, doubtful)


def _placed(corners: Any, zoom: float, shift: Any, mirrored: int | None) -> Any:
    out = corners * np.float32(zoom) + np.tile(shift, 2).astype(np.float32)
    if mirrored is not None:
        out[:, [0, 2]] = mirrored - out[:, [2, 0]]
    return out


def _cut(
    boxes: Boxes, zoom: float, shift: Any, mirrored: int | None, size: Any
) -> tuple[Boxes, Boxes]:
    """The boxes in the view, and those of which too little is in it."""
    full = _placed(boxes.corners.copy(), zoom, shift, mirrored)
    cut = full.clip(0, np.array([*size, *size], np.float32)).astype(np.float32)
    sides = cut[:, 2:] - cut[:, :2]
    seen = sides.prod(1) / np.maximum((full[:, 2:] - full[:, :2]).prod(1), 1e-6)
    kept = (sides.min(1, initial=1e9) >= LEAST_SIDE) & (seen >= LEAST_SHARE)
    lost = ~kept & (sides.min(1, initial=1e9) > 0)
    return tuple(Boxes(cut[at], boxes.kinds[at], boxes.scores[at]) for at in (kept, lost))


def _coarse(rng: Generator, view: Picture) -> Picture:
    """As from a camera with fewer pixels."""
    rows, columns = view.shape[:2]
    share = rng.uniform(0.55, 0.95)
    small = cv2.resize(
        view, (int(columns * share), int(rows * share)), interpolation=cv2.INTER_AREA
    )
    return cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR)


def _weights(scenes: Sequence[Rendered]) -> NDArray[np.float64]:
    """How likely each picture is drawn."""
    kind = [next((name for name in SHARES if s.set_name.startswith(name)), "train") for s in scenes]
    rare = [max([1.0, *(WEIGHTS.get(int(one), 1.0) for one in s.boxes.kinds)]) for s in scenes]
    weight = np.array(rare)
    for name, share in SHARES.items():
        mine = np.array([one == name for one in kind])
        if mine.any():
            weight[mine] *= share / weight[mine].sum()
    return weight / weight.sum()


class Views:
    """Random training views: zoomed, shifted, mirrored, recoloured, coarse; smaller before `large_from`."""

    def __init__(self, scenes: Sequence[Rendered], *, large_from: int) -> None:
        self.scenes, self.large_from = list(scenes), large_from
        self.pictures = [
            read_rgb(scene.path) for scene in scenes
        ]  # 0.4 MB each: decoding once pays
        self.edges = np.cumsum(_weights(scenes))

    def __call__(self, rng: Generator, round_number: int) -> Labelled:
        early = round_number < self.large_from
        height, width = (EARLY_HEIGHT, EARLY_WIDTH) if early else (HEIGHT, WIDTH)
        at = min(int(np.searchsorted(self.edges, rng.random())), len(self.scenes) - 1)
        scene, picture = self.scenes[at], self.pictures[at]
        zoom = width / picture.shape[1] * float(np.exp(rng.uniform(-0.15, 0.4)))
        room = np.array([width, height]) - np.array(picture.shape[1::-1]) * zoom
        shift = room * rng.uniform(0, 1, 2)
        matrix = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]])
        view = cv2.warpAffine(picture, matrix, (width, height), borderValue=(PADDING,) * 3)
        if rng.random() < COARSE:
            view = _coarse(rng, view)
        mirrored = width if rng.random() < 0.5 else None
        if mirrored:
            view = np.ascontiguousarray(view[:, ::-1])
        sure, lost = _cut(scene.boxes, zoom, shift, mirrored, (width, height))
        doubtful, _ = _cut(scene.doubtful, zoom, shift, mirrored, (width, height))
        unsure = Boxes(
            np.concatenate([lost.corners, doubtful.corners]),
            np.concatenate([lost.kinds, doubtful.kinds]),
            np.concatenate([lost.scores, doubtful.scores]),
        )
        return Labelled(recolour(rng, view, COLOURS), sure, scene.asked, unsure)
