"""What the order engine shall do, said once more in plain Python: dicts and loops, no database, no import
from the engine. Minutes are integers. The model test compares the two after every step.
"""

from __future__ import annotations

from tests.hub.dispatching.facts import (
    FINAL,
    HOUR,
    LEEWAY,
    LEGAL,
    SCENARIOS,
    WEEK,
    Order,
    Problem,
    Word,
)
from tests.hub.dispatching.oracle_clocks import Clocks


class Oracle(Clocks):
    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.problems: dict[tuple[str, str], Problem] = {}
        self.sightings: dict[str, tuple[tuple[str, str], int, str | None]] = {}
        self.evidence: set[tuple[str, str]] = set()
        self.kept: list[tuple[tuple[str, str], int, str]] = []
        self.merges = 0
        self.held: list[tuple[Order, Word, bool]] | None = None

    # -- what an order is made of

    def whole(self, order: Order) -> Order:
        return order if order.merged_into is None else self.whole(self.orders[order.merged_into])

    def family(self, order: Order) -> list[Order]:
        """The order and everything merged into it."""
        parts = [one for one in self.orders.values() if one.merged_into == order.id]
        return [order, *(each for part in parts for each in self.family(part))]

    def seen(self, order: Order) -> list[int]:
        ids = {one.id for one in self.family(order)}
        return [seen for _, seen, of in self.sightings.values() if of in ids]

    def ended(self, order: Order) -> int | None:
        ids = {one.id for one in self.family(order)}
        ends = [one.ended for one in self.problems.values() if one.order in ids]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None

    def over(self, order: Order) -> int | None:
        """What was seen by then is settled. The hub closes what is over when it hears of it; it was over
        when that was seen."""
        by_itself = order.resolved_by == "hub" and order.resolved == order.closed
        if order.closed is None or not by_itself:
            return order.closed
        return min(order.closed, max(self.seen(order)))

    # -- correlation

    def hear(self, word: Word) -> tuple[str, Order | None]:
        """What the word is: repeat, unfiled, late, join, reopen, or open with the order to be linked to."""
        if word.event in self.sightings:
            return "repeat", None
        problem = self.problems.get((word.source, word.problem))
        part = self.orders[problem.order] if problem and problem.order else None
        own = None if part is None else self.whole(part)
        if word.phase == "ended" and own is None:
            return self._take(word, "unfiled", None, None)
        if own and self._its_own(own, word):
            return self._take(word, "join", own, part)
        if own and own.state == "void" and word.phase == "updated":
            return self._take(word, "late", own, part)
        same = [one for one in self.orders.values() if one.key == self.key(word)]
        over = [self.whole(one) for one in same if not self.whole(one).open]
        over += [own] if own and not own.open else []
        there = self._closed_since(over, word, own)
        if there:
            return self._take(word, "late", there, there)
        if own and own.open:
            return self._take(word, "join", own, part)
        return self._of_others(word, same, over)

    def _its_own(self, own: Order, word: Word) -> bool:
        return word.phase == "ended" or (own.open and min(self.seen(own)) <= word.seen)

    def _of_others(
        self, word: Word, same: list[Order], over: list[Order]
    ) -> tuple[str, Order | None]:
        scenario, problem = SCENARIOS[word.scenario], self.problems.get((word.source, word.problem))
        direct = [one for one in same if one.open]
        inside = [one for one in same if not one.open and self.whole(one).open]
        for one in direct or sorted(inside, key=lambda one: -one.merged_n)[:1]:
            return self._take(word, "join", self.whole(one), one)
        around = self._around(word)
        begun = [one for one in around if one.open and min(self.seen(one)) <= word.seen]
        there = (
            self._nearest(begun, word)
            or self._closed_since(around, word, None)
            or self._nearest([one for one in around if one.open], word)
        )
        if there:
            return self._take(word, "join" if there.open else "late", there, there)
        looks = problem.looks if problem and not self._lapsed(problem, word) else 0
        if looks + 1 < scenario.looks:
            return self._take(word, "unfiled", None, None)
        return self._back(word, [*over, *around])

    def _back(self, word: Word, over: list[Order]) -> tuple[str, Order | None]:
        closed = [
            (there, one.n, one)
            for one in over
            if one.state == "closed"
            and (there := self.over(one)) is not None
            and there <= word.seen + LEEWAY
        ]
        if not closed:
            return "open", None
        when, _, last = max(closed)[:3]
        reopen = SCENARIOS[word.scenario].reopen
        if reopen and word.seen - when <= reopen:
            held = self.holder(last.key)
            if held is not None:
                return self._take(word, "join", self.whole(held), held)
            self._reopen(last, word.heard)
            return self._take(word, "reopen", last, last)
        return "open", last if word.seen - when <= WEEK else None

    def key(self, word: Word) -> tuple[str, ...]:
        code = SCENARIOS[word.scenario].code
        slot = word.source.split("/", 2)[2]
        thing = word.thing if SCENARIOS[word.scenario].by_object else word.problem
        return (*code, slot, thing)

    def holder(self, key: tuple[str, ...]) -> Order | None:
        """The open order of a key, or the one with it that is part of an open one."""
        same = [one for one in self.orders.values() if one.key == key and self.whole(one).open]
        return max(same, key=lambda one: (one.open, one.merged_n), default=None)

    def _closed_since(self, some: list[Order], word: Word, own: Order | None) -> Order | None:
        for one in sorted(some, key=lambda one: (self.over(one) or 0, one.n)):
            over = self.over(one)
            gap = -1 if over is None else over - word.seen
            if gap >= 0 and (gap > LEEWAY or one is own):
                return one
        return None

    def _around(self, word: Word) -> list[Order]:
        scenario, found = SCENARIOS[word.scenario], []
        for one in self.orders.values():
            if word.east_m is None or one.east_m is None or not scenario.radius_m:
                continue
            seen = self.seen(one)
            ids = {each.id for each in self.family(one)}
            another = any(
                source == word.source
                and problem != word.problem
                and standing.order in ids
                and (standing.ended is None or standing.ended > word.seen)
                for (source, problem), standing in self.problems.items()
            )
            if (
                one.merged_into is None
                and one.code == scenario.code
                and abs(one.east_m - word.east_m) <= scenario.radius_m
                and min(seen) - 24 * HOUR <= word.seen <= max(seen) + 24 * HOUR
                and not another
            ):
                found.append(one)
        return found

    def _nearest(self, some: list[Order], word: Word) -> Order | None:
        def far(one: Order) -> tuple[float, int]:
            return abs((one.east_m or 0) - (word.east_m or 0)), one.n

        return min(some, key=far, default=None)

    def opened(self, word: Word, order_id: str, number: str, relapse_of: Order | None) -> None:
        """The word that `hear` called `open` has this order."""
        scenario = SCENARIOS[word.scenario]
        n = len(self.orders) + 1
        state = "review" if scenario.review else "dispatched" if word.unit else "no-owner"
        new = Order(
            order_id,
            n,
            self.key(word),
            word.scenario,
            scenario.code,
            state,
            word.unit,
            word.heard,
            word.east_m,
            number,
            scenario.hours,
            relapse_of.id if relapse_of else None,
            has_accept=scenario.accept is not None,
            expires=bool(scenario.expires_in),
        )
        if state == "dispatched":
            self._send(new, word.heard)
        self.orders[order_id] = new
        self._take(word, "open", new, new)

    def _take(
        self, word: Word, what: str, order: Order | None, part: Order | None
    ) -> tuple[str, Order | None]:
        at = None if part is None else part.id
        name = (word.source, word.problem)
        before, ended = self.problems.get(name), word.phase == "ended"
        self.sightings[word.event] = (name, word.seen, at)
        if word.proof and at is None:
            self.kept.append((name, word.seen, word.proof))
        elif word.proof and at is not None:
            self.evidence.add((at, word.proof))
        if before is None or (not ended and self._lapsed(before, word)):
            now = Problem(at, 0 if ended else 1, word.seen, word.seen, word.seen if ended else None)
        else:
            stays = what == "late" and before.order is not None and before.last > word.seen
            now = Problem(
                before.order if stays else at,
                before.looks + (not ended),
                min(before.first, word.seen),
                max(before.last, word.seen),
                before.ended,
            )
            if ended and word.seen >= before.last:
                now.ended = word.seen
            if not ended and before.ended is not None and word.seen > before.ended:
                now.ended = None
        self.problems[name] = now
        if before is not None and before.order is None and at is not None:
            self._file(name, now.first, at)
        if order is not None:
            self._follow(order, word, over=ended or what == "open")
        return what, order

    def _file(self, name: tuple[str, str], since: int, at: str) -> None:
        """What was said of it since it began was not enough before, and belongs to it now."""
        for event, (of, seen, kept) in list(self.sightings.items()):
            if of == name and kept is None and seen >= since:
                self.sightings[event] = (name, seen, at)
        self.evidence |= {
            (at, proof) for of, seen, proof in self.kept if of == name and seen >= since
        }
        self.kept = [one for one in self.kept if one[0] != name]

    def _lapsed(self, problem: Problem, word: Word) -> bool:
        """It was over by then, and nobody had filed it."""
        if problem.order is not None or problem.ended is None or problem.ended >= word.seen:
            return False
        return problem.looks > 0 or word.seen - problem.ended > 24 * HOUR

    def hold(self) -> None:
        """Words from here on are one batch: what they bring about waits for the last of them."""
        self.held = []

    def let_go(self) -> None:
        held, self.held = self.held or [], None
        for order, word, _ in held:
            self._not_gone(order, word)
        for order, word, over in held:
            self._over(order, word.heard if over else None)

    def _follow(self, order: Order, word: Word, *, over: bool) -> None:
        if self.held is not None:
            self.held.append((order, word, over))
            return
        self._not_gone(order, word)
        self._over(order, word.heard if over else None)

    def _not_gone(self, order: Order, word: Word) -> None:
        """Said to be resolved, and seen too long after that to be what whoever did it left behind."""
        leeway = SCENARIOS[order.scenario].rework
        if (
            order.state == "resolved"
            and order.resolved is not None
            and word.phase != "ended"
            and word.seen > order.resolved + leeway
        ):
            self.move(order, "dispatched" if order.unit else "no-owner", "hub", word.heard)

    def _over(self, order: Order, now: int | None) -> None:
        by_itself = SCENARIOS[order.scenario].resolves_itself
        there = order.state in {"dispatched", "no-owner"}
        if now is not None and by_itself and there and self.ended(order) is not None:
            self.move(order, "resolved", "hub", now)

    # -- what people do

    def move(self, order: Order, to: str, by: str, now: int, *, unit: str | None = None) -> None:
        origin, order.state = order.state, to
        order.expires |= to in SCENARIOS[order.scenario].expires_in
        if origin == "shelved":
            self._go_on(order, now)
        if to == "dispatched":
            order.rework += origin == "resolved"
            order.unit = unit or order.unit
            self._send(order, now)
        elif to == "no-owner":
            order.rework += origin == "resolved"
            order.unit = order.resolved = order.resolved_by = None
        elif to == "returned":
            order.returned += 1
        elif to == "resolved":
            order.resolved, order.resolved_by = now, by
            if not SCENARIOS[order.scenario].verified:
                self.move(order, "closed", "hub", now)
        elif to == "shelved":
            for one in self.family(order):
                one.pauses.append([now, None])
        elif to in FINAL:
            order.closed, order.expires = now, False

    def _send(self, order: Order, now: int) -> None:
        order.sent, order.until = now, None
        order.resolved = order.resolved_by = None
        if order.has_accept and order.accept_from is None:
            order.accept_from = now

    def _reopen(self, order: Order, now: int) -> None:
        order.state, order.closed = "dispatched" if order.unit else "no-owner", None
        order.reopened += 1
        if order.unit:
            self._send(order, now)
        order.resolved = order.resolved_by = None
        order.expires = order.state in SCENARIOS[order.scenario].expires_in

    def _go_on(self, order: Order, now: int) -> None:
        """What stands because of this order stands no longer; what stood before goes on standing."""
        begun = [pause[0] for pause in order.pauses if pause[1] is None]
        for one in self.family(order):
            for pause in one.pauses:
                if pause[1] is None and pause[0] in begun:
                    pause[1] = now

    def refusals(
        self,
        order: Order,
        to: str,
        *,
        operator: bool,
        by: str,
        of: str | None,
        unit: str | None,
        until: int | None,
        now: int,
    ) -> set[str]:
        """Every reason against the move; `of` is the actor's unit. Empty = it is made."""
        found: set[str] = set()
        if to not in LEGAL[order.state]:
            found.add("IllegalMove")
        rework = order.state == "resolved" and to == "dispatched" and unit is None
        if operator and not rework and to not in {"resolved", "returned", "closed"}:
            found.add("NotAllowed")
        if unit is not None and to != "dispatched":
            found.add("WrongUnit")
        if to == "dispatched" and unit is None and order.unit is None:
            found.add("WrongUnit")
        if to == order.state == "dispatched" and unit in {None, order.unit}:
            found.add("WrongUnit")
        if (to == "shelved") != (until is not None):
            found.add("WrongTime")
        if to == "closed" and order.resolved_by == by:
            found.add("NotAllowed")
        if to == "shelved" and self.late(order, of, now):
            found.add("NotAllowed")
        return found

    def hand_over(self, order: Order, unit: str, now: int) -> None:
        """To another unit: what was on its way is sent there, all else stays as it is."""
        if order.state in {"dispatched", "returned", "no-owner"}:
            self.move(order, "dispatched", "token/lin", now, unit=unit)
        order.unit = unit

    def merge(self, order: Order, into: Order, now: int) -> None:
        self.merges += 1
        order.merged_n, order.merged_from, order.state = self.merges, order.state, "void"
        order.merged_into, order.closed = into.id, now
        into.expires = bool(SCENARIOS[into.scenario].expires_in)

    def unmerge(self, order: Order, now: int) -> None:
        for one in (order, self.orders[order.merged_into or ""]):
            one.expires = one.expires or bool(SCENARIOS[one.scenario].expires_in)
        order.state, order.merged_from = order.merged_from or "", None
        order.merged_into = order.closed = None
        if order.state != "shelved":
            self._go_on(order, now)

    def reclassify(self, order: Order, scenario: str) -> None:
        order.scenario, order.code = scenario, SCENARIOS[scenario].code
        order.hours, order.has_accept = SCENARIOS[scenario].hours, scenario == "quick"
        order.expires = order.state in SCENARIOS[scenario].expires_in
        if not order.has_accept:
            order.accept_from = order.accepted = None
        elif order.accept_from is None:
            order.accept_from = order.sent
