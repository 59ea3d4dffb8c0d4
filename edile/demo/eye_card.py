"""What the demo's cameras told against what truly was before them. Pure.

How much of it a model finds is a figure to look at: it says so much of the pictures that a machine had the
time for. What must hold on any machine is that each problem that reached the hub has one order, and
that no problem is told twice as opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edile.scorecard import TruthLine
from simulators.scoring.street import NEVER, ToldProblem, TrueProblem, Watching, compared

STREET_CAMERA, POINT_CAMERA = "cam-street", "cam-point"
CAMERAS = frozenset({STREET_CAMERA, POINT_CAMERA})
WHOLE = (0.0, 0.0, 1.0, 1.0)
NS = 10**9
LEAST_KNOWN = 3  # true problems: one of so many is found by any model that works


@dataclass(frozen=True, slots=True)
class EyeProblem:
    """One event about a problem that a camera saw; `at_ns` UTC when it happened."""

    problem_id: str
    camera: str
    code: str
    phase: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class EyeOrder:
    """A work order of the cameras' classes: of which problems, how it stands, how often a look sent it
    back, and whether a look closed it."""

    number: str
    problems: frozenset[str]
    state: str
    sent_back: int = 0
    closed_by_look: bool = False


@dataclass(frozen=True, slots=True)
class Deposits:
    """The windows of the point added up."""

    counted: int = 0
    prompts: int = 0
    corrected: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """How the street's camera looked: `scale` of its world's time, `look_s` of the clock between looks,
    `open_s` of the clock by class code, labels by code."""

    camera: str
    scale: float
    look_s: float
    open_s: Mapping[str, float]
    label_of: Mapping[str, str]


def eye_score(
    *,
    street: Sequence[TruthLine],
    point: Sequence[TruthLine],
    problems: Sequence[EyeProblem],
    orders: Sequence[EyeOrder],
    deposits: Deposits,
    watch: Watch,
) -> dict[str, Any]:
    """The cameras' part of the card; `complaints` are what is not clean."""
    out = compared(
        _truths(street, watch),
        _told(street, problems, watch),
        _watching(street, watch),
        lambda code: watch.label_of.get(code, code),
    )
    opened = {one.problem_id for one in problems if one.phase == "opened"}
    per_problem = Counter(name for order in orders for name in order.problems if name in opened)
    return {
        "street": {
            "counted": out.counted.total(),
            "found": out.found.total(),
            "missed": out.missed.total(),
            "short": out.short.total(),
            "twice": out.twice.total(),
            "false": out.false.total(),
            "pictures": sum(_is_seen(line) for line in street),
        },
        "point": _point(point, deposits),
        "problems": len(opened),
        "with_one_order": sum(per_problem[name] == 1 for name in opened),
        "orders": {
            "n": len(orders),
            "closed": sum(one.state == "closed" for one in orders),
            "by_look": sum(one.closed_by_look for one in orders),
            "sent_back": sum(one.sent_back > 0 for one in orders),
        },
        "complaints": [
            *_orders(opened, per_problem),
            *_phases(problems),
            *_blind(out.counted.total(), out.right.total(), opened),
        ],
    }


def _orders(opened: Iterable[str], per_problem: Mapping[str, int]) -> list[str]:
    return [
        f"{per_problem[name]} work order(s) of the camera's problem {name}"
        for name in sorted(opened)
        if per_problem[name] != 1
    ]


def _phases(problems: Iterable[EyeProblem]) -> list[str]:
    times = Counter((one.problem_id, one.phase) for one in problems if one.phase != "updated")
    return [f"{name} {phase} {n} times" for (name, phase), n in times.items() if n > 1]


def _blind(counted: int, right: int, opened: Iterable[str]) -> list[str]:
    """Not how well it sees, but that it sees."""
    if counted < LEAST_KNOWN or right or any(opened):
        return []
    return [f"the street camera found none of {counted} problems"]


def _point(lines: Sequence[TruthLine], deposits: Deposits) -> dict[str, int]:
    told = Counter(str(line["kind"]) for line in lines)
    into = [one for one in lines if one["kind"] == "deposit" and one["stream"] is not None]
    prompts = [one for one in lines if one["kind"] == "prompt"]
    return {
        "deposits": len(into),
        "beside": told["deposit"] - len(into),
        "wrong": sum(not one["right"] for one in into),
        "counted": deposits.counted,
        "prompts": len(prompts),
        "deserved": sum(bool(one["deserved"]) for one in prompts),
        "corrected": told["corrected"],
        "corrected_told": deposits.corrected,
    }


def _truths(lines: Sequence[TruthLine], watch: Watch) -> list[TrueProblem]:
    """In seconds of the clock. The pictures are those that somebody waited for; a place in them is not
    known, so that any of a problem's label shows it."""
    seen = [(_s(one["t"]) / watch.scale, _shown(one)) for one in lines if _is_seen(one)]
    found = dict[str, TrueProblem]()
    for line in lines:
        if line["kind"] == "begun" and line["label"] in watch.label_of.values():
            name, label = str(line["problem"]), str(line["label"])
            found[name] = TrueProblem(name, label, "", _s(line["t"]) / watch.scale)
        elif line.get("key") == "problem" and line.get("until") is not None:
            known = found.get(str(line["id"]))
            if known is not None:
                known.until = _s(line["until"]) / watch.scale
    codes = {label: code for code, label in watch.label_of.items()}
    for one in found.values():
        one.code = codes.get(one.label, "")
        one.boxes = {
            t: WHOLE for t, labels in seen if one.begins <= t <= one.until and one.label in labels
        }
        one.clear = len(one.boxes)
    return list(found.values())


def _is_seen(line: TruthLine) -> bool:
    """A picture that left the camera: a camera that nobody looks through proves nothing."""
    return line["kind"] == "seen" and bool(line["awaited"])


def _shown(line: TruthLine) -> set[str]:
    """Labels of which enough can be seen."""
    labels = line["labels"]
    clear = labels if isinstance(labels, list) else []
    return {str(one["label"]) for one in clear if one["hidden"] < 0.5 and one["outside"] < 0.5}


def _told(
    lines: Sequence[TruthLine], problems: Sequence[EyeProblem], watch: Watch
) -> list[ToldProblem]:
    began_ns = next((_began(line) for line in lines if line["kind"] == "clock"), None)
    found = dict[str, ToldProblem]()
    for one in sorted(problems, key=lambda one: one.at_ns):
        if began_ns is None or one.camera != watch.camera:
            continue
        t = (one.at_ns - began_ns) / NS
        if one.phase == "opened":
            found[one.problem_id] = ToldProblem(one.problem_id, one.code, t, WHOLE)
        elif one.phase == "ended" and one.problem_id in found:
            found[one.problem_id].ended = t
    return list(found.values())


def _watching(lines: Sequence[TruthLine], watch: Watch) -> Watching:
    times = [_s(one["t"]) / watch.scale for one in lines if _is_seen(one)]
    length_s = times[-1] if times else 0.0
    looks = tuple(n * watch.look_s for n in range(int(length_s / watch.look_s) + 1))
    picture_s = (length_s - times[0]) / (len(times) - 1) if len(times) > 1 else 0.0
    return Watching(length_s, looks, picture_s, watch.look_s, watch.open_s)


def _began(line: TruthLine) -> int:
    return int(str(line["utc_ns"]))


def _s(value: object) -> float:
    return NEVER if value is None else float(str(value))
