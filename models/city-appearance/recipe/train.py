"""Train the city-appearance detector on rendered scenes.

    edile sim scenes --out SCENES/train-1 --n 800 --seed 1 --split train --width 512 --height 288
    (more seeds; SCENES/val-1 with --split val)
    python models/city-appearance/recipe/train.py --scenes SCENES --runs FOLDER

run from the repository's root with it on PYTHONPATH. A broken-off run goes on from its last round.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import cv2
import torch
from dataset import LABELS, Views, letterboxed, read_sets

from models.training.fit_detector import Plan, Run, fit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--per-round", type=int, default=400)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(1)
    arguments.runs.mkdir(parents=True, exist_ok=True)
    scenes = read_sets(sorted(arguments.scenes.glob("train-*")))
    held = [letterboxed(one) for one in read_sets(sorted(arguments.scenes.glob("val-*")))]
    logging.getLogger("train").info("scenes: train %d, validation %d", len(scenes), len(held))
    plan = Plan(classes=len(LABELS), rounds=arguments.rounds, per_round=arguments.per_round)
    run = Run(Views(scenes, rounds=arguments.rounds), plan)
    fit(run, arguments.runs / "city-appearance.pt", held, measure_every=5)


if __name__ == "__main__":
    main()
