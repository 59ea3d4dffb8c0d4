"""Write the int8 file of the trained waste classifier and measure it once on the held-back pictures.

    python models/waste-class/recipe/convert.py --data TRASHNET --runs FOLDER --out models/waste-class

Writes FOLDER/figures.json: float (PyTorch), float file and int8 file on the test pictures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from dataset import LABELS, Shot, read, split_of
from torch import Tensor, nn
from train import SIZE, probabilities

from models.training.augment import Strength, augmented
from models.training.lite0 import Classifier, fold_norms
from models.training.measure import confusion, wilson
from models.training.pictures import Picture, squash
from models.training.tflite import Runner, model_input, write_float, write_int8

FILE = "waste-class-192.int8.tflite"
RANGE_PICTURES = 180
MILD = Strength(rotation_deg=20, zoom=(0.9, 1.2), light=0.1, colour=0.1, cut_out=0)


class WithSoftmax(nn.Module):
    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x).softmax(1)


def trained(runs: Path) -> Classifier:
    model = Classifier(len(LABELS))
    fold_norms(model)
    state = torch.load(runs / "waste-class-last.pt", weights_only=True)
    model.load_state_dict(state["averaged"])
    return model.eval().to(memory_format=torch.channels_last)


def range_pictures(shots: list[Shot]) -> list[Picture]:
    """Training pictures, mildly changed, from which the quantiser learns the ranges."""
    rng = np.random.default_rng(7)
    chosen = rng.permutation(len(shots))[:RANGE_PICTURES]
    plain = [squash(shots[i].picture, SIZE) for i in chosen[::2]]
    return plain + [augmented(rng, shots[i].picture, SIZE, MILD) for i in chosen[1::2]]


def said_by(path: Path, shots: list[Shot]) -> list[int]:
    runner = Runner(path)
    return [int(runner(model_input(squash(s.picture, SIZE)))[0].argmax()) for s in shots]


def figures(truth: list[int], said: list[int]) -> dict[str, object]:
    right = sum(a == b for a, b in zip(truth, said, strict=True))
    low, high = wilson(right, len(truth))
    return {
        "right": right,
        "n": len(truth),
        "accuracy": round(right / len(truth), 4),
        "wilson_95": [round(low, 4), round(high, 4)],
        "confusion": confusion(truth, said, len(LABELS)).tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    parts = split_of(arguments.data, arguments.runs / "features.npy")
    model = trained(arguments.runs)
    float_file, int8_file = arguments.runs / "waste-class-192.tflite", arguments.out / FILE
    write_float(WithSoftmax(model), (SIZE, SIZE), float_file)
    write_int8(float_file, int8_file, range_pictures(read(parts["train"])))
    found: dict[str, object] = {"bytes": int8_file.stat().st_size}
    shots = read(parts["test"])
    truth = [s.label for s in shots]
    found["test"] = {
        "pytorch": figures(truth, probabilities(model, shots).argmax(1).tolist()),
        "float": figures(truth, said_by(float_file, shots)),
        "int8": figures(truth, said_by(int8_file, shots)),
    }
    target = arguments.runs / "figures.json"
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
