"""Turns plain values into typed frozen dataclasses and collects every mistake on the way.

A field's type says what is allowed: str, int, float, bool, Decimal (from text or a whole number,
never from a binary float), Path (relative to the file's folder), Literal, Optional, tuple[T, ...],
dict[str, T], a nested dataclass. Metadata narrows it: `min`, `max`, `pattern` (whole value), `check`
(a callable that raises ValueError saying what was expected), `place` (text in which a path may be
written: a callable that gets it and the file's folder), and `doc`, a few words that are shown when the
key is missing. A `__post_init__` may raise ValueError for what concerns several keys:
"key: what was expected", or only what was expected of the table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from edge_agent.config.positions import KeyPath, Lines, line_of
from edge_agent.errors import Mistake

T = TypeVar("T")
Limits = Mapping[str, Any]

_SHOWN = 60
_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    Path: "a path",
    Decimal: 'a decimal number as text ("0.5") or a whole number',
}
_LOGIN = re.compile(r"://[^\s'\"]*@")  # up to the last @: what is shown here is wrong in some way
_SECRET = re.compile(r"((?:pass(?:word|wd)?|pwd|secret|token)=)[^&\s'\"]+", re.IGNORECASE)
_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,9})?")
_MISSPELT = object()  # a value that was reported


@dataclass
class Findings:
    """Mistakes in one file, with the lines of its keys. `folder` anchors relative paths."""

    file: Path
    lines: Lines
    folder: Path
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, path: KeyPath, expected: str, found: str) -> None:
        line = line_of(self.lines, path)
        self.mistakes.append(Mistake(self.file, line, key_text(path), expected, found))

    def read(self, kind: type[T], table: object, path: KeyPath) -> T | None:
        """`table` as a `kind`, or None after reporting what was wrong with it."""
        value = self._value(kind, table, path, {})
        return None if value is _MISSPELT else cast("T", value)

    def unknown(self, path: KeyPath, what: str, name: str, known: Iterable[str]) -> None:
        self.add(path, f"{what}: {one_of(known)}{nearest(name, known)}", repr(name))

    def _value(self, kind: Any, value: object, path: KeyPath, limits: Limits) -> Any:
        origin, arguments = get_origin(kind), get_args(kind)
        if origin in (Union, UnionType):
            (kind,) = (one for one in arguments if one is not NoneType)
            return self._value(kind, value, path, limits)
        if origin is Literal:
            return self._literal(arguments, value, path)
        if origin is tuple:
            return self._tuple(arguments[0], value, path, limits)
        if origin is dict:
            return self._dict(arguments[1], value, path, limits)
        if is_dataclass(kind):
            return self._table(cast("type", kind), value, path)
        return self._scalar(kind, value, path, limits)

    def _scalar(self, kind: type, value: object, path: KeyPath, limits: Limits) -> Any:
        plain = _plain(kind, value)
        if plain is None or not _within(plain, limits):
            self.add(path, _described(kind, limits), shown(value))
            return _MISSPELT
        try:
            limits.get("check", _anything)(plain)
        except ValueError as error:
            self.add(path, str(error), shown(value))
            return _MISSPELT
        if kind is Path:
            return self.folder / plain
        return limits["place"](plain, self.folder) if "place" in limits else plain

    def _literal(self, allowed: tuple[Any, ...], value: object, path: KeyPath) -> Any:
        if value in allowed and type(value) in {type(one) for one in allowed}:
            return value
        names = [str(one) for one in allowed]
        self.add(path, one_of(names) + nearest(str(value), names), shown(value))
        return _MISSPELT

    def _tuple(self, kind: Any, value: object, path: KeyPath, limits: Limits) -> Any:
        if not isinstance(value, list):
            self.add(path, "a list", shown(value))
            return _MISSPELT
        items = [self._value(kind, one, (*path, i), limits) for i, one in enumerate(value)]
        return _MISSPELT if _MISSPELT in items else tuple(items)

    def _dict(self, kind: Any, value: object, path: KeyPath, limits: Limits) -> Any:
        if not isinstance(value, dict):
            self.add(path, "a table", shown(value))
            return _MISSPELT
        items = {k: self._value(kind, one, (*path, k), limits) for k, one in value.items()}
        return _MISSPELT if _MISSPELT in items.values() else items

    def _table(self, kind: type, value: object, path: KeyPath) -> Any:
        if not isinstance(value, dict):
            self.add(path, "a table", shown(value))
            return _MISSPELT
        wanted = {one.name: one for one in fields(kind) if one.init}
        types = _types(kind)
        for name in value.keys() - wanted.keys():
            self.unknown((*path, name), "a known key", name, wanted)
        given: dict[str, Any] = {}
        for name, one in wanted.items():
            if name in value:
                given[name] = self._value(types[name], value[name], (*path, name), one.metadata)
            elif _required(one):
                expected = _described(types[name], one.metadata)
                self.add((*path, name), expected, "nothing: the key is missing")
                given[name] = _MISSPELT
        return _MISSPELT if _MISSPELT in given.values() else self._made(kind, given, path)

    def _made(self, kind: type, given: dict[str, Any], path: KeyPath) -> Any:
        try:
            return kind(**given)
        except ValueError as error:
            name, colon, expected = str(error).partition(": ")
            if colon and name in given:
                self.add((*path, name), expected, shown(given[name]))
            else:
                self.add(path, str(error), "what the table says now")
            return _MISSPELT


@lru_cache(maxsize=256)
def _types(kind: type) -> dict[str, Any]:
    """A roster has ten thousand tables of one kind."""
    return get_type_hints(kind)


def key_text(path: KeyPath) -> str:
    """`devices[0].link`: as one would point at it, counted from 0; the file itself is `(file)`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "(file)"


def nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def one_of(names: Iterable[str]) -> str:
    return "one of " + ", ".join(sorted(names)) if names else "nothing"


def shown(value: object) -> str:
    """What was found, short enough for one line. A login inside an address is nobody's business."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    text = "a table" if isinstance(value, dict) else _SECRET.sub(r"\1…", _LOGIN.sub("://…@", text))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _plain(kind: type, value: object) -> Any:
    """The value as `kind`, None when it is not one. No guessing: "5" is no number, true no 1."""
    if isinstance(value, bool):
        return value if kind is bool else None
    if kind is Decimal:
        text = str(value) if isinstance(value, (str, int)) else ""
        return Decimal(text) if _DECIMAL.fullmatch(text) else None
    if kind is float and isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else None
    if kind in (str, Path) and isinstance(value, str) and "\0" not in value:
        return value if kind is str or value else None
    return value if kind is int and isinstance(value, int) else None


def _within(value: Any, limits: Limits) -> bool:
    low, high, pattern = limits.get("min"), limits.get("max"), limits.get("pattern")
    if pattern is not None and isinstance(value, str) and not re.fullmatch(pattern, value):
        return False
    return (low is None or value >= low) and (high is None or value <= high)


def _anything(_: object) -> None:
    """The check of a key that has none."""


def _required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _described(kind: Any, limits: Limits) -> str:
    """The expectation in words, from type and limits."""
    plain = [one for one in get_args(kind) if one is not NoneType] if _is_union(kind) else [kind]
    name = _WORDS.get(plain[0])
    if get_origin(plain[0]) is Literal:
        name = one_of(str(one) for one in get_args(plain[0]))
    elif name is None:
        name = "a list" if get_origin(plain[0]) is tuple else "a table"
    parts = [name]
    if "min" in limits or "max" in limits:
        parts.append(f"from {limits.get('min', '…')} to {limits.get('max', '…')}")
    if "pattern" in limits and "doc" not in limits:
        parts.append(f"like {limits['pattern']}")
    return " ".join(parts) + (f" ({limits['doc']})" if "doc" in limits else "")


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)
