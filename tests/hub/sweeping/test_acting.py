"""Shelving, expiry, merging: what is swept, what waits, and what goes on afterwards."""

from __future__ import annotations

import pytest

from contract.workorder import Merge, Unmerge
from hub.dispatching import merging, moves
from hub.store.engine import Database
from tests.hub.detections import DISTRICT, actor, at
from tests.hub.sweeping.town import CHAIN, REVIEWED, STEPS, Town


@pytest.fixture
def expiring(database: Database) -> Town:
    return Town(database, policy=REVIEWED)


def times(town: Town, *types: str) -> list[tuple[str, str]]:
    return [(one.data["step"], one.at) for one in town.told(*(types or STEPS))]


def test_a_shelved_order_does_not_escalate_and_goes_on_with_what_was_left(town: Town) -> None:
    order = town.opens()
    town.sweeps(40)
    assert town.steps() == CHAIN[:2]
    town.moves(order, "shelved", minute=40, until=at(1040))
    assert town.sweeps(1039.9).counts == {}
    assert town.sweeps(1040).counts == {("unshelve", "done"): 1}
    head = town.head(order)
    assert (head.state, head.shelved_until, head.due_at) == ("dispatched", None, at(1060))
    assert [row.actor for row in town.noted("moved")] == ["token/lin", "hub"]
    assert town.noted("moved")[1].reason == f"it was shelved until {at(1040)}"
    for minute in range(1041, 1130):
        town.sweeps(minute)
    assert times(town)[2:] == [
        ("remind:nearly-due", at(1048)),
        ("overdue:resolve", at(1060)),
        ("escalate:late", at(1060)),
        ("escalate:very-late", at(1120)),
    ]


def test_a_hub_that_comes_too_late_to_unshelve_gives_away_no_time(town: Town) -> None:
    order = town.opens()
    town.sweeps(40)
    town.moves(order, "shelved", minute=40, until=at(140))
    town.sweeps(500)
    assert town.head(order).due_at == at(160)
    assert town.steps() == CHAIN


def test_what_fell_due_before_shelving_waits_until_it_is_over(town: Town) -> None:
    order = town.opens()
    town.moves(order, "shelved", minute=40, until=at(140))
    swept = town.sweeps(60)
    assert (swept.of("done"), swept.of("waits")) == (0, 2)
    assert town.sweeps(60).counts == {}
    town.sweeps(140)
    assert town.steps() == CHAIN[:2]


def test_what_waits_and_what_ends_the_waiting_may_come_in_one_chunk(town: Town) -> None:
    order = town.opens()
    town.moves(order, "shelved", minute=40, until=at(140))
    assert town.sweeps(140).counts == {
        ("overdue", "waits"): 1,
        ("remind", "waits"): 1,
        ("unshelve", "done"): 1,
        ("overdue", "done"): 1,
        ("remind", "done"): 1,
    }


def test_a_person_who_takes_it_back_earlier_is_not_answered_by_the_hub(town: Town) -> None:
    order = town.opens()
    town.sweeps(30)
    town.moves(order, "shelved", minute=40, until=at(140))
    town.moves(order, "dispatched", minute=50, unit="grid-2")
    town.sweeps(70)
    assert town.steps() == CHAIN[:5]
    assert len(town.noted("moved")) == 2
    town.moves(order, "shelved", minute=71, who=boss(), until=at(200))
    assert town.sweeps(140).counts == {}
    town.sweeps(200)
    assert town.head(order).state == "dispatched"


def boss() -> moves.Actor:
    return moves.Actor("id-boss", DISTRICT, "boss", "dispatcher", "tianhe")


def test_nobody_has_seen_it_again_so_it_is_void(expiring: Town) -> None:
    order = expiring.opens()
    assert expiring.sweeps(59.9).counts == {}
    assert expiring.sweeps(60).counts == {("expire", "done"): 1}
    head = expiring.head(order)
    assert (head.state, head.closed_at) == ("void", at(60))
    (row,) = expiring.noted("moved")
    assert (row.actor, row.reason) == ("hub", f"expired: not seen since {at(0)}")
    assert expiring.sweeps(9_000).counts == {}


def test_what_has_expired_is_not_late_in_the_same_chunk(expiring: Town) -> None:
    order = expiring.opens()
    assert expiring.sweeps(9_000).counts == {("expire", "done"): 1}
    assert expiring.steps() == []
    assert expiring.head(order).state == "void"


