"""Publishing the documents that orders go by: scenario files, calendars, units, duty areas, rosters, class
tables. All of a call take effect together, at once, or none does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339
from hub.dispatching.book import Book, bind, book_of
from hub.errors import HubStop
from hub.owners.successors import check_successor
from hub.policies import shipped_files
from hub.policies.reading import policy_name
from hub.store import audit, reference
from hub.store.reference import KINDS, Document, Kind

Files = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Published:
    """One document's new version; `version` None = it says what the newest said already."""

    kind: Kind
    name: str
    version: int | None


def publish_rules(
    conn: sa.Connection,
    district: str,
    kind: Kind,
    files: Files,
    *,
    by: str,
    actor: str,
    at: str,
) -> list[Published]:
    """`files` by name; None takes one out of use. `by` is who vouches for the content. HubStop with every
    fault: of the files, of what they make together with those in force, of history they would rewrite."""
    if kind not in KINDS:
        raise HubStop(f"kind {kind!r}: expected one of {', '.join(KINDS)}")
    if not by.strip():
        raise HubStop("--by: expected the name of who answers for this content")
    audit.lock(conn, district)  # serials rise in the order of commits
    old = book_of(conn, district)
    named = {_name(kind, name): content for name, content in files.items()}
    _seed_policies(conn, district, kind, at=at)
    done = [
        Published(kind, name, reference.put(conn, district, kind, name, content, at=at, by=by))
        for name, content in named.items()
    ]
    new = bind(reference.serial_of(conn, district), reference.in_force(conn, district))
    _check_history(old, new, at)
    changed = {one.name: one.version for one in done if one.version is not None}
    if changed:
        entry = audit.Entry(
            at=at,
            actor=actor,
            action="rules-published",
            subject=f"rules/{kind}",
            detail={"versions": changed, "by": by},
        )
        audit.append(conn, district, entry)
    return done


def rules_in_force(conn: sa.Connection, district: str) -> list[Document]:
    return reference.in_force(conn, district)


def _name(kind: str, name: str) -> str:
    return policy_name(name) if kind == "policy" else name


def _seed_policies(conn: sa.Connection, district: str, kind: str, *, at: str) -> None:
    """Version 1 of every policy is the shipped one, so that publishing one keeps the others."""
    if kind != "policy" or any(one.kind == "policy" for one in reference.in_force(conn, district)):
        return
    for name, content in shipped_files().items():
        reference.put(conn, district, "policy", policy_name(name), content, at=at, by="edile")


def _check_history(old: Book, new: Book, at: str) -> None:
    faults = check_successor(old.owners, new.owners, parse_rfc3339(at))
    if faults:
        raise HubStop("\n".join(str(fault) for fault in faults))
