"""Golden rosters by hand, and what must hold for any roster."""

from __future__ import annotations

import itertools
import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.rosters.cells import weekdays
from contract.rosters.shift import BadgeSpan
from contract.rosters.timetable import Timetable, check, read_roster, roster_of
from tests.contract.rosters.sheets import CREW, NATIONAL_DAY, keys, ns, timetable

HOUR_NS = 3600 * 10**9
DAY_NS = 24 * HOUR_NS


def test_national_day_2026_is_off_and_its_make_up_days_are_worked() -> None:
    found = keys(
        timetable(CREW, NATIONAL_DAY), "2026-09-18T00:00:00+08:00", "2026-10-12T00:00:00+08:00"
    )
    days = [key.split("/")[1] for key in found if key.startswith("w-1/")]
    # Fri 18th; Sun 20th made up; Mon 21st to Fri 25th (Mid-Autumn is not in this sheet); Mon 28th to
    # Wed 30th; nothing from 1st to 7th; Thu 8th, Fri 9th; Sat 10th made up; Sunday off.
    september = [18, 20, 21, 22, 23, 24, 25, 28, 29, 30]
    assert days == [f"2026-09-{day}" for day in september] + [
        "2026-10-08",
        "2026-10-09",
        "2026-10-10",
    ]


def night(days: str) -> Timetable:
    return timetable(
        "what,zone,person,days,start,end,night,break,areas\nzone,Europe/Madrid\nperson,,p\n"
        f'weekly,,p,{days},22:00,06:00,yes,"01:00-01:30 03:30-04:00",a\n'
    )


@pytest.mark.parametrize(
    ("day", "hours", "end"),
    [
        # Directive 2000/84/EC: clocks change at 01:00 UTC on the last Sundays of March and October.
        ("2026-03-28", 7, "2026-03-29T04:00:00Z"),
        ("2026-03-27", 8, "2026-03-28T05:00:00Z"),
        ("2026-10-24", 9, "2026-10-25T05:00:00Z"),
    ],
)
def test_a_night_over_the_clock_change_is_as_long_as_it_was(day: str, hours: int, end: str) -> None:
    table = night("daily")
    at = ns(f"{day}T21:59:00Z")
    (shift,) = [one for one in table.shifts(at, at + 1) if f"/{day}/" in one.key]
    assert (shift.end_ns - shift.start_ns, shift.end_ns) == (hours * HOUR_NS, ns(end))
    # 2 breaks of half an hour, neither in the hour that is skipped or comes twice.
    assert sum(b - a for a, b in shift.expected()) == (hours - 1) * HOUR_NS


def test_one_long_shift_is_found_from_its_first_to_its_last_moment_whatever_the_margin() -> None:
    table = timetable(
        "what,zone,person,badge,date,start,end,night,areas\nzone,America/St_Johns\nperson,,p\n"
        "badge,,p,b\nday,,p,,2026-07-01,23:30,23:30,yes,a\n"
    )
    begin, end = ns("2026-07-02T02:00:00Z"), ns("2026-07-03T02:00:00Z")  # UTC-2:30 in summer
    for at in (begin, end - 1):
        assert keys_at(table, at) == ["p/2026-07-01/1"]
    assert keys_at(table, begin - 1) == keys_at(table, end) == []
    for margin in (0, HOUR_NS, DAY_NS, 5 * DAY_NS):
        assert table.on_shift("b", begin - margin, margin)
        assert table.on_shift("b", end + margin - 1, margin)
        assert not table.on_shift("b", begin - margin - 1, margin)
        assert not table.on_shift("b", end + margin, margin)


def keys_at(table: Timetable, at_ns: int) -> list[str]:
    return [shift.key for shift in table.shifts(at_ns, at_ns + 1)]


