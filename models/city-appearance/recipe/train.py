"""Train the city-appearance detector on rendered scenes.

    python models/city-appearance/recipe/train.py --scenes SCENES --runs FOLDER

run from the repository's root with it on PYTHONPATH, after the sets of the card were rendered. A broken-off run
goes on from its last round. `--start` begins a new cycle from another run's averaged weights, or from those
of an int8 file of this recipe, such as the one that ships.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import cv2
import numpy as np
import torch
from dataset import LABELS, Views, folders, letterboxed, read_sets

from models.training.crew import Crew, together
from models.training.fit_detector import Plan, Run, fit

FILE = "city-appearance.pt"
RANGE_PICTURES = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--per-round", type=int, default=576)
    parser.add_argument(
        "--large-from", type=int, default=16, help="round of the first full-size view"
    )
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start", type=Path)
    parser.add_argument(
        "--frozen", type=int, default=5, help="of the trunk's blocks, so many stay as they are"
    )
    parser.add_argument("--measure-every", type=int, default=4)
    parser.add_argument(
        "--held", type=int, default=72, help="validation pictures looked at on the way"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes of one thread")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    arguments.runs.mkdir(parents=True, exist_ok=True)
    scenes = read_sets(folders(arguments.scenes, "train"))
    shown = read_sets(folders(arguments.scenes, "val"))
    held = [letterboxed(one) for one in shown[:: max(1, len(shown) // arguments.held)]]
    logging.getLogger("train").info("scenes: train %d, validation %d", len(scenes), len(held))
    plan = Plan(
        classes=len(LABELS),
        rounds=arguments.rounds,
        per_round=arguments.per_round,
        rate=arguments.rate,
        trunk_rate=arguments.rate / 4,
        averaging=0.99,
        shallow=True,
        frozen=arguments.frozen,
    )
    views = Views(scenes, large_from=arguments.large_from)

    def work(crew: Crew) -> None:
        run = Run(views, plan, crew)
        if arguments.start and arguments.start.suffix == ".tflite":
            order = np.random.default_rng(plan.seed).permutation(len(scenes))[:RANGE_PICTURES]
            run.start_from_file(arguments.start, [letterboxed(scenes[i]).picture for i in order])
        elif arguments.start:
            run.start_from(arguments.start)
        fit(run, arguments.runs / FILE, held, measure_every=arguments.measure_every)

    together(arguments.workers, work)


if __name__ == "__main__":
    main()