def test_what_is_seen_again_expires_an_hour_after_that(expiring: Town) -> None:
    order = expiring.opens(1)
    assert expiring.opens(1, minute=50, event_id="/baiyun/cs-017#again", phase="updated") == order
    expiring.sweeps(60)
    assert expiring.head(order).state == "review"
    expiring.sweeps(109.9)
    assert expiring.head(order).state == "review"
    expiring.sweeps(110)
    assert expiring.head(order).state == "void"


def test_a_word_that_comes_late_from_a_gateway_that_was_offline_counts_by_when_it_was_seen(
    expiring: Town,
) -> None:
    order = expiring.opens(1)
    late = {"observed_at": at(30), "received_at": at(59), "phase": "updated"}
    assert expiring.opens(1, event_id="/baiyun/cs-017#late", **late) == order
    expiring.sweeps(60)
    assert expiring.head(order).state == "review"
    expiring.sweeps(90)
    assert expiring.head(order).state == "void"


def test_what_is_worked_on_does_not_expire_until_it_is_nobodys_again(expiring: Town) -> None:
    order = expiring.opens()
    expiring.moves(order, "dispatched", minute=10)
    assert expiring.sweeps(60).counts == {("expire", "moot"): 1}
    expiring.moves(order, "returned", minute=200)
    expiring.moves(order, "no-owner", minute=210)
    assert expiring.sweeps(269).counts == {}
    expiring.sweeps(270)
    assert expiring.head(order).state == "void"


def test_merged_orders_are_swept_as_one(town: Town) -> None:
    first, second = town.opens(1), town.opens(2, minute=20)
    with town.database.write() as conn:
        merge = Merge(into=second, reason="one hydrant")
        merging.merge_orders(conn, first, merge, actor=actor(), version=None, at=at(25))
    for minute in range(26, 200):
        town.sweeps(minute)
    assert town.steps(first) == []
    assert sorted(times(town)) == [
        ("escalate:late", at(60)),  # by the clock of the one opened first
        ("escalate:very-late", at(120)),
        ("overdue:accept", at(50)),
        ("overdue:resolve", at(60)),
        ("remind:nearly-due", at(48)),
        ("remind:nobody-accepted", at(50)),
    ]


def test_a_whole_expires_by_the_latest_sighting_of_all_its_parts(expiring: Town) -> None:
    whole, part = expiring.opens(1), expiring.opens(2, minute=30)
    with expiring.database.write() as conn:
        merge = Merge(into=whole, reason="one hydrant")
        merging.merge_orders(conn, part, merge, actor=actor(), version=None, at=at(40))
    assert expiring.timers(whole)["expire:"].due_at == at(90)
    assert expiring.sweeps(89.9).counts == {}
    assert expiring.sweeps(90).counts == {("expire", "done"): 1}
    assert expiring.head(whole).state == "void"


def test_parted_again_each_goes_by_its_own_clock_and_repeats_nothing(town: Town) -> None:
    first, second = town.opens(1), town.opens(2, minute=20)
    town.sweeps(30)
    with town.database.write() as conn:
        merge = Merge(into=second, reason="one hydrant")
        merging.merge_orders(conn, first, merge, actor=actor(), version=None, at=at(35))
    town.sweeps(49)
    with town.database.write() as conn:
        back = Unmerge(reason="two hydrants")
        merging.unmerge_order(conn, first, back, actor=actor(), version=None, at=at(50))
    town.sweeps(300)
    assert sorted(town.steps(first)) == sorted(CHAIN)
    assert sorted(town.steps(second)) == sorted(CHAIN)
    assert len(town.told(*STEPS)) == 2 * len(CHAIN)


def test_a_part_that_was_shelved_comes_back_at_its_time_when_parted(town: Town) -> None:
    first, second = town.opens(1), town.opens(2)
    town.moves(first, "shelved", minute=10, until=at(100))
    with town.database.write() as conn:
        merge = Merge(into=second, reason="one hydrant")
        merging.merge_orders(conn, first, merge, actor=actor(), version=None, at=at(20))
        back = Unmerge(reason="two hydrants")
        merging.unmerge_order(conn, first, back, actor=actor(), version=None, at=at(30))
    assert town.head(first).state == "shelved"
    town.sweeps(100)
    assert town.head(first).state == "dispatched"


def test_a_whole_that_is_shelved_while_its_part_is_not_is_late_all_the_same(town: Town) -> None:
    shelved, running = town.opens(1), town.opens(2)
    town.moves(shelved, "shelved", minute=5, until=at(900))
    with town.database.write() as conn:
        merge = Merge(into=shelved, reason="one hydrant")
        merging.merge_orders(conn, running, merge, actor=actor(), version=None, at=at(10))
    town.sweeps(60)
    assert town.steps(shelved) == CHAIN[:5]
