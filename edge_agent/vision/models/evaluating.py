"""A model over labelled pictures: folders of classes, YOLO label files, or file names that are the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_agent.errors import StopError
from edge_agent.vision.findings import Box, Classes, Detection, Detections, Text
from edge_agent.vision.models import measuring
from edge_agent.vision.models.measuring import ClassResult, LabelledBox, Share
from edge_agent.vision.models.model import Model
from edge_agent.vision.stills.header import BadPicture
from edge_agent.vision.stills.reading import read_picture

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
CLASS_FILES = ("classes.txt", "obj.names", "labels.txt")
MAX_SHOWN = 40
LEAST_SCORE = 0.01  # the precision-recall curve needs the unsure ones too
_NUMBERED_TWIN = re.compile(r"-\d+$")


@dataclass(frozen=True)
class Evaluation:
    """`figures` as they are written to JSON; `counts` is the confusion matrix of `labels`."""

    figures: dict[str, Any]
    labels: tuple[str, ...] = ()
    counts: NDArray[np.int64] | None = field(default=None, repr=False)
    results: tuple[ClassResult, ...] = ()


def evaluate(model: Model, folder: Path, classes: Sequence[str] | None = None) -> Evaluation:
    """StopError when the folder holds nothing of the kind that the model answers."""
    if not folder.is_dir():
        raise StopError(f"{folder}: expected a folder of labelled pictures, found none")
    if model.kind == "classifier":
        return _classifier(model, folder)
    if model.kind == "text":
        return _text(model, folder)
    return _detector(model, folder, classes)


def pictures_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)


def _classifier(model: Model, folder: Path) -> Evaluation:
    """One folder a class, named as the label."""
    pairs: list[tuple[str, str]] = []
    unread: list[str] = []
    names = [one for one in sorted(folder.iterdir()) if one.is_dir()]
    for path, truth in ((path, one.name) for one in names for path in pictures_in(one)):
        found = _run(model, path, unread)
        if isinstance(found, Classes):
            pairs.append((truth, found.items[0].label))
    if not pairs:
        raise StopError(f"{folder}: expected one folder of pictures a class, found no picture")
    labels = _order(model, pairs)
    counts = measuring.confusion(pairs, labels)
    right = sum(truth == said for truth, said in pairs)
    figures = {
        "accuracy": Share(right, len(pairs)).written(),
        "classes": {
            label: {
                "recall": Share(int(counts[n, n]), int(counts[n].sum())).written(),
                "precision": Share(int(counts[n, n]), int(counts[:, n].sum())).written(),
            }
            for n, label in enumerate(labels)
        },
        "unknown_labels": sorted({truth for truth, _ in pairs} - set(model.labels)),
    }
    return Evaluation(_headed(model, folder, figures, unread), labels, counts)


def _order(model: Model, pairs: list[tuple[str, str]]) -> tuple[str, ...]:
    """The model's own order; only what is or was said, where it knows more than can be shown."""
    met = {label for pair in pairs for label in pair}
    own = [one for one in model.labels if one in met or len(model.labels) <= MAX_SHOWN]
    return (*own, *sorted(met - set(own)))


def _text(model: Model, folder: Path) -> Evaluation:
    """The file's name is the text, `-2` and the like after it left out."""
    right = characters = wrong = number = 0
    unread: list[str] = []
    for path in pictures_in(folder):
        found = _run(model, path, unread)
        if not isinstance(found, Text):
            continue
        truth = _NUMBERED_TWIN.sub("", path.stem)
        number += 1
        right += found.text == truth
        characters += len(truth)
        wrong += min(len(truth), distance(found.text, truth))
    if not number:
        raise StopError(f"{folder}: expected pictures named by their text, found none")
    figures = {
        "whole": Share(right, number).written(),
        "characters": Share(characters - wrong, characters).written(),
    }
    return Evaluation(_headed(model, folder, figures, unread))


