"""Reference documents: scenario files, calendars, duty areas, units, rosters, catalogues. Every version is
kept; the newest is in force at once, in every worker, because each transaction asks for the serial."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, get_args

import sqlalchemy as sa

from hub.store.flow_tables import reference

Kind = Literal[
    "policy",
    "calendar",
    "calendar-review",
    "areas",
    "units",
    "roster",
    "catalogue",
    "duties",
    "contracts",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Document:
    """`version` counts up from 1 within (district, kind, name); `serial` over everything."""

    serial: int
    kind: Kind
    name: str
    version: int
    content: bytes
    at: str
    by: str


_SERIAL = sa.select(sa.func.coalesce(sa.func.max(reference.c.serial), 0)).where(
    reference.c.district == sa.bindparam("of_district")
)


def serial_of(conn: sa.Connection, district: str) -> int:
    """0 while nothing was put."""
    return int(conn.scalar(_SERIAL, {"of_district": district}) or 0)


def put(
    conn: sa.Connection,
    district: str,
    kind: Kind,
    name: str,
    content: bytes | None,
    *,
    at: str,
    by: str,
) -> int | None:
    """The new version's number; None when the newest says the same already. `content` None takes the
    document out of force."""
    newest = conn.execute(
        sa.select(reference.c.version, reference.c.sha256)
        .where(
            reference.c.district == district,
            reference.c.kind == kind,
            reference.c.name == name,
        )
        .order_by(reference.c.version.desc())
        .limit(1)
    ).first()
    digest = "" if content is None else hashlib.sha256(content).hexdigest()
    if newest is not None and newest.sha256 == digest:
        return None
    version = 1 if newest is None else newest.version + 1
    row = {
        "district": district,
        "kind": kind,
        "name": name,
        "version": version,
        "sha256": digest,
        "content": content,
        "at": at,
        "by": by,
    }
    conn.execute(sa.insert(reference).values(**row))
    return version


def in_force(conn: sa.Connection, district: str) -> list[Document]:
    """The newest version of each document that has not been taken out, by kind and name."""
    newest = (
        sa.select(
            reference.c.kind, reference.c.name, sa.func.max(reference.c.version).label("version")
        )
        .where(reference.c.district == district)
        .group_by(reference.c.kind, reference.c.name)
        .subquery()
    )
    rows = conn.execute(
        sa.select(reference)
        .join(
            newest,
            sa.and_(
                reference.c.kind == newest.c.kind,
                reference.c.name == newest.c.name,
                reference.c.version == newest.c.version,
            ),
        )
        .where(reference.c.district == district, reference.c.content.is_not(None))
        .order_by(reference.c.kind, reference.c.name)
    )
    return [_document(row) for row in rows]


def fetch(
    conn: sa.Connection, district: str, kind: Kind, name: str, version: int
) -> Document | None:
    row = conn.execute(
        sa.select(reference).where(
            reference.c.district == district,
            reference.c.kind == kind,
            reference.c.name == name,
            reference.c.version == version,
        )
    ).first()
    return None if row is None or row.content is None else _document(row)


def _document(row: sa.Row[tuple[object, ...]]) -> Document:
    return Document(row.serial, row.kind, row.name, row.version, bytes(row.content), row.at, row.by)
