"""Street problems of several seeds as figures: a table for a terminal, an object for machines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edge_agent.config.street_classes import REFERENCE
from edge_agent.vision.models.measuring import Share
from edile.scoring.street_run import StreetRun
from simulators.scenes.things.table import CODES, STREET_CLASSES
from simulators.scoring.street import LOOKS_BESIDE, Outcome, compared

LABELS: Mapping[str, str] = {code: label for label, code in CODES.items()}
GOAL = {"recall": 0.95, "precision": 0.95, "end_looks": LOOKS_BESIDE}


@dataclass(frozen=True, slots=True)
class StreetReport:
    """All seeds of one place together, and each by itself."""

    place: str
    model: str
    runs: Sequence[StreetRun]
    each: Sequence[Outcome]

    @property
    def whole(self) -> Outcome:
        out = Outcome()
        for one in self.each:
            out.add(one)
        return out


def reported(place: str, model: str, runs: Sequence[StreetRun]) -> StreetReport:
    return StreetReport(place, model, runs, [outcome_of(run) for run in runs])


def outcome_of(run: StreetRun) -> Outcome:
    return compared(run.truths, run.told, run.watching, lambda code: LABELS.get(code, code))


def recall(out: Outcome) -> Share:
    return Share(out.found.total(), out.counted.total())


def precision(out: Outcome) -> Share:
    told = out.right.total() + out.twice.total() + out.false.total()
    return Share(out.right.total(), told)


def figures(report: StreetReport) -> dict[str, Any]:
    """The form of `edile vision score --out`."""
    whole = report.whole
    return {
        "scene": report.place,
        "model": report.model,
        "seeds": [run.seed for run in report.runs],
        "minutes": [round(run.watching.length_s / 60, 2) for run in report.runs],
        "look_s": report.runs[0].watching.look_s if report.runs else None,
        "goal": GOAL,
        **_counted(whole),
        "classes": {label: _class(whole, label) for label in _labels(whole)},
        "confused": [
            {"is": true, "told": told, "n": n} for (true, told), n in sorted(whole.confused.items())
        ],
        "delay_s": _spread(whole.delays_s),
        "end_s": _spread(whole.end_s),
        "end_looks": _spread([float(one) for one in whole.end_looks])
        | {"within_goal": _ends(whole).written()},
        "not_ended": whole.not_ended,
        "ended_early": whole.ended_early,
        "runs": [_run(run, one) for run, one in zip(report.runs, report.each, strict=True)],
    }


def lines(report: StreetReport) -> Iterator[str]:
    """The verdicts on single problems last."""
    whole = report.whole
    head = ("counted", "found", "missed", "short", "joined", "twice", "false")
    yield f"{report.place}, {report.model}: {len(report.runs)} seeds, {_minutes(report):g} minutes in all"
    yield f"{'class':<18}" + "".join(f"{name:>9}" for name in head)
    for label in _labels(whole):
        yield f"{label:<18}" + "".join(f"{getattr(whole, name)[label]:>9}" for name in head)
    yield f"{'all':<18}" + "".join(f"{getattr(whole, name).total():>9}" for name in head)
    yield _share("recall", recall(whole))
    yield _share("precision", precision(whole))
    yield _share(f"ends told within {LOOKS_BESIDE} timed looks", _ends(whole))
    for name, values in (("until opened", whole.delays_s), ("until the end was told", whole.end_s)):
        told = _spread(values)
        yield f"{name}: p50 {told['p50']} s, p95 {told['p95']} s, most {told['most']} s (n {told['n']})"
    yield f"told as gone while it stood: {whole.ended_early}; end never told: {whole.not_ended}"
    for run, one in zip(report.runs, report.each, strict=True):
        yield from (f"  seed {run.seed}: {words}" for words in one.words)


def progress(run: StreetRun) -> str:
    out = outcome_of(run)
    return (
        f"seed {run.seed}, {run.under.hour:g} h, {run.under.weather}: {out.found.total()} of"
        f" {out.counted.total()} found, {out.false.total()} false, {out.twice.total()} twice;"
        f" {run.pictures} pictures, {run.looks} looks"
    )


def _counted(out: Outcome) -> dict[str, Any]:
    return {
        "counted": out.counted.total(),
        "found": out.found.total(),
        "missed": out.missed.total(),
        "short": out.short.total(),
        "joined": out.joined.total(),
        "twice": out.twice.total(),
        "false": out.false.total(),
        "recall": recall(out).written(),
        "precision": precision(out).written(),
    }


def _class(out: Outcome, label: str) -> dict[str, Any]:
    told = out.right[label] + out.twice[label] + out.false[label]
    return {
        **{name: getattr(out, name)[label] for name in ("counted", "found", "missed", "short")},
        **{name: getattr(out, name)[label] for name in ("joined", "twice", "false")},
        "recall": Share(out.found[label], out.counted[label]).written(),
        "precision": Share(out.right[label], told).written(),
    }


def _labels(out: Outcome) -> list[str]:
    """In the order of the model's labels; others that were told after them."""
    seen = {label for one in (out.counted, out.right, out.false) for label in one if one[label]}
    seen |= {label for pair in out.confused for label in pair}
    return [one for one in STREET_CLASSES if one in seen] + sorted(seen - {*STREET_CLASSES})


def _ends(out: Outcome) -> Share:
    """An end that was never told was not told in time."""
    in_time = sum(one <= LOOKS_BESIDE for one in out.end_looks)
    return Share(in_time, len(out.end_looks) + out.not_ended)


def _spread(values: Sequence[float]) -> dict[str, Any]:
    ordered = sorted(values)
    if not ordered:
        return {"n": 0, "p50": None, "p95": None, "most": None}
    last = len(ordered) - 1
    return {
        "n": len(ordered),
        "p50": ordered[round(0.5 * last)],
        "p95": ordered[round(0.95 * last)],
        "most": ordered[-1],
    }


def _run(run: StreetRun, out: Outcome) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "hour": run.under.hour,
        "weather": run.under.weather,
        "pictures": run.pictures,
        "looks": run.looks,
        **_counted(out),
        "words": out.words,
    }


def _share(name: str, share: Share) -> str:
    told = share.written()
    if not share.number:
        return f"{name}: nothing to count"
    low, high = (float(part) for part in told["interval95"])  # type: ignore[attr-defined]
    return f"{name}: {share.right / share.number:.1%} of {share.number} (95 %: {low:.1%} to {high:.1%})"


def _minutes(report: StreetReport) -> float:
    return sum(run.watching.length_s for run in report.runs) / 60


REFERENCE_WAITS = {one.label: one.open_s for one in REFERENCE}
"""Seconds that each class must stand before it is told, for whoever explains the figures."""
