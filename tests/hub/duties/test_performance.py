"""Shortfalls and proposed deductions, worked out by hand to the fen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.duties.contracts import read_contracts
from hub.duties.course import Visit
from hub.duties.documents import DutiesRefused
from hub.duties.obligations import obligations
from hub.duties.performance import Fact, Terms, assess, holds, period_of, rounded, yuan
from tests.hub.duties.town import BOOK, GAS, SHANGHAI, SWEEPING, local

BY_POINT = Terms(
    contractor="green-clean", lot="lot-3", measure="attendance", every="month",
    target=Decimal(95), per_point_fen=50_000, cap_fen=2_000_000, unit="green-clean",
)  # fmt: skip
BY_CASE = msgspec.structs.replace(BY_POINT, per_point_fen=0, per_case_fen=20_000, tolerated=2)
DOCUMENT = """
zone: Asia/Shanghai
terms:
  - contractor: green-clean
    lot: lot-3
    measure: attendance
    every: month
    target: 95 %
    deduct: {per_point: 500 yuan}
    cap: 20000 yuan
    from: 2026-01-01
    until: 2026-12-31
  - contractor: green-clean
    lot: lot-3
    measure: sweeping
    every: day
    target: 100 %
    deduct: {per_case: 12.50 yuan, tolerated: 1}
    cap: 1000 元
    kinds: [road-sweeping]
    unit: green-clean-office
