"""Photographs of real things, cut out and laid into rendered streets, before the models that ship.

    python -m edile.scoring.photographs --objects FOLDER --litter FOLDER --seed 9000 --out photographs.json

`objects` has one folder for each label of waste-class (pictures of one thing each), `litter` the folders
`images` and `labels` (YOLO) and the labels of street-litter. What this is: real surfaces in a rendered place,
small, at an angle that they were not taken from, lit by nobody. What it is not: a street. The pictures
are nobody's to commit.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge_agent.vision.boxes import Box, Found, grown, iou
from edge_agent.vision.frames import Image
from edge_agent.vision.looking import cut
from edge_agent.vision.models.measuring import Share
from edge_agent.vision.opening import open_one
from edile.scoring.conditions import conditions
from simulators.camera.live import LiveCamera
from simulators.camera.table import PLACES, WEATHERS

SIZE = (960, 540)
STREETS = 20
OBJECT_PX = (72, 160)  # the longer side of a thing that is shown to the classifier
PIECE_PX = (40, 110)  # of litter: 13 to 37 pixels in the 320 that the detector sees
PIECES = 3  # in one street
SURE = 0.5
WHITE = 205.0  # of the paper under a photographed object
PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True)
class Cutout:
    """One thing: BGR and how much of each pixel is its own (0..1)."""

    label: str
    pixels: Image
    alpha: np.ndarray[Any, np.dtype[np.float32]]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--objects", type=Path)
    parser.add_argument("--litter", type=Path)
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args(arguments)
    streets = [street(wanted.seed + n) for n in range(STREETS)]
    told: dict[str, Any] = {"seed": wanted.seed, "streets": STREETS}
    if wanted.objects is not None:
        told["waste-class"] = classified(wanted.objects, streets, wanted.seed)
    if wanted.litter is not None:
        told["street-litter"] = detected(wanted.litter, streets, wanted.seed)
    text = json.dumps(told, indent=2)
    print(text)
    if wanted.out is not None:
        wanted.out.write_text(text + "\n", encoding="utf-8")
    return 0


def street(seed: int) -> Image:
    """Some minutes into a street's life."""
    under, place = conditions(seed), PLACES["street"]
    world = place.world(seed, 600.0, place.scene(seed, SIZE, under.hour, WEATHERS[under.weather]))
    world.advance(120.0)
    jpeg = LiveCamera(world).frame(120.0).jpeg or b""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(picture, np.uint8)


def classified(folder: Path, streets: Sequence[Image], seed: int) -> dict[str, Any]:
    """Each object alone, as it was taken, and in a street, as a camera's box around it would show it."""
    model, chance = open_one("waste-class", "classifier", 1), random.Random(seed)  # noqa: S311
    alone, laid = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for number, (label, picture) in enumerate(_objects(folder)):
        alone[label, model.classify(picture)[0][0]] += 1
        thing = cut_out(label, picture)
        if thing is None:
            continue
        scene, box = put(streets[number % len(streets)].copy(), thing, chance, OBJECT_PX)
        laid[label, model.classify(cut(scene, grown(box, 0.1)))[0][0]] += 1
    return {"alone": _shares(alone), "in_streets": _shares(laid), "cut_out": laid.total()}


def detected(folder: Path, streets: Sequence[Image], seed: int) -> dict[str, Any]:
    """Pieces of litter in streets: found as anything, found as themselves, and what was found of nothing."""
    model, chance = open_one("street-litter", "detector", 1), random.Random(seed)  # noqa: S311
    pieces = list(_pieces(folder, list(model.labels)))
    chance.shuffle(pieces)
    there, named, wrong, pictures = 0, 0, 0, 0
    for first in range(0, len(pieces), PIECES):
        scene = streets[pictures % len(streets)].copy()
        pictures += 1
        boxes = []
        for thing in pieces[first : first + PIECES]:
            scene, box = put(scene, thing, chance, PIECE_PX)
            boxes.append((thing.label, box))
        found = [one for one in model.find(scene) if one.score >= SURE]
        hits = [_hit(found, box) for _, box in boxes]
        there += sum(hit is not None for hit in hits)
        named += sum(
            hit is not None and hit.label == label
            for hit, (label, _) in zip(hits, boxes, strict=True)
        )
        wrong += sum(all(iou(one.box, box) < SURE for _, box in boxes) for one in found)
    bare = [sum(one.score >= SURE for one in model.find(scene)) for scene in streets]
    return {
        "pieces": len(pieces),
        "pictures": pictures,
        "found": Share(there, len(pieces)).written(),
        "found_by_name": Share(named, len(pieces)).written(),
        "of_nothing_per_picture": round(wrong / max(1, pictures), 2),
        "in_bare_streets_per_picture": round(sum(bare) / max(1, len(bare)), 2),
    }