def test_a_badge_swapped_in_mid_shift_leaves_two_spans_and_each_counts_in_its_time() -> None:
    sheet = CREW.replace("badge,,w-1,,,460001\n", "")
    swap = (
        "what,person,badge,from,until\nbadge,w-1,460001,,2026-09-22 09:00\n"
        "badge,w-1,460009,2026-09-22 09:00,\n"
    )
    table = timetable(sheet, swap)
    noon = ns("2026-09-22T12:00:00+08:00")
    shift = next(one for one in table.shifts(noon, noon + 1) if one.person == "w-1")
    start, swapped, end = (ns(f"2026-09-22T{hour}:00:00+08:00") for hour in ("06", "09", "14"))
    assert shift.badges == (BadgeSpan("460001", start, swapped), BadgeSpan("460009", swapped, end))
    later = next(o for o in table.shifts(noon + DAY_NS, noon + DAY_NS + 1) if o.person == "w-1")
    assert [span.badge for span in later.badges] == ["460009"]
    assert not table.on_shift("460001", noon, 0)
    assert table.on_shift("460009", noon, 0)
    assert (table.person_of("460001", noon), table.person_of("460009", noon)) == (None, "w-1")


def test_who_stands_in_wears_the_own_badge_and_the_shift_keeps_its_name() -> None:
    others = (
        "what,person,from,until,date,by\nperson,w-9\nleave,w-1,2026-09-21,2026-09-23\n"
        "substitute,w-1,,,2026-09-22,w-9\nbadge,w-9\n"
    ).replace("badge,w-9\n", "")
    badge = "what,badge,person\nbadge,460003,w-9\n"
    found = timetable(CREW, others, badge).shifts(
        ns("2026-09-21T00:00:00+08:00"), ns("2026-09-24T00:00:00+08:00")
    )
    assert [(s.key, s.person, s.badges[0].badge) for s in found if s.person != "w-2"] == [
        ("w-1/2026-09-22/1", "w-9", "460003")
    ]


def test_a_single_day_stands_instead_of_the_week_and_splits_count_up() -> None:
    single = (
        "what,person,date,start,end,areas\nday,w-1,2026-09-22,15:00,18:00,a-3\n"
        "day,w-1,2026-09-22,06:00,9:00,a-3\n"
    )
    found = timetable(CREW, single).shifts(ns("2026-09-21T16:00:00Z"), ns("2026-09-22T16:00:00Z"))
    mine = [(one.key, one.start_ns) for one in found if one.person == "w-1"]
    assert mine == [
        ("w-1/2026-09-22/1", ns("2026-09-22T06:00:00+08:00")),
        ("w-1/2026-09-22/2", ns("2026-09-22T15:00:00+08:00")),
    ]


def test_a_change_that_a_second_person_approved_marks_only_the_shifts_it_came_too_late_for() -> (
    None
):
    weekly = (
        "what,person,days,start,end,areas,from,edited_by,edited_at,approved_by,reason\n"
        "weekly,w-1,daily,07:00,15:00,a-1,2026-09-21,ann,2026-09-22 12:00,bob,wrong hours\n"
    )
    found = timetable(CREW, weekly).shifts(ns("2026-09-20T16:00:00Z"), ns("2026-09-23T16:00:00Z"))
    assert [one.amended for one in found if one.person == "w-1"] == [True, True, False]


LEAVE = "what,person,from,until,edited_by,edited_at,approved_by,reason\n"
SPLIT = (
    "what,person,days,start,end,areas\n"
    "weekly,w-1,daily,06:00,10:00,a-1\nweekly,w-1,daily,14:00,18:00,a-1\n"
)
DAY = ns("2026-09-21T16:00:00Z"), ns("2026-09-22T16:00:00Z")


