"""The card in words."""

from __future__ import annotations

from edile.demo.card_text import card_lines
from edile.scorecard import EventCounts, Scorecard, Tally, TicketTally

GOOD = Tally(2, 2, 0, 0, 0)


def card(complaints: tuple[str, ...], stored: int = 10) -> Scorecard:
    return Scorecard(
        seed=7,
        events=EventCounts(10, stored, 4_200),
        orders=GOOD,
        tickets=TicketTally(9, 9, 0, 0, 0, wrong_weight=0),
        incidents=GOOD,
        positions=Tally(30, 31, 0, 0, 0),
        complaints=complaints,
    )


def test_a_clean_card_says_so_last() -> None:
    lines = list(card_lines(card(())))
    assert lines[-1] == "CLEAN (seed 7)"
    assert lines[1].split() == ["tickets", "9", "9", "0", "0", "0"]
    assert lines[4].split() == ["positions", "30", "31", "0", "0", "0"]
    assert "420 bytes each" in lines[5]


def test_every_complaint_is_written_out() -> None:
    lines = list(card_lines(card(("no ticket for A, 5 kg",))))
    assert "  not clean: no ticket for A, 5 kg" in lines
    assert lines[-1] == "NOT CLEAN (seed 7)"


def test_without_events_no_average_is_made_up() -> None:
    assert "bytes each" not in "\n".join(card_lines(card((), stored=0)))
