"""The cameras' part of the card: figures of what was seen, complaints only of what must hold anywhere."""

from __future__ import annotations

from typing import Any

import pytest

from edile.demo.eye_card import (
    POINT_CAMERA,
    STREET_CAMERA,
    Deposits,
    EyeOrder,
    EyeProblem,
    Watch,
    eye_score,
)
from edile.scorecard import TruthLine

BEGAN_NS, NS = 1_790_000_000 * 10**9, 10**9
SCALE = 4.0
WATCH = Watch(STREET_CAMERA, SCALE, 2.0, {"06010": 7.5}, {"06010": "waste_heap"})
HEAP = {"label": "waste_heap", "hidden": 0.1, "outside": 0.0}


def seen(clock_s: float, *labels: dict[str, Any], awaited: bool = True) -> TruthLine:
    """A picture each half second of the clock."""
    return {
        "t": clock_s * SCALE,
        "kind": "seen",
        "id": f"seen-{clock_s}",
        "awaited": awaited,
        "labels": list(labels),
    }


def street(*, awaited: bool = True, heap: dict[str, Any] = HEAP) -> list[TruthLine]:
    """A heap from 10 to 40 s of the clock, a bike that nobody watches for."""
    pictures = [
        seen(n / 2, *([heap] if 10 <= n / 2 <= 40 else []), awaited=awaited) for n in range(120)
    ]
    return [
        {"t": 0, "kind": "truth", "id": "header"},
        {"t": 0, "kind": "clock", "id": "clock", "utc_ns": BEGAN_NS},
        {"t": 40.0, "kind": "begun", "id": "b", "problem": "h1", "label": "waste_heap"},
        {"t": 40.0, "kind": "begun", "id": "c", "problem": "k1", "label": "bike_misplaced"},
        *pictures,
        {"t": 40.0, "kind": "waste_heap", "id": "h1", "until": 160.0, "key": "problem"},
        {"t": 40.0, "kind": "bike_misplaced", "id": "k1", "until": 160.0, "key": "problem"},
    ]


def told(name: str, clock_s: float, phase: str = "opened", code: str = "06010") -> EyeProblem:
    return EyeProblem(name, STREET_CAMERA, code, phase, BEGAN_NS + int(clock_s * NS))


def order(number: str, *problems: str, state: str = "closed", **more: Any) -> EyeOrder:
    return EyeOrder(number, frozenset(problems), state, **more)


def scored(
    lines: list[TruthLine] | None = None,
    problems: list[EyeProblem] | None = None,
    orders: list[EyeOrder] | None = None,
    point: list[TruthLine] | None = None,
    deposits: Deposits = Deposits(),
) -> dict[str, Any]:
    return eye_score(
        street=street() if lines is None else lines,
        point=point or [],
        problems=[told("p1", 20.0), told("p1", 55.0, "ended")] if problems is None else problems,
        orders=[order("1", "p1")] if orders is None else orders,
        deposits=deposits,
        watch=WATCH,
    )


def test_one_heap_one_problem_one_order_is_without_complaint() -> None:
    card = scored()
    assert card["complaints"] == []
    assert (card["street"]["counted"], card["street"]["found"]) == (1, 1)
    assert (card["problems"], card["with_one_order"]) == (1, 1)
    assert card["street"]["pictures"] == 120


def test_what_is_missed_or_false_is_a_figure_and_no_complaint() -> None:
    missed = scored(problems=[], orders=[])
    assert (missed["street"]["missed"], missed["complaints"]) == (1, [])
    false = scored(problems=[told("p9", 50.0)], orders=[order("1", "p9")])
    assert (false["street"]["false"], false["complaints"]) == (1, [])


def test_what_no_picture_left_the_camera_for_does_not_count() -> None:
    assert scored(street(awaited=False), [], [])["street"]["counted"] == 0
    hidden = {**HEAP, "hidden": 0.8}
    assert scored(street(heap=hidden), [], [])["street"]["counted"] == 0


@pytest.mark.parametrize("orders", [[], [order("1", "p1"), order("2", "p1")]])
def test_a_problem_without_exactly_one_order_is_not_clean(orders: list[EyeOrder]) -> None:
    card = scored(orders=orders)
    assert card["with_one_order"] == 0
    assert card["complaints"] == [f"{len(orders)} work order(s) of the camera's problem p1"]


def test_an_order_may_be_of_several_problems() -> None:
    problems = [told("p1", 20.0), told("p2", 50.0)]
    assert scored(problems=problems, orders=[order("1", "p1", "p2")])["complaints"] == []


@pytest.mark.parametrize("phase", ["opened", "ended"])
def test_a_phase_told_twice_is_not_clean(phase: str) -> None:
    problems = [told("p1", 20.0), told("p1", 55.0, "ended"), told("p1", 56.0, phase)]
    assert scored(problems=problems)["complaints"] == [f"p1 {phase} 2 times"]


def test_a_camera_that_sees_none_of_many_is_not_clean() -> None:
    lines = street()
    for n in (2, 3):
        lines.insert(
            2,
            {"t": 40.0, "kind": "begun", "id": f"b{n}", "problem": f"h{n}", "label": "waste_heap"},
        )
    card = scored(lines, [], [])
    assert card["complaints"] == ["the street camera found none of 3 problems"]


def test_orders_are_counted_by_how_they_ended() -> None:
    orders = [
        order("1", "p1", closed_by_look=True),
        order("2", "p2", sent_back=1),
        order("3", "p3", state="dispatched"),
    ]
    card = scored(orders=orders)
    assert card["orders"] == {"n": 3, "closed": 2, "by_look": 1, "sent_back": 1}


def test_deposits_of_the_truth_stand_beside_those_that_were_counted() -> None:
    def deposit(stream: str | None, right: bool) -> TruthLine:
        return {"t": 1.0, "kind": "deposit", "id": "d", "stream": stream, "right": right}

    point: list[TruthLine] = [
        deposit("food", True),
        deposit("residual", False),
        deposit(None, False),
        {"t": 2.0, "kind": "prompt", "id": "a", "deserved": True},
        {"t": 3.0, "kind": "prompt", "id": "b", "deserved": False},
        {"t": 9.0, "kind": "corrected", "id": "c"},
    ]
    elsewhere = EyeProblem("q1", POINT_CAMERA, "06042", "opened", BEGAN_NS)
    card = scored(
        problems=[elsewhere], orders=[order("1", "q1")], point=point, deposits=Deposits(2, 2, 1)
    )
    assert card["point"] == {
        "deposits": 2, "beside": 1, "wrong": 1, "counted": 2, "prompts": 2, "deserved": 1,
        "corrected": 1, "corrected_told": 1,
    }  # fmt: skip
    assert card["street"]["false"] == 0  # what the bins' camera tells is not the street's


def test_before_anything_was_seen_nothing_is_counted() -> None:
    card = scored([], [], [])
    assert card["street"]["counted"] == 0
    assert card["complaints"] == []
