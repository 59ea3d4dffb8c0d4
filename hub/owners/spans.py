"""Stretches of time, UTC ns, half open. What has no begin or no end reaches as far as 64 bits do."""

from __future__ import annotations

from collections.abc import Iterable

from contract.timestamps import rfc3339

BEGINNING, FOREVER = -(2**63), 2**63 - 1

Span = tuple[int, int]


def uncovered(span: Span, by: Iterable[Span]) -> int | None:
    """The first moment of `span` that none of `by` holds; None when they hold all of it."""
    reached, end = span
    for start_ns, end_ns in sorted(by):
        if reached >= end or start_ns > reached:
            break
        reached = max(reached, end_ns)
    return None if reached >= end else reached


def told(at_ns: int) -> str:
    """A moment for a person who looks for a fault."""
    if at_ns == BEGINNING:
        return "the beginning"
    return "for ever" if at_ns == FOREVER else rfc3339(at_ns)
