"""Deposits and prompts of several seeds as figures: lines for a terminal, an object for machines, a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.vision.models.measuring import Share
from edge_agent.vision.opening import open_one
from edile.scoring.conditions import conditions, edition_of
from edile.scoring.plotting import figure_of, saved
from edile.scoring.point_run import PointRun, run_point
from edile.scoring.street_run import SIZE
from simulators.scoring.prompts import PointFigures, plain, quantile, total

GOAL = {"latency_p95_s": 1.0, "wrong_prompts_per_100_honest": 2.0}


@dataclass(frozen=True, slots=True)
class ScoredPoint:
    """`model`: a file; None = the renderer's labels, made worse."""

    model: str | None

    @property
    def name(self) -> str:
        return "labels" if self.model is None else Path(self.model).name

    def run(
        self, seed: int, *, seconds: float, hour: float | None, weather: str | None,
        min_score: float,  # noqa: ARG002 - the point's camera keeps its own
        own_surfaces: bool = False,
    ) -> PointRun:  # fmt: skip
        under = conditions(seed, hour, weather)
        if self.model is None:
            return run_point(seed, seconds / 60, hour=under.hour, weather=under.weather)
        detector = open_one(self.model, "detector", 1)
        return run_point(
            seed, seconds / 60, detector, size=SIZE, hour=under.hour, weather=under.weather,
            edition=edition_of(seed, own=own_surfaces),
        )  # fmt: skip

    def progress(self, run: PointRun) -> str:
        one = run.figures
        return (
            f"seed {run.seed}: {one.seen} of {one.seen + one.missed} bags into bins seen, {one.false}"
            f" false; {one.prompted} of {one.wrong} wrong ones prompted, {one.wrong_prompts} prompts for"
            " nobody"
        )

    def lines(self, runs: Sequence[PointRun]) -> Iterator[str]:
        whole = total(run.figures for run in runs)
        minutes = sum(run.minutes for run in runs)
        yield f"disposal-point, {self.name}: {len(runs)} seeds, {minutes:g} minutes in all"
        yield f"deposits: {whole.honest} honest, {whole.wrong} into a wrong bin, {whole.beside} beside"
        yield f"seen at their bin: {_said(_seen(whole))}; counted without one: {whole.false}"
        yield (
            f"their stream: {whole.known_right} right, {whole.known_wrong} wrong, {whole.unknown}"
            " unknown"
        )
        yield f"wrong deposits answered by a prompt: {_said(_prompted(whole))}"
        yield f"bags beside answered by a prompt: {whole.beside_prompted} of {whole.beside}"
        rate = "-" if whole.wrong_per_100 is None else f"{whole.wrong_per_100:.2f}"
        yield f"prompts nobody deserved: {whole.wrong_prompts}, {rate} for 100 honest deposits"
        late = [_quantile(whole, part) for part in (0.5, 0.95, 1.0)]
        yield (
            f"from the deposit to the prompt's order: p50 {late[0]} s, p95 {late[1]} s, most {late[2]} s"
            f" (n {len(whole.latencies)})"
        )
        yield f"put right after a prompt: {whole.corrected}, counted by the point: {whole.corrected_told}"

    def figures(self, runs: Sequence[PointRun]) -> dict[str, Any]:
        whole = total(run.figures for run in runs)
        return {
            "scene": "disposal-point",
            "model": self.name,
            "seeds": [run.seed for run in runs],
            "minutes": [run.minutes for run in runs],
            "goal": GOAL,
            **plain(whole),
            "seen_share": _seen(whole).written(),
            "prompted_share": _prompted(whole).written(),
            "latencies_s": list(whole.latencies),
            "runs": [{"seed": run.seed, "looks": run.looks, **plain(run.figures)} for run in runs],
        }

    def draw(self, figures: dict[str, Any], path: Path) -> None:
        """Bars of deposits and prompts, and how long prompts took."""
        picture = figure_of(path, 11, 4.5)
        bars, late = picture.subplots(1, 2)
        names = (
            "honest",
            "wrong",
            "beside",
            "seen",
            "missed",
            "false",
            "prompted",
            "wrong_prompts",
        )
        counts = [figures[name] for name in names]
        bars.bar(range(len(names)), counts, color="#3b6ea5")
        bars.set_xticks(range(len(names)), names, rotation=45, ha="right")
        for place, n in enumerate(counts):
            bars.text(place, n, n, ha="center", va="bottom")
        bars.set_title(
            f"disposal point, {figures['model']}, {len(figures['seeds'])} seeds", fontsize=10
        )
        late.hist(figures["latencies_s"], bins=20, color="#3b6ea5")
        late.axvline(GOAL["latency_p95_s"], color="#c44e52", label="goal for 95 %")
        late.set_xlabel("seconds from a wrong deposit to the order to speak")
        late.legend()
        saved(picture, path)


def _seen(one: PointFigures) -> Share:
    return Share(one.seen, one.seen + one.missed)


def _prompted(one: PointFigures) -> Share:
    return Share(one.prompted, one.wrong)


def _quantile(one: PointFigures, part: float) -> str:
    found = quantile(one.latencies, part)
    return "-" if found is None else f"{found:.2f}"


def _said(share: Share) -> str:
    told: Any = share.written()
    if not share.number:
        return "nothing to count"
    low, high = told["interval95"]
    return f"{told['share']:.1%} of {share.number} (95 %: {low:.1%} to {high:.1%})"
