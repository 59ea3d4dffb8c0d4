"""A tag reader beside the deck, with an antenna: it reads a tag again and again for as long as the
truck stands in its field. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from firmware_bridges.card_reader import encode
from simulators.scenario import Scenario, Truck

FIRST_AFTER_S = 0.5
EVERY_S = 1.0


def cards_between(scenario: Scenario, since: float, until: float) -> Iterator[bytes]:
    """Frames of all readings with `since` <= t < `until`, in order of time."""
    readings = sorted(
        (t, truck.tag)
        for truck in scenario.trucks
        if truck.tag is not None
        for t in _reading_times(truck)
        if since <= t < until
    )
    for _, tag in readings:
        yield encode(tag)


def _reading_times(truck: Truck) -> Iterator[float]:
    count = int((truck.crossing.leaves_s - truck.t - FIRST_AFTER_S) / EVERY_S) + 1
    for index in range(max(1, count)):
        yield truck.t + FIRST_AFTER_S + index * EVERY_S
