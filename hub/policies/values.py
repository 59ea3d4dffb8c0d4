"""What may stand behind a key of a scenario file. Each reads one node, or says what to write there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar, get_args

import yaml

from hub.deadlines.clocks import Unit
from hub.policies.nodes import (
    NotAsExpected,
    Wrong,
    expected,
    items,
    keyed,
    line_of,
    scalar,
    strangers,
    unknown,
)

T = TypeVar("T")
Read = Callable[[yaml.Node], T]
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
KIND = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?::[a-z0-9]+(?:-[a-z0-9]+)*)?", re.ASCII)
UNITS: tuple[Unit, ...] = get_args(Unit)
MAX_AMOUNT = 100_000
_NUMBER = re.compile(r"-?(?:\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})", re.ASCII)
_MEASURE = re.compile(r"(-?[\d.]+)\s*([^\d\s.].*)", re.ASCII)
_SPANS_S = {"min": 60, "h": 3600, "day": 86_400, "days": 86_400}
_LENGTHS_M = {"m": 1, "km": 1000}


class Amount(NamedTuple):
    """As a deadline is given: so many of a unit."""

    amount: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A value with the line it stands on."""

    value: T
    line: int


class Key(NamedTuple):
    """A key of the file: the field of the struct it fills, and how it is read."""

    field: str
    read: Read[Any]
    needed: bool = False


def part(node: yaml.Node, keys: Mapping[str, Key], what: str) -> dict[str, Any]:
    """Fields by name. NotAsExpected with everything that is wrong in this part."""
    found, _, wrong = partial(node, keys, what)
    if wrong:
        raise NotAsExpected(*wrong)
    return found


def partial(
    node: yaml.Node, keys: Mapping[str, Key], what: str
) -> tuple[dict[str, Any], dict[str, int], list[Wrong]]:
    """What of a mapping could be read, by field; the line of each key; what is wrong with the rest."""
    values, lines, wrong = keyed(node, what)
    wrong += strangers(lines, keys)
    found: dict[str, Any] = {}
    for name, key in keys.items():
        if name in values:
            try:
                found[key.field] = key.read(values[name])
            except NotAsExpected as error:
                wrong += [(line, f"{name}: {text}") for line, text in error.wrong]
        elif key.needed:
            wrong.append((line_of(node), f"{name} is missing: expected it here"))
    return found, lines, wrong


def each(read: Read[T], what: str) -> Read[tuple[T, ...]]:
    """A list; every item that is wrong is named."""

    def listed(node: yaml.Node) -> tuple[T, ...]:
        found: list[T] = []
        wrong: list[Wrong] = []
        for item in items(node, what):
            try:
                found.append(read(item))
            except NotAsExpected as error:
                wrong += error.wrong
        if wrong:
            raise NotAsExpected(*wrong)
        if not found:
            raise expected(node, f"an empty list: expected {what}, or leave the key out")
        return tuple(found)

    return listed


def placed(read: Read[T]) -> Read[Placed[T]]:
    return lambda node: Placed(read(node), line_of(node))


def text(max_chars: int, *, one_line: bool = True) -> Read[str]:
    def one(node: yaml.Node) -> str:
        found = scalar(node, "text")
        if not found or node.tag.endswith(":null"):
            raise expected(node, "expected text")
        if len(found) > max_chars:
            raise expected(node, f"{len(found)} characters: expected at most {max_chars}")
        if one_line and len(found.splitlines()) > 1:
            raise expected(node, "expected one line")
        return found

    return one


def matching(pattern: re.Pattern[str], what: str) -> Read[str]:
    def one(node: yaml.Node) -> str:
        found = scalar(node, what)
        if not pattern.fullmatch(found) or len(found) > 63:
            raise expected(node, f"{found!r}: expected {what}")
        return found

    return one


def one_of(words: Iterable[str]) -> Read[Any]:
    listed = tuple(words)

    def one(node: yaml.Node) -> str:
        found = scalar(node, f"one of {', '.join(listed)}")
        if found not in listed:
            raise expected(node, unknown(found, listed))
        return found

    return one


