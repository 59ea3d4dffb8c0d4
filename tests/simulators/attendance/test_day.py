from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import pytest

from contract.fences import Fences, Side
from contract.rosters.timetable import Timetable, read_roster
from contract.timestamps import parse_rfc3339
from simulators.attendance.day import FIRST_NUMBER, AttendanceDay
from simulators.attendance.ground import degrees
from simulators.attendance.receiver import Fixes
from simulators.attendance.truth import rows, truth_lines

MONDAY = date(2026, 11, 23)
SECOND_NS = 1_000_000_000


@pytest.fixture(scope="module")
def day() -> AttendanceDay:
    return AttendanceDay(7, 120, 20, MONDAY)


@pytest.fixture(scope="module")
def truth(day: AttendanceDay) -> list[dict[str, Any]]:
    return [json.loads(line) for line in truth_lines(day)]


def bytes_of(fixes: Fixes) -> bytes:
    return b"".join(getattr(fixes, name).tobytes() for name in Fixes.__slots__)


def test_the_same_seed_gives_the_same_bytes(
    day: AttendanceDay, truth: list[dict[str, Any]]
) -> None:
    again = AttendanceDay(7, 120, 20, MONDAY)
    some = day.badges[::40]
    # In another order, so that nothing depends on what was asked before.
    assert [bytes_of(again.fixes(badge)) for badge in reversed(some)] == [
        bytes_of(day.fixes(badge)) for badge in reversed(some)
    ]
    assert [json.loads(line) for line in truth_lines(again)] == truth
    assert (again.areas_geojson, again.roster) == (day.areas_geojson, day.roster)


@pytest.mark.parametrize(
    "other",
    [AttendanceDay(8, 40, 20, MONDAY), AttendanceDay(7, 40, 20, date(2026, 11, 24))],
    ids=["seed", "date"],
)
def test_another_seed_or_date_is_another_day(day: AttendanceDay, other: AttendanceDay) -> None:
    badge = day.badges[0]
    same_time = day.fixes(badge), other.fixes(badge)
    assert not np.array_equal(same_time[0].lon[:500], same_time[1].lon[:500])


def test_what_goes_wrong_with_one_changes_nothing_for_another(day: AttendanceDay) -> None:
    """Streams do not disturb each other: people who were there before keep their homes and shapes."""
    larger = AttendanceDay(7, 120, 30, MONDAY)
    assert [place.shape.area for place in larger.places[:3]] == pytest.approx(
        [place.shape.area for place in day.places[:3]]
    )


def test_everybody_is_in_one_party_and_every_kind_is_there(day: AttendanceDay) -> None:
    members = Counter(member for party in day.parties for member in party.members)
    assert sorted(members) == list(range(120))
    assert set(members.values()) == {1}
    kinds = {party.kind for party in day.parties}
    assert kinds == {"alone", "team", "crew", "drawer", "carried", "ghost-crew"}


def test_shifts_are_named_by_person_local_date_and_number(day: AttendanceDay) -> None:
    keys = [shift.key for shift in day.shifts]
    assert len(set(keys)) == len(keys)
    assert all(
        key == f"{shift.person}/2026-11-23/{key[-1]}"
        for key, shift in zip(keys, day.shifts, strict=True)
    )
    split = [stint for stint in day.stints if stint.party.pattern == "split"]
    assert {stint.shift.key[-1] for stint in split} == {"1", "2"}


def test_some_carried_badges_should_be_in_another_area_and_are_absent_from_it() -> None:
    day = AttendanceDay(2, 900, 20, MONDAY)
    strays = {
        stint.shift.key
        for stint in day.stints
        if stint.party.places_for(stint.place) != stint.party.places
    }
    assert strays
    told = [line for line in rows(day) if line["id"] in strays]
    assert {(line["verdict"], line["why"]) for line in told} == {("absent", "carried")}


def test_a_night_shift_ends_on_the_next_day(day: AttendanceDay) -> None:
    night = next(stint for stint in day.stints if stint.party.pattern == "night").shift
    begin = parse_rfc3339("2026-11-23T22:00:00+08:00")
    assert (night.start_ns, night.end_ns) == (begin, begin + 8 * 3_600 * SECOND_NS)
    assert night.breaks == (
        (begin + 4 * 3_600 * SECOND_NS, begin + 4 * 3_600 * SECOND_NS + 1_800 * SECOND_NS),
    )


def test_only_crews_name_a_crew_and_a_vehicle(day: AttendanceDay) -> None:
    named = {stint.party.kind for stint in day.stints if stint.shift.crew}
    assert named == {"crew", "ghost-crew"}
    assert all(bool(s.shift.crew) == bool(s.shift.vehicle) for s in day.stints)


def test_a_swapped_badge_reports_until_then_and_the_other_one_after() -> None:
    day = AttendanceDay(3, 900, 20, MONDAY)
    stint = next(stint for stint in day.stints if stint.swap_s is not None)
    first, second = stint.shift.badges
    assert first.end_ns == second.start_ns
    assert int(second.badge) >= FIRST_NUMBER + 900
    assert (
        day.fixes(first.badge).at_ns.max() < second.start_ns <= day.fixes(second.badge).at_ns.min()
    )


def test_fixes_come_in_the_order_of_their_arrival_and_blind_ones_late(day: AttendanceDay) -> None:
    blind = next(
        stint
        for stint in day.stints
        if stint.mishaps.blind and stint.swap_s is None and not stint.mishaps.off
    )
    fixes = day.fixes(blind.shift.badges[0].badge)
    assert np.all(np.diff(fixes.arrived_ns) >= 0)
    wait_s = (fixes.arrived_ns - fixes.at_ns) / SECOND_NS
    off_s = 61  # a clock may be a minute off
    assert np.all(wait_s[fixes.live] < 62 + off_s)  # an answer that was lost costs a minute at most
    assert wait_s[~fixes.live].max() > 500
    assert (~fixes.live).sum() > 50


