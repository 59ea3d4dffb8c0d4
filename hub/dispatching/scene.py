"""What is known when words on problems come in: orders, whose problems they are, which keys are open.
Pure; kept up to date while a batch is decided, so that its words see each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contract.timestamps import parse_rfc3339
from hub.dispatching.states import FINAL, OrderState

_OVERTAKES_NS = 86_400 * 10**9
SourceProblem = tuple[str, str]
"""Source and problem id."""


@dataclass(slots=True, kw_only=True)
class KnownOrder:
    """As much of an order as correlation asks for. Times are RFC 3339; `first_at`..`last_at` are of
    observation. `matter` is catalogue and class; `told` what the order's domain events tell of it besides,
    by the names they use."""

    id: str
    seq: int
    state: OrderState
    dedupe_key: str
    matter: tuple[str, str]
    first_at: str
    last_at: str
    closed_at: str | None = None
    merged_into: str | None = None
    cell: str | None = None
    lon: float | None = None
    lat: float | None = None
    told: Mapping[str, object] = field(default_factory=dict)
    by_itself: bool = False

    @property
    def over_at(self) -> str | None:
        """What was observed by then is settled: when it was closed, or, `by_itself` because its problem
        was over, when that was last heard of; the gateway may have told it long after."""
        if self.closed_at is None or not self.by_itself:
            return self.closed_at
        return min(self.closed_at, self.last_at)

    @property
    def open(self) -> bool:
        return self.state not in FINAL


@dataclass(slots=True, kw_only=True)
class KnownProblem:
    """Where one source's problem stands; `order_id` None = told, not filed yet."""

    order_id: str | None
    looks: int
    first_at: str
    last_at: str
    ended_at: str | None = None

    def lapsed(self, observed_at: str) -> bool:
        """Whether it was over, unfiled, by then: what is seen then is looked at afresh. An end of which
        nobody knows the beginning may have overtaken it, for a day."""
        if self.order_id is not None or self.ended_at is None or self.ended_at >= observed_at:
            return False
        apart_ns = parse_rfc3339(observed_at) - parse_rfc3339(self.ended_at)
        return self.looks > 0 or apart_ns > _OVERTAKES_NS


@dataclass(slots=True)
class Scene:
    """`repeats`: events that were recorded before, with their order. `aliases`: keys of merged
    orders -> the open order they are part of, and whose key it was."""

    repeats: dict[str, str | None] = field(default_factory=dict)
    problems: dict[SourceProblem, KnownProblem] = field(default_factory=dict)
    orders: dict[str, KnownOrder] = field(default_factory=dict)
    aliases: dict[str, tuple[str, str]] = field(default_factory=dict)
    by_key: dict[str, list[KnownOrder]] = field(default_factory=dict)
    by_cell: dict[str, list[KnownOrder]] = field(default_factory=dict)
    of_order: dict[str, list[SourceProblem]] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)

    def add_order(self, order: KnownOrder) -> None:
        if order.id in self.orders:
            return
        self.orders[order.id] = order
        self.by_key.setdefault(order.dedupe_key, []).append(order)
        if order.cell is not None:
            self.by_cell.setdefault(order.cell, []).append(order)
        if order.merged_into is not None:
            self.parts.setdefault(order.merged_into, []).append(order.id)

    def put_problem(self, key: SourceProblem, problem: KnownProblem) -> None:
        """New, or standing elsewhere than before."""
        before = self.problems.get(key)
        if before is not None and before.order_id is not None:
            self.of_order[before.order_id].remove(key)
        self.problems[key] = problem
        if problem.order_id is not None:
            self.of_order.setdefault(problem.order_id, []).append(key)

    def whole(self, order_id: str) -> KnownOrder | None:
        """The order that this one has become part of, or itself."""
        order = self.orders.get(order_id)
        while order is not None and order.merged_into is not None:
            order = self.orders.get(order.merged_into)
        return order

    def open_of(self, key: str) -> tuple[KnownOrder, str] | None:
        """The open order whose key this is, and the id under which it is: of a merged one, its own."""
        own = next(((one, one.id) for one in self.by_key.get(key, ()) if one.open), None)
        alias = self.aliases.get(key)
        if own is not None or alias is None:
            return own
        order = self.whole(alias[0])
        return None if order is None else (order, alias[1])

    def settled_of(self, key: str) -> list[KnownOrder]:
        """Closed or void orders that had the key; for a merged one, what it became part of."""
        whole = (self.whole(one.id) for one in self.by_key.get(key, ()) if not one.open)
        return [one for one in whole if one is not None and not one.open]

    def near(self, cells: Iterable[str], matter: tuple[str, str]) -> Iterable[KnownOrder]:
        return (
            one
            for cell in cells
            for one in self.by_cell.get(cell, ())
            if one.matter == matter and one.merged_into is None
        )

    def problems_of(self, order_id: str) -> list[tuple[SourceProblem, KnownProblem]]:
        """Of the order and everything merged into it."""
        ids = [order_id]
        for one in ids:
            ids += self.parts.get(one, ())
        return [(key, self.problems[key]) for one in ids for key in self.of_order.get(one, ())]
