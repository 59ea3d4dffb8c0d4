"""What came of a replay, and how two of them differ. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from contract.timestamps import parse_rfc3339

MOST_SHOWN = 50


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One order that would be there: `words` are the sightings in it."""

    policy: str
    kind: str
    class_code: str
    object: str
    state: str
    priority: str
    unit: str | None
    observed_at: str
    opened_at: str
    due_at: str | None
    words: int
    relapse: bool
    reopened: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`unfiled`: problems that fell short of their filing condition; `unanswered`: words by kind for
    which no policy answers."""

    orders: tuple[Row, ...]
    unfiled: int
    unanswered: dict[str, int]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Of one policy. `hours` is the median time given, in hours."""

    orders: int
    words: int
    review: int
    no_owner: int
    relapses: int
    reopened: int
    urgent: int
    hours: float | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """An order that is there in one replay only, or differs: `was` and `would_be` are what differs."""

    opened_at: str
    kind: str
    object: str
    was: dict[str, str | None] | None
    would_be: dict[str, str | None] | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """By policy name, the rules in force against the draft; `changes` are the first `MOST_SHOWN`."""

    now: dict[str, Counts]
    draft: dict[str, Counts]
    unfiled: tuple[int, int]
    unanswered: dict[str, int]
    changes: tuple[Change, ...]
    changed: int


_COMPARED = ("policy", "class_code", "state", "priority", "unit", "due_at", "words")


def compare(now: Outcome, draft: Outcome) -> Comparison:
    """Orders are the same when they were opened by the same kind of word on the same object then."""
    was, would = _keyed(now.orders), _keyed(draft.orders)
    changes = []
    for key in sorted(was.keys() | would.keys()):
        one, other = was.get(key), would.get(key)
        if one == other:
            continue
        told = (key[0], key[1], key[2])
        changes.append(_change(told, one, other))
    return Comparison(
        now=_counts(now.orders),
        draft=_counts(draft.orders),
        unfiled=(now.unfiled, draft.unfiled),
        unanswered=draft.unanswered,
        changes=tuple(changes[:MOST_SHOWN]),
        changed=len(changes),
    )


_Key = tuple[str, str, str, int]


def _keyed(orders: Sequence[Row]) -> dict[_Key, Row]:
    seen: Counter[tuple[str, str, str]] = Counter()
    found: dict[_Key, Row] = {}
    for row in orders:
        same = (row.opened_at, row.kind, row.object)
        found[(*same, seen[same])] = row
        seen[same] += 1
    return found


def _change(told: tuple[str, str, str], one: Row | None, other: Row | None) -> Change:
    def shown(row: Row | None, against: Row | None) -> dict[str, str | None] | None:
        if row is None:
            return None
        return {
            name: None if getattr(row, name) is None else str(getattr(row, name))
            for name in _COMPARED
            if against is None or getattr(row, name) != getattr(against, name)
        }

    opened_at, kind, thing = told
    return Change(
        opened_at=opened_at,
        kind=kind,
        object=thing,
        was=shown(one, other),
        would_be=shown(other, one),
    )


def _counts(orders: Sequence[Row]) -> dict[str, Counts]:
    by_policy: dict[str, list[Row]] = {}
    for row in orders:
        by_policy.setdefault(row.policy, []).append(row)
    return {name: _count(rows) for name, rows in sorted(by_policy.items())}


def _count(rows: Sequence[Row]) -> Counts:
    given = sorted(hours for row in rows if (hours := _hours(row)) is not None)
    return Counts(
        orders=len(rows),
        words=sum(row.words for row in rows),
        review=sum(row.state == "review" for row in rows),
        no_owner=sum(row.state == "no-owner" for row in rows),
        relapses=sum(row.relapse for row in rows),
        reopened=sum(row.reopened for row in rows),
        urgent=sum(row.priority == "urgent" for row in rows),
        hours=given[len(given) // 2] if given else None,
    )


def _hours(row: Row) -> float | None:
    if row.due_at is None:
        return None
    return round((parse_rfc3339(row.due_at) - parse_rfc3339(row.opened_at)) / 3.6e12, 3)
