"""Reads one row of a scenario with types, bounds and a refusal of unknown keys."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence


class FieldError(Exception):
    """`key: expected ..., found ...`; the caller adds file and line."""


class Fields:
    """Each call takes one key; a key whose default is None must be there; `done` refuses the rest."""

    def __init__(self, row: Mapping[str, object]) -> None:
        self._row = row
        self._taken: set[str] = set()

    def number(self, key: str, default: float | None, low: float, high: float) -> float:
        wanted = f"a number from {low:g} to {high:g}"
        value = self._take(key, default, wanted)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _refusal(key, wanted, value)
        if not low <= value <= high:
            raise _refusal(key, wanted, value)
        return float(value)

    def whole(self, key: str, default: int | None, among: Collection[int]) -> int:
        wanted = f"a whole number among {_listed(among)}"
        value = self._take(key, default, wanted)
        if isinstance(value, bool) or not isinstance(value, int) or value not in among:
            raise _refusal(key, wanted, value)
        return value

    def text(self, key: str, pattern: str, default: str | None = None) -> str:
        wanted = f"text like {pattern}"
        value = self._take(key, default, wanted)
        if value == default and isinstance(value, str):
            return value
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise _refusal(key, wanted, value)
        return value

    def word(self, key: str, among: Sequence[str], default: str | None = None) -> str:
        wanted = f"one of {', '.join(among)}"
        value = self._take(key, default, wanted)
        if not isinstance(value, str) or value not in among:
            raise _refusal(key, wanted, value)
        return value

    def words(
        self, key: str, among: Sequence[str], default: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        wanted = f"a list of {', '.join(among)}"
        value = self._take(key, default, wanted)
        if not isinstance(value, list | tuple) or any(word not in among for word in value):
            raise _refusal(key, wanted, value)
        return tuple(str(word) for word in value)

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key, default, "true or false")
        if not isinstance(value, bool):
            raise _refusal(key, "true or false", value)
        return value

    def done(self, *also: str) -> None:
        """Refuses keys nobody took; `also` may stand there without meaning."""
        known = self._taken | set(also)
        if unknown := sorted(set(self._row) - known - {"kind"}):
            raise FieldError(f"{unknown[0]}: unknown key; known here: {', '.join(sorted(known))}")

    def _take(self, key: str, default: object, wanted: str) -> object:
        self._taken.add(key)
        if key not in self._row:
            if default is None:
                raise FieldError(f"{key}: missing; expected {wanted}")
            return default
        return self._row[key]


def _listed(among: Collection[int]) -> str:
    if isinstance(among, range):
        return f"{among[0]}..{among[-1]}"
    return ", ".join(str(choice) for choice in among)


def _refusal(key: str, wanted: str, value: object) -> FieldError:
    return FieldError(f"{key}: expected {wanted}, found {value!r}")
