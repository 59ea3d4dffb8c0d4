"""What may happen to orders, step by step: told to the real database code and to the oracle alike.

Each life is one transaction that is rolled back; each step is a savepoint, so that a refused one must
leave everything as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import ClassVar

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
)

from contract.workorder import (
    Extension,
    Merge,
    Milestone,
    Move,
    NewOrder,
    OrderPlace,
    Reclassify,
    Unmerge,
)
from hub.dispatching import Detection, dispatch, dispatch_many
from hub.dispatching.errors import CannotBe, NoSuchOrder, StaleVersion, WrongTime, WrongUnit
from hub.dispatching.guards import NotAllowed
from hub.dispatching.merging import merge_orders, unmerge_order
from hub.dispatching.moves import extend_order, move_order, reach_stage, reclassify_order
from hub.dispatching.opening import order_id_of
from hub.dispatching.reporting import report_order
from hub.dispatching.states import IllegalMove
from hub.store import audit as log
from hub.store.engine import Database
from hub.store.flow_tables import domain_event, order_clock, order_problem, timer
from hub.store.journal import begin
from hub.store.order_tables import audit, sighting, work_order
from hub.store.tokens import Actor
from tests.hub.detections import DISTRICT, at, detection
from tests.hub.dispatching.facts import FINAL, LEGAL, SCENARIOS, Order, Word
from tests.hub.dispatching.oracle import Oracle
from tests.hub.dispatching.small_town import UNITS, spot

REFUSED = (CannotBe, IllegalMove, NoSuchOrder, NotAllowed, StaleVersion, WrongTime, WrongUnit)
LIN = Actor("id-lin", DISTRICT, "lin", "dispatcher")
MEI = Actor("id-mei", DISTRICT, "mei", "dispatcher", "sanitation-3")
DU = Actor("id-du", DISTRICT, "du", "dispatcher", "office-1")
OU = Actor("id-ou", DISTRICT, "ou", "operator", "greening-1")
ACTORS = st.sampled_from([LIN, LIN, MEI, MEI, OU])
ORDER = st.integers(0, 30)
BOTH = st.booleans()
PHASE = st.sampled_from(["opened", "updated", "updated", "ended"])
LAG = st.sampled_from([0, 0, 0, 3, 40, 300])
SAID = st.tuples(
    st.sampled_from(["silent", "heap", "heap", "quick"]),
    st.sampled_from(["cs-017", "cs-018", "cs-019"]),
    st.integers(1, 3),
    PHASE,
    st.sampled_from([0, 10, 25, 200, 210, None]),
    LAG,
    BOTH,
)
"""Scenario, slot, problem, phase, metres east, minutes that it took to arrive, with a photo or without."""

Said = tuple[str, str, int, str, int | None, int, bool]
Row = sa.RowMapping


class Living(RuleBasedStateMachine):
    """`now` in minutes; `seen` keeps each order's row and version of the step before."""

    database: ClassVar[Database]

    def __init__(self) -> None:
        super().__init__()
        self.conn = self.database.writer_engine.connect()
        self.conn.begin()
        self.oracle, self.now, self.n = Oracle(), 0, 0
        self.given: Counter[str] = Counter()
        self.told: list[tuple[Detection, Word]] = []
        self.said: list[Said] = []
        self.before: dict[str, Row] = {}

    def teardown(self) -> None:
        assert log.verify(self.conn) == []
        self.conn.rollback()
        self.conn.close()

    # -- words

    @rule(said=SAID)
    def hear(self, said: Said) -> None:
        one, word = self._word(said)
        self._heard([word], [dispatch(self.conn, one)])

    @rule(all_said=st.lists(SAID, min_size=2, max_size=4))
    def hear_together(self, all_said: list[Said]) -> None:
        batch = [self._word(said) for said in all_said]
        journal = begin(self.conn, DISTRICT)
        answers = dispatch_many(journal, [one for one, _ in batch])
        journal.flush()
        self.oracle.hold()
        self._heard([word for _, word in batch], answers)
        self.oracle.let_go()

    @precondition(lambda self: self.told)
    @rule(which=ORDER, phase=PHASE, lag=LAG)
    def hear_more(self, which: int, phase: str, lag: int) -> None:
        """On a problem that was told of before: late, back, over."""
        scenario, slot, problem, _, east_m, _, proven = self.said[which % len(self.said)]
        self.hear((scenario, slot, problem, phase, east_m, lag, proven))

    @precondition(lambda self: self._of_parts())
    @rule(which=ORDER, phase=PHASE, other=BOTH)
    def hear_of_part(self, which: int, phase: str, other: bool) -> None:
        """On what is part of another order: the same problem, or another one of the same thing."""
        some = self._of_parts()
        scenario, slot, problem, _, east_m, _, _ = some[which % len(some)]
        self.hear((scenario, slot, problem + other, phase, east_m, 0, True))

    @precondition(lambda self: self.told)
    @rule(which=ORDER)
    def hear_again(self, which: int) -> None:
        one, word = self.told[which % len(self.told)]
        before = self._everything()
        assert dispatch(self.conn, one) == self.oracle.sightings[word.event][2]
        assert self._everything() == before

    @rule(
        actor=ACTORS, east_m=st.sampled_from([0, 10, 200, None]), lag=st.sampled_from([0, 40, 300])
    )
    def report(self, actor: Actor, east_m: int | None, lag: int) -> None:
        self.n += 1
        seed = f"report {self.n}"
        name = order_id_of(DISTRICT, "report", actor.token_id, seed)
        place = OrderPlace(**spot(east_m)) if east_m is not None else OrderPlace()
        asked = NewOrder(
            class_code="08007", detail="seen", place=place, observed_at=at(self.now - lag)
        )
        answer = report_order(self.conn, asked, actor=actor, seed=seed, at=at(self.now))
        source = f"/{DISTRICT}/{actor.label}"
        word = Word(
            f"{source}#{name}",
            source,
            name,
            "reported",
            "opened",
            "",
            east_m,
            self.now - lag,
            self.now,
        )
        self._heard([word], [answer])

    def _word(self, said: Said) -> tuple[Detection, Word]:
        scenario, slot, problem, phase, east_m, lag, proven = said
        self.n += 1
        proof = f"{self.n:064x}" if proven else None
        thing, name = "camera/1", f"{scenario}-{problem}"
        one = detection(
            self.n,
            slot=slot,
            kind=f"m-{scenario}",
            problem_id=name,
            phase=phase,
            object=thing,
            observed_at=at(self.now - lag),
            received_at=at(self.now),
            evidence=(proof,) if proof else (),
            **(spot(east_m) if east_m is not None else {}),
        )
        word = Word(
            one.event_id,
            one.source,
            name,
            scenario,
            phase,
            thing,
            east_m,
            self.now - lag,
            self.now,
            proof,
            UNITS.get(slot),
        )
        self.told.append((one, word))
        self.said.append(said)
        return one, word

    def _heard(self, words: list[Word], answers: list[str | None]) -> None:
        for word, answer in zip(words, answers, strict=True):
            what, order = self.oracle.hear(word)
            if what == "open":
                assert answer is not None
                assert answer not in self.oracle.orders
                year = at(self.now)[:4]
                self.given[year] += 1
                self.oracle.opened(word, answer, f"{year}-{self.given[year]:06d}", order)
            else:
                assert answer == (order and order.id), what

    # -- people

    @precondition(lambda self: self.oracle.orders)
    @rule(
        which=ORDER,
        way=st.integers(0, 30),
        actor=ACTORS,
        unit=st.sampled_from([None, None, "sanitation-3", "greening-1"]),
        until=st.sampled_from([None, None, None, 60, 600]),
        stale=st.sampled_from([0, 0, 0, 1]),
    )
    def move(
        self, which: int, way: int, actor: Actor, unit: str | None, until: int | None, stale: int
    ) -> None:
        """Mostly a legal way, so that lives get on."""
        order = self._order(which)
        ways = sorted(LEGAL[order.state] if way < 20 else LEGAL) or sorted(LEGAL)
        self._move(order, ways[way % len(ways)], actor, unit, until, stale)

    @precondition(lambda self: self._in("dispatched", "shelved"))
    @rule(which=ORDER, until=st.sampled_from([60, 600]))
    def shelve(self, which: int, until: int) -> None:
        """Or, where it is shelved, take it up again."""
        some = sorted(
            self._in("dispatched", "shelved"), key=lambda one: -len(self.oracle.family(one))
        )
        order = some[which % len(some)]
        shelved = order.state == "shelved"
        to = "dispatched" if shelved else "shelved"
        unit = "greening-1" if shelved else None
        self._move(order, to, MEI, unit, None if shelved else until, 0)

    @precondition(lambda self: self._in(*(LEGAL.keys() - FINAL)))
    @rule(which=ORDER, end=st.sampled_from(["closed", "closed", "dispatched", "resolved"]))
    def settle(self, which: int, end: str) -> None:
        some = self._in(*(LEGAL.keys() - FINAL))
        self._settled(some[which % len(some)], end)

    def _settled(self, order: Order, end: str = "closed") -> None:
        if order.state in {"review", "no-owner", "returned", "shelved"}:
            self._move(order, "dispatched", LIN, "greening-1", None, 0)
        if order.state == "dispatched":
            self._move(order, "resolved", OU, None, None, 0)
        if order.state == "resolved" != end:
            self._move(order, end, MEI, None, None, 0)

    def _move(
        self,
        order: Order,
        to: str,
        actor: Actor,
        unit: str | None,
        until: int | None,
        stale: int,
    ) -> None:
        against = self.oracle.refusals(
            order,
            to,
            operator=actor.role == "operator",
            by=actor.label,
            of=actor.unit,
            unit=unit,
            until=until,
            now=self.now,
        )
        end = None if until is None else at(self.now + until)
        move = Move(to=to, reason="so it is", unit=unit, until=end)  # type: ignore[arg-type]
        if self._done(order, against, stale, move_order, move, actor):
            self.oracle.move(order, to, actor.label, self.now, unit=unit)
            order.until = self.now + until if until else order.until

    @precondition(lambda self: self.oracle.orders)
    @rule(which=ORDER, actor=ACTORS, hours=st.sampled_from([1, 2.5]))
    def extend(self, which: int, actor: Actor, hours: float) -> None:
        order = self._order(which)
        against = self._against(order, actor)
        if self.oracle.late(order, actor.unit, self.now):
            against.add("NotAllowed")
        more = Extension(amount=hours, reason="rain")
        if self._done(order, against, 0, extend_order, more, actor):
            order.hours += hours
            order.extended += 1

    @precondition(lambda self: self.oracle.orders)
    @rule(which=ORDER, actor=ACTORS, scenario=st.sampled_from(["silent", "heap", "quick"]))
    def reclassify(self, which: int, actor: Actor, scenario: str) -> None:
        order = self._order(which)
        catalogue, code = SCENARIOS[scenario].code
        to = Reclassify(class_code=code, catalogue=catalogue, reason="it is that")
        if self._done(order, self._against(order, actor), 0, reclassify_order, to, actor):
            self.oracle.reclassify(order, scenario)

    @precondition(lambda self: self.oracle.orders)
    @rule(which=ORDER, actor=ACTORS)
    def accept(self, which: int, actor: Actor) -> None:
        order = self._order(which)
        against = set() if order.open else {"CannotBe"}
        if not order.has_accept or order.accepted is not None:
            against.add("CannotBe")
        mark = Milestone(stage="accept", reason="on our way")
        if self._done(order, against, 0, reach_stage, mark, actor):
            order.accepted = self.now

    @precondition(lambda self: len(self.oracle.orders) > 1)
    @rule(which=ORDER, other=ORDER, actor=ACTORS, stale=st.sampled_from([0, 0, 0, 1]), still=BOTH)
    def merge(self, which: int, other: int, actor: Actor, stale: int, still: bool) -> None:
        some = self._in(*(LEGAL.keys() - FINAL)) if other % 4 else []
        some = some if len(some) > 1 else list(self.oracle.orders.values())
        order, into = some[which % len(some)], some[other % len(some)]
        if still and order.state == "dispatched":
            self._move(order, "shelved", MEI, None, 600, 0)
        against = {"NotAllowed"} if actor is OU else set()
        if order is into or {order.state, into.state} & {*FINAL, "resolved"}:
            against.add("CannotBe")
        if self._done(
            order, against, stale, merge_orders, Merge(into=into.id, reason="one"), actor
        ):
            self.oracle.merge(order, into, self.now)

    @precondition(lambda self: any(one.merged_into for one in self.oracle.orders.values()))
    @rule(which=ORDER, actor=ACTORS)
    def unmerge(self, which: int, actor: Actor) -> None:
        parts = [one for one in self.oracle.orders.values() if one.merged_into]
        order = parts[which % len(parts)]
        against = {"NotAllowed"} if actor is OU else set()
        same = [one for one in self.oracle.orders.values() if one.key == order.key]
        if not self.oracle.orders[order.merged_into or ""].open or any(o.open for o in same):
            against.add("CannotBe")
        if self._done(order, against, 0, unmerge_order, Unmerge(reason="two"), actor):
            self.oracle.unmerge(order, self.now)

    @rule(minutes=st.sampled_from([1, 20, 20, 60, 60, 90, 300, 300, 2000, 8 * 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.now += minutes

    def _of_parts(self) -> list[Said]:
        parts = {one.id for one in self.oracle.orders.values() if one.merged_into is not None}
        at_ = [self.oracle.sightings[word.event][2] in parts for _, word in self.told]
        return [said for said, part in zip(self.said, at_, strict=True) if part]

    def _in(self, *states: str) -> list[Order]:
        return [one for one in self.oracle.orders.values() if one.state in states]

    def _order(self, which: int) -> Order:
        orders = list(self.oracle.orders.values())
        return orders[which % len(orders)]

    def _against(self, order: Order, actor: Actor) -> set[str]:
        """What stands against anything that only dispatchers do to open orders."""
        found = {"NotAllowed"} if actor is OU else set()
        return found if order.open else found | {"CannotBe"}

    def _done(
        self,
        order: Order,
        against: set[str],
        stale: int,
        what: Callable[..., None],
        asked: object,
        actor: Actor,
    ) -> bool:
        """Refused for one of the reasons that stand against it, and then nothing has changed; else done."""
        version = self._rows()[order.id]["version"] + stale
        expected = against | ({"StaleVersion"} if stale else set())
        before = self._everything() if expected else None
        refused = ""
        try:
            with self.conn.begin_nested():
                what(self.conn, order.id, asked, actor=actor, version=version, at=at(self.now))
        except REFUSED as error:
            refused = type(error).__name__
        assert (refused in expected) if expected else not refused
        assert before is None or self._everything() == before
        return not refused

    def _rows(self) -> dict[str, Row]:
        return {row["id"]: row for row in self._all(work_order)}

    def _all(self, table: sa.Table) -> list[Row]:
        return list(self.conn.execute(sa.select(table)).mappings())

    def _everything(self) -> list[list[Row]]:
        tables = (work_order, sighting, order_problem, order_clock, timer, audit, domain_event)
        return [sorted(self._all(one), key=repr) for one in tables]
