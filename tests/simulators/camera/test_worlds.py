"""Laws of the truth: what begins ends or lasts, and nothing is told that did not begin."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from simulators.camera.actors import PACE_M_S, Mark, Walk
from simulators.camera.pavement import Bustle, Pavement
from simulators.camera.point import DisposalPoint, Habits
from simulators.camera.table import PLACES, WEATHERS
from simulators.camera.world import TruthLine, World
from simulators.scenes.scene import Scene
from simulators.scenes.things.bins import STREAMS
from simulators.scenes.things.table import CODES, KINDS
from simulators.scenes.workshop import Workshop

HOUR_S = 3600.0


def world_of(place: str, seed: int, length_s: float = HOUR_S) -> World:
    made = PLACES[place]
    return made.world(seed, length_s, made.scene(seed, (64, 36), 10.0, WEATHERS["sun"]))


def played(world: World, step_s: float) -> list[TruthLine]:
    lines, t = list[TruthLine](), 0.0
    while t < world.length_s:
        t = min(t + step_s, world.length_s)
        lines += world.advance(t)
    return lines + world.close(t)


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_what_begins_ends_once_or_lasts(place: str, seed: int) -> None:
    lines = played(world_of(place, seed), 5.0)
    begun = {str(line["problem"]): line for line in lines if line["kind"] == "begun"}
    problems = [line for line in lines if line["kind"] in CODES]
    assert Counter(str(line["id"]) for line in problems) == Counter(begun.keys())
    assert problems
    for line in problems:
        start = begun[str(line["id"])]
        assert (line["t"], line["kind"], line["place"]) == (
            start["t"],
            start["label"],
            start["place"],
        )
        assert line["code"] == CODES[str(line["kind"])]
        assert line["lasts"] is (line["until"] is None)
        assert line["until"] is None or float(str(line["until"])) > float(str(line["t"]))
    assert [line["kind"] for line in lines][-1] == "end"
    assert len({line["id"] for line in lines}) == len(lines)


@pytest.mark.parametrize("place", list(PLACES))
def test_no_place_has_two_problems_of_a_kind_at_once(place: str) -> None:
    lines = [line for line in played(world_of(place, 5), 5.0) if line["kind"] in CODES]
    spans: dict[tuple[object, object], list[tuple[float, float]]] = {}
    for line in lines:
        until = HOUR_S if line["until"] is None else float(str(line["until"]))
        spans.setdefault((line["kind"], line["place"]), []).append((float(str(line["t"])), until))
    for several in spans.values():
        assert all(a[1] <= b[0] for a, b in pairwise(sorted(several)))


@pytest.mark.parametrize("place", list(PLACES))
def test_how_often_one_looks_does_not_matter(place: str) -> None:
    assert played(world_of(place, 6), HOUR_S) == played(world_of(place, 6), 0.7)


@pytest.mark.parametrize("place", list(PLACES))
def test_an_open_problem_stands_there_and_an_ended_one_does_not(place: str) -> None:
    world = world_of(place, 7)
    for t in range(0, 3600, 20):
        world.advance(float(t))
        shown = Counter(KINDS[thing.kind].label for thing in world.standing.values())
        full = sum(
            1 for thing in world.standing.values() if float(str(thing.options.get("fill", 0))) > 1
        )
        open_now = Counter(problem.label for problem in world.problems.values())
        for label, count in open_now.items():
            if label == "overflowing_bin":
                assert full >= count - 1  # a fill of 1.04 is shown as 1.0
            elif place != "disposal-point":
                assert shown[label] == count


def prompted(world: DisposalPoint, *after_s: float) -> list[TruthLine]:
    """A voice that speaks so many seconds after every wrong deposit."""
    lines, due, t = list[TruthLine](), list[float](), 0.0
    while t < world.length_s:
        t += 0.5
        new = world.advance(t)
        wrong = [line for line in new if line["kind"] == "deposit" and not line["right"]]
        due = sorted([*due, *(t + later for _ in wrong for later in after_s)])
        lines += new
        while due and due[0] <= t:
            world.hear(due.pop(0), "please sort")
    return lines + world.close(t)


def point(seed: int, habits: Habits) -> DisposalPoint:
    scene: Scene = PLACES["disposal-point"].scene(seed, (64, 36), 10.0, WEATHERS["sun"])
    return DisposalPoint(seed, HOUR_S, scene, habits)


def test_who_listens_corrects_the_deposit_and_nobody_else_does() -> None:
    lines = prompted(point(3, Habits(listens=1.0)), 0.5)
    wrong = {line["id"] for line in lines if line["kind"] == "deposit" and not line["right"]}
    prompts = [line for line in lines if line["kind"] == "prompt"]
    corrected = [line for line in lines if line["kind"] == "corrected"]
    assert len(wrong) > 10
    assert {line["deposit"] for line in prompts if line["reacts"]} <= wrong
    assert all(line["deserved"] for line in prompts)
    assert len(corrected) >= 0.9 * len(wrong)  # the last may be cut off by the end
    assert {line["deposit"] for line in corrected} <= wrong
    assert all(line["stream"] == line["waste"] for line in corrected)
    assert all(2 < float(str(line["after_prompt_s"])) < 15 for line in corrected)


def test_a_second_prompt_corrects_nothing_twice() -> None:
    lines = prompted(point(3, Habits(listens=1.0)), 0.5, 2.5)
    corrected = Counter(str(line["deposit"]) for line in lines if line["kind"] == "corrected")
    assert corrected
    assert set(corrected.values()) == {1}


def test_without_a_voice_or_a_will_nothing_is_corrected() -> None:
    silent = played(point(3, Habits(listens=1.0)), 5.0)
    stubborn = prompted(point(3, Habits(listens=0.0)), 0.5)
    assert not [line for line in silent + stubborn if line["kind"] == "corrected"]
    assert not [line for line in stubborn if line["kind"] == "prompt" and line["reacts"]]


def test_a_prompt_after_a_right_deposit_is_told_as_undeserved() -> None:
    world = point(4, Habits(wrong=0.0, beside=0.0))
    lines, t = list[TruthLine](), 0.0
    while not any(line["kind"] == "deposit" for line in lines):
        t += 0.5
        lines += world.advance(t)
    world.hear(t, "please sort")
    (prompt,) = world.advance(t)
    assert (prompt["deserved"], prompt["reacts"], prompt["deposit"]) == (False, False, "d0")


def test_shares_of_wrong_deposits_follow_the_habits() -> None:
    deposits = [
        line for line in played(point(8, Habits(every_s=10)), 10.0) if line["kind"] == "deposit"
    ]
    beside = sum(1 for line in deposits if line["stream"] is None) / len(deposits)
    wrong = sum(1 for line in deposits if not line["right"]) / len(deposits)
    assert len(deposits) > 150
    assert beside == pytest.approx(0.08, abs=0.06)
    assert wrong == pytest.approx(0.30, abs=0.1)


def test_a_walk_is_straight_even_and_waits() -> None:
    walk = Walk(1, [Mark(10.0, 0.0, 0.0)])
    there = walk.go(5.0, 0.0)
    assert there == pytest.approx(10 + 5 / PACE_M_S)
    assert walk.wait(3.0) == pytest.approx(there + 3)
    assert walk.at(12.0)[:2] == pytest.approx((2 * PACE_M_S, 0.0))
    assert walk.at(there + 1) == pytest.approx((5.0, 0.0, walk.looks))
    walk.cut(12.0)
    assert walk.ends == 12.0
    assert walk.at(13.0)[:2] == pytest.approx((2 * PACE_M_S, 0.0))


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_once_tidied_a_place_is_in_order_and_stays_so(place: str, seed: int) -> None:
    world, t = world_of(place, seed), 300.0
    while not world.problems:
        t += 5.0
        world.advance(t)
    world.tidy(t)
    assert not world.problems
    after = world.advance(HOUR_S)
    ended = [line for line in after if line["kind"] in CODES]
    assert t in {line["until"] for line in ended}
    if place != "disposal-point":  # there, people go on bringing bags
        assert not [line for line in after if line["kind"] == "begun"]
        assert not world.problems
        assert not [name for name in world.standing if name.startswith(tuple(CODES))]


def test_tidied_while_a_vendor_rolls_in_no_stall_stands() -> None:
    """Whatever the moment, nothing is left standing and no place stays taken."""
    for at in range(10, 400, 13):
        world = world_of("street", 2, 600.0)
        world.advance(float(at))
        world.tidy(float(at))
        lines = world.advance(600.0)
        assert not [line for line in lines if line["kind"] == "begun" and _s(line) > at]
        assert not world.problems


def test_a_street_can_have_more_full_bins_than_its_share() -> None:
    def share(bins: float) -> float:
        begun, bustle = list[object](), Bustle(problem_s=20.0, stay_s=60.0, bins=bins)
        for seed in range(12):
            scene = PLACES["street"].scene(seed, (64, 36), 10.0, WEATHERS["sun"])
            lines = played(Pavement(seed, 600.0, scene, bustle), 30.0)
            begun += [line["label"] for line in lines if line["kind"] == "begun"]
        return begun.count("overflowing_bin") / len(begun)

    assert share(0.3) > 1.2 * share(0.0) > 0


def _s(line: TruthLine) -> float:
    return float(str(line["t"]))


def test_at_a_disposal_point_a_deposit_into_a_full_bin_puts_nothing_beside_it() -> None:
    """Nobody could tell that from a bag that was put there."""
    world = point(5, Habits(empty_s=HOUR_S))
    shop, full = Workshop(world.scene.edition), 0
    for t in range(0, 3600, 60):
        world.advance(float(t))
        for name in STREAMS:
            thing = world.standing[f"bin-{name}"]
            mesh = shop.placed(thing, 0.0)
            away = np.hypot(mesh.points[:, 0] - thing.x, mesh.points[:, 1] - thing.y)
            full += float(str(thing.options["fill"])) > 1
            low = mesh.points[:, 2] < 0.5
            assert mesh.points[(away > 0.6) & low, 2].max(initial=0.0) < 0.15  # litter at most
    assert full > 20
