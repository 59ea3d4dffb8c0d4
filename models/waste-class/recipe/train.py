"""Train the waste classifier: fine-tune EfficientNet-Lite0 from block 5 on TrashNet.

    python models/waste-class/recipe/train.py --data TRASHNET --runs FOLDER
    python models/waste-class/recipe/train.py --data TRASHNET --runs FOLDER --last

run from the repository's root with it on PYTHONPATH. A broken-off run goes on from its last epoch.
The test split is not touched here; `convert.py` measures on it once, with the file that ships. The settings
were found with the validation pictures; the model that ships has learnt from these too (`--last`).
"""

from __future__ import annotations

import argparse
import logging
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from dataset import LABELS, Shot, read, split_of
from numpy.random import Generator
from torch import Tensor, nn

from models.training.augment import Strength, augmented
from models.training.lite0 import Classifier, Pointwise, fold_norms, load_imagenet
from models.training.pictures import normalised, squash

SIZE, BATCH, FROZEN_BLOCKS, SEED = 192, 24, 5, 7
SIZES = (144, 160, SIZE)  # of each third of the epochs: half the work
RATES, LAST_RATES = (4e-4, 4e-3), (1.2e-4, 1.2e-3)  # of the trunk and of the last layer
LAST_EPOCHS = 3
EMA_DECAY = 0.98
log = logging.getLogger("train")


def logits(model: Classifier, x: Tensor) -> Tensor:
    """The forward pass without a graph for the frozen blocks."""
    with torch.no_grad():
        early = model.trunk.until(x, FROZEN_BLOCKS)
    return model._fc(model.dropout(model.head(model.trunk.after(early, FROZEN_BLOCKS))))


def batches(rng: Generator, shots: list[Shot]) -> list[list[Shot]]:
    order = rng.permutation(len(shots))
    return [[shots[i] for i in order[s : s + BATCH]] for s in range(0, len(order), BATCH)]


def probabilities(model: Classifier, shots: list[Shot]) -> Tensor:
    model.eval()
    with torch.no_grad():
        parts = [
            model(normalised(np.stack([squash(s.picture, SIZE) for s in shots[i : i + BATCH]])))
            for i in range(0, len(shots), BATCH)
        ]
    return torch.cat(parts).softmax(1)


def accuracy(model: Classifier, shots: list[Shot]) -> float:
    truth = torch.tensor([s.label for s in shots])
    return float((probabilities(model, shots).argmax(1) == truth).float().mean())


class Run:
    """A model in training with what must survive a break: optimiser, schedule, averaged weights."""

    def __init__(self, shots: list[Shot], *, epochs: int, last: bool = False) -> None:
        torch.manual_seed(SEED)
        Pointwise.as_product = True
        self.shots, self.epochs, self.epoch = shots, epochs, 0
        self.sizes = SIZES[2:] if last else SIZES
        self.model = Classifier(len(LABELS), dropout=0.3)
        load_imagenet(self.model)
        fold_norms(self.model)
        self.model.to(memory_format=torch.channels_last)
        self.averaged = deepcopy(self.model)
        trained = [*self.model.trunk._blocks[FROZEN_BLOCKS:].parameters()]
        trained += self.model._conv_head.parameters()
        steps = epochs * -(-len(shots) // BATCH)
        self.optimiser = torch.optim.AdamW(
            [{"params": trained}, {"params": self.model._fc.parameters()}],
            weight_decay=0.02,
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser,
            max_lr=[*(LAST_RATES if last else RATES)],
            total_steps=steps,
            pct_start=0.15,
        )
        counts = torch.bincount(torch.tensor([s.label for s in shots]), minlength=len(LABELS))
        self.loss = nn.CrossEntropyLoss((counts.sum() / counts / 6).sqrt(), label_smoothing=0.1)

    def one_epoch(self) -> float:
        rng = np.random.default_rng((SEED, self.epoch))
        self.model.train()
        size = self.sizes[len(self.sizes) * self.epoch // self.epochs]
        total = 0.0
        for batch in batches(rng, self.shots):
            pictures = np.stack([augmented(rng, s.picture, size, Strength()) for s in batch])
            loss = self.loss(
                logits(self.model, normalised(pictures)), torch.tensor([s.label for s in batch])
            )
            self.optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            self.optimiser.step()
            self.schedule.step()
            total += float(loss.detach()) * len(batch)
            with torch.no_grad():
                for kept, new in zip(
                    self.averaged.parameters(), self.model.parameters(), strict=True
                ):
                    kept.lerp_(new, 1 - EMA_DECAY)
        self.epoch += 1
        return total / len(self.shots)

    def state(self) -> dict[str, object]:
        parts = ("model", "averaged", "optimiser", "schedule")
        return {name: getattr(self, name).state_dict() for name in parts} | {"epoch": self.epoch}

    def start_from(self, path: Path) -> None:
        """The averaged weights of the cycle before."""
        state = torch.load(path, weights_only=True)["averaged"]
        self.model.load_state_dict(state)
        self.averaged.load_state_dict(state)

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.epoch = state.pop("epoch")
        for name, value in state.items():
            getattr(self, name).load_state_dict(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=11)
    parser.add_argument(
        "--last",
        action="store_true",
        help="after the cycle: a short one with the validation pictures",
    )
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    arguments.runs.mkdir(parents=True, exist_ok=True)
    parts = split_of(arguments.data, arguments.runs / "features.npy")
    log.info("split: %s", {name: len(paths) for name, paths in parts.items()})
    validation, shots = read(parts["validation"]), read(parts["train"])
    checkpoint = arguments.runs / "waste-class.pt"
    if arguments.last:
        run = Run(shots + validation, epochs=LAST_EPOCHS, last=True)
        run.start_from(checkpoint)
        checkpoint = arguments.runs / "waste-class-last.pt"
    else:
        run = Run(shots, epochs=arguments.epochs)
    if checkpoint.exists():
        run.resume(checkpoint)
        log.info("going on after epoch %d", run.epoch)
    while run.epoch < run.epochs:
        loss = run.one_epoch()
        torch.save(run.state(), checkpoint)
        seen = "" if arguments.last else accuracy(run.averaged, validation)
        log.info("epoch %d loss %.3f validation %s", run.epoch, loss, seen)


if __name__ == "__main__":
    main()
