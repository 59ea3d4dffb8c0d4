"""Whole days judged: by hand, and by law."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.readings import PositionReading
from edge_agent.roles.attendance.judging import Judgement, judge, judged_fixes
from tests.edge_agent.roles.attendance.days import (
    FENCE,
    HALF_M,
    LIMITS,
    NS,
    Carried,
    GoldenDay,
    clock,
    fix,
    judged,
    planned,
)
from tests.edge_agent.roles.attendance.golden_days import GOLDEN_DAYS, HOME, TO_WORK

TWO_MINUTES_NS = 120 * NS
SPARSE = {
    day.name: (
        day,
        [one for carried in day.carried for one in replace(carried, every_s=60).track()],
    )
    for day in GOLDEN_DAYS
}
ACCUSING = {"absent", "late", "left-early"}
days = st.sampled_from(sorted(SPARSE)).map(SPARSE.__getitem__)


@pytest.mark.parametrize("day", GOLDEN_DAYS, ids=lambda day: day.name)
def test_a_day_is_judged_as_a_person_judged_it(day: GoldenDay) -> None:
    found = judge(day.shift, day.track(), FENCE, LIMITS)
    assert (found.verdict, found.reasons) == (day.verdict, found.reasons)
    low, high = day.minutes
    assert low <= found.minutes_inside <= high
    for told, expected in ((found.first_in_ns, day.first_in), (found.last_out_ns, day.last_out)):
        if expected is not None:
            assert told is not None
            assert abs(told - clock(expected)) <= TWO_MINUTES_NS


@given(days, st.randoms(use_true_random=False), st.integers(0, 200))
@settings(max_examples=25, deadline=None)
def test_order_and_duplicates_change_nothing(
    case: tuple[GoldenDay, list[PositionReading]], rng: random.Random, more: int
) -> None:
    day, track = case
    again = [_heard_again(rng.choice(track)) for _ in range(more)] if track else []
    shuffled = [*track, *again]
    rng.shuffle(shuffled)
    assert judge(day.shift, shuffled, FENCE, LIMITS) == judge(day.shift, track, FENCE, LIMITS)


def _heard_again(one: PositionReading) -> PositionReading:
    """The same report, sent once more from memory hours later."""
    later = one.moment._replace(
        utc_ns=one.moment.utc_ns + 7_200 * NS, mono_ns=one.moment.mono_ns + 7_200 * NS
    )
    return replace(one, moment=later, live=False, ordinal=one.ordinal + 10_000)


@given(days, st.data())
@settings(max_examples=30, deadline=None)
def test_what_gets_lost_never_accuses(
    case: tuple[GoldenDay, list[PositionReading]], data: st.DataObject
) -> None:
    """Whatever stretch of fixes is missing: a day is judged as before, or nothing is concluded."""
    day, track = case
    begin = data.draw(st.integers(clock("07:30"), clock("30:00")))
    end = begin + data.draw(st.integers(0, 10 * 3600)) * NS
    left = [one for one in track if not begin <= (one.at_ns or 0) < end]
    found = judge(day.shift, left, FENCE, LIMITS).verdict
    assert found not in ACCUSING - {judge(day.shift, track, FENCE, LIMITS).verdict}


@given(days, st.lists(st.integers(clock("08:00"), clock("17:00")), max_size=40), st.data())
@settings(max_examples=30, deadline=None)
def test_more_fixes_inside_never_make_anyone_absent(
    case: tuple[GoldenDay, list[PositionReading]], times: list[int], data: st.DataObject
) -> None:
    day, track = case
    before = judge(day.shift, track, FENCE, LIMITS)
    here = [one for one in judged_fixes(day.shift, track, FENCE, LIMITS) if one.side == "inside"]
    more = [
        replace(one.position, at_ns=(one.position.at_ns or 0) + data.draw(st.integers(1, 59)) * NS)
        for one in (data.draw(st.sampled_from(here)) for _ in times if here)
    ]
    after = judge(day.shift, [*track, *more], FENCE, LIMITS)
    if before.verdict != "absent":
        assert after.verdict != "absent"


@given(st.integers(0, 2**32), st.floats(-1.0, 1.0), st.integers(5, 60))
@settings(max_examples=15, deadline=None)
def test_a_badge_that_jitters_on_the_border_neither_comes_nor_goes(
    seed: int, lean: float, every_s: int
) -> None:
    """As long as its noise is no larger than its accuracy."""
    rng, noise_m = random.Random(seed), LIMITS.assumed_accuracy_m - 0.2
    track = [
        fix(at, HALF_M + lean * noise_m + rng.uniform(-1, 1) * noise_m * (1 - abs(lean)))
        for at in range(clock("07:40"), clock("17:20"), every_s * NS)
    ]
    found = judged(track)
    assert found.verdict == "unknown"
    assert {one.known for one in found.stays} <= {"unsure", "no-fixes"}


def test_coverage_counts_expected_time_with_fixes_only() -> None:
    whole = judged(Carried((*TO_WORK, *HOME)).track())
    holed = judged(
        Carried((*TO_WORK, *HOME), silent=(("09:00", "11:00"), ("12:10", "12:50"))).track()
    )
    assert whole.coverage == pytest.approx(1.0, abs=0.01)
    assert holed.coverage == pytest.approx(0.75, abs=0.01)  # 360 of 480; the break does not count


def test_a_blind_spot_batch_changes_unknown_into_what_it_shows() -> None:
    carried = Carried((*TO_WORK, *HOME), blind=(("07:40", "11:00"),))
    late = [one for one in carried.track() if one.live]
    assert judged(late).verdict == "unknown"
    assert judged(carried.track()).verdict == "present"


def test_reports_of_other_times_and_badges_do_no_harm() -> None:
    track = Carried((*TO_WORK, *HOME)).track()
    others = [replace(one, terminal="b-9") for one in Carried((("07:40", "home"), *HOME)).track()]
    long_ago = [replace(one, at_ns=(one.at_ns or 0) - 86_400 * NS) for one in track]
    assert judged([*track, *long_ago]) == judged(track)
    found = judged([*track, *long_ago, *others])
    assert (found.verdict, found.minutes_inside) == ("present", judged(track).minutes_inside)
    assert set(found.rejected) == {"other-person"}


def test_who_had_no_badge_is_not_judged() -> None:
    found = judged(Carried((*TO_WORK, *HOME)).track(), planned(badges=()))
    assert found.verdict == "unknown"
    assert "Nobody said which badge this person had." in found.reasons


def test_while_one_of_the_areas_has_no_fence_nobody_is_outside() -> None:
    two = msgspec.structs.replace(planned(), areas=("a-1", "a-2"))
    track = Carried((("07:30", "home"), ("17:20", "home")), wander_m=0.5).track()
    found = judge(two, track, FENCE, LIMITS)
    assert found.verdict == "unknown"
    assert "Area a-2 had no fence then." in found.reasons
    assert found.fence_versions == {"a-1": 3}


def test_every_report_is_accounted_for() -> None:
    track = Carried((("07:50", "work"), ("17:00", "work"))).track()
    bad = [
        replace(track[200], fix=False),
        replace(track[201], satellites=2),
        replace(track[202], lon=0.0, lat=0.0),
        replace(track[203], accuracy_m=350.0),
        replace(track[204], at_ns=None),
        fix(clock("10:00:07"), 9000.0, 9000.0),
    ]
    found = judged([*track, *bad, *track[:50]])
    assert found.n == len(track) + len(bad)
    assert found.n == found.used + sum(found.rejected.values())
    assert found.rejected == {
        **dict.fromkeys(("no-fix", "few-satellites", "out-of-range", "inaccurate"), 1),
        **dict.fromkeys(("no-time", "teleport"), 1),
    }
    told = judged_fixes(planned(), [*track, *bad], FENCE, LIMITS)
    assert len(told) == found.n
    assert sum(one.rejected is None for one in told) == found.used


def test_a_clock_ahead_is_not_believed_and_one_that_nobody_can_check_is() -> None:
    track = Carried((*TO_WORK, *HOME)).track()
    early = [_came_at(one, clock("07:00"), "ntp") for one in track]
    assert judged(early).verdict == "unknown"
    assert set(judged(early).rejected) == {"future"}
    unchecked = [_came_at(one, clock("07:00"), "rtc") for one in track]
    assert judged(unchecked).verdict == "present"


def _came_at(one: PositionReading, utc_ns: int, state: str) -> PositionReading:
    return replace(one, moment=one.moment._replace(utc_ns=utc_ns, clock=state))  # type: ignore[arg-type]


def test_each_fix_is_told_as_it_was_taken() -> None:
    day, _ = SPARSE["rode a scooter up and down"]
    told = [one.side for one in judged_fixes(day.shift, day.track(), FENCE, LIMITS)]
    assert told.count("riding") > 0.95 * len(told)
    walked = judged_fixes(planned(), Carried((*TO_WORK, *HOME)).track(), FENCE, LIMITS)
    assert {one.side for one in walked} == {"outside", "unsure", "inside"}


def test_an_accuracy_of_nought_is_none_given() -> None:
    times = range(clock("07:45"), clock("17:15"), 60 * NS)
    near = [fix(at, HALF_M - 4.0, 0.2 * (at // NS % 7)) for at in times]
    assert judged([replace(one, accuracy_m=0.0) for one in near]).verdict == "unknown"
    assert judged([replace(one, accuracy_m=2.0) for one in near]).verdict == "present"


def test_the_sentences_say_what_a_person_needs_to_contradict() -> None:
    found = judged(Carried((*TO_WORK, *HOME), silent=(("14:00", "18:00"),)).track())
    assert found.reasons[0].startswith("Unknown: 300 of 480 minutes are known to be inside")
    assert any("No usable fixes: 13:59-17:00." in one for one in found.reasons), found.reasons


def test_where_a_person_was_in_a_break_is_not_told() -> None:
    away = (("12:00", "work"), ("12:15", "home"), ("12:45", "home"), ("13:10", "work"))
    found = judged(Carried((*TO_WORK, *away, *HOME)).track())
    (outside,) = [one for one in found.reasons if one.startswith("Outside")]
    assert re.fullmatch(r"Outside: 13:00-13:0\d\.", outside)


def test_judgements_of_equal_days_are_equal() -> None:
    one, other = (judged(Carried((*TO_WORK, *HOME)).track()) for _ in range(2))
    assert isinstance(one, Judgement)
    assert one == other
