"""Laws of the street: order within a look, restarts and flicker change nothing that anybody is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.config.street_classes import StreetClassConfig
from edge_agent.config.streetscape import StreetscapeConfig
from edge_agent.ports import Conclusion
from edge_agent.readings import LookReading, Reading, SceneReading, SeenThing, ViewReading
from edge_agent.roles.streetscape.streetscape import Streetscape
from tests.edge_agent.rules.standing.street import CAMERA, at, looked, problems, scene, thing

CLASSES = (
    StreetClassConfig("waste_heap", "06010", gap=0.5, update_min=2),
    StreetClassConfig("vendor_stall", "09001", open_s=60, end_looks=3),
)
CONFIG = StreetscapeConfig(cameras=("cam-1",), classes=CLASSES)
SERIES = re.compile(r"cam-1-[0-9A-Z]{6}-")

spots = st.sampled_from([0.1, 0.13, 0.3, 0.5, 0.52, 0.8])
things = st.builds(
    thing,
    st.sampled_from(["waste_heap", "vendor_stall", "person"]),
    spots,
    size=st.sampled_from([0.05, 0.1, 0.2]),
    score=st.sampled_from([0.2, 0.3, 0.55, 0.9]),
    track=st.integers(1, 9),
    zones=st.sampled_from([(), ("pavement",), ("pavement", "yard")]),
)
views = st.sampled_from(["good", "covered", "turned"])


@st.composite
def scripts(draw: st.DrawFn) -> list[Reading]:
    """Full looks, looks at presets, views lost and back, 20 s apart."""
    out: list[Reading] = []
    scenery: list[SeenThing] = []
    for n in range(draw(st.integers(1, 25))):
        t = 20.0 * n
        if draw(st.booleans()):
            scenery = draw(st.lists(things, max_size=5))
        kind = draw(st.sampled_from(["scene", "scene", "scene", "look", "missed", "view"]))
        if kind == "scene":
            out.append(scene(t, *scenery))
        elif kind == "look":
            preset = draw(st.sampled_from([None, "left-half"]))
            out.append(looked(t, "x", *scenery, preset=preset))
        elif kind == "missed":
            out.append(looked(t, "x", reason="covered"))
        else:
            out.append(ViewReading("cam-1", at(t), draw(views)))
    return out


def role() -> Streetscape:
    return Streetscape(CONFIG, {"cam-1": CAMERA})


def essence(told: Sequence[Conclusion]) -> list[str]:
    """Without the letters that each start draws."""
    return [SERIES.sub("cam-1-", repr(one.payload)) for one in told]


def told_by(readings: Sequence[Reading], restart_at: int | None = None) -> list[Conclusion]:
    one, state, out = role(), None, list[Conclusion]()
    for n, reading in enumerate(readings):
        if n == restart_at and state is not None:
            one = role()
            one.restore(state)
        step = one.step(reading)
        state = step.state or state
        out += step.conclusions
    return out


@given(scripts(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_the_order_of_things_within_a_look_changes_nothing(
    script: list[Reading], chance: Random
) -> None:
    shuffled: list[Reading] = []
    for reading in script:
        if isinstance(reading, SceneReading | LookReading):
            mixed = list(reading.things)
            chance.shuffle(mixed)
            shuffled.append(replace(reading, things=tuple(mixed)))
        else:
            shuffled.append(reading)
    assert essence(told_by(script)) == essence(told_by(shuffled))


@given(scripts(), st.integers(0, 25))
@settings(max_examples=80, deadline=None)
def test_a_restart_at_any_point_changes_nothing(script: list[Reading], restart_at: int) -> None:
    assert essence(told_by(script)) == essence(told_by(script, restart_at))


@given(scripts())
@settings(max_examples=80, deadline=None)
def test_every_problem_is_opened_once_ended_at_most_once_and_told_in_that_order(
    script: list[Reading],
) -> None:
    phases: dict[str, list[str]] = {}
    for one in problems(told_by(script)):
        phases.setdefault(one.problem_id, []).append(one.phase)
    for told in phases.values():
        assert told[0] == "opened"
        assert told.count("opened") == 1
        assert "ended" not in told[:-1]


@given(st.lists(st.integers(0, 1), min_size=10, max_size=60), st.data())
@settings(max_examples=60, deadline=None)
def test_a_heap_is_never_ended_while_every_other_look_sees_it(
    misses: list[int], data: st.DataObject
) -> None:
    """Whatever it is called, wherever in its box it is found, whoever looked away in between."""
    script: list[Reading] = []
    seen = True
    for n, missed in enumerate(misses):
        seen = not (missed and seen)
        shift = data.draw(st.sampled_from([-0.02, 0.0, 0.02]))
        heap = [thing(x=0.3 + shift, track=n, score=data.draw(st.sampled_from([0.6, 0.9])))]
        script.append(scene(20.0 * n, *(heap if seen else [])))
    told = [one.phase for one in problems(told_by(script))]
    assert "ended" not in told
    assert told.count("opened") <= 1
