"""The litter pictures, their split by moment, and the random training views drawn from them.

The export holds one already augmented version per photograph (turned, equalised, noisy). Photographs
of one minute show one heap from several sides, so a split takes whole minutes; the frames of the
one video are all alike and are one group.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.training.augment import Strength, recolour
from models.training.detections import Boxes
from models.training.fit_detector import Labelled
from models.training.pictures import Picture, read_rgb
from models.training.splits import grouped_split

LABELS = ("bottle", "cup", "drink-can", "drink-packet", "styrofoam", "wrapper")
SHARES = {"train": 0.74, "test": 0.26}
SPLIT_SEED, SAME_HEAP_S = 3, 60
VIEW = 224
LEAST_SIDE, LEAST_SHARE = 6.0, 0.4  # a box cut by the view's edge stays if this much of it is seen
COLOURS = Strength(light=0.3, colour=0.25, noise=14.0)


@dataclass(frozen=True)
class Photograph:
    """A picture with its boxes; `studio` marks the single objects taken over from TrashNet."""

    picture: Picture
    boxes: Boxes
    name: str
    studio: bool


def _moment_s(name: str) -> int | None:
    digits = re.search(r"(2022\d{4})_?(\d{2})(\d{2})(\d{2})", name)
    if digits is None:
        return None
    day, hour, minute, second = map(int, digits.groups())
    return day * 86_400 + hour * 3600 + minute * 60 + second


def moments(names: Sequence[str]) -> list[str]:
    """The group of each picture name: one run of photographs without a minute's pause."""
    dated = sorted((s, n) for n in names if (s := _moment_s(n)) is not None)
    group, last, start = {}, -SAME_HEAP_S, ""
    for second, name in dated:
        if second - last > SAME_HEAP_S:
            start = name
        group[name], last = start, second
    return [group.get(n, "video" if n.startswith("frame") else n) for n in names]


def _boxes(path: Path, side: int) -> Boxes:
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    values = np.array([[float(v) for v in row] for row in rows], np.float32).reshape(-1, 5)
    middle, half = values[:, 1:3] * side, values[:, 3:5] * side / 2
    corners = np.concatenate([middle - half, middle + half], 1).clip(0, side)
    return Boxes(corners, values[:, 0].astype(np.int64), np.ones(len(values), np.float32))


def read(root: Path) -> dict[str, list[Photograph]]:
    """Photographs per split; the studio pictures are all for training."""
    paths = sorted((root / "images").glob("*.jpg"))
    names = [p.stem for p in paths]
    studio = [n.startswith("plastic") for n in names]
    split = grouped_split(studio, moments(names), SHARES, seed=SPLIT_SEED)
    parts: dict[str, list[Photograph]] = {name: [] for name in SHARES}
    for path, part, single in zip(paths, split, studio, strict=True):
        picture = read_rgb(path)
        boxes = _boxes(root / "labels" / f"{path.stem}.txt", picture.shape[0])
        parts["train" if single else part].append(Photograph(picture, boxes, path.stem, single))
    return parts


def moved(boxes: Boxes, matrix: NDArray[np.float32], size: int) -> Boxes:
    """The boxes after an affine move into a `size` square: hulls of the moved corners, cut."""
    x1, y1, x2, y2 = boxes.corners.T
    points = np.stack([np.stack(p, 1) for p in ((x1, y1), (x2, y1), (x2, y2), (x1, y2))], 1)
    there = points @ matrix[:, :2].T + matrix[:, 2]
    # The hull of a turned box is wider than the thing in it: an ellipse is the better guess.
    centre = there.mean(1)
    reach = (
        np.sqrt((np.stack([there[:, 1] - there[:, 0], there[:, 3] - there[:, 0]], 1) ** 2).sum(1))
        / 2
    )
    full = np.concatenate([centre - reach, centre + reach], 1)
    cut = full.clip(0, size)
    sides, whole = cut[:, 2:] - cut[:, :2], full[:, 2:] - full[:, :2]
    seen = sides.prod(1) / np.maximum(whole.prod(1), 1e-6)
    kept = (sides.min(1) >= LEAST_SIDE) & (seen >= LEAST_SHARE)
    return Boxes(cut[kept].astype(np.float32), boxes.kinds[kept], boxes.scores[kept])


def _view_matrix(rng: Generator, side: int, *, studio: bool) -> NDArray[np.float32]:
    """A random look at a `side` square picture: zoom, quarter turns and a little tilt, mirror."""
    zoom = np.exp(rng.uniform(np.log(0.2), np.log(0.5)) if studio else rng.uniform(-0.75, 0.2))
    angle = np.deg2rad(rng.uniform(-15, 15) + 90 * (rng.random() < 0.2) * rng.integers(1, 4))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([zoom * (1 if rng.random() < 0.5 else -1), zoom])
    room = max(side * zoom - VIEW, 0) / 2 + VIEW * 0.15
    target = np.full(2, VIEW / 2) + rng.uniform(-room, room, 2)
    return np.column_stack([linear, target - linear @ np.full(2, side / 2)]).astype(np.float32)


