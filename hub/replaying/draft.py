"""A book in which some scenario files are another's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from hub.dispatching.book import Book, book_of
from hub.policies import assemble, shipped_files
from hub.policies.reading import policy_name
from hub.store import reference


class DraftRefused(ValueError):
    """Names what is not there."""


def draft_of(conn: sa.Connection, district: str, files: Mapping[str, bytes | None]) -> Book:
    """The rules in force with these files in place of those of their name, or besides them; None takes
    one out. PolicyRefused with every fault, also of the set as a whole."""
    book = book_of(conn, district)
    kept = {
        policy_name(one.name): one.content
        for one in reference.in_force(conn, district)
        if one.kind == "policy"
    }
    merged = kept or {policy_name(name): text for name, text in shipped_files().items()}
    for file_name, content in files.items():
        name = policy_name(file_name)
        if content is not None:
            merged[name] = content
        elif merged.pop(name, None) is None:
            raise DraftRefused(f"no policy {name} to take out")
    named = {f"{name}.yaml": content for name, content in merged.items()}
    return replace(book, policies=assemble(named, {}, book.policies.catalogue), old={})