def cut_out(label: str, picture: Image, inner: float = 0.04) -> Cutout | None:
    """What is not background, by GrabCut from a frame of `inner` of the sides; None when nothing stands
    out."""
    high, wide = picture.shape[:2]
    mask = np.zeros((high, wide), np.uint8)
    edge = (max(1, round(wide * inner)), max(1, round(high * inner)))
    frame = (edge[0], edge[1], wide - 2 * edge[0], high - 2 * edge[1])
    if min(frame[2:]) < 8:
        return None
    cv2.setRNGSeed(1)
    cv2.grabCut(
        picture, mask, frame, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_RECT
    )
    mine = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if mine.mean() < 0.02:
        return None
    rows, columns = np.flatnonzero(mine.any(1)), np.flatnonzero(mine.any(0))
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    alpha = cv2.GaussianBlur(mine.astype(np.float32), (3, 3), 0)[part]
    return Cutout(label, picture[part], np.asarray(alpha, np.float32))


def put(
    scene: Image, thing: Cutout, chance: random.Random, side_px: tuple[int, int]
) -> tuple[Image, Box]:
    """Somewhere on the ground, as bright as what is around it; with its box in parts of the picture."""
    high, wide = scene.shape[:2]
    scale = chance.uniform(*side_px) / max(thing.alpha.shape)
    across = max(4, round(thing.alpha.shape[1] * scale))
    down = max(4, round(thing.alpha.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    pixels = cv2.resize(thing.pixels, (across, down), interpolation=how).astype(np.float32)
    alpha = cv2.resize(thing.alpha, (across, down), interpolation=how)[..., None]
    x = chance.randrange(0, wide - across)
    y = chance.randrange(round(high * 0.5), high - down)
    part = (slice(y, y + down), slice(x, x + across))
    ground = scene[part].astype(np.float32)
    light = min(1.1, max(0.35, float(ground.mean()) / WHITE * 1.4))
    scene[part] = np.clip(alpha * pixels * light + (1 - alpha) * ground, 0, 255).astype(np.uint8)
    return scene, (x / wide, y / high, (x + across) / wide, (y + down) / high)


def _objects(folder: Path) -> Iterator[tuple[str, Image]]:
    for place in sorted(one for one in folder.iterdir() if one.is_dir()):
        for file in sorted(place.iterdir()):
            picture = cv2.imread(str(file)) if file.suffix.lower() in PICTURES else None
            if picture is not None:
                yield place.name, np.asarray(picture, np.uint8)


def _pieces(folder: Path, labels: Sequence[str]) -> Iterator[Cutout]:
    """Labelled boxes with some room around them, cut out; what nothing stands out of is passed over."""
    for file in sorted((folder / "images").iterdir()):
        picture, rows = cv2.imread(str(file)), folder / "labels" / f"{file.stem}.txt"
        if picture is None or not rows.is_file():
            continue
        for row in rows.read_text(encoding="utf-8").splitlines():
            number, x, y, across, down = (float(part) for part in row.split()[:5])
            box = (x - across / 2, y - down / 2, x + across / 2, y + down / 2)
            part = cut(np.asarray(picture, np.uint8), grown(box, 0.1))
            thing = cut_out(labels[int(number)], part, 0.08) if part.size else None
            if thing is not None:
                yield thing


def _hit(found: Sequence[Found], box: Box) -> Found | None:
    best = max(found, key=lambda one: iou(one.box, box), default=None)
    return best if best is not None and iou(best.box, box) >= SURE else None


def _shares(pairs: Counter[tuple[str, str]]) -> dict[str, Any]:
    labels = sorted({label for label, _ in pairs})
    each = {
        label: {
            "n": sum(n for (is_, _), n in pairs.items() if is_ == label),
            "right": pairs[label, label],
        }
        for label in labels
    }
    right = sum(one["right"] for one in each.values())
    return {"right": Share(right, pairs.total()).written(), "classes": each}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
