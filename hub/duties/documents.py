"""The duties document (YAML): which kinds of duties there are, how often, and what each outcome does.

Every fault is told with file, line and what was expected (docs/duties.md explains each key).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from hub.duties.kinds import REASONS, Coverage, DutyBook, DutyKind, On, Outcome, OwnerBy
from hub.duties.spans import Span, span_of
from hub.faults import Fault, Refused
from hub.policies.nodes import NotAsExpected, Wrong, composed, expected, items, line_of, scalar
from hub.policies.values import (
    KIND,
    SLUG,
    Key,
    matching,
    metres,
    one_of,
    part,
    partial,
    share,
    text,
    whole,
)

FASTEST_KMH = 60


class DutiesRefused(Refused):
    """Of a duties document."""

    def __init__(self, file: str, wrong: tuple[Wrong, ...]) -> None:
        super().__init__(Fault(file, line, said) for line, said in sorted(wrong))


def read_duties(file: str, content: bytes) -> DutyBook:
    """DutiesRefused with all that is wrong."""
    try:
        return _book(composed(content))
    except NotAsExpected as error:
        raise DutiesRefused(file, error.wrong) from error


def zone_of(node: yaml.Node) -> ZoneInfo:
    named = scalar(node, "an IANA zone like Asia/Shanghai")
    try:
        return ZoneInfo(named)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise expected(node, f"{named!r}: expected an IANA zone like Asia/Shanghai") from error


def span(node: yaml.Node) -> Span:
    try:
        return span_of(scalar(node, "an amount and its unit, such as 12 months"))
    except ValueError as error:
        raise expected(node, str(error)) from error


def number(low: float, high: float, what: str) -> Any:
    def one(node: yaml.Node) -> float:
        found = scalar(node, what)
        try:
            value = float(found)
        except ValueError as error:
            raise expected(node, f"{found!r}: expected {what}") from error
        if not low <= value <= high:
            raise expected(node, f"{found!r}: expected {what}")
        return value

    return one


_slug = matching(SLUG, "a name of small letters, digits and hyphens")
_speed = number(0, FASTEST_KMH, f"a speed in km/h from 0 to {FASTEST_KMH}")
_order_kind = matching(KIND, "a kind of event, such as gas-hazard")
_TEXTS = {lang: Key(lang, text(80), needed=True) for lang in ("zh", "en")}
_OUTCOME = {
    "then": Key("then", one_of(("next", "revisit", "order", "nothing")), needed=True),
    "after": Key("after", span),
    "at_most": Key("at_most", whole(1, 20)),
    "opens": Key("opens", _order_kind),
}
_COVERAGE = {
    "share": Key("share", share, needed=True),
    "slowest_kmh": Key("slowest_kmh", _speed),
    "fastest_kmh": Key("fastest_kmh", _speed),
    "width": Key("width_m", metres(50, above=0)),
    "reach": Key("reach_m", metres(100, above=0)),
    "accuracy": Key("accuracy_m", metres(500, above=0)),
    "gap_s": Key("gap_s", number(1, 600, "seconds from 1 to 600")),
}
_ORDERS: dict[str, Key] = {reason: Key(reason, _order_kind) for reason in REASONS}
_OWNER = {"by": Key("by", one_of(get_args(OwnerBy))), "unit": Key("unit", text(63))}


def _outcome(node: yaml.Node) -> Outcome:
    found = part(node, _OUTCOME, "{then: next}, or {then: revisit, after: 3 days, at_most: 2}")
    revisit = found["then"] == "revisit"
    if revisit and not {"after", "at_most"} <= set(found):
        raise expected(node, "then: revisit: expected after and at_most beside it")
    if not revisit and {"after", "at_most"} & set(found):
        raise expected(node, f"then: {found['then']}: expected no after and no at_most beside it")
    return Outcome(**found)


def _outcomes(node: yaml.Node) -> dict[str, Outcome]:
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise expected(node, "expected outcomes, such as done: {then: next}")
    names = [scalar(key, "the name of an outcome") for key, _ in node.value]
    keys = {name: Key(name, _outcome) for name in names}
    found = part(node, keys, "outcomes, such as done: {then: next}")
    for name in names:
        if not SLUG.fullmatch(name):
            raise expected(node, f"{name!r}: expected a name of small letters, digits and hyphens")
    if not any(one.then == "next" for one in found.values()):
        raise expected(node, "expected an outcome with then: next, or it is never done")
    return found


def _coverage(node: yaml.Node) -> Coverage:
    found = Coverage(**part(node, _COVERAGE, "{share: 80 %, slowest_kmh: 3, fastest_kmh: 10}"))
    if found.slowest_kmh >= found.fastest_kmh:
        raise expected(node, "expected slowest_kmh below fastest_kmh")
    return found


def _owner(node: yaml.Node) -> dict[str, str]:
    found = part(node, _OWNER, "{by: place}, {by: duty} or {unit: ...}")
    if len(found) != 1:
        raise expected(node, "expected one of by and unit")
    return found


def _again(node: yaml.Node) -> Span | None:
    never = isinstance(node, yaml.ScalarNode) and node.value == "never"
    return None if never else span(node)


_KIND: dict[str, Key] = {
    "name": Key("name", _slug, needed=True),
    "zh": _TEXTS["zh"],
    "en": _TEXTS["en"],
    "on": Key("on", one_of(get_args(On)), needed=True),
    "every": Key("every", span, needed=True),
    "grace": Key("grace", span),
    "first": Key("first", span),
    "again": Key("again", _again),
    "orders": Key("orders", lambda node: part(node, _ORDERS, "{overdue: ..., refused: ...}")),
    "class": Key("class_code", text(63)),
    "catalogue": Key("catalogue", _slug),
    "owner": Key("owner", _owner),
    "outcomes": Key("outcomes", _outcomes, needed=True),
    "coverage": Key("coverage", _coverage),
}
_BOOK = {
    "zone": Key("zone", zone_of, needed=True),
    "kinds": Key("kinds", lambda node: items(node, "kinds"), needed=True),
}


def _book(root: yaml.Node) -> DutyBook:
    found, _, wrong = partial(root, _BOOK, "a document with zone: and kinds:")
    kinds: dict[str, DutyKind] = {}
    for node in found.get("kinds", []):
        try:
            kind = _kind(node)
        except NotAsExpected as error:
            wrong += error.wrong
            continue
        if kind.name in kinds:
            wrong.append((line_of(node), f"{kind.name} again: expected each kind once"))
        kinds[kind.name] = kind
    if wrong:
        raise NotAsExpected(*wrong)
    return DutyBook(found["zone"], kinds)


def _kind(node: yaml.Node) -> DutyKind:
    found: Mapping[str, Any] = part(
        node, _KIND, "a kind with name:, zh:, en:, on:, every:, outcomes:"
    )
    owner = found.get("owner", {})
    made = {key: value for key, value in found.items() if key != "owner"}
    if found.get("class_code") is None and "catalogue" in found:
        raise expected(node, "catalogue: expected a class beside it")
    return DutyKind(**made, owner=owner.get("by", "place"), unit=owner.get("unit"))