"""


def fact(n: int, expected: str, met: str) -> Fact:
    return Fact(ref=f"shift/{n}", at="-", expected=Decimal(expected), met=Decimal(met))


def test_a_month_of_attendance_by_hand() -> None:
    """9,000 of 10,000 minutes: 90 %, five points below 95, 500 yuan each."""
    found = assess(BY_POINT, [fact(1, "6000", "6000"), fact(2, "4000", "3000")])
    assert (found.share, found.shortfall, found.cases) == (Decimal(90), Decimal(5), 1)
    assert (found.short, found.proposed_fen, found.capped) == (True, 250_000, False)


def test_a_third_is_not_rounded_before_the_end() -> None:
    """2 of 3: 66.66... %, 28.33... points, 14,166.66... yuan."""
    found = assess(BY_POINT, [fact(1, "3", "2")])
    assert found.exact_fen == "4250000/3"
    assert found.proposed_fen == 1_416_667
    assert (found.share, found.shortfall) == (Decimal("66.6667"), Decimal("28.3333"))


@pytest.mark.parametrize(
    ("fen", "whole"),
    [("1/2", 1), ("3/2", 2), ("5/2", 3), ("1/3", 0), ("2499999/1000000", 2), ("7", 7)],
)
def test_half_a_fen_goes_up(fen: str, whole: int) -> None:
    assert rounded(Fraction(fen)) == whole


def test_half_a_fen_of_deduction_goes_up_too() -> None:
    cheap = msgspec.structs.replace(BY_POINT, per_point_fen=1)
    found = assess(cheap, [fact(1, "1000", "945")])
    assert (found.exact_fen, found.proposed_fen) == ("1/2", 1)


def test_a_cap_caps_and_says_so() -> None:
    found = assess(BY_POINT, [fact(1, "100", "10")])
    assert (found.proposed_fen, found.capped) == (2_000_000, True)
    assert found.exact_fen == str(85 * 50_000)


def test_overtime_of_one_pays_for_no_absence_of_another() -> None:
    found = assess(BY_POINT, [fact(1, "480", "960"), fact(2, "480", "0")])
    assert (found.share, found.met) == (Decimal(50), Decimal(480))


def test_a_met_contract_is_not_short_and_neither_is_an_empty_one() -> None:
    for facts in ([fact(1, "100", "95")], [fact(1, "0", "0")], []):
        found = assess(BY_POINT, facts)
        assert (found.short, found.proposed_fen) == (False, 0)
    assert assess(BY_POINT, []).share is None


def test_cases_beyond_the_tolerated_ones_are_counted() -> None:
    rows = [fact(n, "1", "1") for n in range(96)] + [fact(n, "1", "0") for n in range(96, 100)]
    found = assess(BY_CASE, rows)
    assert (found.cases, found.proposed_fen, found.short) == (4, 40_000, True)
    assert not assess(BY_CASE, rows[:98]).short


def test_a_row_twice_or_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        assess(BY_POINT, [fact(1, "1", "1"), fact(1, "1", "0")])
    with pytest.raises(ValueError, match="below nothing"):
        assess(BY_POINT, [fact(1, "1", "-1")])


ROWS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 600)), max_size=12).map(
    lambda drawn: [fact(n, str(one), str(other)) for n, (one, other) in enumerate(drawn)]
)


@settings(deadline=None)
@given(ROWS, st.sampled_from([BY_POINT, BY_CASE]), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_the_cap_holds(
    rows: list[Fact], terms: Terms, chance: st.DataObject
) -> None:
    found = assess(terms, rows)
    mixed = list(rows)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert assess(terms, mixed) == found
    assert 0 <= found.proposed_fen <= terms.cap_fen
    assert found.short or not found.proposed_fen


@settings(deadline=None)
@given(ROWS, st.sampled_from([BY_POINT, BY_CASE]))
def test_who_did_more_is_never_proposed_more(rows: list[Fact], terms: Terms) -> None:
    better = [msgspec.structs.replace(one, met=one.met + 7) for one in rows]
    assert assess(terms, better).proposed_fen <= assess(terms, rows).proposed_fen


def test_periods_begin_and_end_at_the_districts_midnight() -> None:
    month = period_of("2026-02", "month")
    assert (month.first, month.last) == (date(2026, 2, 1), date(2026, 2, 28))
    assert month.bounds(SHANGHAI) == (local("2026-02-01"), local("2026-03-01"))
    week = period_of("2026-W01", "week")
    assert (week.first, week.last) == (date(2025, 12, 29), date(2026, 1, 4))
    assert period_of("2026-10-07", "day").bounds(ZoneInfo("UTC"))[0] == local(
        "2026-10-07", ZoneInfo("UTC")
    )


@pytest.mark.parametrize(
    ("name", "every"),
    [("2026-13", "month"), ("2026", "month"), ("2026-W60", "week"), ("2026-02-30", "day")],
)
def test_what_is_no_period_is_refused(name: str, every: str) -> None:
    with pytest.raises(ValueError, match=r"expected|no such"):
        period_of(name, every)  # type: ignore[arg-type]


def test_a_contracts_document_is_read_to_the_fen() -> None:
    found = read_contracts("lots.yaml", DOCUMENT.encode())
    first, second = found.terms
    assert (first.per_point_fen, first.cap_fen, first.target) == (50_000, 2_000_000, Decimal(95))
    assert (second.per_case_fen, second.cap_fen, second.tolerated) == (1250, 100_000, 1)
    assert (first.unit, second.unit) == ("green-clean", "green-clean-office")
    assert second.kinds == ("road-sweeping",)
    assert holds(first, period_of("2026-12", "month"))
    assert not holds(first, period_of("2027-01", "month"))


def test_every_fault_of_a_contracts_document_is_told_with_its_line() -> None:
    wrong = (
        DOCUMENT.replace("95 %", "950 %")
        .replace("12.50 yuan", "12.505 yuan")
        .replace("measure: sweeping", "measure: singing")
    )
    with pytest.raises(DutiesRefused) as refused:
        read_contracts("lots.yaml", wrong.encode())
    assert [fault.line for fault in refused.value.faults] == [8, 15, 18]
    twice = DOCUMENT.replace("measure: sweeping", "measure: attendance")
    with pytest.raises(DutiesRefused, match="again, on the same days"):
        read_contracts("lots.yaml", twice.encode())


def test_amounts_read_as_people_write_them() -> None:
    assert [yuan(fen) for fen in (0, 5, 1250, 2_000_000)] == [
        "0.00 yuan",
        "0.05 yuan",
        "12.50 yuan",
        "20000.00 yuan",
    ]


def visits(*days: str, covered: float | None = 1.0) -> list[Visit]:
    return [Visit(id=day, made_ns=local(day), outcome="done", covered=covered) for day in days]


def met(kind: str, done: list[Visit], begin: str, end: str, now: str) -> list[bool]:
    found = obligations(
        BOOK.kinds[kind], SHANGHAI, first_due_ns=local("2026-09-02"), register_done_ns=None,
        visits=done, begin_ns=local(begin), end_ns=local(end), now_ns=local(now),
    )  # fmt: skip
    return [one.met for one in found]


def test_every_day_that_was_not_swept_is_missed_although_the_order_is_one() -> None:
    days = visits("2026-09-01 05:00", "2026-09-02 05:00", "2026-09-05 05:00", "2026-09-05 15:00")
    assert SWEEPING.grace is None
    found = met("road-sweeping", days, "2026-09-01", "2026-09-07", "2026-09-30")
    assert found == [True, True, False, False, True, False]


def test_what_is_not_over_yet_is_not_judged() -> None:
    assert met("road-sweeping", [], "2026-09-01", "2026-10-01", "2026-09-03") == [False, False]


def test_swept_without_proof_is_missed() -> None:
    half = visits("2026-09-01 05:00", covered=0.5)
    assert met("road-sweeping", half, "2026-09-01", "2026-09-02", "2026-09-30") == [False]


def test_the_grace_of_its_kind_holds_here_too() -> None:
    assert GAS.grace is not None
    late = visits("2026-09-06 10:00", covered=None)
    assert met("gas-inspection", late, "2026-09-01", "2026-09-30", "2026-12-01") == [True]
