"""The training loop of the detectors: any source of labelled pictures, a checkpoint per round."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from models.training.assignment import Truth, loss
from models.training.crew import EVERY, Crew
from models.training.detections import (
    Boxes,
    Unasked,
    found_in,
    mean_average_precision,
    right_and_wrong,
)
from models.training.detector import FINE_BLOCKS, Detector, Shipped, cells
from models.training.lite0 import Pointwise, fold_norms, load_imagenet
from models.training.pictures import Picture, normalised
from models.training.unpacked import unpack

log = logging.getLogger("fit")


@dataclass(frozen=True)
class Labelled:
    """`asked` per class whether its absence means anything, None = of all; `doubtful` shows too little."""

    picture: Picture
    boxes: Boxes
    asked: NDArray[np.bool_] | None = None
    doubtful: Boxes | None = None

    def unasked(self) -> Unasked | None:
        if self.asked is None or self.doubtful is None:
            return None
        return Unasked(self.doubtful, self.asked)

    def truth(self) -> Truth:
        asked = None if self.asked is None else torch.from_numpy(self.asked)
        kinds = torch.from_numpy(self.boxes.kinds)
        if self.doubtful is None:
            return Truth(torch.from_numpy(self.boxes.corners), kinds, asked)
        return Truth(
            torch.from_numpy(self.boxes.corners),
            kinds,
            asked,
            torch.from_numpy(self.doubtful.corners),
            torch.from_numpy(self.doubtful.kinds),
        )


@dataclass(frozen=True)
class Plan:
    """How long and with what. A round is `per_round` pictures drawn from the source. `frozen`: of the trunk's
    blocks the first ones that stay as they are; 5 is all before the finest level, 3 is all before stride 8."""

    classes: int
    rounds: int
    per_round: int
    batch: int = 8
    rate: float = 1.5e-3
    trunk_rate: float = 3e-4
    averaging: float = 0.99
    shallow: bool = False
    frozen: int = FINE_BLOCKS
    seed: int = 7


ALONE = Crew()
Source = Callable[[Generator, int], Labelled]  # generator, round


class Run:
    """A detector in training with what must survive a break."""

    def __init__(self, source: Source, plan: Plan, crew: Crew = ALONE) -> None:
        torch.manual_seed(plan.seed)
        Pointwise.as_product = True
        self.source, self.plan, self.crew, self.round = source, plan, crew, 0
        self.model = Detector(plan.classes, shallow=plan.shallow)
        load_imagenet(self.model.trunk)
        fold_norms(self.model.trunk)
        self.model.to(memory_format=torch.channels_last)
        self.averaged = deepcopy(self.model)
        trunk = [*self.model.trunk._blocks[plan.frozen :].parameters()]
        inside = {id(p) for p in self.model.trunk.parameters()}
        rest = [p for p in self.model.parameters() if id(p) not in inside]
        self.optimiser = torch.optim.AdamW([{"params": trunk}, {"params": rest}], weight_decay=0.03)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser,
            max_lr=[plan.trunk_rate, plan.rate],
            total_steps=plan.rounds * self.steps,
            pct_start=0.1,
        )

    @property
    def steps(self) -> int:
        """Of a round, by each member of the crew."""
        return self.plan.per_round // (self.plan.batch * self.crew.size)

    def one_round(self) -> float:
        rng = np.random.default_rng((self.plan.seed, self.round, self.crew.rank))
        self.model.train()
        losses = []
        for step in range(self.steps):
            drawn = [self.source(rng, self.round) for _ in range(self.plan.batch)]
            losses.append(self._step(drawn))
            if step % EVERY == EVERY - 1 or step == self.steps - 1:
                self.crew.agree(self.model)
            self._average()
        self.round += 1
        return float(np.mean(losses))

    def _step(self, drawn: Sequence[Labelled]) -> float:
        x = normalised(np.stack([d.picture for d in drawn]))
        grid = cells((x.shape[2], x.shape[3]))
        raw = self.model(x, frozen_blocks=self.plan.frozen)
        cost = loss(raw, grid, [d.truth() for d in drawn])
        self.optimiser.zero_grad()
        cost.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 10.0)
        self.optimiser.step()
        self.schedule.step()
        return float(cost.detach())

    @torch.no_grad()
    def _average(self) -> None:
        new = self.model.state_dict()
        for name, kept in self.averaged.state_dict().items():
            if kept.is_floating_point():
                kept.lerp_(new[name], 1 - self.plan.averaging)

    def state(self) -> dict[str, object]:
        parts = ("model", "averaged", "optimiser", "schedule")
        return {name: getattr(self, name).state_dict() for name in parts} | {"round": self.round}

    def start_from(self, path: Path) -> None:
        """The averaged weights of another run, with a schedule of its own."""
        state = torch.load(path, weights_only=True)["averaged"]
        self.model.load_state_dict(state)
        self.averaged.load_state_dict(state)

    def start_from_file(self, path: Path, pictures: Sequence[Picture]) -> None:
        """The weights of an int8 file of `write_files`; `pictures` of the training split, of its size."""
        unpack(self.model, path, pictures)
        self.averaged.load_state_dict(self.model.state_dict())

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.round = state.pop("round")
        for name, value in state.items():
            getattr(self, name).load_state_dict(value)


@torch.no_grad()
def findings(model: Detector, pictures: Sequence[Picture]) -> list[Boxes]:
    """What the float detector finds in pictures of one size."""
    size = pictures[0].shape[0], pictures[0].shape[1]
    shipped = Shipped(model, size).eval()
    answers: list[Tensor] = [shipped(normalised(p[None]))[0] for p in pictures]
    return [found_in(a.numpy(), size) for a in answers]


def fit(run: Run, checkpoint: Path, held: Sequence[Labelled], *, measure_every: int = 10) -> None:
    """Go on from `checkpoint` where there is one; measure on `held` now and then."""
    if checkpoint.exists():
        run.resume(checkpoint)
        log.info("going on after round %d", run.round)
    while run.round < run.plan.rounds:
        cost = run.one_round()
        if run.crew.rank:
            continue
        torch.save(run.state(), checkpoint)
        text = ""
        if held and (run.round % measure_every == 0 or run.round == run.plan.rounds):
            text = measured(run, held)
        log.info("round %d loss %.3f %s", run.round, cost, text)


def measured(run: Run, held: Sequence[Labelled]) -> str:
    """Average precision and, at half a point, recall and precision of each class."""
    found = findings(run.averaged, [h.picture for h in held])
    truth, unasked = [h.boxes for h in held], [h.unasked() for h in held]
    mean, each = mean_average_precision(found, truth, run.plan.classes, unasked=unasked)
    text = f"held mAP@50 {mean:.3f}"
    for kind, (ap, n) in enumerate(each):
        right, wrong, _ = right_and_wrong(found, truth, kind, least=0.5, unasked=unasked)
        recall, precision = right / max(n, 1), right / max(right + wrong, 1)
        text += f" | {kind}: {ap:.2f} r{recall:.2f} p{precision:.2f} n{n}"
    return text
