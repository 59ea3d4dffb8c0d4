"""The course of one duty: visits and the time that passes -> when it is due, and what is told. Pure.

Where a duty stands follows from its visits in the order in which they were *made*, never from the order in
which they were recorded: a visit told late is put in its place and everything behind it is gone through
again. What has been told to dispatching is compared with that, so there is one open problem or none.

| visit | effect |
|---|---|
| done (next) | due an interval later; tries and refusals are over; the problem ends |
| nobody-home (revisit) | due by the revisit if that is later, unless late already; one too many: a problem |
| refused (order) | a problem at once, until it is done |
| without the proof its kind asks for | kept, nothing follows |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from contract.payloads.base import Phase
from hub.duties.kinds import DutyKind, Outcome, Reason
from hub.duties.spans import due_after, later


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`id` is unique within a duty; `covered` the share of a road or green that was worked, 0..1."""

    id: str
    made_ns: int
    outcome: str
    covered: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All UTC ns. `due_ns`: late from then on, revisits included. `wake_ns`: when a problem is opened,
    the grace included, unless something happens before."""

    last_done_ns: int | None
    due_ns: int
    wake_ns: int
    reason: Reason
    tries: int = 0
    revisit_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The open problem that dispatching knows of."""

    reason: Reason
    at_ns: int
    again_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Visits in the order in which they were recorded; the rest as in `standing`."""

    first_due_ns: int
    register_done_ns: int | None = None
    visits: tuple[Visit, ...] = ()
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    at_ns: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A visit comes to the hub's knowledge; `at_ns` is now, not when it was made."""

    visit: Visit
    at_ns: int


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`opened`: a new problem. `updated`: the open one once more, or for another reason. `ended`: no more."""

    phase: Phase
    reason: Reason


def standing(
    kind: DutyKind,
    zone: ZoneInfo,
    *,
    first_due_ns: int,
    register_done_ns: int | None,
    visits: Iterable[Visit],
) -> Standing:
    """`first_due_ns` holds while it was never done; `register_done_ns` is the last doing that came with
    the register, without a visit of its own. Visits in any order."""
    now = _start(kind, zone, first_due_ns)
    done = register_done_ns
    for visit in sorted(visits, key=_made):
        if done is not None and done <= visit.made_ns:
            now, done = _done(kind, zone, done), None
        now = visited(kind, zone, now, visit)
    return now if done is None else _done(kind, zone, done)


def visited(kind: DutyKind, zone: ZoneInfo, now: Standing, visit: Visit) -> Standing:
    """One visit more, made after all that `now` knows of."""
    outcome = kind.outcomes.get(visit.outcome)
    if outcome is None:
        return now  # its kind allowed it once
    match outcome.then:
        case "next" if proved(kind, visit.covered):
            return _done(kind, zone, visit.made_ns)
        case "revisit":
            return _missed(kind, zone, now, visit.made_ns, outcome)
        case "order":
            return _stuck(now, "refused", visit.made_ns)
        case _:
            return now


def proved(kind: DutyKind, covered: float | None) -> bool:
    """Whether the share that was worked is what the kind asks for, where it asks for any."""
    needed = kind.coverage
    return needed is None or (covered is not None and covered >= needed.share)


def step(
    kind: DutyKind, zone: ZoneInfo, duty: Duty, happening: Tick | Recorded
) -> tuple[Duty, tuple[Conclusion, ...]]:
    """A visit whose id is known changes nothing."""
    if isinstance(happening, Recorded) and happening.visit.id not in _ids(duty.visits):
        duty = replace(duty, visits=(*duty.visits, happening.visit))
    now = standing(
        kind,
        zone,
        first_due_ns=duty.first_due_ns,
        register_done_ns=duty.register_done_ns,
        visits=duty.visits,
    )
    told, found = reconciled(kind, zone, now, duty.told, at_ns=happening.at_ns)
    return replace(duty, told=told), found


def reconciled(
    kind: DutyKind, zone: ZoneInfo, now: Standing, told: Told | None, *, at_ns: int
) -> tuple[Told | None, tuple[Conclusion, ...]]:
    """What dispatching has to hear, and what it then knows."""
    if now.wake_ns > at_ns:
        return None, () if told is None else (Conclusion("ended", told.reason),)
    if told is None:
        phase: Phase = "opened"
    elif told.reason != now.reason or (told.again_ns is not None and told.again_ns <= at_ns):
        phase = "updated"
    else:
        return told, ()
    again_ns = None if kind.again is None else due_after(zone, at_ns, kind.again)
    return Told(now.reason, at_ns, again_ns), (Conclusion(phase, now.reason),)


def _start(kind: DutyKind, zone: ZoneInfo, first_due_ns: int) -> Standing:
    wake_ns = graced(kind, zone, first_due_ns)
    return Standing(last_done_ns=None, due_ns=first_due_ns, wake_ns=wake_ns, reason="never")


def _done(kind: DutyKind, zone: ZoneInfo, at_ns: int) -> Standing:
    due_ns = due_after(zone, at_ns, kind.every)
    wake_ns = graced(kind, zone, due_ns)
    return Standing(last_done_ns=at_ns, due_ns=due_ns, wake_ns=wake_ns, reason="overdue")


def _missed(
    kind: DutyKind, zone: ZoneInfo, now: Standing, at_ns: int, outcome: Outcome
) -> Standing:
    """Nobody was met. What is late by then is late until it is done: a try puts nothing off."""
    tries = now.tries + 1
    more = outcome.after is not None and tries <= outcome.at_most
    revisit_ns = due_after(zone, at_ns, outcome.after) if more and outcome.after else None
    tried = replace(now, tries=tries, revisit_ns=revisit_ns)
    if revisit_ns is None:
        return tried if now.reason == "refused" else _stuck(tried, "unreached", at_ns)
    if now.wake_ns <= at_ns:
        return tried
    due_ns = max(now.due_ns, revisit_ns)
    return replace(tried, due_ns=due_ns, wake_ns=graced(kind, zone, due_ns))


def _stuck(now: Standing, reason: Reason, at_ns: int) -> Standing:
    return replace(now, reason=reason, wake_ns=min(now.wake_ns, at_ns))


def graced(kind: DutyKind, zone: ZoneInfo, due_ns: int) -> int:
    """When a problem is opened for what was due by then."""
    return due_ns if kind.grace is None else later(zone, due_ns, kind.grace)


def _made(visit: Visit) -> tuple[int, str]:
    return visit.made_ns, visit.id


def _ids(visits: Iterable[Visit]) -> set[str]:
    return {visit.id for visit in visits}
