"""The policy that an order was opened under: what was promised then holds for it until it is closed."""

from __future__ import annotations

import sqlalchemy as sa

from hub.dispatching.book import Book
from hub.policies.faults import PolicyRefused
from hub.policies.policy import Policy
from hub.policies.policy_set import assemble, load_shipped
from hub.store import reference
from hub.store.order_heads import OrderHead


def policy_of(conn: sa.Connection, district: str, book: Book, head: OrderHead) -> Policy:
    """Of the order's own version; the one in force when that is nowhere kept any more."""
    name, version = head.policy_name, head.policy_version
    found = book.policies.named(name)
    if found is not None and found.version == version:
        return found
    kept = book.old.get((name, version))
    if kept is None:
        kept = _kept(conn, district, book, name, version) or found or book.policies.reported()
        book.old[name, version] = kept
    return kept


def _kept(conn: sa.Connection, district: str, book: Book, name: str, version: int) -> Policy | None:
    document = reference.fetch(conn, district, "policy", name, version)
    if document is not None:
        known = book.policies.catalogue
        try:
            return assemble({name: document.content}, {name: version}, known).named(name)
        except PolicyRefused:
            return None  # written for an older hub, whose rules were other ones
    shipped = load_shipped().named(name)
    return shipped if shipped is not None and shipped.version == version else None
