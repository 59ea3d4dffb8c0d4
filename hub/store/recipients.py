"""Who is told what happens in a district, and how far each of them has been told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec
import sqlalchemy as sa

from hub.errors import HubStop
from hub.store.notice_tables import notice, notice_try
from hub.store.notice_tables import recipient as table
from hub.store.order_tables import audit_head

Channel = Literal["webhook", "mail"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Language = Literal["zh", "en", "both"]


class Wants(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which events: each list that is not empty must name the event's own. `types` may end in `.*`.
    `language` is that of e-mails."""

    types: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    language: Language = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """`target` is a URL or an e-mail address. Events up to number `cursor` have become notices;
    `missed` of them were forgotten before that. `failures` in a row since `failing_since`."""

    id: int
    district: str
    name: str
    channel: Channel
    target: str
    secret: str | None
    former_secret: str | None
    former_until: str | None
    wants: Wants
    cursor: int
    missed: int
    paused_at: str | None
    paused_why: str | None
    failures: int
    failing_since: str | None
    quiet_until: str | None
    holds: int


_OWN = ("id", "district", "name", "channel", "target", "secret", "former_secret", "former_until")
_COURSE = ("cursor", "missed", "paused_at", "paused_why", "failures", "failing_since")
_FIELDS = (*_OWN, *_COURSE, "quiet_until", "holds")


def recipient_of(row: sa.RowMapping) -> Recipient:
    """A row of the table as it is."""
    fields = {name: row[name] for name in _FIELDS}
    return Recipient(**fields, wants=msgspec.json.decode(row["wants"], type=Wants))


def add(
    conn: sa.Connection,
    *,
    district: str,
    name: str,
    channel: Channel,
    target: str,
    secret: str | None,
    wants: Wants,
    at: str,
    cursor: int,
) -> None:
    """Told of what comes behind event `cursor`. HubStop when the name is taken."""
    if find(conn, district, name) is not None:
        raise HubStop(f"a recipient named {name!r} exists in {district}; choose another name")
    row = {"district": district, "name": name, "channel": channel, "target": target}
    said = msgspec.json.encode(wants).decode()
    conn.execute(
        sa.insert(table).values(**row, secret=secret, wants=said, added_at=at, cursor=cursor)
    )


def find(conn: sa.Connection, district: str, name: str) -> Recipient | None:
    query = sa.select(table).where(table.c.district == district, table.c.name == name)
    row = conn.execute(query).mappings().first()
    return None if row is None else recipient_of(row)


def named(conn: sa.Connection, district: str, name: str) -> Recipient:
    """HubStop when there is none."""
    found = find(conn, district, name)
    if found is None:
        raise HubStop(f"no recipient {name!r} in {district}; `edile hub notices list` shows them")
    return found


def every(conn: sa.Connection, district: str) -> list[Recipient]:
    """By name."""
    query = sa.select(table).where(table.c.district == district).order_by(table.c.name)
    return [recipient_of(row) for row in conn.execute(query).mappings()]


def lagging(conn: sa.Connection, district: str) -> Recipient | None:
    """One that has not been told everything, held until the transaction ends; the one that lags most
    and that nobody else holds."""
    row = conn.execute(
        _behind(sa.select(table), district)
        .order_by(table.c.cursor, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = row.mappings().first()
    return None if found is None else recipient_of(found)


def is_behind(conn: sa.Connection, district: str) -> bool:
    """Whether `lagging` would find one; a question for a reader, who holds nobody up."""
    return conn.execute(_behind(sa.select(table.c.id), district).limit(1)).first() is not None


def _behind(query: sa.Select[Any], district: str) -> sa.Select[Any]:
    told = sa.select(audit_head.c.told).where(audit_head.c.district == district).scalar_subquery()
    return query.where(
        table.c.district == district, table.c.paused_at.is_(None), table.c.cursor < told
    )


def move_cursor(conn: sa.Connection, recipient_id: int, cursor: int, *, missed: int = 0) -> None:
    change = {"cursor": cursor, "missed": table.c.missed + missed}
    conn.execute(sa.update(table).where(table.c.id == recipient_id).values(change))


def least_cursor(conn: sa.Connection, district: str) -> int | None:
    """How far all that are not paused have been told; None without any."""
    query = sa.select(sa.func.min(table.c.cursor)).where(
        table.c.district == district, table.c.paused_at.is_(None)
    )
    found: int | None = conn.scalar(query)
    return found


def pause(conn: sa.Connection, recipient_id: int, *, at: str, why: str) -> None:
    """Nothing is made or sent for it until `resume`; what it has not been told, waits."""
    change = {"paused_at": at, "paused_why": why}
    conn.execute(sa.update(table).where(table.c.id == recipient_id).values(change))


def resume(conn: sa.Connection, recipient_id: int, *, cursor: int | None = None) -> None:
    """From where it was, or from behind event `cursor`; its failures are forgiven."""
    change: dict[str, object] = {
        "paused_at": None,
        "paused_why": None,
        "failures": 0,
        "failing_since": None,
        "quiet_until": None,
    }
    if cursor is not None:
        change["cursor"] = cursor
    conn.execute(sa.update(table).where(table.c.id == recipient_id).values(change))


def change_secret(
    conn: sa.Connection, recipient_id: int, *, secret: str, former: str | None, until: str
) -> None:
    """Until `until` both sign."""
    change = {"secret": secret, "former_secret": former, "former_until": until}
    conn.execute(sa.update(table).where(table.c.id == recipient_id).values(change))


def remove(conn: sa.Connection, recipient_id: int) -> None:
    """With its notices and their log."""
    its = sa.select(notice.c.n).where(notice.c.recipient_id == recipient_id)
    conn.execute(sa.delete(notice_try).where(notice_try.c.notice_n.in_(its)))
    conn.execute(sa.delete(notice).where(notice.c.recipient_id == recipient_id))
    conn.execute(sa.delete(table).where(table.c.id == recipient_id))