def flag(node: yaml.Node) -> bool:
    found = scalar(node, "true or false")
    if found not in {"true", "false"}:
        raise expected(node, f"{found!r}: expected true or false")
    return found == "true"


def whole(low: int, high: int) -> Read[int]:
    what = f"a whole number from {low} to {high}"

    def one(node: yaml.Node) -> int:
        found = scalar(node, what)
        if not re.fullmatch(r"-?\d{1,9}", found, re.ASCII) or not low <= int(found) <= high:
            raise expected(node, f"{found!r}: expected {what}")
        return int(found)

    return one


def share(node: yaml.Node) -> float:
    """`50 %` or `0.5`."""
    what = "a share from 0 to 1, such as 0.5 or 50 %"
    found = scalar(node, what)
    percent = found.endswith("%")
    digits = found.removesuffix("%").strip()
    if not _NUMBER.fullmatch(digits):
        raise expected(node, f"{found!r}: expected {what}")
    value = Decimal(digits) / (100 if percent else 1)
    if not 0 <= value <= 1:
        raise expected(node, f"{found!r}: expected {what}")
    return float(value)


def amount(node: yaml.Node) -> Amount:
    what = f"an amount and its unit, such as 4 urgent-hour; units are {', '.join(UNITS)}"
    found = scalar(node, what)
    number, _, unit = found.partition(" ")
    unit = unit.strip()
    if not _NUMBER.fullmatch(number):
        raise expected(node, f"{found!r}: expected {what}")
    for known in UNITS:
        if unit == known:
            if not 0 <= float(number) <= MAX_AMOUNT:
                raise expected(node, f"{found!r}: expected an amount from 0 to {MAX_AMOUNT}")
            return Amount(float(number), known)
    raise expected(node, f"{found!r}: expected {what}")


def span(in_s: int, *, above: float = -1.0) -> Read[float]:
    """A time such as `5 min`, `24 h`, `7 days`, given back in units of `in_s` seconds."""
    return _measure(_SPANS_S, in_s, "a time with its unit, such as 5 min, 24 h or 7 days", above)


def metres(high: float, *, above: float = -1.0) -> Read[float]:
    return _measure(_LENGTHS_M, 1, "a distance with its unit, such as 30 m", above, high)


def _measure(
    units: Mapping[str, int], scale: int, what: str, above: float, high: float = float("inf")
) -> Read[float]:
    def one(node: yaml.Node) -> float:
        return measured(node, scalar(node, what))

    def measured(node: yaml.Node, found: str) -> float:
        match = _MEASURE.fullmatch(found)
        if not match or not _NUMBER.fullmatch(match[1]) or match[2] not in units:
            raise expected(node, f"{found!r}: expected {what}")
        value = float(Decimal(match[1]) * units[match[2]] / scale)
        if value < 0 or value <= above:
            least = "more than 0" if above >= 0 else "0 or more"
            raise expected(node, f"{found!r}: expected {least}")
        if value > high:
            raise expected(node, f"{found!r}: expected at most {high:g} m")
        return value

    return one


def window(in_s: int) -> Read[tuple[float, float]]:
    """`5 min and 60 min`: from the first to the second, in units of `in_s` seconds."""
    what = "a window such as 5 min and 60 min"

    def one(node: yaml.Node) -> tuple[float, float]:
        found = scalar(node, what)
        first, found_and, last = found.partition(" and ")
        if not found_and:
            raise expected(node, f"{found!r}: expected {what}")
        read = span(in_s)
        low, high = (read(_piece(node, one_end)) for one_end in (first, last))
        if low > high:
            raise expected(
                node, f"{found!r}: expected the earlier end first, such as 5 min and 60 min"
            )
        return low, high

    return one


def _piece(node: yaml.Node, value: str) -> yaml.ScalarNode:
    return yaml.ScalarNode(node.tag, value, node.start_mark, node.end_mark)
