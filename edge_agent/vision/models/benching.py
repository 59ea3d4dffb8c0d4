"""How long a model takes, beside the bare `invoke` that no loader can do without."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from edge_agent.vision.models.model import Model
from edge_agent.vision.models.preprocess import Picture

WARM_UP = 3


@dataclass(frozen=True)
class Timing:
    """Milliseconds. `overhead`: CPU time of a whole run by that of the bare invoke: a loaded machine does
    not change it."""

    threads: int
    runs: int
    p50_ms: float
    p95_ms: float
    invoke_p50_ms: float
    invoke_p95_ms: float
    overhead: float


def bench(model: Model, picture: Picture, threads: int, runs: int) -> Timing:
    """Whole runs and bare invokes take turns, so that what disturbs one disturbs the other."""
    tensor, _ = model.plan.prepare(picture)
    model.interpreter.set_tensor(model.input.place, tensor)
    for _ in range(WARM_UP):
        model.run(picture)
    whole, bare = _Clocks(), _Clocks()
    for _ in range(runs):
        whole.measure(lambda: model.run(picture))
        bare.measure(model.interpreter.invoke)
    return Timing(
        threads=threads,
        runs=runs,
        p50_ms=whole.percentile(50),
        p95_ms=whole.percentile(95),
        invoke_p50_ms=bare.percentile(50),
        invoke_p95_ms=bare.percentile(95),
        overhead=whole.cpu_s / bare.cpu_s if bare.cpu_s else float("nan"),
    )


class _Clocks:
    def __init__(self) -> None:
        self.cpu_s = 0.0
        self._ms: list[float] = []

    def measure(self, work: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        self.cpu_s += time.process_time() - cpu
        self._ms.append((time.perf_counter() - wall) * 1000)

    def percentile(self, percent: int) -> float:
        ordered = sorted(self._ms)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
