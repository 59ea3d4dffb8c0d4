"""The card is clean only when everything true was found once and nothing else was."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edile.scorecard import EventCounts, OrderSeen, Place, ProblemSeen, Scorecard, TicketSeen, score

KEYS = {"over-capacity": "problem", "indicator-silent": "object"}
EXPECTED = ["weighing", "unplugged", *KEYS]
TRUTH: list[Mapping[str, object]] = [
    {"t": 0, "kind": "truth", "id": "header", "expects_event": EXPECTED, "order_key": KEYS},
    {"t": 2, "kind": "truck", "id": "T1", "vehicle": "A"},
    {"t": 9, "kind": "weighing", "id": "T1", "vehicle": "A", "weight_kg": "15420"},
    {"t": 19, "kind": "weighing", "id": "T2", "vehicle": "B", "weight_kg": "61020"},
    {"t": 19, "kind": "over-capacity", "id": "T2.over-capacity"},
    {"t": 25, "kind": "indicator-silent", "id": "D3"},
    {"t": 30, "kind": "unplugged", "id": "D4"},
    {"t": 35, "kind": "indicator-silent", "id": "D5"},
    {"t": 40, "kind": "end", "id": "end"},
]
TICKETS = [TicketSeen("1", "A", Decimal(15420)), TicketSeen("2", "B", Decimal(61020))]
PROBLEMS = [
    ProblemSeen(kind, problem, phase)
    for kind, problem in (
        ("over-capacity", "p1"),
        ("indicator-silent", "p2"),
        ("indicator-silent", "p3"),
    )
    for phase in ("opened", "ended")
]
PROBLEMS.append(ProblemSeen("unplugged", "wb-1-1", "opened"))
ORDERS = [OrderSeen("7", "over-capacity", "wb-1"), OrderSeen("8", "indicator-silent", "wb-1")]
EVENTS = EventCounts(produced=12, stored=12, wire_bytes=6_000)


def scored(
    tickets: list[TicketSeen] = TICKETS,
    problems: list[ProblemSeen] = PROBLEMS,
    orders: list[OrderSeen] = ORDERS,
    events: EventCounts = EVENTS,
    told: Sequence[Place] = (),
    kept: Sequence[Place] = (),
    attendance: Mapping[str, Any] | None = None,
) -> Scorecard:
    return score(
        seed=7,
        truth=TRUTH,
        tickets=tickets,
        problems=problems,
        orders=orders,
        events=events,
        told=told,
        kept=kept,
        attendance=attendance,
    )


def test_everything_found_once_is_clean() -> None:
    card = scored()
    assert card.complaints == ()
    assert card.clean


def test_the_json_has_exactly_the_promised_form() -> None:
    assert scored().as_json() == {
        "clean": True,
        "seed": 7,
        "events": {"produced": 12, "stored": 12, "bytes_per_event": 500.0},
        "orders": {"expected": 2, "found": 2, "missed": 0, "extra": 0, "duplicated": 0},
        "positions": {"expected": 0, "found": 0, "missed": 0, "extra": 0, "duplicated": 0},
        "station": {
            "tickets": {
                "expected": 2,
                "found": 2,
                "missed": 0,
                "extra": 0,
                "duplicated": 0,
                "wrong_weight": 0,
            },
            "incidents": {"expected": 4, "found": 4, "missed": 0, "extra": 0, "duplicated": 0},
        },
        "attendance": None,
        "handling": None,
        "eyes": None,
    }


def test_a_missed_ticket_is_not_clean() -> None:
    card = scored(tickets=TICKETS[:1])
    assert card.tickets.missed == 1
    assert card.complaints == ("no ticket for B, 61020 kg",)


def test_a_ticket_nobody_earned_is_not_clean() -> None:
    card = scored(tickets=[*TICKETS, TicketSeen("3", "C", Decimal(9000))])
    assert card.tickets.extra == 1
    assert card.complaints == ("a ticket nobody earned: C, 9000 kg",)


def test_a_second_ticket_for_one_weighing_is_not_clean() -> None:
    card = scored(tickets=[*TICKETS, TicketSeen("3", "A", Decimal(15420))])
    assert card.tickets.duplicated == 1
    assert card.complaints == ("a second ticket for A, 15420 kg",)


def test_a_ticket_number_given_twice_is_not_clean() -> None:
    card = scored(tickets=[dataclasses.replace(ticket, ticket_no="1") for ticket in TICKETS])
    assert card.complaints == ("ticket number 1 given 2 times",)


def test_a_wrong_weight_is_not_clean_and_neither_missed_nor_extra() -> None:
    card = scored(tickets=[TICKETS[0], TicketSeen("2", "B", Decimal(61000))])
    tally = card.tickets
    assert (tally.wrong_weight, tally.missed, tally.extra, tally.duplicated) == (1, 0, 0, 0)
    assert card.complaints == ("ticket of B: 61000 kg, the display showed 61020 kg",)


def test_a_ticket_of_the_wrong_truck_is_missed_and_extra() -> None:
    card = scored(tickets=[TICKETS[0], TicketSeen("2", "C", Decimal(61020))])
    assert (card.tickets.missed, card.tickets.extra) == (1, 1)


def test_a_missed_work_order_is_not_clean() -> None:
    card = scored(orders=ORDERS[:1])
    assert card.orders.missed == 1
    assert card.complaints == ("1 work order(s) missing: indicator-silent",)


def test_a_work_order_without_an_incident_is_not_clean() -> None:
    card = scored(orders=[*ORDERS, OrderSeen("9", "zero-drift", "wb-1")])
    assert card.orders.extra == 1
    assert card.complaints == ("1 work order(s) without an incident: zero-drift",)


@pytest.mark.parametrize("again", ORDERS)
def test_a_second_work_order_for_one_problem_is_not_clean(again: OrderSeen) -> None:
    card = scored(orders=[*ORDERS, dataclasses.replace(again, number="9")])
    assert card.orders.duplicated == 1
    assert card.complaints == (f"1 work order(s) too many: {again.kind}",)


def test_a_missed_problem_is_not_clean() -> None:
    card = scored(problems=PROBLEMS[2:])
    assert card.incidents.missed == 1
    assert card.complaints == ("1 problem(s) missing: over-capacity",)


def test_an_incident_without_a_work_order_is_looked_for_all_the_same() -> None:
    card = scored(problems=PROBLEMS[:-1])
    assert card.complaints == ("1 problem(s) missing: unplugged",)


@pytest.mark.parametrize("phase", ["opened", "ended"])
def test_a_problem_opened_or_ended_twice_is_not_clean(phase: str) -> None:
    card = scored(problems=[*PROBLEMS, ProblemSeen("over-capacity", "p1", phase)])
    assert f"over-capacity p1 {phase} 2 times" in card.complaints


def test_a_problem_that_ended_and_never_opened_is_not_clean() -> None:
    card = scored(problems=[*PROBLEMS, ProblemSeen("over-capacity", "p9", "ended")])
    assert card.complaints == ("over-capacity p9 ended, never opened",)


def test_updates_of_a_problem_count_for_nothing() -> None:
    updates = [ProblemSeen("over-capacity", "p1", "updated")] * 5
    assert scored(problems=[*PROBLEMS, *updates]).clean


@pytest.mark.parametrize("stored", [11, 13])
def test_events_lost_or_doubled_are_not_clean(stored: int) -> None:
    card = scored(events=dataclasses.replace(EVENTS, stored=stored))
    assert card.complaints == (f"the gateway produced 12 events, the hub stored {stored}",)


def test_without_any_event_there_are_no_bytes_per_event() -> None:
    events = scored(events=EventCounts(0, 0, 0)).as_json()["events"]
    assert events == {"produced": 0, "stored": 0, "bytes_per_event": None}


def test_without_any_truth_any_finding_is_extra() -> None:
    card = score(seed=1, truth=[], tickets=TICKETS, problems=[], orders=ORDERS, events=EVENTS)
    assert (card.tickets.extra, card.orders.extra) == (2, 2)


@given(st.permutations(range(2)), st.permutations(range(7)), st.permutations(range(2)))
def test_the_order_of_findings_does_not_matter(
    tickets: list[int], problems: list[int], orders: list[int]
) -> None:
    card = scored(
        [TICKETS[i] for i in tickets], [PROBLEMS[i] for i in problems], [ORDERS[i] for i in orders]
    )
    assert card == scored()


def test_a_position_that_was_acknowledged_is_kept_once() -> None:
    one, two, three = (("139", at, 23.1, 113.2) for at in (1, 2, 3))
    assert scored(told=[one, two], kept=[one, two, three]).clean  # an answer can get lost
    lost = scored(told=[one, two], kept=[one])
    assert (lost.positions.missed, lost.complaints) == (
        1,
        ("1 acknowledged position(s) are not kept",),
    )
    twice = scored(told=[one], kept=[one, one])
    assert (twice.positions.duplicated, twice.clean) == (1, False)


def test_a_false_accusation_in_the_district_day_is_not_clean() -> None:
    day = {"missing": 0, "wrong_absent": {"hits": 0}, "crews_accused": {"hits": 0}}
    assert scored(attendance=day).clean
    assert scored(attendance={**day, "missing": 1}).complaints == ("1 shift(s) without a verdict",)
    assert not scored(attendance={**day, "wrong_absent": {"hits": 2}}).clean
    assert not scored(attendance={**day, "crews_accused": {"hits": 1}}).clean
    assert scored(attendance=day).as_json()["attendance"] == day


def test_what_the_cameras_part_complains_of_is_not_clean() -> None:
    def with_eyes(*complaints: str) -> Scorecard:
        eyes = {"complaints": list(complaints), "street": {}}
        return score(
            seed=7, truth=TRUTH, tickets=TICKETS, problems=PROBLEMS, orders=ORDERS, events=EVENTS,
            eyes=eyes,
        )  # fmt: skip

    assert with_eyes().clean
    assert with_eyes().as_json()["eyes"] == {"complaints": [], "street": {}}
    assert with_eyes("p1 opened 2 times").complaints == ("p1 opened 2 times",)