class Views:
    """Random training views: one photograph moved and recoloured, cut-outs pasted upon it."""

    def __init__(self, photographs: Sequence[Photograph], cut_outs: Sequence[CutOut]) -> None:
        self.field = [p for p in photographs if not p.studio]
        self.studio = [p for p in photographs if p.studio]
        self.cut_outs = list(cut_outs)

    def __call__(self, rng: Generator, _round: int) -> Labelled:
        pool = self.studio if rng.random() < 0.06 else self.field
        photograph = pool[int(rng.integers(len(pool)))]
        matrix = _view_matrix(rng, photograph.picture.shape[0], studio=photograph.studio)
        fill = tuple(int(v) for v in rng.integers(60, 200, 3))
        view = cv2.warpAffine(photograph.picture, matrix, (VIEW, VIEW), borderValue=fill)
        boxes = moved(photograph.boxes, matrix, VIEW)
        if self.cut_outs and not photograph.studio and rng.random() < 0.6:
            for _ in range(int(rng.integers(1, 5))):
                chosen = self.cut_outs[int(rng.integers(len(self.cut_outs)))]
                view, boxes = pasted(rng, view, boxes, chosen)
        return Labelled(recolour(rng, np.ascontiguousarray(view), COLOURS), boxes)


@dataclass(frozen=True)
class CutOut:
    """A thing without its background: colours and a soft mask `[h, w]` in 0..1."""

    picture: Picture
    mask: NDArray[np.float32]
    kind: int


def cut_out_of(picture: Picture, kind: int) -> CutOut | None:
    """A studio object by GrabCut; None where the mask is implausible (shadow, whole picture)."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    inside = (width // 12, height // 12, width * 5 // 6, height * 5 // 6)
    cv2.setRNGSeed(1)
    cv2.grabCut(
        picture, mask, inside, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_RECT
    )
    solid = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(solid)
    if count < 2:
        return None
    biggest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    x, y, w, h, area = (int(v) for v in stats[biggest])
    if not 0.05 < area / (height * width) < 0.6 or area < 0.35 * w * h:
        return None
    soft = cv2.GaussianBlur((parts == biggest).astype(np.float32), (0, 0), 1.2)
    return CutOut(picture[y : y + h, x : x + w], soft[y : y + h, x : x + w], kind)


def studio_cut_outs(photographs: Sequence[Photograph], trashnet: Path) -> list[CutOut]:
    """The clean TrashNet originals behind the set's studio pictures, with the set's class."""
    found = []
    for photograph in photographs:
        originals = sorted((trashnet / "plastic").glob(f"{photograph.name}-*.jpg"))
        if photograph.studio and originals and len(photograph.boxes.kinds) == 1:
            found.append(cut_out_of(read_rgb(originals[0]), int(photograph.boxes.kinds[0])))
    return [f for f in found if f is not None]


def pasted(rng: Generator, view: Picture, boxes: Boxes, thing: CutOut) -> tuple[Picture, Boxes]:
    """The thing turned, shrunk and laid where it hides no other box by more than a third."""
    side = float(np.exp(rng.uniform(np.log(16), np.log(90))))
    height, width = thing.mask.shape
    zoom = side / max(height, width)
    angle = rng.uniform(0, 2 * np.pi)
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    size = view.shape[0]
    target = rng.uniform(side / 2, size - side / 2, 2)
    matrix = np.column_stack([linear, target - linear @ np.array([width / 2, height / 2])])
    mask = cv2.warpAffine(thing.mask, matrix, (size, size), flags=cv2.INTER_AREA)
    ys, xs = np.nonzero(mask > 0.5)
    if not len(xs):
        return view, boxes
    new = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], np.float32)
    low, high = np.maximum(boxes.corners[:, :2], new[:2]), np.minimum(boxes.corners[:, 2:], new[2:])
    hidden = (high - low).clip(0).prod(1) / np.maximum(
        (boxes.corners[:, 2:] - boxes.corners[:, :2]).prod(1), 1e-6
    )
    if (hidden > 1 / 3).any() or (new[2:] - new[:2]).min() < LEAST_SIDE:
        return view, boxes
    colours = cv2.warpAffine(thing.picture, matrix, (size, size), flags=cv2.INTER_AREA)
    light = np.float32(rng.uniform(0.6, 1.2))
    blend = mask[:, :, None]
    mixed = np.clip(view * (1 - blend) + colours * light * blend, 0, 255).astype(np.uint8)
    return mixed, Boxes(
        np.vstack([boxes.corners, new[None]]),
        np.append(boxes.kinds, thing.kind),
        np.append(boxes.scores, np.float32(1)),
    )
