"""Notices: made once for each recipient and event, taken by one worker at a time, their outcome kept.

A worker takes a recipient together with its first due notice, commits, sends, and comes back with what
happened. One that never comes back loses its hold with time, and the same notice is taken again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlalchemy as sa

from hub.store.dialects import per_dialect
from hub.store.notice_tables import OPEN_PREDICATE, notice_try
from hub.store.notice_tables import notice as table
from hub.store.notice_tables import recipient as recipients
from hub.store.recipients import Recipient, recipient_of

State = Literal["pending", "failed", "delivered", "gave-up"]
_OPEN = sa.text(OPEN_PREDICATE)
_DONE: tuple[State, ...] = ("delivered", "gave-up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A notice to be made. `id` is what the receiver knows it by, `key` what makes it the only one."""

    id: str
    key: str
    type: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """To be sent now. `attempt` counts from 1; `hold` says whether this worker is still the last."""

    n: int
    id: str
    body: str
    attempt: int
    hold: int
    recipient: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one try. `said`: the peer's answer, or what went wrong."""

    at: str
    took_ms: int
    delivered: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What follows from it. `pause_why`: nothing more is sent to this recipient until a person says so."""

    state: State
    next_try_at: str | None = None
    quiet_until: str | None = None
    pause_why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One line of the delivery log; `at` None: not tried yet."""

    recipient: str
    id: str
    type: str
    subject: str
    state: str
    attempt: int
    at: str | None
    took_ms: int | None
    said: str | None


_ADD = per_dialect(table, lambda one: one.on_conflict_do_nothing())


def add(conn: sa.Connection, recipient_id: int, drafts: Sequence[Draft], at: str) -> None:
    """Those that there are already stay as they are."""
    made = {"recipient_id": recipient_id, "made_at": at, "state": "pending", "next_try_at": at}
    rows = [{**asdict(one), **made} for one in drafts]
    if rows:
        conn.execute(_ADD[conn.dialect.name], rows)


def claim(
    conn: sa.Connection, district: str, *, now: str, until: str, channels: Collection[str]
) -> Claimed | None:
    """The first due notice of a recipient that nobody is sending to; the one served longest ago. The
    hold is the caller's until `until`."""
    row = conn.execute(
        _waiting(sa.select(recipients), district, now, channels)
        .order_by(sa.func.coalesce(recipients.c.served_at, ""), recipients.c.id)
        .limit(1)
        .with_for_update(of=recipients, skip_locked=True)
    )
    found = row.mappings().first()
    if found is None:
        return None
    taken = conn.execute(
        sa.update(table)
        .where(table.c.n == _first_due(conn, found["id"], now))
        .values(attempts=table.c.attempts + 1)
        .returning(table.c.n, table.c.id, table.c.body, table.c.attempts)
    ).first()
    if taken is None:
        return None
    hold = found["holds"] + 1
    conn.execute(
        sa.update(recipients)
        .where(recipients.c.id == found["id"])
        .values(holds=hold, held_until=until, served_at=now)
    )
    return Claimed(
        n=taken.n,
        id=taken.id,
        body=taken.body,
        attempt=taken.attempts,
        hold=hold,
        recipient=recipient_of(found),
    )


def is_due(conn: sa.Connection, district: str, *, now: str, channels: Collection[str]) -> bool:
    """Whether `claim` would find one; a question for a reader, who holds nobody up."""
    query = _waiting(sa.select(recipients.c.id), district, now, channels)
    return conn.execute(query.limit(1)).first() is not None


def _waiting(
    query: sa.Select[Any], district: str, now: str, channels: Collection[str]
) -> sa.Select[Any]:
    """Recipients that may be sent to, and have something due."""
    return query.where(
        recipients.c.district == district,
        recipients.c.paused_at.is_(None),
        recipients.c.channel.in_(channels),
        _past(recipients.c.quiet_until, now),
        _past(recipients.c.held_until, now),
        sa.exists().where(
            table.c.recipient_id == recipients.c.id, table.c.next_try_at <= now, _OPEN
        ),
    )


def _past(column: sa.Column[str], now: str) -> sa.ColumnElement[bool]:
    return sa.or_(column.is_(None), column <= now)


def _first_due(conn: sa.Connection, recipient_id: int, now: str) -> int | None:
    due = sa.select(table.c.n).where(
        table.c.recipient_id == recipient_id, table.c.next_try_at <= now, _OPEN
    )
    found: int | None = conn.scalar(due.order_by(table.c.n).limit(1))
    return found


