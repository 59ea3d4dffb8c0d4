"""Several processes that train one model: each with its own pictures, weights averaged every few steps.

Averaging weights instead of gradients ("local SGD", Stich, 2019) lets a process that the machine keeps waiting
delay the others once in `EVERY` steps only.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import distributed, nn

EVERY = 4


@dataclass(frozen=True)
class Crew:
    """`rank` 0 keeps the checkpoint and measures."""

    rank: int = 0
    size: int = 1

    @torch.no_grad()
    def agree(self, model: nn.Module) -> None:
        """Every member's weights become their mean."""
        if self.size == 1:
            return
        parts = [one for one in model.state_dict().values() if one.is_floating_point()]
        flat = torch.cat([one.flatten() for one in parts])
        distributed.all_reduce(flat)
        at = 0
        for one in parts:
            one.copy_((flat[at : at + one.numel()] / self.size).view_as(one))
            at += one.numel()


def together(size: int, work: Callable[[Crew], None]) -> None:
    """Runs `work` in `size` processes that share what was read before; returns when all are done."""
    if size == 1:
        work(Crew())
        return
    with TemporaryDirectory() as folder:
        members = []
        for rank in range(size):
            child = os.fork()
            if child == 0:
                os.setsid()
                _member(Path(folder), Crew(rank, size), work)
            members.append(child)
        for child in members:
            _, status = os.waitpid(child, 0)
            if status:
                raise RuntimeError(f"a member of the crew ended with status {status}")


def _member(folder: Path, crew: Crew, work: Callable[[Crew], None]) -> None:
    status = 1
    try:
        distributed.init_process_group(
            "gloo", init_method=f"file://{folder / 'meet'}", rank=crew.rank, world_size=crew.size
        )
        work(crew)
        status = 0
    except BaseException:
        logging.getLogger("crew").exception("member %d of the crew", crew.rank)
        raise
    finally:
        os._exit(status)
