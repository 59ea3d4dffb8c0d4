"""Deposits and prompts of a disposal point against the truth of its world. Pure; times are world seconds.

Every deposit of the truth counts once. One into a bin is *seen* when the point counted one at that bin
within `NEAR_S` of it. A wrong one, and one put beside, is *prompted* by the first prompt of its kind that came
between `BEFORE_S` before it and `PATIENCE_S` after it; what is said with no such deposit at hand, or again
about the same one, is a *wrong prompt*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import ceil, inf
from typing import Any

NEAR_S = 6.0
BEFORE_S = 2.0
PATIENCE_S = 8.0  # the next person may be there after nine
UNKNOWN = "unknown"

TruthLine = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Said:
    """A prompt was ordered at `t`. `on`: a bag went into the "wrong" bin, or was put "beside"."""

    t: float
    on: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A deposit that the point counted into the bin of `stream`; `waste` is the stream that it took the bag
    for. One that it took back when it was put right is still one that it saw."""

    t: float
    stream: str
    waste: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class PointFigures:
    """`honest` into the right bin (what was put right after a prompt, too), `wrong` into another, `beside`; of
    those into bins `seen` or `missed`; `false`: counted, but there was none. `known_right`, `known_wrong`,
    `unknown`: what the seen ones were taken for. Of those wrong and beside `prompted`, or not. `latencies`:
    seconds from a deposit into a wrong bin to its prompt, `beside_latencies` from a bag being put down.
    `corrected`: put right after a prompt, `corrected_told` as the point counted it."""

    honest: int = 0
    wrong: int = 0
    beside: int = 0
    seen: int = 0
    missed: int = 0
    false: int = 0
    known_right: int = 0
    known_wrong: int = 0
    unknown: int = 0
    prompted: int = 0
    unprompted: int = 0
    beside_prompted: int = 0
    wrong_prompts: int = 0
    corrected: int = 0
    corrected_told: int = 0
    latencies: tuple[float, ...] = ()
    beside_latencies: tuple[float, ...] = ()

    @property
    def wrong_per_100(self) -> float | None:
        """Wrong prompts for each hundred honest deposits; None without any."""
        return 100.0 * self.wrong_prompts / self.honest if self.honest else None


def figures(
    truth: Iterable[TruthLine],
    said: Sequence[Said],
    counted: Sequence[Counted],
    corrected_told: int = 0,
    until_s: float = inf,
) -> PointFigures:
    """Of one run. `truth`: lines of kind `deposit` (t, stream, waste, right) and `corrected` (t, stream,
    waste) are read, the others passed over. What comes after `until_s` is only there to be told of early."""
    lines = sorted((one for one in truth if one["kind"] in {"deposit", "corrected"}), key=_t)
    corrections = [one for one in lines if one["kind"] == "corrected"]
    dropped = [one for one in lines if one["kind"] == "deposit"]
    beside = [one for one in dropped if one["stream"] is None]
    wrong = [one for one in dropped if one["stream"] is not None and not one["right"]]
    into = [one for one in lines if one["stream"] is not None]
    pairs = _pairs(into, counted)
    answers, wasted = _answers(wrong + beside, said)
    taken = [(into[a]["waste"], counted[b].waste) for a, b in pairs if _t(into[a]) <= until_s]
    of_bins = [answers.get(n) for n, one in enumerate(wrong) if _t(one) <= until_s]
    of_ground = [answers.get(len(wrong) + n) for n, one in enumerate(beside) if _t(one) <= until_s]
    paired = {b for _, b in pairs}
    right = sum(_t(one) <= until_s for one in into) - len(of_bins)
    return PointFigures(
        honest=right,
        wrong=len(of_bins),
        beside=len(of_ground),
        seen=len(taken),
        missed=right + len(of_bins) - len(taken),
        false=sum(n not in paired and one.t <= until_s for n, one in enumerate(counted)),
        known_right=sum(was == told for was, told in taken),
        known_wrong=sum(told not in {was, UNKNOWN} for was, told in taken),
        unknown=sum(told == UNKNOWN for _, told in taken),
        prompted=sum(one is not None for one in of_bins),
        unprompted=sum(one is None for one in of_bins),
        beside_prompted=sum(one is not None for one in of_ground),
        wrong_prompts=sum(one.t <= until_s for one in wasted),
        corrected=len(corrections),
        corrected_told=corrected_told,
        latencies=tuple(one for one in of_bins if one is not None),
        beside_latencies=tuple(one for one in of_ground if one is not None),
    )


def total(parts: Iterable[PointFigures]) -> PointFigures:
    """Several runs as one."""
    several = list(parts)
    sums: dict[str, Any] = {}
    for one in fields(PointFigures):
        nothing: Any = 0 if one.type == "int" else ()
        sums[one.name] = sum((getattr(part, one.name) for part in several), nothing)
    return PointFigures(**sums)


def quantile(values: Sequence[float], part: float) -> float | None:
    """The smallest value that at least this part of them does not exceed; None without any."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(part * len(values)) - 1)]


def plain(one: PointFigures) -> dict[str, object]:
    """As JSON has it, with what follows from the counts."""
    counts: dict[str, object] = {
        field.name: getattr(one, field.name)
        for field in fields(PointFigures)
        if field.type == "int"
    }
    for name, values in (("latency", one.latencies), ("beside_latency", one.beside_latencies)):
        counts[f"{name}_s"] = {
            "n": len(values),
            "p50": quantile(values, 0.5),
            "p95": quantile(values, 0.95),
            "max": quantile(values, 1.0),
        }
    return {**counts, "wrong_prompts_per_100_honest": one.wrong_per_100}


def _t(one: TruthLine | Said) -> float:
    return one.t if isinstance(one, Said) else float(str(one["t"]))


def _pairs(lines: Sequence[TruthLine], counted: Sequence[Counted]) -> list[tuple[int, int]]:
    """Deposits and counts of one bin that belong together, the nearest in time first."""
    near = sorted(
        (abs(one.t - _t(line)), a, b)
        for a, line in enumerate(lines)
        for b, one in enumerate(counted)
        if one.stream == line["stream"] and abs(one.t - _t(line)) <= NEAR_S
    )
    pairs, left, right = list[tuple[int, int]](), set[int](), set[int]()
    for _, a, b in near:
        if a not in left and b not in right:
            pairs.append((a, b))
            left.add(a)
            right.add(b)
    return sorted(pairs)


def _answers(
    lines: Sequence[TruthLine], said: Sequence[Said]
) -> tuple[dict[int, float], list[Said]]:
    """How long after each deposit that deserves one its first prompt came, and the prompts that nobody
    deserved: each goes to the last deposit that it can be about and that has none yet."""
    answers, wasted = dict[int, float](), list[Said]()
    for one in sorted(said, key=_t):
        fitting = [
            n
            for n, line in enumerate(lines)
            if n not in answers
            and (one.on == "beside") == (line["stream"] is None)
            and -BEFORE_S <= one.t - _t(line) <= PATIENCE_S
        ]
        if fitting:
            last = max(fitting, key=lambda n: _t(lines[n]))
            answers[last] = round(one.t - _t(lines[last]), 3)
        else:
            wasted.append(one)
    return answers, wasted
