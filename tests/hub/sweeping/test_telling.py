"""Reminders, escalations, lateness: when, whom they reach, what they raise, when they are not for now."""

from __future__ import annotations

import pytest

from contract.workorder import Extension, Milestone, Reclassify
from hub.dispatching import moves
from tests.hub.detections import actor, at
from tests.hub.sweeping.town import CHAIN, LADDER, PLAIN, STEPS, Town, rostered

NIGHT = rostered(
    ("north", "Desk Ding", "handler", "2026-09-21 00:00", "2026-09-23 00:00", ""),
    ("grid-1", "Li Na", "handler", "2026-09-21 08:00", "2026-09-21 23:00", "webhook:north-desk"),
    ("grid-1", "Wang Wei", "handler", "2026-09-21 23:00", "2026-09-22 08:00", "webhook:night"),
    (
        "north",
        "Chief Chen",
        "leader",
        "2026-09-21 00:00",
        "2026-09-23 00:00",
        "mailto:c@example.org",
    ),
)


def test_each_step_of_a_chain_is_taken_once_in_its_time(town: Town) -> None:
    order = town.opens()
    done = []
    for minute in range(0, 181, 6):
        town.sweeps(minute)
        done.append(len(town.steps()))
    assert town.steps() == CHAIN
    assert [done[minute // 6] for minute in (24, 30, 42, 48, 54, 60, 114, 120)] == [
        *(0, 2, 2, 3, 3, 5, 5, 6)
    ]
    assert [row.action for row in town.noted("overdue", "reminded", "escalated")] == [
        *("overdue", "reminded", "reminded", "overdue", "escalated", "escalated")
    ]
    assert set(town.outcomes(order).values()) == {"done"}


def test_a_step_reaches_the_units_of_its_rank_and_who_is_on_duty_then(town: Town) -> None:
    town.publish("roster", "night", NIGHT)
    town.opens()
    town.sweeps(30)
    town.sweeps(200)
    told = {one.data["step"]: one.data for one in town.told(*STEPS)}
    reached = {step: (data["units"], data["to_unit"]) for step, data in told.items()}
    assert reached == {
        "overdue:accept": (["grid-1"], "grid-1"),
        "remind:nobody-accepted": (["grid-1"], "grid-1"),
        "remind:nearly-due": (["greening"], "greening"),
        "overdue:resolve": (["grid-1"], "grid-1"),
        "escalate:late": (["north"], "north"),
        "escalate:very-late": (["tianhe"], "tianhe"),
    }
    on_duty = {step: [one["person"] for one in data["on_duty"]] for step, data in told.items()}
    assert on_duty == {
        "overdue:accept": ["Li Na"],
        "remind:nobody-accepted": ["Li Na"],
        "remind:nearly-due": [],
        "overdue:resolve": ["Wang Wei"],
        "escalate:late": ["Chief Chen"],
        "escalate:very-late": [],
    }
    assert told["escalate:late"]["on_duty"] == [
        {
            "unit": "north",
            "from_unit": "north",
            "person": "Chief Chen",
            "role": "leader",
            "channels": ["mailto:c@example.org"],
            "contact": "",
        }
    ]


def test_an_escalation_raises_the_priority_and_never_lowers_it(town: Town) -> None:
    plain, urgent = town.opens(1), town.opens(2, priority="urgent")
    high = town.opens(3, priority="high")
    before = town.head(plain).version
    town.sweeps(60)
    assert (town.head(plain).priority, town.head(urgent).priority) == ("high", "urgent")
    assert town.head(plain).version == before + 1
    late = {one.order_id: one.data for one in town.told("order.escalated")}
    assert (late[plain]["priority"], late[plain]["priority_before"]) == ("high", "normal")
    assert "priority_before" not in late[urgent]
    assert "priority_before" not in late[high]
    town.sweeps(120)
    assert town.head(plain).priority == "urgent"


def test_two_escalations_of_one_sweep_raise_step_by_step(town: Town) -> None:
    order = town.opens()
    town.sweeps(500)
    assert [one.data.get("priority_before") for one in town.told("order.escalated")] == [
        *("normal", "high")
    ]
    assert town.head(order).priority == "urgent"


def test_without_an_owner_the_district_hears_of_it(town: Town) -> None:
    town.opens(lon=None, lat=None)
    town.sweeps(200)
    told = {one.data["step"]: one.data for one in town.told("order.escalated")}
    assert told["escalate:late"]["units"] == ["tianhe"]
    assert (told["escalate:late"]["to"], told["escalate:late"]["instead_of"]) == (
        "district",
        "parent",
    )


def test_a_stage_that_was_met_in_time_brings_no_reminder(town: Town) -> None:
    order = town.opens()
    with town.database.write() as conn:
        mark = Milestone(stage="accept", reason="on the way")
        moves.reach_stage(conn, order, mark, actor=actor(), version=None, at=at(20))
    town.sweeps(40)
    assert town.steps() == []
    town.sweeps(60)
    assert town.steps() == CHAIN[2:5]


def test_a_resolved_order_is_left_in_peace_and_late_at_once_when_it_comes_back(town: Town) -> None:
    order = town.opens()
    town.sweeps(50)
    town.moves(order, "resolved", minute=55, who=actor("wang", "operator"))
    swept = town.sweeps(300)
    assert (swept.of("done"), swept.of("waits")) == (0, 3)
    assert town.sweeps(301).counts == {}
    assert "sent back" in town.outcomes(order)["escalate:late"]
    town.moves(order, "dispatched", minute=310)
    town.sweeps(310)
    assert town.steps() == CHAIN
    assert {one.at for one in town.told("order.escalated")} == {at(310)}


@pytest.mark.parametrize("end", ["closed", "void"])
def test_an_order_that_is_over_is_never_late(town: Town, end: str) -> None:
    order = town.opens()
    if end == "closed":
        town.moves(order, "resolved", minute=5, who=actor("wang", "operator"))
    town.moves(order, end, minute=10)
    assert town.sweeps(500).counts == {}
    assert town.steps() == []


def test_more_time_moves_the_reminders_that_have_not_come(town: Town) -> None:
    order = town.opens()
    town.sweeps(30)
    with town.database.write() as conn:
        more = Extension(amount=1, reason="parts are on their way")
        moves.extend_order(conn, order, more, actor=actor(), version=None, at=at(35))
    town.sweeps(95)
    assert town.steps() == CHAIN[:2]
    town.sweeps(96)  # 80 % of two hours
    assert town.steps() == CHAIN[:3]
    town.sweeps(180)
    assert town.steps() == CHAIN


def test_steps_that_the_new_class_does_not_know_are_gone(town: Town) -> None:
    valve = PLAIN.replace("[hydrant]", "[valve]").replace("E0102", "E0103")
    town.publish("policy", "valve", valve.encode() + b"time: 4 urgent-hour\n")
    order = town.opens()
    with town.database.write() as conn:
        to = Reclassify(class_code="E0103", catalogue="edile-local", reason="a valve")
        moves.reclassify_order(conn, order, to, actor=actor(), version=None, at=at(5))
    town.sweeps(239)
    assert town.steps() == []
    assert {"escalate:late", "overdue:accept"}.isdisjoint(town.outcomes(order))
    town.sweeps(240)
    assert town.steps() == [("order.overdue", "overdue:resolve")]


def test_an_order_keeps_the_ladder_that_it_was_opened_under(town: Town) -> None:
    town.opens(1)
    other = LADDER.replace("name: late, escalate: parent", "name: later, escalate: district")
    town.publish("policy", "hydrant", other.encode())
    town.opens(2)
    town.sweeps(60)
    told = [(one.data["step"], one.data["units"]) for one in town.told("order.escalated")]
    assert told == [("escalate:late", ["north"]), ("escalate:later", ["tianhe"])]


def test_what_was_seen_but_has_no_time_left_to_lose_is_found_however_late_the_hub_is(
    town: Town,
) -> None:
    town.opens()
    town.sweeps(5_000)
    assert town.steps() == CHAIN
    assert town.sweeps(9_000).counts == {}


def test_steps_are_taken_chunk_by_chunk_the_earliest_first(town: Town) -> None:
    town.opens_many(7)
    swept = town.sweeps(60, limit=10)
    assert swept.counts == {
        ("overdue", "done"): 14,
        ("remind", "done"): 14,
        ("escalate", "done"): 7,
    }
    due = [one.data["step"] for one in town.told(*STEPS)]
    assert [due.count(step) for _, step in CHAIN] == [7, 7, 7, 7, 7, 0]
    assert due[14:21] == ["remind:nearly-due"] * 7
