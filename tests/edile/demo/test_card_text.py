"""The card in words."""

from __future__ import annotations

from dataclasses import replace

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


def test_the_district_day_is_told_in_two_lines() -> None:
    share = {"hits": 9, "n": 10}
    day = {
        "n": 12,
        "missing": 0,
        "recall": {"present": share, "late": {"hits": 1, "n": 1}},
        "wrong_absent": {"hits": 0, "n": 12},
        "crews_accused": {"hits": 0, "n": 4},
        "minutes_error": {"p95": 2.5},
        "exceptions": {"proxy-suspected": {"recall": {"hits": 1, "n": 2}}},
    }
    text = "\n".join(card_lines(replace(card(()), attendance=day)))
    assert "12 shifts of a simulated day: 10 of 11 verdicts" in text
    assert "proxy badges: 1 of 2 sets found" in text
    assert "within 2.5 (p95)" in text


def test_the_cameras_are_told_in_three_lines() -> None:
    eyes = {
        "street": {"counted": 5, "found": 4, "short": 1, "false": 2, "twice": 0},
        "point": {
            "deposits": 6, "wrong": 2, "beside": 1, "counted": 5, "prompts": 3, "deserved": 2,
            "corrected": 1, "corrected_told": 1,
        },
        "problems": 8,
        "with_one_order": 8,
        "orders": {"n": 8, "closed": 8, "by_look": 7, "sent_back": 1},
    }  # fmt: skip
    text = "\n".join(card_lines(replace(card(()), eyes=eyes)))
    assert "4 of 5 problems that stood long enough found, 1 more, 2 false, 0 twice" in text
    assert "6 bags into bins, 2 wrongly, 1 beside; counted 5; 3 prompts heard, 2 of them" in text
    assert "8 of 8 problems at the hub have exactly one order" in text
    assert "cameras" not in "\n".join(card_lines(card(())))
