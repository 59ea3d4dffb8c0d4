"""What is wrong in a roster, told so that whoever keeps the spreadsheet finds the cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple


class Mistake(NamedTuple):
    """`row` as the file counts it: `row 7` of a CSV (the header is row 1), `weekly[3]` of JSON; empty
    where the file as a whole is meant. `key` is the column, empty for the whole row."""

    file: str
    row: str
    key: str
    expected: str

    def __str__(self) -> str:
        return ": ".join(part for part in self if part)


class InvalidRoster(ValueError):
    """A roster that cannot be used; `mistakes` holds every one that was found."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


def near(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?`, or nothing."""
    found = get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
