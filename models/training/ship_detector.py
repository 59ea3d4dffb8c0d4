"""From a detector's checkpoint to the file that ships, and its figures on labelled pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from models.training.detections import Boxes, found_in, mean_average_precision
from models.training.detector import Detector, Shipped
from models.training.fit_detector import Labelled
from models.training.lite0 import fold_norms
from models.training.pictures import Picture
from models.training.tflite import DETECTOR_OPERATORS, Runner, model_input, write_float, write_int8


def trained(checkpoint: Path, classes: int, *, shallow: bool = False) -> Detector:
    """The averaged weights of a run."""
    model = Detector(classes, shallow=shallow)
    fold_norms(model.trunk)
    model.load_state_dict(torch.load(checkpoint, weights_only=True)["averaged"])
    return model.eval()


def write_files(
    model: Detector,
    size: tuple[int, int],
    float_file: Path,
    int8_file: Path,
    range_pictures: Sequence[Picture],
) -> None:
    """`size`: height and width, also of the `range_pictures`, which come from the training split."""
    write_float(Shipped(model, size), size, float_file)
    write_int8(float_file, int8_file, range_pictures, only=DETECTOR_OPERATORS)


def found_by(path: Path, held: Sequence[Labelled]) -> list[Boxes]:
    runner = Runner(path)
    size = held[0].picture.shape[0], held[0].picture.shape[1]
    return [found_in(runner(model_input(h.picture))[0][0], size) for h in held]


def figures(path: Path, held: Sequence[Labelled], labels: Sequence[str]) -> dict[str, object]:
    """Average precision at half overlap, per class with the number of things, and their mean."""
    found, truth = found_by(path, held), [h.boxes for h in held]
    unasked = [h.unasked() for h in held]
    mean, each = mean_average_precision(found, truth, len(labels), unasked=unasked)
    return {
        "pictures": len(held),
        "things": int(sum(len(t.kinds) for t in truth)),
        "map50": round(mean, 4),
        "classes": {
            label: {"ap50": round(ap, 4), "things": n}
            for label, (ap, n) in zip(labels, each, strict=True)
        },
    }
