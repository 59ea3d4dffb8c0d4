"""The contracts document (YAML): what each lot's contractor owes, and what a shortfall may cost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, get_args
from zoneinfo import ZoneInfo

import yaml

from hub.duties.documents import DutiesRefused, zone_of
from hub.duties.performance import MEASURES, Every, Terms
from hub.policies.nodes import NotAsExpected, composed, expected, items, line_of, scalar
from hub.policies.values import SLUG, Key, each, matching, one_of, part, partial, text, whole

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%", re.ASCII)
_YUAN = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))? (?:yuan|元)", re.ASCII)


@dataclass(frozen=True)
class Contracts:
    """In the document's order; `zone` says when a day, a week, a month begins."""

    zone: ZoneInfo
    terms: tuple[Terms, ...]


def read_contracts(file: str, content: bytes) -> Contracts:
    """DutiesRefused with every fault."""
    try:
        return _contracts(composed(content))
    except NotAsExpected as error:
        raise DutiesRefused(file, error.wrong) from error


def _percent(node: yaml.Node) -> Decimal:
    what = "a share in per cent, such as 95 % or 97.5 %"
    match = _PERCENT.fullmatch(scalar(node, what))
    if match is None or not 0 < Decimal(match[1]) <= 100:
        raise expected(node, f"{scalar(node, what)!r}: expected {what}")
    return Decimal(match[1])


def _fen(node: yaml.Node) -> int:
    what = "an amount such as 500 yuan or 12.50 yuan"
    match = _YUAN.fullmatch(scalar(node, what))
    if match is None:
        raise expected(node, f"{scalar(node, what)!r}: expected {what}")
    return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))


def _day(node: yaml.Node) -> date:
    found = scalar(node, "a day like 2026-01-01")
    try:
        return date.fromisoformat(found)
    except ValueError as error:
        raise expected(node, f"{found!r}: expected a day like 2026-01-01") from error


_slug = matching(SLUG, "a name of small letters, digits and hyphens")
_DEDUCT = {
    "per_point": Key("per_point_fen", _fen),
    "per_case": Key("per_case_fen", _fen),
    "tolerated": Key("tolerated", whole(0, 10_000)),
}


def _deduct(node: yaml.Node) -> dict[str, int]:
    found: dict[str, int] = part(node, _DEDUCT, "{per_point: 500 yuan} or {per_case: 200 yuan}")
    if ("per_point_fen" in found) == ("per_case_fen" in found):
        raise expected(node, "expected one of per_point and per_case")
    if "tolerated" in found and "per_case_fen" not in found:
        raise expected(node, "tolerated: expected it only with per_case")
    return found


_TERMS = {
    "contractor": Key("contractor", _slug, needed=True),
    "lot": Key("lot", text(63), needed=True),
    "measure": Key("measure", one_of(MEASURES), needed=True),
    "every": Key("every", one_of(get_args(Every)), needed=True),
    "target": Key("target", _percent, needed=True),
    "deduct": Key("deduct", _deduct, needed=True),
    "cap": Key("cap_fen", _fen, needed=True),
    "unit": Key("unit", text(63)),
    "kinds": Key("kinds", each(_slug, "kinds of duties")),
    "from": Key("valid_from", _day),
    "until": Key("valid_until", _day),
}
_FILE = {
    "zone": Key("zone", zone_of, needed=True),
    "terms": Key("terms", lambda node: items(node, "terms"), needed=True),
}


def _contracts(root: yaml.Node) -> Contracts:
    found, _, wrong = partial(root, _FILE, "a document with zone: and terms:")
    terms: list[Terms] = []
    for node in found.get("terms", []):
        try:
            one = _terms(node)
        except NotAsExpected as error:
            wrong += error.wrong
            continue
        same = [_named(other) for other in terms if _named(other) == _named(one)]
        if any(_overlap(one, other) for other in terms if _named(other) in same):
            wrong.append((line_of(node), f"{' '.join(_named(one))} again, on the same days"))
        terms.append(one)
    if wrong:
        raise NotAsExpected(*wrong)
    return Contracts(found["zone"], tuple(terms))


def _terms(node: yaml.Node) -> Terms:
    found: dict[str, Any] = part(node, _TERMS, "terms with contractor:, lot:, measure: ...")
    first, last = found.get("valid_from"), found.get("valid_until")
    if first and last and last < first:
        raise expected(node, f"until {last}: expected a day behind {first}")
    deduct = found.pop("deduct")
    found.setdefault("unit", found["contractor"])
    return Terms(**found, **deduct)


def _named(one: Terms) -> tuple[str, str, str]:
    return one.contractor, one.lot, one.measure


def _overlap(one: Terms, other: Terms) -> bool:
    """By days; another period's length is no excuse."""
    starts = [x.valid_from or date.min for x in (one, other)]
    ends = [x.valid_until or date.max for x in (one, other)]
    return max(starts) <= min(ends)
