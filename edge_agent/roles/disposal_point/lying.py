"""Where bags lie that were put down beside the bins, so that each is told of once.

A track ends when people stand before its bag for long, or when the detector doubts it; what is then found at
its place is the same bag, as far as anybody can tell. A place is forgotten when its bag has come into a bin, or
when full looks in a row saw nothing there with nobody before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_agent.rules.deposits.words import SAME_SPOT, Box, apart
from edge_agent.rules.standing.boxes import covered

EMPTY_LOOKS = 3
HIDES = 0.2  # of the place: with so much of it behind somebody nobody can say
MOST_PLACES = 100


@dataclass(slots=True)
class Lying:
    """`track` under which it was put down; `empty`: full looks in a row that saw nothing there."""

    box: Box
    track: int
    empty: int = 0


def put_down(places: list[Lying], box: Box, track: int) -> bool:
    """Remembers it. False when it lay there already: it is no news."""
    if any(apart(one.box, box) < SAME_SPOT for one in places):
        return False
    places.append(Lying(box, track))
    del places[:-MOST_PLACES]
    return True


def look(places: list[Lying], bags: Sequence[Box], people: Sequence[Box], *, full: bool) -> None:
    """`bags` seen by this look. Only a full one has seen every place."""
    for one in places:
        if any(apart(one.box, box) < SAME_SPOT for box in bags):
            one.empty = 0
        elif full and not any(covered(one.box, box) > HIDES for box in people):
            one.empty += 1
    places[:] = [one for one in places if one.empty < EMPTY_LOOKS]


def taken(places: list[Lying], track: int) -> None:
    """The bag that was put down under this track is in a bin."""
    places[:] = [one for one in places if one.track != track]
