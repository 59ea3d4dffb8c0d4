"""Laws of a disposal point: nothing is counted twice, and a restart between two bags changes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.payloads.problem import Problem
from contract.payloads.waste import WasteDeposit
from edge_agent.readings import Reading, Tick
from tests.edge_agent.roles.disposal_point.bags import (
    STREAMS,
    Point,
    put,
    put_by,
)
from tests.edge_agent.rules.standing.street import at

SERIES = re.compile(r"cam-2-[0-9A-Z]{6}-")

bags = st.lists(
    st.tuples(
        st.sampled_from(["paper", "food", "residual", "?"]),
        st.sampled_from(STREAMS),
        st.sampled_from(["ground", "", *(f"bin-{one}" for one in STREAMS)]),
        st.sampled_from([7.0, 20.0, 90.0]),
    ),
    max_size=30,
)
visits = st.lists(
    st.tuples(
        st.sampled_from(["paper", "food", "residual", "?"]),
        st.sampled_from(STREAMS),
        st.lists(st.integers(0, 5), max_size=4),
    ),
    max_size=8,
)


def script(visits: Sequence[tuple[str, str, str, float]]) -> list[list[Reading]]:
    """One visit after the other, then the end of the window."""
    out, t = list[list[Reading]](), 0.0
    for n, (waste, into, origin, pause_s) in enumerate(visits):
        out.append(put(t, n + 1, waste, into, origin))
        t += pause_s
    return [*out, [Tick(at(t + 900))]]


def windows(point: Point) -> list[WasteDeposit]:
    return [one for one in point.told if isinstance(one, WasteDeposit)]


def essence(point: Point) -> tuple[list[str], list[tuple[float, str]]]:
    return [SERIES.sub("cam-2-", repr(one)) for one in point.told], point.said


@given(bags)
@settings(max_examples=80, deadline=None)
def test_right_and_wrong_and_unknown_are_all_that_was_counted(
    visits: list[tuple[str, str, str, float]],
) -> None:
    point = Point()
    for readings in script(visits):
        point.feed(readings)
    came = [one for one in visits if one[2] != f"bin-{one[1]}"]
    taken_back = sum(one.corrected_after_prompt for one in windows(point))
    counted = sum(row.n for one in windows(point) for row in one.counts)
    assert len(came) - taken_back <= counted <= len(came)
    unknown = sum(
        row.n for one in windows(point) for row in one.counts if row.waste_class == "unknown"
    )
    judged = sum(one.correct + one.mixed for one in windows(point))
    assert judged + unknown == counted
    assert taken_back <= sum(one.prompts for one in windows(point))
    for one in windows(point):
        right = sum(
            row.n for row in one.counts if row.stream == RIGHT.get(row.waste_class, "nowhere")
        )
        assert right == one.correct


RIGHT = {"paper": "recyclable", "food": "food", "residual": "residual"}


@given(bags, st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_a_restart_between_two_bags_changes_nothing(
    visits: list[tuple[str, str, str, float]], restart_at: int
) -> None:
    whole, cut = Point(), Point()
    for n, readings in enumerate(script(visits)):
        whole.feed(readings)
        if n == restart_at and cut.state is not None:
            cut.restart()
        cut.feed(readings)
    assert essence(whole) == essence(cut)
    phases = [one.phase for one in whole.told if isinstance(one, Problem)]
    assert phases.count("ended") <= phases.count("opened")


@given(visits, st.integers(0, 8))
@settings(max_examples=30, deadline=None)
def test_what_was_thought_to_be_in_and_was_not_is_counted_and_told_once(
    visits: list[tuple[str, str, list[int]]], restart_at: int
) -> None:
    """Each bag is not seen for so many looks, and seen again, and so on, until it is in."""
    whole, cut, t = Point(), Point(), 0.0
    for n, (waste, into, blanks) in enumerate(visits):
        if n == restart_at and cut.state is not None:
            cut.restart()
        for point in (whole, cut):
            point.feed(put_by(t, n + 1, waste, into, blanks))
        t += 30.0
    for point in (whole, cut):
        point.feed([Tick(at(t + 900))])
    assert essence(whole) == essence(cut)
    told = windows(whole)
    assert sum(row.n for one in told for row in one.counts) == len(visits)
    wrong = [n for n, (waste, into, _) in enumerate(visits) if RIGHT.get(waste, into) != into]
    assert sum(one.mixed for one in told) == len(wrong)
    languages = {"wrong-zh", "food"}
    assert len([name for _, name in whole.said if name in languages]) == len(wrong)
    assert sum(one.prompts for one in told) == len(wrong)
