"""Orders as steps find them, read for a whole chunk at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from contract.workorder import Priority
from hub.deadlines.pauses import stands
from hub.dispatching.book import Book
from hub.dispatching.course import clock_of
from hub.dispatching.second_looks import Send
from hub.policies.policy import Policy
from hub.store import order_heads, timers
from hub.store.journal import Journal
from hub.store.order_heads import OrderHead
from hub.store.timers import StageRow, TimerRow

SendWithin = Callable[[sa.Connection, int], Send]
"""(transaction, UTC ns) -> how commands are sent in it."""


@dataclass(frozen=True, slots=True)
class Case:
    """`paused`: the order's own clock is stopped; what was merged into it may run on."""

    head: OrderHead
    stages: Mapping[str, StageRow]
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One step of one order, now. The journal is the step's own: what it noted is dropped when it
    fails."""

    journal: Journal
    book: Book
    send: Send
    row: TimerRow
    case: Case
    policy: Policy
    at_ns: int
    at: str

    @property
    def kind(self) -> str:
        return self.row.step.partition(":")[0]

    @property
    def name(self) -> str:
        return self.row.step.partition(":")[2]

    @property
    def stands(self) -> bool:
        """Whether the order's time is stopped now."""
        if not self.case.paused:
            return False
        return stands(clock_of(self.journal.conn, self.case.head).pauses, self.at_ns)


@dataclass(frozen=True, slots=True)
class Result:
    """`moot`: the order does not need it any more. `waits`: it will, when its clock goes on. `priority`
    is what the order gets by it."""

    what: Literal["done", "moot", "waits"]
    text: str = "done"
    priority: Priority | None = None


Effect = Callable[[Due], Result]


def cases_of(conn: sa.Connection, district: str, order_ids: Collection[str]) -> dict[str, Case]:
    """By order; the orders are held."""
    heads = order_heads.lock_orders(conn, district, order_ids)
    stages: dict[str, dict[str, StageRow]] = {}
    for row in timers.stages(conn, order_ids):
        stages.setdefault(row.order_id, {})[row.stage] = row
    paused = timers.paused(conn, order_ids)
    return {
        order_id: Case(head, stages.get(order_id, {}), order_id in paused)
        for order_id, head in heads.items()
    }
