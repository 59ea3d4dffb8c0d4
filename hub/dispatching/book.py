"""The rules in force: policies, owners, calendars, read once for each state of the reference documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from hub.deadlines import Calendar
from hub.deadlines.folder import Calendars
from hub.deadlines.folder import assemble as assemble_calendars
from hub.owners import Ownership
from hub.owners import assemble as assemble_owners
from hub.policies.catalogue_files import assemble_catalogue, shipped_catalogue
from hub.policies.policy import Policy
from hub.policies.policy_set import PolicySet, load_shipped, shipped_files
from hub.policies.policy_set import assemble as assemble_policies
from hub.store import reference
from hub.store.reference import Document


@dataclass(frozen=True, slots=True)
class Book:
    """Without published scenario files the shipped ones hold; without duty areas a gateway's own unit
    answers for what it sees."""

    serial: int
    policies: PolicySet
    owners: Ownership
    calendars: Calendars
    old: dict[tuple[str, int], Policy] = field(default_factory=dict)
    """Policies of earlier versions that orders are still under, by name and version."""

    def calendar_of(self, unit: str | None, at_ns: int) -> Calendar | None:
        """The unit's own calendar, or the nearest above it; without an owner the first there is."""
        if unit is None:
            return next(iter(self.calendars.all), None)
        return self.calendars.of(self.owners.units.calendars_of(unit, at_ns))


_SHELF: WeakKeyDictionary[sa.Engine, dict[str, Book]] = WeakKeyDictionary()


def book_of(conn: sa.Connection, district: str) -> Book:
    """As of this transaction. A process reads the documents again only after somebody published."""
    serial = reference.serial_of(conn, district)
    shelf = _SHELF.setdefault(conn.engine, {})
    book = shelf.get(district)
    if book is None or book.serial != serial:
        book = shelf[district] = bind(serial, reference.in_force(conn, district))
    return book


def bind(serial: int, documents: Sequence[Document]) -> Book:
    """Raises HubStop with every fault of every document: what is published is checked by this first."""
    of: dict[str, dict[str, Document]] = {}
    for one in documents:
        of.setdefault(one.kind, {})[one.name] = one

    def contents(kind: str) -> dict[str, bytes]:
        return {name: one.content for name, one in of.get(kind, {}).items()}

    files = {f"{name}.yaml": content for name, content in contents("policy").items()}
    versions = {name: one.version for name, one in of.get("policy", {}).items()}
    units = next(iter(contents("units").values()), None)
    reviewed = {
        (name, sha256(one.content).hexdigest()) for name, one in of.get("calendar", {}).items()
    }
    tables = contents("catalogue")
    return Book(
        serial=serial,
        policies=_policies(files, versions, tables),
        owners=assemble_owners(units, contents("areas"), contents("roster")),
        calendars=assemble_calendars(contents("calendar"), reviewed),
    )


def _policies(
    files: Mapping[str, bytes], versions: Mapping[str, int], tables: Mapping[str, bytes]
) -> PolicySet:
    if not files and not tables:
        return load_shipped()
    classes = assemble_catalogue(tables, over=shipped_catalogue())
    return assemble_policies(files or shipped_files(), versions, classes)