def distance(one: str, other: str) -> int:
    """Characters to insert, leave out or change (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, left in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, right in enumerate(other, 1):
            cost = min(row[place] + 1, row[place - 1] + 1, before + (left != right))
            before, row[place] = row[place], cost
    return row[-1]


def _detector(model: Model, folder: Path, classes: Sequence[str] | None) -> Evaluation:
    names = list(classes or _class_names(folder) or model.labels)
    unsure = replace(model, min_score=LEAST_SCORE)
    found: list[tuple[Detection, ...]] = []
    truth: list[list[LabelledBox]] = []
    unread: list[str] = []
    for path, boxes in _labelled(folder):
        picture = _read(path, unread)
        if picture is None:
            continue
        said = unsure.run(picture)
        found.append(said.items if isinstance(said, Detections) else ())
        truth.append([_sized(one, names, picture.shape[1], picture.shape[0]) for one in boxes])
    if not found:
        raise StopError(f"{folder}: expected pictures with YOLO label files (.txt), found none")
    labels = tuple(dict.fromkeys([*names, *(one.label for boxes in truth for one in boxes)]))
    results = measuring.average_precisions(found, truth, labels, model.min_score)
    mean = measuring.mean_ap(results)
    figures = {
        "pictures": len(found),
        "map50": None if mean is None else round(mean, 4),
        "min_score": model.min_score,
        "classes": {
            one.label: {
                "boxes": one.boxes,
                "ap50": None if one.ap is None else round(one.ap, 4),
                "precision": one.precision.written(),
                "recall": one.recall.written(),
            }
            for one in results
        },
    }
    return Evaluation(_headed(model, folder, figures, unread), labels, results=tuple(results))


def _labelled(folder: Path) -> Iterator[tuple[Path, list[tuple[int, Box]]]]:
    """Pictures whose label file lies beside them, or in `labels/` where they lie in `images/`."""
    for path in pictures_in(folder):
        beside = path.with_suffix(".txt")
        apart = path.parent.parent / "labels" / f"{path.stem}.txt"
        file = beside if beside.is_file() else apart
        if file.is_file():
            yield path, read_boxes(file)


def read_boxes(file: Path) -> list[tuple[int, Box]]:
    """Class, centre x, centre y, width, height of 0..1 a line, or class and the corners of an outline
    (its upright box is taken). StopError with the line that is neither."""
    boxes = []
    for number, line in enumerate(_lines_of(file), 1):
        words = line.split()
        if not words:
            continue
        try:
            label, numbers = int(words[0]), [float(one) for one in words[1:]]
        except ValueError:
            numbers, label = [], -1
        if len(numbers) == 4:
            x, y, width, height = numbers
            box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        elif len(numbers) >= 6 and not len(numbers) % 2:
            box = (min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2]))
        else:
            raise StopError(
                f"{file}:{number}: expected a class and 4 numbers, or an outline, found {line[:60]!r}"
            )
        boxes.append((label, box))
    return boxes


def _sized(one: tuple[int, Box], names: Sequence[str], width: int, height: int) -> LabelledBox:
    number, (x1, y1, x2, y2) = one
    label = names[number] if 0 <= number < len(names) else f"class {number}"
    return LabelledBox(label, (x1 * width, y1 * height, x2 * width, y2 * height))


def _class_names(folder: Path) -> list[str]:
    for name in CLASS_FILES:
        if (folder / name).is_file():
            return [line.strip() for line in _lines_of(folder / name) if line.strip()]
    return []


def _lines_of(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise StopError(f"{file}: expected UTF-8 text, found {error.reason}") from error
    except OSError as error:
        raise StopError(f"{file}: cannot be read: {error.strerror}") from error


def _run(model: Model, path: Path, unread: list[str]) -> Classes | Detections | Text | None:
    picture = _read(path, unread)
    return None if picture is None else model.run(picture)


def _read(path: Path, unread: list[str]) -> NDArray[np.uint8] | None:
    try:
        return read_picture(path)
    except BadPicture as error:
        unread.append(f"{path.name}: {error}")
        return None


def _headed(
    model: Model, folder: Path, figures: dict[str, Any], unread: list[str]
) -> dict[str, Any]:
    head = {"model": model.name, "sha256": model.sha256, "kind": model.kind, "data": folder.name}
    return {**head, **figures, "unread": unread}
