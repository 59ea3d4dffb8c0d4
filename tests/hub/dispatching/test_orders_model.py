"""Random lives of orders on the real database code, against the oracle after every step."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contract.timestamps import rfc3339
from contract.workorder import HandOverEntry, Merge, Unmerge
from hub.dispatching.handing_over import hand_over_as
from hub.dispatching.merging import merge_orders, unmerge_order
from hub.store import kpis
from hub.store.engine import Database
from hub.store.flow_tables import domain_event, held_evidence, order_clock, order_problem, timer
from hub.store.order_tables import audit, order_evidence, sighting
from tests.hub.detections import DISTRICT, at
from tests.hub.dispatching.facts import BY_HUB, FINAL, LEGAL, Order, Word
from tests.hub.dispatching.living import BOTH, DU, LAG, LIN, MEI, ORDER, OU, PHASE, Living, Row
from tests.hub.dispatching.small_town import found


class Lives(Living):
    """With whole stories, which single steps seldom make, and what must be true after every step."""

    @precondition(lambda self: self.oracle.orders)
    @rule(which=ORDER, minutes=st.sampled_from([1, 20, 90, 300, 2000]), phase=PHASE, lag=LAG)
    def come_back(self, which: int, minutes: int, phase: str, lag: int) -> None:
        """Closed, and later somebody sees the problem, or has seen it before the closing."""
        order = self._order(which)
        if order.open:
            self.wait(60)
            self._settled(order)
        self.wait(minutes)
        told = [n for n, (_, word) in enumerate(self.told) if self._at(word) == order.id]
        if told:
            self.hear_more(told[which % len(told)], phase, lag)

    @precondition(lambda self: self._in("resolved", "dispatched", "no-owner"))
    @rule(which=ORDER, minutes=st.sampled_from([3, 20, 90, 300]), phase=PHASE, lag=LAG, over=BOTH)
    def seen_when_resolved(
        self, which: int, minutes: int, phase: str, lag: int, over: bool
    ) -> None:
        """By its unit, or because it is over; then whoever saw it sees it still, or saw it before."""
        some = self._in("resolved", "dispatched", "no-owner")
        order = some[which % len(some)]
        told = [n for n, (_, word) in enumerate(self.told) if self._at(word) == order.id]
        if not told:
            return
        if over:
            self.hear_more(told[0], "ended", 0)
        elif order.state == "dispatched":
            self._move(order, "resolved", OU, None, None, 0)
        self.wait(minutes)
        self.hear_more(told[which % len(told)], phase, lag)

    @precondition(lambda self: self._in("dispatched"))
    @rule(which=ORDER)
    def go_round(self, which: int) -> None:
        """Not ours; yours all the same; done; not done."""
        some = self._in("dispatched")
        order = some[which % len(some)]
        self._move(order, "returned", OU, None, None, 0)
        self._move(order, "dispatched", LIN, "greening-1", None, 0)
        self.wait(20)
        self._move(order, "resolved", OU, None, None, 0)
        if order.state == "resolved":
            self._move(order, "dispatched", MEI, None, None, 0)

    @precondition(lambda self: len(self._in("dispatched")) > 1)
    @rule(which=ORDER, still=BOTH, heard=BOTH, stands=BOTH, goes_on=BOTH)
    def merge_and_part(
        self, which: int, still: bool, heard: bool, stands: bool, goes_on: bool
    ) -> None:
        """A part, shelved or not, of a whole that is shelved or not, and heard of meanwhile."""
        some = self._in("dispatched")
        order, into = some[which % len(some)], some[(which + 1) % len(some)]
        if still:
            self._move(order, "shelved", DU, None, 600, 0)
        self.wait(20)
        one = Merge(into=into.id, reason="one")
        if self._done(order, set(), 0, merge_orders, one, LIN):
            self.oracle.merge(order, into, self.now)
        self.wait(20)
        if stands:
            self._move(into, "shelved", DU, None, 120, 0)
        self.clocks_are_the_oracles_arithmetic()
        told = [n for n, (_, word) in enumerate(self.told) if self._at(word) == order.id]
        if heard and told:
            self.hear((*self.said[told[0]][:3], "updated", None, 0, True))
        self.wait(20)
        if stands and goes_on:
            self._move(into, "dispatched", LIN, None, None, 0)
        if self._done(order, set(), 0, unmerge_order, Unmerge(reason="two"), LIN):
            self.oracle.unmerge(order, self.now)

    @precondition(lambda self: self.oracle.orders)
    @rule(which=ORDER, unit=st.sampled_from(["sanitation-3", "greening-1"]), stale=BOTH)
    def hand_over(self, which: int, unit: str, stale: bool) -> None:
        """By a list that is true, or says that somebody else has it."""
        order = self._order(which)
        owner = "office-1" if stale else order.unit
        entry = HandOverEntry(order=order.id, owner=owner, to_unit=unit)
        (done,) = hand_over_as(self.conn, [entry], reason="redrawn", actor=LIN, at=at(self.now))
        if order.unit == unit:
            assert done.what == "already"
        elif stale or not order.open:
            assert done.what == "refused"
        else:
            assert done.what == "moved"
            self.oracle.hand_over(order, unit, self.now)

    def _at(self, word: Word) -> str | None:
        return self.oracle.sightings[word.event][2]

    @invariant()
    def the_orders_are_those_of_the_oracle(self) -> None:
        rows = self._rows()
        assert rows.keys() == self.oracle.orders.keys()
        for order in self.oracle.orders.values():
            assert self._told_of(rows[order.id], order) == self._expected(order)
        by_year: dict[str, list[str]] = {}
        for row in rows.values():
            by_year.setdefault(row["number"][:4], []).append(row["number"])
        for year, numbers in by_year.items():
            assert sorted(numbers) == [f"{year}-{n:06d}" for n in range(1, len(numbers) + 1)]

    @invariant()
    def a_key_has_one_open_order_and_a_part_a_whole(self) -> None:
        rows = self._rows()
        keys = Counter(row["dedupe_key"] for row in rows.values() if row["state"] not in FINAL)
        assert all(count == 1 for count in keys.values()), keys
        for row in rows.values():
            if row["merged_into"] is not None:
                assert row["state"] == "void"
                assert rows[row["merged_into"]]["merged_into"] != row["id"]

    @invariant()
    def every_word_is_kept_where_it_belongs(self) -> None:
        stored = self._all(sighting)
        told = {row["event_id"]: row["order_id"] for row in stored}
        assert len(told) == len(stored)
        assert told == {event: of for event, (_, _, of) in self.oracle.sightings.items()}
        photos = {(row["order_id"], row["sha256"]) for row in self._all(order_evidence)}
        assert photos == self.oracle.evidence
        kept = {
            (row["source"], row["problem_id"], row["sha256"]) for row in self._all(held_evidence)
        }
        assert kept == {(*name, proof) for name, _, proof in self.oracle.kept}
        problems = {
            (row["source"], row["problem_id"]): (
                row["order_id"],
                row["looks"],
                row["first_at"],
                row["last_at"],
                row["ended_at"],
            )
            for row in self._all(order_problem)
        }
        assert problems == {
            name: (one.order, one.looks, at(one.first), at(one.last), time(one.ended))
            for name, one in self.oracle.problems.items()
        }

    @invariant()
    def the_audit_log_tells_all_that_key_figures_rest_on(self) -> None:
        assert kpis.differences(self.conn, DISTRICT) == []

    @invariant()
    def clocks_are_the_oracles_arithmetic(self) -> None:
        clocks = {(row["order_id"], row["stage"]): row for row in self._all(order_clock)}
        for order in self.oracle.orders.values():
            if not order.open:
                continue
            resolve = clocks[order.id, "resolve"]
            start = min(one.opened for one in self.oracle.family(order))
            assert rfc3339(resolve["start_ns"]) == at(start)
            assert in_text(resolve["due_ns"]) == time(self.oracle.due(order))
            accept = clocks.get((order.id, "accept"))
            assert (accept is not None) == order.has_accept
            if accept is not None:
                assert in_text(accept["start_ns"]) == time(order.accept_from)
                assert in_text(accept["due_ns"]) == time(self.oracle.accept_due(order))
                assert accept["met_at"] == time(order.accepted)

    @invariant()
    def what_is_shelved_comes_back_by_itself_and_what_is_over_waits_for_nothing(self) -> None:
        waiting: dict[str, dict[str, str | None]] = {}
        for row in self._all(timer):
            if row["fired_at"] is None:
                waiting.setdefault(row["order_id"], {})[row["step"]] = row["due_at"]
        for order in self.oracle.orders.values():
            steps = waiting.get(order.id, {})
            if not order.open:
                assert steps == {}
                continue
            assert steps.keys() == self.oracle.steps(order)
            assert steps["overdue:resolve"] == time(self.oracle.due(order))
            if order.state == "shelved":
                assert steps["unshelve:"] == time(order.until)

    @invariant()
    def the_log_tells_a_legal_life_of_each_order(self) -> None:
        state: dict[str, str] = {}
        for row in sorted(self._all(audit), key=lambda row: row["seq"]):
            subject, origin, to = row["subject"], row["from_state"], row["to_state"]
            if row["action"] == "opened":
                assert subject not in state
                assert to in {"review", "dispatched", "no-owner"}
            elif origin is None:
                assert to == state[subject], row["action"]
            else:
                assert origin == state[subject]
                back = (origin, to) in BY_HUB and row["actor"] == "hub"
                parted = origin == "void" and row["action"] == "unmerged"
                assert back or parted or to in LEGAL[origin], row["action"]
                assert row["reason"]
            state[subject] = to
        rows = self._rows()
        assert state == {f"work-order/{row['id']}": row["state"] for row in rows.values()}

    @invariant()
    def events_are_numbered_without_gaps_and_versions_rise(self) -> None:
        numbers = sorted(row["n"] for row in self._all(domain_event))
        assert numbers == list(range(1, len(numbers) + 1))
        rows = self._rows()
        for name, old in self.before.items():
            new = rows[name]
            if {**new, "version": 0} != {**old, "version": 0}:
                assert new["version"] > old["version"]
            else:
                assert new["version"] >= old["version"]
        self.before = rows

    def _told_of(self, row: Row, order: Order) -> dict[str, object]:
        return {name: row[name] for name in self._expected(order)}

    def _expected(self, order: Order) -> dict[str, object]:
        expected: dict[str, object] = {
            "number": order.number,
            "state": order.state,
            "owner_unit": order.unit,
            "class_code": order.code[1],
            "catalogue": order.code[0],
            "policy_name": order.scenario,
            "opened_at": at(order.opened),
            "closed_at": time(order.closed),
            "dispatched_at": time(order.sent),
            "resolved_at": time(order.resolved),
            "resolved_by": order.resolved_by,
            "relapse_of": order.relapse_of,
            "merged_into": order.merged_into,
            "merged_from": order.merged_from,
            "shelved_until": time(order.until),
            "rework": order.rework,
            "returned": order.returned,
            "extended": order.extended,
            "reopened": order.reopened,
        }
        if order.merged_into is None:
            seen = self.oracle.seen(order)
            expected |= {"observed_at": at(min(seen)), "last_at": at(max(seen))}
        if order.open:
            expected |= {
                "due_at": time(self.oracle.due(order)),
                "ended_at": time(self.oracle.ended(order)),
            }
        return expected


def time(minute: int | None) -> str | None:
    return None if minute is None else at(minute)


def in_text(ns: int | None) -> str | None:
    return None if ns is None else rfc3339(ns)


@pytest.fixture
def lives(database: Database) -> type[Lives]:
    def of(**names: Any) -> type[Lives]:
        return type("Lives", (Lives,), names)

    return of(database=found(database))


def run(lives: type[Lives], *, examples: int, steps: int) -> None:
    wanted = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lives, settings=wanted)


def test_orders_live_as_the_oracle_says(lives: type[Lives]) -> None:
    run(lives, examples=10, steps=25)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_orders_live_long_as_the_oracle_says(lives: type[Lives]) -> None:
    run(lives, examples=300, steps=60)
