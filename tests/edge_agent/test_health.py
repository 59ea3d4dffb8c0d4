"""The health book tells starting, up, silent, garbled and lost apart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contract.timestamps import rfc3339
from edge_agent.health import DeviceHealthBook
from edge_agent.readings import LineStatus, WeightReading
from tests.fakes.clock import FakeClock

Counts = tuple[int, int, int]


class Deck:
    """A book with one device, and readings for it at the clock's time."""

    def __init__(self) -> None:
        self.clock, self.book = FakeClock(), DeviceHealthBook(("wb-1",), silent_after_s=10)

    def weight(self) -> None:
        moment = self.clock.moment()
        self.book.note(WeightReading("wb-1", moment, Decimal(0), None, None, False, False, b""))

    def line(self, counts: Counts, *, connected: bool = True) -> None:
        size, frames, readings = counts
        moment = self.clock.moment()
        self.book.note(LineStatus("wb-1", moment, size, frames, readings, 0, connected))

    def state(self) -> str:
        return self.book.state("wb-1", self.clock.moment())


def test_a_device_is_starting_until_something_is_known() -> None:
    assert Deck().state() == "starting"


def test_readings_make_a_device_up_and_their_absence_makes_it_silent() -> None:
    deck = Deck()
    deck.weight()
    deck.clock.tick(10)
    assert deck.state() == "up"
    deck.clock.tick(0.1)
    assert deck.state() == "silent"


def test_bytes_without_readings_are_garbled_not_silent() -> None:
    deck = Deck()
    for second in range(15):
        deck.line((second * 10, 0, 0))
        deck.clock.tick(1)
    assert deck.state() == "garbled"


def test_an_open_line_without_bytes_is_silent() -> None:
    deck = Deck()
    for _ in range(15):
        deck.line((0, 0, 0))
        deck.clock.tick(1)
    assert deck.state() == "silent"


@pytest.mark.parametrize("readings_before", [0, 3])
def test_a_lost_device_is_lost_until_it_is_back(readings_before: int) -> None:
    deck = Deck()
    for _ in range(readings_before):
        deck.weight()
    deck.book.lost("wb-1")
    deck.line((0, 0, 0), connected=False)
    assert deck.state() == "lost"
    deck.book.back("wb-1")
    deck.weight()
    assert deck.state() == "up"


def test_the_report_counts_and_dates() -> None:
    deck = Deck()
    deck.weight()
    seen = rfc3339(deck.clock.utc_ns)
    deck.clock.tick(1)
    deck.line((120, 10, 9))
    deck.book.lost("wb-1")
    one = deck.book.report(deck.clock.moment())["wb-1"]
    assert (one.state, one.last_seen) == ("lost", seen)
    counts = {"bytes": 120, "frames": 10, "readings": 9, "refused": 0, "losses": 1}
    assert one.counts == counts