@pytest.mark.parametrize(
    ("edited", "excused"),
    [
        ("2026-09-22 12:00", ["w-1/2026-09-22/1"]),
        ("2026-09-23 09:00", ["w-1/2026-09-22/1", "w-1/2026-09-22/2"]),
        ("2026-09-21 12:00", []),
    ],
)
def test_an_approved_leave_excuses_the_shifts_it_came_too_late_for(
    edited: str, excused: list[str]
) -> None:
    leave = f"leave,w-1,2026-09-22,2026-09-22,ann,{edited},bob,ill\n"
    table = timetable(CREW, SPLIT, LEAVE + leave)
    assert [one.key for one in table.shifts(*DAY) if one.person == "w-1"] == []
    found = table.excused(*DAY)
    assert [one.key for one in found] == excused
    assert all(one.amended and not one.expected() for one in found)


def test_an_approved_day_with_fewer_shifts_excuses_the_others() -> None:
    day = (
        "what,person,date,start,end,areas,edited_by,edited_at,approved_by,reason\n"
        "day,w-1,2026-09-22,06:00,10:00,a-1,ann,2026-09-22 19:00,bob,sent home\n"
    )
    table = timetable(CREW, SPLIT, day)
    assert [one.key for one in table.excused(*DAY)] == ["w-1/2026-09-22/2"]
    assert [one.amended for one in table.shifts(*DAY) if one.person == "w-1"] == [True]


def test_shifts_that_another_program_worked_out_are_taken_as_they_are() -> None:
    shift = {"key": "p/2026-09-22/1", "person": "p", "badges": [["b", 10, 20]], "areas": ["a"]}
    text = json.dumps({"shifts": [shift | {"start_ns": 10, "end_ns": 20}]})
    table = Timetable(read_roster(text.encode(), "day.json"))
    assert [one.key for one in table.shifts(19, 30)] == ["p/2026-09-22/1"]
    assert [table.on_shift("b", at, 2) for at in (7, 8, 21, 22)] == [False, True, True, False]


def test_the_rosters_in_the_docs_are_good() -> None:
    text = (Path(__file__).parents[3] / "docs" / "rosters.md").read_text(encoding="utf-8")
    sheets = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    assert len(sheets) == 3
    assert check(*[read_roster(sheet.encode(), "docs") for sheet in sheets]) == []
    (document,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert check(read_roster(document.encode(), "docs")) == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("周一至周五", {0, 1, 2, 3, 4}),
        ("Sat-Mon", {5, 6, 0}),
        ("tue, Thursday;7", {1, 3, 6}),
        ("每天", set(range(7))),
        ("星期天", {6}),
    ],
)
def test_weekdays_are_read_as_people_write_them(text: str, days: set[int]) -> None:
    assert weekdays(text) == days


clocks = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
ZONES = ("Asia/Shanghai", "Europe/Madrid", "America/St_Johns", "Pacific/Apia")


@st.composite
def rosters(draw: st.DrawFn) -> dict[str, object]:
    """Good ones: a pattern each, some in the night, some days off, badges that change hands."""
    people = [f"w-{n}" for n in range(draw(st.integers(1, 4)))]
    weekly = []
    for person in people:
        start, end = draw(clocks), draw(clocks)
        days = draw(
            st.sets(st.sampled_from(["Mon", "Tue", "Wed", "Thu", "Sat", "Sun"]), min_size=1)
        )
        row = {"person": person, "days": sorted(days), "start": start, "end": end}
        weekly.append(row | {"night": end <= start, "areas": ["a", "b"]})
    handed = f"2026-{draw(st.sampled_from(['03-29', '10-25', '06-10']))} {draw(clocks)}"
    badges = [{"badge": "b-0", "person": people[0], "until": handed}]
    badges.append({"badge": "b-0", "person": people[-1], "from": handed})
    badges += [{"badge": f"b-{person}", "person": person} for person in people]
    off = date(2026, 3, 28) + timedelta(days=draw(st.integers(0, 5)))
    return {
        "zone": draw(st.sampled_from(ZONES)),
        "people": [{"person": person} for person in people],
        "badges": badges,
        "weekly": weekly,
        "holidays": [{"date": off.isoformat()}],
    }


