"""A tag reader beside the deck: STX, ten digits, CR, LF, ETX for each reading of a tag. Pure.

Source of the frame: weighbridge card reader, 02 + 10 digits + 0D 0A 03 (public code, id 3621126404).
A reader with an antenna repeats the tag for as long as the truck stands in its field.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulators.scenario import Scenario, Truck

FIRST_AFTER_S = 0.5
EVERY_S = 1.0


def card_frame(tag: str) -> bytes:
    """`tag`: ten digits."""
    return b"\x02" + tag.encode("ascii") + b"\r\n\x03"


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
        yield card_frame(tag)


def _reading_times(truck: Truck) -> Iterator[float]:
    count = int((truck.crossing.leaves_s - truck.t - FIRST_AFTER_S) / EVERY_S) + 1
    for index in range(max(1, count)):
        yield truck.t + FIRST_AFTER_S + index * EVERY_S
