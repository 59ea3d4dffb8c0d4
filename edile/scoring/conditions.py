"""Light and weather of a scored place, by its seed: a set of seeds has all of them."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.camera.table import WEATHERS

HOURS = (7.0, 10.0, 13.0, 16.0, 19.0)
"""Of the day as it begins. Nights are left out: a camera that sees nothing says so, and is no look."""


OWN_SURFACES = 10_000
"""The editions of surfaces that no training, no validation and no played world has (recipe/live_worlds.py)."""


def edition_of(seed: int, *, own: bool) -> int | None:
    """None: the surfaces of the world as it is played, of which a place has three sets."""
    return OWN_SURFACES + seed if own else None


@dataclass(frozen=True, slots=True)
class Conditions:
    hour: float
    weather: str


def conditions(seed: int, hour: float | None = None, weather: str | None = None) -> Conditions:
    """Ten seeds in a row have each hour and each weather twice, unless they are given."""
    names = list(WEATHERS)
    return Conditions(
        HOURS[seed % len(HOURS)] if hour is None else hour,
        names[seed // 2 % len(names)] if weather is None else weather,
    )


def seeds_of(words: str) -> tuple[int, ...]:
    """From `9000-9009,9020`, each once, in order. ValueError saying what was expected."""
    found = list[int]()
    for part in words.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ValueError(f"expected seeds such as 9000-9009 or 1,2,5, found {words!r}")
        found += range(int(first), int(last or first) + 1)
    if not found:
        raise ValueError(f"expected a first seed that is not above the last, found {words!r}")
    return tuple(dict.fromkeys(found))