def as_csv(document: dict[str, object], separator: str) -> str:
    """By hand, not by our reader's means."""
    words = {"people": "person", "badges": "badge", "weekly": "weekly", "holidays": "holiday"}
    columns = [
        "what",
        "zone",
        "person",
        "badge",
        "from",
        "until",
        "days",
        "start",
        "end",
        "night",
        "areas",
        "date",
    ]
    rows: list[dict[str, object]] = [{"what": "zone", "zone": document["zone"]}]
    for section, what in words.items():
        items = document[section]
        assert isinstance(items, list)
        rows += [{"what": what, **item} for item in items]
    lines = [separator.join(columns)]
    lines += [separator.join(cell(row.get(name, "")) for name in columns) for row in rows]
    return "\r\n".join(lines)


def cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return f'"{", ".join(value)}"' if isinstance(value, list) else str(value)


moments = st.integers(ns("2026-03-26T00:00:00Z") // 10**9, ns("2026-04-03T00:00:00Z") // 10**9).map(
    lambda seconds: seconds * 10**9
)


@given(rosters(), st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
@settings(deadline=None, max_examples=40)
def test_csv_and_json_of_one_roster_give_the_same_shifts(
    document: dict[str, object], separator: str, encoding: str
) -> None:
    sheet = read_roster(as_csv(document, separator).encode(encoding), "r.csv")
    begin, end = ns("2026-03-20T00:00:00Z"), ns("2026-04-05T00:00:00Z")
    shifts = Timetable(roster_of(document, "r.json")).shifts(begin, end)
    assert shifts
    assert Timetable(sheet).shifts(begin, end) == shifts


@given(rosters(), st.lists(moments, min_size=3, max_size=6, unique=True).map(sorted))
@settings(deadline=None, max_examples=60)
def test_windows_side_by_side_hold_what_the_whole_holds(
    document: dict[str, object], cuts: list[int]
) -> None:
    table, other = (Timetable(roster_of(document, "r")) for _ in range(2))
    whole = {one.key: one for one in other.shifts(cuts[0], cuts[-1])}
    parts = {
        one.key: one for begin, end in itertools.pairwise(cuts) for one in table.shifts(begin, end)
    }
    assert parts == whole
    every = other.shifts(cuts[0] - 9 * DAY_NS, cuts[-1] + 9 * DAY_NS)
    seen = {one.key for one in every if one.start_ns < cuts[-1] and cuts[0] < one.end_ns}
    assert seen == set(whole)


@given(
    rosters(),
    st.lists(moments, min_size=1, max_size=20),
    st.sampled_from([0, 1800, 90_000, 250_000]),
)
@settings(deadline=None, max_examples=60)
def test_who_is_on_shift_is_who_has_a_shift_with_that_badge(
    document: dict[str, object], times: list[int], margin_s: int
) -> None:
    table, margin = Timetable(roster_of(document, "r")), margin_s * 10**9
    every = table.shifts(ns("2026-03-10T00:00:00Z"), ns("2026-04-20T00:00:00Z"))
    for badge in (*table.badges(), "unknown"):
        spans = [span for one in every for span in one.badges if span.badge == badge]
        for at in times:
            on = any(span.start_ns - margin <= at < span.end_ns + margin for span in spans)
            assert table.on_shift(badge, at, margin) == on


@given(rosters())
@settings(deadline=None, max_examples=30)
def test_a_wall_clock_in_china_gives_the_same_length_every_day(document: dict[str, object]) -> None:
    table = Timetable(roster_of(document | {"zone": "Asia/Shanghai"}, "r"))
    lengths: dict[str, set[int]] = {}
    for one in table.shifts(ns("2026-03-01T00:00:00Z"), ns("2026-05-01T00:00:00Z")):
        lengths.setdefault(one.person, set()).add(sum(b - a for a, b in one.expected()))
    assert all(len(found) == 1 for found in lengths.values())
