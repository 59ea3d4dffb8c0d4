"""The oracle's arithmetic of time: when orders are due, what waits to happen by itself. Minutes are integers."""

from __future__ import annotations

from itertools import pairwise

from tests.hub.dispatching.facts import SCENARIOS, Order


class Clocks:
    def family(self, order: Order) -> list[Order]:
        """The order and everything merged into it."""
        raise NotImplementedError

    def steps(self, order: Order) -> set[str]:
        """What waits to happen to an open order by itself, second looks aside."""
        scenario = SCENARIOS[order.scenario]
        found = {"overdue:resolve", *scenario.steps}
        found |= set() if order.accepted is not None else scenario.accept_steps
        found |= {"expire:"} if order.expires else set()
        return found | ({"unshelve:"} if order.state == "shelved" else set())

    def due(self, order: Order) -> int | None:
        start = min(one.opened for one in self.family(order))
        return self._behind(order, start, round(order.hours * 60))

    def accept_due(self, order: Order) -> int | None:
        if order.accept_from is None:
            return None
        return self._behind(order, order.accept_from, SCENARIOS["quick"].accept or 0)

    def used(self, order: Order, now: int) -> int:
        start = min(one.opened for one in self.family(order))
        cuts = self._cuts(order, start, now)
        return sum(end - begin for begin, end in pairwise(cuts) if not self._stands(order, begin))

    def late(self, order: Order, unit: str | None, now: int) -> bool:
        """Less than a fifth of the time is left, and who asks for more is not another unit."""
        left = 1.0 - self.used(order, now) / round(order.hours * 60)
        return left < 0.2 and (unit is None or unit == order.unit)

    def _behind(self, order: Order, start: int, left: int) -> int | None:
        cuts = self._cuts(order, start, None)
        for begin, end in zip(cuts, [*cuts[1:], None], strict=True):
            if self._stands(order, begin):
                continue
            if end is None or left <= end - begin:
                return begin + left
            left -= end - begin
        return None

    def _cuts(self, order: Order, start: int, end: int | None) -> list[int]:
        family = self.family(order)
        cuts = {start, *(one.opened for one in family)}
        cuts |= {cut for one in family for pause in one.pauses for cut in pause if cut is not None}
        cuts |= set() if end is None else {end}
        return sorted(cut for cut in cuts if cut >= start and (end is None or cut <= end))

    def _stands(self, order: Order, at: int) -> bool:
        """Everything that was open by then stands."""
        there = [one for one in self.family(order) if one.opened <= at]
        return all(
            any((b or 0) <= at and (e is None or at < e) for b, e in one.pauses) for one in there
        )
