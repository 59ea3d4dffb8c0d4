"""Train the street litter detector.

    python models/street-litter/recipe/train.py --data LITTER_OBB --trashnet TRASHNET --runs FOLDER

run from the repository's root with it on PYTHONPATH. A broken-off run goes on from its last round.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import cv2
import torch
from dataset import LABELS, Photograph, Views, read, studio_cut_outs

from models.training.detections import Boxes
from models.training.fit_detector import Labelled, Plan, Run, fit
from models.training.pictures import squash

SIZE = 320


def at_size(photograph: Photograph) -> Labelled:
    zoom = SIZE / photograph.picture.shape[0]
    boxes = photograph.boxes
    scaled = Boxes(boxes.corners * zoom, boxes.kinds, boxes.scores)
    return Labelled(squash(photograph.picture, SIZE), scaled)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--trashnet", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=44)
    parser.add_argument("--per-round", type=int, default=192)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(1)
    arguments.runs.mkdir(parents=True, exist_ok=True)
    parts = read(arguments.data)
    things = studio_cut_outs(parts["train"], arguments.trashnet)
    log = logging.getLogger("train")
    log.info("split %s, cut-outs %d", {k: len(v) for k, v in parts.items()}, len(things))
    plan = Plan(classes=len(LABELS), rounds=arguments.rounds, per_round=arguments.per_round)
    run = Run(Views(parts["train"], things), plan)
    # Nothing is chosen by these figures: the number of rounds is fixed, the last averages ship.
    fit(run, arguments.runs / "street-litter.pt", [at_size(p) for p in parts["test"]])


if __name__ == "__main__":
    main()
