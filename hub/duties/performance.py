"""What a contractor owes by contract, what was done, and what deduction follows. Pure and exact.

Money is whole fen (分), shares and amounts are fractions; rounding happens once, at the very end, to the
nearest fen, half a fen up (四舍五入), after the cap. What comes out is a *proposal*: a person decides.

Of a row no more is met than was expected, so that one shift's overtime pays for no other's absence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import msgspec

from hub.duties.spans import day_end

Measure = Literal["attendance", "sweeping", "rectification"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
Every = Literal["day", "week", "month"]
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A row behind a figure: `ref` opens it (`shift/...`, `duty/...`, `work-order/...`), `met` of
    `expected` was done, in minutes, sweepings or orders."""

    ref: str
    at: str
    expected: Decimal
    met: Decimal


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of one lot (标段). `target` is the share that must be met, in per cent. Of the deduction
    either `per_point_fen` for each percentage point below it, in proportion, or `per_case_fen` for each
    row not wholly met beyond the `tolerated` ones. `kinds` of duties that count as sweeping; empty = all
    that close on coverage. `unit` gets the order. Valid from the first to the last day, both included."""

    contractor: str
    lot: str
    measure: Measure
    every: Every
    target: Decimal
    cap_fen: int
    unit: str
    per_point_fen: int = 0
    per_case_fen: int = 0
    tolerated: int = 0
    kinds: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`share` and `shortfall` in per cent and points, to four digits, for reading; `exact_fen` is the
    deduction before cap and rounding as a fraction; `short` when the contract is not met."""

    expected: Decimal
    met: Decimal
    share: Decimal | None
    shortfall: Decimal
    cases: int
    exact_fen: str
    capped: bool
    proposed_fen: int
    short: bool


@dataclass(frozen=True, slots=True)
class Period:
    """`2026-10`, `2026-W41` or `2026-10-07`: days, both included."""

    name: str
    first: date
    last: date

    def bounds(self, zone: ZoneInfo) -> tuple[int, int]:
        """UTC ns, half open."""
        return day_end(zone, self.first - timedelta(1)), day_end(zone, self.last)


def period_of(name: str, every: Every) -> Period:
    """ValueError with what was expected."""
    try:
        if every == "day":
            day = date.fromisoformat(name)
            return Period(day.isoformat(), day, day)
        month, week = _MONTH.fullmatch(name), _WEEK.fullmatch(name)
        if every == "month" and month:
            first = date(int(month[1]), int(month[2]), 1)
            return Period(name, first, (first + timedelta(31)).replace(day=1) - timedelta(1))
        if every == "week" and week:
            first = date.fromisocalendar(int(week[1]), int(week[2]), 1)
            return Period(name, first, first + timedelta(6))
    except ValueError as error:
        raise ValueError(f"{name!r}: no such {every}: {error}") from error
    like = {"day": "2026-10-07", "week": "2026-W41", "month": "2026-10"}[every]
    raise ValueError(f"{name!r}: expected a {every} like {like}")


def holds(terms: Terms, period: Period) -> bool:
    """Whether the terms are in force on every day of the period."""
    return (terms.valid_from is None or terms.valid_from <= period.first) and (
        terms.valid_until is None or period.last <= terms.valid_until
    )


def assess(terms: Terms, facts: Iterable[Fact]) -> Finding:
    """Nothing expected: nothing is short. ValueError for a row twice, or less than nothing."""
    rows = list(facts)
    refs = {one.ref for one in rows}
    if len(refs) != len(rows):
        raise ValueError("a row stands there twice: expected each ref once")
    if any(one.expected < 0 or one.met < 0 for one in rows):
        raise ValueError("a row is below nothing: expected 0 or more")
    expected = sum((Fraction(one.expected) for one in rows), Fraction(0))
    met = sum((Fraction(min(one.met, one.expected)) for one in rows), Fraction(0))
    cases = sum(one.met < one.expected for one in rows)
    share = met / expected * 100 if expected else None
    points = max(Fraction(0), Fraction(terms.target) - share) if share is not None else Fraction(0)
    short, exact = _deduction(terms, points, cases)
    return Finding(
        expected=_decimal(expected),
        met=_decimal(met),
        share=None if share is None else _decimal(share),
        shortfall=_decimal(points),
        cases=cases,
        exact_fen=str(exact),
        capped=exact > terms.cap_fen,
        proposed_fen=rounded(min(exact, Fraction(terms.cap_fen))),
        short=short,
    )


def rounded(fen: Fraction) -> int:
    """To the nearest fen, half a fen up."""
    return floor(fen + Fraction(1, 2))


def yuan(fen: int) -> str:
    sign, whole = ("-" if fen < 0 else ""), abs(fen)
    return f"{sign}{whole // 100}.{whole % 100:02d} yuan"


def _deduction(terms: Terms, points: Fraction, cases: int) -> tuple[bool, Fraction]:
    """Whether it is short, and the fen before the cap."""
    if terms.per_case_fen:
        beyond = max(0, cases - terms.tolerated)
        return points > 0 or beyond > 0, Fraction(terms.per_case_fen * beyond)
    return points > 0, points * terms.per_point_fen


def _decimal(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)
