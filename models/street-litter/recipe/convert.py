"""Write the int8 file of the trained litter detector and measure it on the held-back photographs.

python models/street-litter/recipe/convert.py --data LITTER_OBB --runs FOLDER --out models/street-litter
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from dataset import LABELS, read
from train import SIZE, at_size

from models.training.balance import balance
from models.training.ship_detector import figures, trained, write_files

FILE = "street-litter-320.int8.tflite"
RANGE_PICTURES = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    parts = read(arguments.data)
    model = trained(arguments.runs / "street-litter.pt", len(LABELS))
    scaled = [at_size(p) for p in parts["train"] if not p.studio]
    shift = balance(model, scaled)
    order = np.random.default_rng(7).permutation(len(parts["train"]))[:RANGE_PICTURES]
    pictures = [at_size(parts["train"][i]).picture for i in order]
    float_file, int8_file = arguments.runs / "street-litter-320.tflite", arguments.out / FILE
    write_files(model, (SIZE, SIZE), float_file, int8_file, pictures)
    held = [at_size(p) for p in parts["test"]]
    report = {
        "class_offsets": shift,
        "bytes": int8_file.stat().st_size,
        "float": figures(float_file, held, LABELS),
        "int8": figures(int8_file, held, LABELS),
    }
    target = arguments.runs / "figures.json"
    target.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