def test_a_replayed_track_is_the_one_of_the_day_before_to_the_last_digit() -> None:
    day = AttendanceDay(2, 900, 20, MONDAY)
    stint = next(stint for stint in day.stints if stint.conduct.why == "replayed")
    badge = stint.shift.badges[0].badge
    today, before = day.fixes(badge), day.fixes_before(badge)
    assert np.array_equal(today.lon, before.lon)
    assert np.array_equal(today.at_ns - before.at_ns, np.full(len(today), 86_400 * SECOND_NS))
    # While the badge really lies at home.
    x, y = day.path(stint).at(np.linspace(0, 20_000, 50))
    centre = day.places[stint.party.places[0]].centre
    assert np.hypot(x - centre[0], y - centre[1]).min() > 250


def test_a_cloned_number_is_at_two_places_at_once() -> None:
    day = AttendanceDay(2, 900, 20, MONDAY)
    stint = next(stint for stint in day.stints if stint.mishaps.clone is not None)
    badge = stint.shift.badges[0].badge
    clone = day.clone_fixes(badge)
    assert clone is not None
    assert len(day.fixes(badge)) == len(day.own_fixes(badge)) + len(clone)
    assert day.clone_begins_ns(badge) == day.times.utc_ns(
        stint.piece.start_s + stint.mishaps.clone[0]
    )


def test_an_honest_worker_is_inside_the_fence_that_the_gateway_builds(day: AttendanceDay) -> None:
    fences = Fences(day.areas)
    stint = next(
        stint for stint in day.stints if stint.conduct.why == "honest" and not stint.piece.breaks
    )
    t = np.arange(600.0, stint.piece.length_s - 600, 20)
    lon, lat = degrees(*day.path(stint).at(t))
    at_ns = np.full(len(t), stint.shift.start_ns)
    sides = fences.sides(stint.shift.areas, lon, lat, np.zeros(len(t)), at_ns)
    assert np.mean(sides == Side.INSIDE) > 0.9


def test_a_scaled_day_divides_times_and_multiplies_speeds() -> None:
    begin_ns = parse_rfc3339("2026-11-23T01:00:00Z")
    day = AttendanceDay(
        4, 80, 6, MONDAY, begin_ns=begin_ns, shift_minutes=120, scale=60, interval_s=1
    )
    assert {(s.start_ns, s.end_ns) for s in day.shifts} == {(begin_ns, begin_ns + 120 * SECOND_NS)}
    fixes = day.own_fixes(day.badges[40])
    between_s = np.diff(np.unique(fixes.at_ns)) / SECOND_NS
    assert np.median(between_s) == 1
    assert fixes.speed_kmh.max() > 60  # walking, sixty times as fast
    row = next(line for line in rows(day) if line["kind"] == "shift")
    assert row["minutes_expected"] == 2


@pytest.mark.parametrize("begin", [None, "2026-11-23T01:00:17Z"], ids=["usual", "asked"])
def test_the_roster_file_gives_exactly_the_shifts_of_the_day(begin: str | None) -> None:
    at_ns = None if begin is None else parse_rfc3339(begin)
    day = AttendanceDay(3, 900, 12, MONDAY, begin_ns=at_ns, scale=1.0 if begin is None else 60.0)
    assert any(len(shift.badges) == 2 for shift in day.shifts)
    table = Timetable(read_roster(day.roster.encode(), "roster.json"))
    begins_ns = min(shift.start_ns for shift in day.shifts)
    assert table.shifts(begins_ns - 10**15, begins_ns + 10**15) == day.shifts


def test_local_dates_are_those_of_the_roster() -> None:
    late_ns = parse_rfc3339("2026-11-23T16:30:00Z")  # half past midnight in China
    day = AttendanceDay(4, 5, 2, MONDAY, begin_ns=late_ns)
    assert {shift.key.split("/")[1] for shift in day.shifts} == {"2026-11-24"}


def test_the_truth_of_a_day_is_whole(day: AttendanceDay, truth: list[dict[str, Any]]) -> None:
    lines = truth
    assert lines[0]["kind"] == "truth"
    assert lines[-1]["kind"] == "end"
    assert [line["id"] for line in lines if line["kind"] == "shift"] == [s.key for s in day.shifts]
    told = {line["exception"] for line in lines if line["kind"] == "exception"}
    assert {"proxy-suspected", "left-area", "absent"} <= told
    assert told <= {*lines[0]["expects_event"], "impossible-speed"}


def test_a_set_of_badges_is_named_once_with_all_of_them(
    day: AttendanceDay, truth: list[dict[str, Any]]
) -> None:
    lines = [line for line in truth if line.get("exception") == "proxy-suspected"]
    sets = [party for party in day.parties if party.kind in {"drawer", "carried", "ghost-crew"}]
    assert [set(line["perhaps"]) for line in lines] == [
        {f"{FIRST_NUMBER + member}" for member in party.members} for party in sets
    ]


def test_minutes_add_up(truth: list[dict[str, Any]]) -> None:
    for line in truth:
        if line["kind"] == "shift":
            inside, expected = line["minutes_inside"], line["minutes_expected"]
            assert expected in (450, 240)
            assert 0 <= inside <= expected
            assert line["verdict"] != "absent" or inside < 0.15 * expected