def record(conn: sa.Connection, claimed: Claimed, tried: Tried, course: Course) -> bool:
    """False for a worker whose hold has become another's: of what it says only a delivery counts."""
    mine = conn.execute(
        sa.update(recipients)
        .where(recipients.c.id == claimed.recipient.id, recipients.c.holds == claimed.hold)
        .values(**_recipients_course(tried, course))
        .returning(recipients.c.id)
    ).first()
    if mine is not None or tried.delivered:
        change: dict[str, object] = {"state": course.state, "next_try_at": course.next_try_at}
        change |= {"delivered_at": tried.at} if tried.delivered else {"last_error": tried.said}
        conn.execute(
            sa.update(table)
            .where(table.c.n == claimed.n, table.c.id == claimed.id, _OPEN)
            .values(change)
        )
    conn.execute(
        sa.insert(notice_try).values(
            notice_n=claimed.n,
            attempt=claimed.attempt,
            at=tried.at,
            took_ms=tried.took_ms,
            delivered=int(tried.delivered),
            said=tried.said,
        )
    )
    return mine is not None


def release(conn: sa.Connection, claimed: Claimed) -> None:
    """As if it had not been claimed: whoever stops before the end of a try gives it back."""
    mine = conn.execute(
        sa.update(recipients)
        .where(recipients.c.id == claimed.recipient.id, recipients.c.holds == claimed.hold)
        .values(held_until=None)
        .returning(recipients.c.id)
    ).first()
    if mine is not None:
        conn.execute(
            sa.update(table)
            .where(table.c.n == claimed.n, table.c.attempts == claimed.attempt)
            .values(attempts=claimed.attempt - 1)
        )


def _recipients_course(tried: Tried, course: Course) -> dict[str, object]:
    if tried.delivered:
        clear = ("held_until", "failing_since", "quiet_until")
        return {"failures": 0, **dict.fromkeys(clear)}
    change: dict[str, object] = {
        "held_until": None,
        "failures": recipients.c.failures + 1,
        "failing_since": sa.func.coalesce(recipients.c.failing_since, tried.at),
        "quiet_until": course.quiet_until,
    }
    if course.pause_why is not None:
        change |= {"paused_at": tried.at, "paused_why": course.pause_why}
    return change


def replay(
    conn: sa.Connection,
    recipient_id: int,
    *,
    at: str,
    states: Collection[State],
    since: str | None = None,
    until: str | None = None,
    id: str | None = None,  # noqa: A002 - the column's name
) -> int:
    """How many are to be sent again, each under the id that it had. `since` and `until`: when made."""
    query = sa.update(table).where(table.c.recipient_id == recipient_id, table.c.state.in_(states))
    if since is not None:
        query = query.where(table.c.made_at >= since)
    if until is not None:
        query = query.where(table.c.made_at < until)
    if id is not None:
        query = query.where(table.c.id == id)
    change = {"state": "pending", "attempts": 0, "next_try_at": at, "delivered_at": None}
    return int(conn.execute(query.values(change)).rowcount)


def counts(conn: sa.Connection, district: str) -> dict[int, dict[str, int]]:
    """For each recipient's number, how many notices are in which state."""
    rows = conn.execute(
        sa.select(table.c.recipient_id, table.c.state, sa.func.count())
        .join(recipients, recipients.c.id == table.c.recipient_id)
        .where(recipients.c.district == district)
        .group_by(table.c.recipient_id, table.c.state)
    )
    found: dict[int, dict[str, int]] = {}
    for number, state, count in rows:
        found.setdefault(number, {})[state] = count
    return found


def log(
    conn: sa.Connection, district: str, *, name: str | None, state: str | None, limit: int
) -> list[Logged]:
    """The newest notices with each of their tries, oldest try first."""
    query = (
        sa.select(table, recipients.c.name.label("to_whom"))
        .join(recipients, recipients.c.id == table.c.recipient_id)
        .where(recipients.c.district == district)
    )
    if name is not None:
        query = query.where(recipients.c.name == name)
    if state is not None:
        query = query.where(table.c.state == state)
    newest = query.order_by(table.c.n.desc()).limit(limit).subquery()
    rows = conn.execute(
        sa.select(
            newest.c.to_whom,
            newest.c.id,
            newest.c.type,
            newest.c.subject,
            newest.c.state,
            sa.func.coalesce(notice_try.c.attempt, 0),
            notice_try.c.at,
            notice_try.c.took_ms,
            notice_try.c.said,
        )
        .join(notice_try, notice_try.c.notice_n == newest.c.n, isouter=True)
        .order_by(newest.c.n, notice_try.c.n)
    )
    names = ("recipient", "id", "type", "subject", "state", "attempt", "at", "took_ms", "said")
    return [Logged(**dict(zip(names, row, strict=True))) for row in rows]


def prune(conn: sa.Connection, *, before: str, most: int = 5_000) -> int:
    """How many notices were forgotten with their log: made before `before`, and done with."""
    old = (
        sa.select(table.c.n)
        .where(table.c.made_at < before, table.c.state.in_(_DONE))
        .order_by(table.c.n)
        .limit(most)
    )
    numbers = list(conn.scalars(old))
    if numbers:
        conn.execute(sa.delete(notice_try).where(notice_try.c.notice_n.in_(numbers)))
        conn.execute(sa.delete(table).where(table.c.n.in_(numbers)))
    return len(numbers)
