"""Badges that are not with their people, from single fixes to what a person is told."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.rosters.shift import BadgeSpan, PlannedShift
from edge_agent.config.proxy_limits import ProxyLimits
from edge_agent.roles.attendance.finding import Finding
from edge_agent.roles.attendance.suspicions import Suspicions
from tests.edge_agent.rules.scenes import Way, beside, minutes_of, seen, strolled

MINUTE = 60 * 10**9
START = 29_892_840 * MINUTE  # 06:00 in China
HOURS = 5 * 60
Fix = tuple[str, int, float, float]


def plan_of(badge: str, area: str = "a-1", crew: str | None = None) -> PlannedShift:
    return PlannedShift(
        key=f"w-{badge}/2026-11-02/1",
        person=f"w-{badge}",
        badges=(BadgeSpan(badge, START, START + HOURS * MINUTE),),
        areas=(area,),
        start_ns=START,
        end_ns=START + HOURS * MINUTE,
        crew=crew,
    )


def fixes(badge: str, rng: np.random.Generator, way: Way, *, noise_m: float = 3.5) -> list[Fix]:
    """Two a minute."""
    path = seen(rng, way, noise_m) if noise_m else minutes_of(way)
    small = rng.normal(0, 4e-6, (len(way), 2, 2))
    return [
        (
            badge,
            START + minute * MINUTE + half * MINUTE // 2,
            float(path.lon[minute] + small[minute, half, 0]),
            float(path.lat[minute] + small[minute, half, 1]),
        )
        for minute in range(len(way))
        for half in (0, 1)
    ]


class Day:
    """Feeds minute by minute and asks after each."""

    def __init__(self, *plans: PlannedShift) -> None:
        self.rule = Suspicions(ProxyLimits())
        self.plans = {plan.badges[0].badge: plan for plan in plans}
        for badge, plan in self.plans.items():
            self.rule.begin(badge, plan)

    def run(self, heard: list[Fix], shuffled: np.random.Generator | None = None) -> list[Finding]:
        by_minute: dict[int, list[Fix]] = {}
        for fix in heard:
            by_minute.setdefault(fix[1] // MINUTE, []).append(fix)
        told: dict[tuple[str, tuple[str, ...]], Finding] = {}
        for minute in sorted(by_minute):
            some = by_minute[minute]
            if shuffled is not None:
                some = [some[place] for place in shuffled.permutation(len(some))]
            for badge, at_ns, lon, lat in some:
                self.rule.add(badge, at_ns, lon, lat, None, 2.0)
            if minute % 10 == 1:
                for one in self.rule.findings((minute + 1) * MINUTE, self.plans):
                    told[one.kind, one.badges] = one
        return list(told.values())


def carried_day(n: int = 3) -> tuple[list[PlannedShift], list[Fix]]:
    rng = np.random.default_rng(1)
    way = strolled(rng, HOURS)
    names = [f"b{place}" for place in range(n)]
    heard = [fix for name in names for fix in fixes(name, rng, way)]
    heard += fixes("x", rng, beside(rng, way))
    heard += fixes("y", rng, 500 + strolled(rng, HOURS))
    return [plan_of(name) for name in (*names, "x", "y")], heard


def test_one_finding_names_all_that_one_person_carries_and_nobody_else() -> None:
    plans, heard = carried_day()
    told = Day(*plans).run(heard)
    assert {(one.kind, one.badges) for one in told} <= {
        ("proxy-suspected", ("b0", "b1", "b2")),
        ("proxy-suspected", ("b0", "b1")),
        ("proxy-suspected", ("b0", "b2")),
        ("proxy-suspected", ("b1", "b2")),
    }
    last = max(told, key=lambda one: len(one.badges))
    assert last.badges == ("b0", "b1", "b2")
    assert last.since_ns == START
    assert "b0, b1, b2 went one way for" in last.detail
    assert "fraud" not in last.detail
    lines = [json.loads(line) for line in last.evidence.splitlines()]
    assert {line["badge"] for line in lines} == {"b0", "b1", "b2"}
    assert len(lines) <= 3 * 48


def test_badges_in_a_drawer_are_one_finding() -> None:
    rng = np.random.default_rng(2)
    heard = [f for name in "abcd" for f in fixes(name, rng, np.zeros((HOURS, 2)), noise_m=5.0)]
    told = Day(*(plan_of(name) for name in "abcd")).run(heard)
    last = max(told, key=lambda one: len(one.badges))
    assert last.badges == ("a", "b", "c", "d")
    assert "kept one place" in last.detail


def test_areas_that_differ_are_told_sooner() -> None:
    plans, heard = carried_day(2)
    soon = [fix for fix in heard if fix[1] < START + 130 * MINUTE]
    assert Day(*plans).run(soon) == []
    (found,) = Day(plan_of("b0", "a-1"), plan_of("b1", "a-2")).run(soon)
    assert "planned in different areas" in found.detail


def test_two_badges_of_one_person_accuse_nobody() -> None:
    """Swapped within the shift."""
    plans, heard = carried_day(2)
    day = Day(*plans)
    day.plans["b1"] = plans[0]
    assert [one for one in day.run(heard) if one.kind == "proxy-suspected"] == []


def test_one_crew_is_told_at_its_end_and_only_when_it_never_parted() -> None:
    rng = np.random.default_rng(3)
    way = strolled(rng, HOURS + 30)
    begin = 15 * MINUTE

    def heard_of(names: str, home: dict[str, float]) -> list[Fix]:
        found = []
        for name in names:
            own = way.copy()
            own[:15] += home.get(name, 0.0)
            found += [(b, t - begin, x, y) for b, t, x, y in fixes(name, rng, own)]
        return found

    def told(home: dict[str, float], until: int) -> list[Finding]:
        day = Day(plan_of("a", crew="c"), plan_of("b", crew="c"))
        day.run([f for f in heard_of("ab", home) if f[1] < START + (HOURS + until) * MINUTE])
        return day.rule.findings(START + (HOURS + 14) * MINUTE, day.plans)

    assert [one.badges for one in told({}, 14)] == [("a", "b")]
    assert told({"b": 700.0}, 14) == []
    assert told({}, -5) == []


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=4, deadline=None)
def test_the_order_within_a_minute_changes_nothing(seed: int) -> None:
    plans, heard = carried_day(2)
    rng = np.random.default_rng(seed)
    assert Day(*plans).run(heard) == Day(*plans).run(heard, shuffled=rng)


def test_an_unrelated_badge_changes_nothing() -> None:
    plans, heard = carried_day(2)
    own = [fix for fix in heard if fix[0] != "y"]
    assert Day(*plans).run(heard) == Day(*plans[:-1]).run(own)


def test_after_a_restart_the_kept_track_says_the_same() -> None:
    plans, heard = carried_day(2)
    whole = Day(*plans)
    live = whole.run(heard)
    again = Day(*plans)
    for badge, at_ns, lon, lat in sorted(heard):
        again.rule.add(badge, at_ns, lon, lat, None, 2.0)
    now_ns = START + HOURS * MINUTE
    found: list[Finding] = []
    for minute in range(60):
        found = again.rule.findings(now_ns + minute * MINUTE, again.plans)
    assert {one.badges for one in found} == {one.badges for one in live}
    assert {one.since_ns for one in found} == {one.since_ns for one in live}


def test_a_late_batch_is_looked_at_when_it_comes() -> None:
    plans, heard = carried_day(2)
    day = Day(*plans)
    assert day.run([fix for fix in heard if fix[0] != "b1"]) == []
    for fix in heard:
        if fix[0] == "b1":
            day.rule.add(*fix, None, 2.0)
    found = [day.rule.findings(START + (HOURS + n) * MINUTE, day.plans) for n in range(5)]
    assert [one.badges for one in found[-1]] == [("b0", "b1")]


def test_what_was_found_stays_until_the_last_of_them_goes_home() -> None:
    plans, heard = carried_day(2)
    day = Day(*plans)
    day.run(heard)
    for badge, left in (("b0", [("b0", "b1")]), ("b1", [])):
        day.rule.end(badge)
        day.plans.pop(badge)
        found = day.rule.findings(START + HOURS * MINUTE, day.plans)
        assert [one.badges for one in found] == left


def test_yesterdays_path_with_fresh_times_is_told() -> None:
    rng = np.random.default_rng(4)
    path = fixes("a", rng, strolled(rng, HOURS))
    yesterday = Day(plan_of("a"))
    yesterday.run(path)
    kept = yesterday.rule.sketch("a")

    for whose, words in (("a", "its own shift"), ("z", "badge z's shift")):
        today = Day(plan_of("a"))
        today.rule.learn(whose, f"w-{whose}/2026-11-01/1", kept)
        (found,) = today.run(path)
        assert (found.kind, found.badges) == ("replayed-track", ("a",))
        assert words in found.detail

    same_shift = Day(plan_of("a"))
    same_shift.rule.learn("a", plan_of("a").key, kept)  # as after a restart
    assert same_shift.run(path) == []


def test_two_devices_under_one_number_are_told_with_both_places() -> None:
    rng = np.random.default_rng(5)
    here = fixes("a", rng, strolled(rng, 60))
    there = [(b, at_ns + 10**9, lon + 0.1, lat) for b, at_ns, lon, lat in here]
    (found,) = Day(plan_of("a")).run(sorted(here + there))
    assert found.kind == "cloned-id"
    assert "8.5 km" in found.detail
    assert len(found.evidence.splitlines()) >= 2


@pytest.mark.parametrize("accuracy_m", [50.0, 100.0])
def test_a_fix_that_says_it_is_bad_tells_no_separation(accuracy_m: float) -> None:
    plans, heard = carried_day(2)
    day = Day(*plans)
    for badge, at_ns, lon, lat in heard:
        day.rule.add(badge, at_ns, lon, lat, accuracy_m, None)
    assert day.rule.findings(START + HOURS * MINUTE, day.plans) == []


def test_a_badge_that_is_not_on_its_shift_is_not_looked_at() -> None:
    rule = Suspicions(ProxyLimits())
    rule.add("stranger", START, 116.4, 39.9, None, None)
    assert rule.findings(START, {}) == []
    assert rule.sketch("stranger") == ()
    rule.end("stranger")
