"""When an order's clock stands still, and what its clock is after orders were merged.

Nothing here moves a start forward. A return, a merge, another class or another owner keeps the earliest
start; only a pause, with its reason, stops the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Literal

import msgspec

Reason = Literal["shelved", "extension", "waiting-for-access"]


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Half-open, UTC nanoseconds; `end_ns` None = the clock still stands."""

    begin_ns: int
    reason: Reason
    end_ns: int | None = None

    def __post_init__(self) -> None:
        if self.end_ns is not None and self.end_ns < self.begin_ns:
            raise ValueError(f"a pause ends before it begins: {self.begin_ns} to {self.end_ns}")


class OrderClock(msgspec.Struct, frozen=True, kw_only=True):
    """What an order's time is computed from: when it was opened, and when it stood still."""

    start_ns: int
    pauses: tuple[Pause, ...] = ()


Still = tuple[int, int | None]


def joined(pauses: Iterable[Pause], start_ns: int) -> list[Still]:
    """Spans behind `start_ns` in which the clock stands, in order, none touching another."""
    spans: list[Still] = []
    for pause in sorted(pauses, key=lambda one: one.begin_ns):
        begin, end = max(pause.begin_ns, start_ns), pause.end_ns
        if end is not None and end <= begin:
            continue
        before = spans[-1][1] if spans else begin - 1
        if before is None:
            break
        if begin <= before:
            latest = None if end is None else max(end, before)
            spans[-1] = (spans[-1][0], latest)
        else:
            spans.append((begin, end))
    return spans


def stands(pauses: Iterable[Pause], at_ns: int) -> bool:
    return any(
        one.begin_ns <= at_ns and (one.end_ns is None or at_ns < one.end_ns) for one in pauses
    )


def merged(one: OrderClock, other: OrderClock) -> OrderClock:
    """The clock of two orders that turn out to be one problem: it starts with the earlier, and stands
    only while every order that was open by then stood. Merging can bring a due time nearer, never put
    it off."""
    early, late = sorted((one, other), key=lambda clock: clock.start_ns)
    pauses = [
        Pause(begin_ns=begin, end_ns=end, reason=reason)
        for begin, end in _pieces(early, late)
        if (reason := _reason(early.pauses, begin)) is not None
        and (begin < late.start_ns or stands(late.pauses, begin))
    ]
    return OrderClock(start_ns=early.start_ns, pauses=tuple(pauses))


def _pieces(early: OrderClock, late: OrderClock) -> Iterator[Still]:
    """The time since the first start, cut wherever one of the clocks may stop or go."""
    both = (*early.pauses, *late.pauses)
    cuts = {early.start_ns, late.start_ns}
    cuts |= {pause.begin_ns for pause in both}
    cuts |= {pause.end_ns for pause in both if pause.end_ns is not None}
    ordered = sorted(cut for cut in cuts if cut >= early.start_ns)
    yield from pairwise(ordered)
    yield ordered[-1], None


def _reason(pauses: Iterable[Pause], at_ns: int) -> Reason | None:
    return next((one.reason for one in pauses if stands((one,), at_ns)), None)
