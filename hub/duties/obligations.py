"""Each time a duty fell due in a period, and whether it was met: what performance is counted by. Pure.

An order is opened once however long a duty is late; here every interval that went by counts as missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.duties.course import Visit, graced, proved
from hub.duties.kinds import DutyKind
from hub.duties.spans import due_after, later


class Obligation(NamedTuple):
    """Due before `due_ns` (UTC), the grace not counted."""

    due_ns: int
    met: bool


def obligations(
    kind: DutyKind,
    zone: ZoneInfo,
    *,
    first_due_ns: int,
    register_done_ns: int | None,
    visits: Iterable[Visit],
    begin_ns: int,
    end_ns: int,
    now_ns: int,
) -> Iterator[Obligation]:
    """Those that fell due in (begin, end] and are over by now, the grace included."""
    done = sorted(visit.made_ns for visit in visits if _counts(kind, visit))
    due_ns = first_due_ns
    if register_done_ns is not None:
        due_ns = due_after(zone, register_done_ns, kind.every)
        done = [one for one in done if one > register_done_ns]
    while due_ns <= end_ns:
        late_ns = graced(kind, zone, due_ns)
        if done and done[0] < late_ns:
            then_ns = due_after(zone, done.pop(0), kind.every)
            if then_ns <= due_ns:
                continue  # once more before it was due again: that is met already
            found = Obligation(due_ns, met=True)
        elif late_ns <= now_ns:
            found, then_ns = Obligation(due_ns, met=False), later(zone, due_ns, kind.every)
        else:
            return
        if due_ns > begin_ns:
            yield found
        due_ns = then_ns


def _counts(kind: DutyKind, visit: Visit) -> bool:
    outcome = kind.outcomes.get(visit.outcome)
    return outcome is not None and outcome.then == "next" and proved(kind, visit.covered)
