"""What should be told of shifts made by hand: 06:00 to 14:00, a break at 10:00."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contract.timestamps import parse_rfc3339
from simulators.attendance.day import AttendanceDay, Stint
from simulators.attendance.mishaps import Canyon, Mishaps, Span
from simulators.attendance.truth import exception_rows, proxy_rows
from simulators.attendance.verdicts import Truth

DAY = AttendanceDay(3, 900, 12, date(2026, 11, 23))
EIGHT_H, BREAK = 28_800.0, (14_400.0, 16_200.0)
BEGIN_NS = parse_rfc3339("2026-11-23T06:00:00+08:00")


def honest(mishaps: Mishaps | None = None) -> Stint:
    stint = next(
        one
        for one in DAY.stints
        if one.conduct.why == "honest" and one.party.pattern == "early" and one.swap_s is None
    )
    return replace(stint, mishaps=mishaps or Mishaps())


def truth(*stays: Span, verdict: str = "present", knowable: bool = True) -> Truth:
    inside_s = sum(end - begin for begin, end in stays)
    first, last = (stays[0][0], stays[-1][1]) if stays else (None, None)
    return Truth(verdict, inside_s, 27_000, first, last, stays, True, knowable)


def told(stint: Stint, found: Truth) -> list[tuple[str, float, bool]]:
    """(kind, seconds after the start, knowable)."""
    rows: list[dict[str, Any]] = list(exception_rows(DAY, stint, found))
    return [
        (row["exception"], (parse_rfc3339(row["since"]) - BEGIN_NS) / 1e9, row["knowable"])
        for row in rows
    ]


ALL_DAY = truth((-600, 29_000))


def test_of_a_plain_day_nothing_is_told() -> None:
    assert told(honest(), ALL_DAY) == []


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        ((5_000.0, 5_300.0), [("left-area", 5_000.0, False)]),  # five minutes: may be told
        ((5_000.0, 5_900.0), [("left-area", 5_000.0, True)]),
        (BREAK, []),
        ((BREAK[0] - 30, BREAK[1]), [("left-area", BREAK[0] - 30, False)]),
        ((15_000.0, BREAK[1] + 900), [("left-area", BREAK[1], True)]),  # the break was too long
        ((EIGHT_H - 60, 29_000.0), [("left-area", EIGHT_H - 60, False)]),
    ],
)
def test_leaving_is_told_when_it_is_ten_minutes_of_expected_time(
    away: Span, expected: list[tuple[str, float, bool]]
) -> None:
    assert told(honest(), truth((-600, away[0]), (away[1], 29_000))) == expected


@pytest.mark.parametrize(
    "mishaps",
    [
        Mishaps(no_fix=((5_200, 5_400),)),
        Mishaps(canyons=(Canyon(5_200, 5_400, 30, 0),)),
        Mishaps(stuck=((4_000, 6_000),)),
    ],
    ids=["no fix", "canyon", "hung"],
)
def test_a_leaving_that_the_receiver_hides_need_not_be_told(mishaps: Mishaps) -> None:
    found = told(honest(mishaps), truth((-600, 5_000), (6_000, 29_000)))
    assert ("left-area", 5_000.0, False) in found


def test_absent_is_told_from_the_start_of_the_shift() -> None:
    assert told(honest(), truth(verdict="absent")) == [("absent", 0.0, True)]
    hidden = told(honest(), truth(verdict="absent", knowable=False))
    assert ("absent", 0.0, False) in hidden


def test_who_is_very_late_may_be_told_as_absent_meanwhile() -> None:
    assert told(honest(), truth((3_600, 29_000), verdict="late")) == [("absent", 0.0, False)]
    assert told(honest(), truth((400, 29_000), verdict="late")) == []


@pytest.mark.parametrize(("dies", "knowable"), [(20_000.0, True), (EIGHT_H - 900, False)])
def test_a_dead_badge_is_silent_when_half_an_hour_of_work_is_left(
    dies: float, knowable: bool
) -> None:
    assert told(honest(Mishaps(dead_s=dies)), ALL_DAY) == [("badge-silent", dies, knowable)]


def test_a_badge_that_is_off_is_silent_from_the_start_and_a_blind_one_perhaps() -> None:
    assert told(honest(Mishaps(off=True)), ALL_DAY) == [("badge-silent", 0.0, True)]
    assert told(honest(Mishaps(blind=((9_000, 12_000),))), ALL_DAY) == [
        ("badge-silent", 9_000.0, False)
    ]


def test_a_button_counts_only_while_the_badge_lives() -> None:
    pressed = Mishaps(sos_s=5_000, low_s=9_000, dead_s=9_060)
    assert told(honest(pressed), ALL_DAY) == [
        ("badge-silent", 9_060.0, True),
        ("sos", 5_000.0, True),
        ("low-battery", 9_000.0, False),
    ]
    assert told(honest(replace(pressed, sos_s=10_000.0)), ALL_DAY)[1:] == [
        ("low-battery", 9_000.0, False)
    ]


def test_after_a_swap_the_second_badge_is_meant() -> None:
    stint = next(one for one in DAY.stints if one.swap_s is not None)
    assert stint.swap_s is not None
    first, second = (span.badge for span in stint.shift.badges)
    for at, badge in ((stint.swap_s - 60, first), (stint.swap_s + 60, second)):
        rows = list(exception_rows(DAY, stint, truth((-600, at), (at + 900, 40_000))))
        assert [row["badges"] for row in rows if row["exception"] == "left-area"] == [[badge]]


def carried(*dead: float | None) -> list[Stint]:
    party = next(one for one in DAY.parties if one.kind == "carried" and len(one.members) >= 3)
    stints = [one for one in DAY.stints if one.party is party][:3]
    return [replace(one, mishaps=Mishaps(dead_s=at)) for one, at in zip(stints, dead, strict=True)]


def test_a_badge_that_died_early_may_be_missing_from_its_set() -> None:
    stints = carried(None, 3_000.0, 25_000.0)
    badges = [stint.shift.badges[0].badge for stint in stints]
    (row,) = proxy_rows(DAY, stints)
    assert (row["badges"], row["perhaps"], row["knowable"]) == (badges[::2], badges, True)


def test_one_badge_that_is_left_is_no_set() -> None:
    (row,) = proxy_rows(DAY, carried(None, 3_000.0, 3_000.0))
    assert row["knowable"] is False
