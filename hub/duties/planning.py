"""What falls due when, if everything is done on its last day. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from contract.timestamps import parse_rfc3339
from hub.duties.kinds import DutyBook
from hub.duties.registering import Register
from hub.duties.spans import day_end, day_of, later

Plan = dict[str, Counter[date]]
"""Per kind how many duties fall due on each day."""


def planned(
    book: DutyBook, register: Register, first: date, last: date
) -> tuple[Plan, Counter[str]]:
    """From the first to the last day, both included, and what was due before, by kind."""
    begin_ns, end_ns = day_end(book.zone, first), day_end(book.zone, last)
    plan: Plan = {}
    before: Counter[str] = Counter()
    for name, listed in register.rows.items():
        days = plan.setdefault(name, Counter())
        for one in listed:
            due_ns = parse_rfc3339(str(one.row["next_due_at"]))
            for day_ns in _dues(book, name, due_ns, end_ns):
                if day_ns < begin_ns:
                    before[name] += day_ns == due_ns
                else:
                    days[day_of(book.zone, day_ns - 1)] += 1
    return plan, before


def _dues(book: DutyBook, name: str, due_ns: int, end_ns: int) -> Iterator[int]:
    while due_ns <= end_ns:
        yield due_ns
        due_ns = later(book.zone, due_ns, book.kinds[name].every)
