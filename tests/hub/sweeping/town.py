"""A district whose orders are swept: its rules are published, its clock is moved, what happens is read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.workorder import Move
from hub.dispatching import dispatch
from hub.dispatching.moves import move_order
from hub.dispatching.second_looks import Send
from hub.store import audit, looks, order_heads, reference
from hub.store.engine import Database
from hub.store.flow_tables import domain_event, order_problem, timer
from hub.store.order_heads import OrderHead
from hub.store.order_tables import audit as audit_table
from hub.store.tokens import Actor
from hub.sweeping import Swept, sweep
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT, actor, at, detection
from tests.hub.owners.town import SQUARES, UNITS, collection, place

PLAIN = """\
title: {zh: 消火栓, en: Hydrant}
kinds: [hydrant]
class: E0102
owner: place
recurrence: {reopen_within: 0 h, relapse_within: 7 days}
"""
LADDER = (
    PLAIN
    + """\
deadlines:
  - {accept: 0.5 urgent-hour, since: dispatched}
  - {resolve: 1 urgent-hour}
escalation:
  - {name: nobody-accepted, remind: owner, after: 0 urgent-hour, of: accept}
  - {name: nearly-due, remind: assisting, at: 80 %}
  - {name: late, escalate: parent, after: 0 urgent-hour, priority: high}
  - {name: very-late, escalate: district, after: 1 urgent-hour, priority: urgent}
"""
)
"""Minutes after opening: 30 accept overdue and nobody-accepted, 48 nearly-due, 60 late and overdue, 120."""

REVIEWED = (
    PLAIN
    + """\
review: true
time: 100 urgent-hour
expiry: {after: 1 urgent-hour, states: [review, no-owner]}
"""
)
CHAIN = [
    ("order.overdue", "overdue:accept"),
    ("order.reminded", "remind:nobody-accepted"),
    ("order.reminded", "remind:nearly-due"),
    ("order.overdue", "overdue:resolve"),
    ("order.escalated", "escalate:late"),
    ("order.escalated", "escalate:very-late"),
]
STEPS = ("order.overdue", "order.reminded", "order.escalated")


def ns(minutes: float) -> int:
    return START_UTC_NS + int(minutes * 60e9)


@dataclass
class Told:
    type: str
    order_id: str
    at: str
    data: dict[str, Any]


@dataclass
class Town:
    """Minutes count from the tests' zero hour. `asked` are commands that second looks sent."""

    database: Database
    policy: str = LADDER
    asked: list[tuple[str, dict[str, Any], int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.publish("policy", "hydrant", self.policy.encode())
        self.publish("units", "units", UNITS.encode())
        self.publish("areas", "areas", collection(SQUARES))

    def publish(self, kind: reference.Kind, name: str, content: bytes) -> None:
        with self.database.write() as conn:
            reference.put(conn, DISTRICT, kind, name, content, at=at(0), by="test")

    def opens(self, n: int = 1, *, minute: float = 0, **changes: Any) -> str:
        """An order of its own for each n, in grid-1."""
        lon, lat = place(0.5, 0.5)
        plain = {"kind": "hydrant", "problem_id": f"p-{n}", "object": f"h-{n}"}
        seen = detection(n, minute=minute, **{**plain, "lon": lon, "lat": lat, **changes})
        with self.database.write() as conn:
            order_id = dispatch(conn, seen)
        assert order_id is not None
        return order_id

    def opens_many(self, count: int, first: int = 1) -> list[str]:
        return [self.opens(n) for n in range(first, first + count)]

    def moves(
        self, order_id: str, to: str, *, minute: float, who: Actor | None = None, **more: Any
    ) -> None:
        with self.database.write() as conn:
            move_order(
                conn,
                order_id,
                Move(to=to, reason="because", **more),  # type: ignore[arg-type]
                actor=who or actor(),
                version=None,
                at=at(minute),
            )

    def send(self, _conn: sa.Connection, _now_ns: int) -> Send:
        def send(slot: str, args: dict[str, Any], expires_in_s: int) -> str | None:
            self.asked.append((slot, args, expires_in_s))
            return f"{slot}-{len(self.asked)}"

        return send

    def sweeps(self, minute: float, limit: int = 100) -> Swept:
        return sweep(self.database, DISTRICT, now_ns=ns(minute), send=self.send, limit=limit)

    def head(self, order_id: str) -> OrderHead:
        with self.database.read() as conn:
            found = order_heads.head_of(conn, DISTRICT, order_id)
        assert found is not None
        return found

    def told(self, *types: str, order_id: str | None = None) -> list[Told]:
        with self.database.read() as conn:
            rows = list(conn.execute(sa.select(domain_event).order_by(domain_event.c.n)))
        assert [row.n for row in rows] == list(range(1, len(rows) + 1))
        found = [
            Told(row.type, row.subject.partition("/")[2], row.at, msgspec.json.decode(row.data))
            for row in rows
        ]
        return [
            one
            for one in found
            if (not types or one.type in types) and order_id in {None, one.order_id}
        ]

    def steps(self, order_id: str | None = None) -> list[tuple[str, str]]:
        return [(one.type, one.data["step"]) for one in self.told(*STEPS, order_id=order_id)]

    def order_of(self, source: str, problem: str) -> str:
        query = sa.select(order_problem.c.order_id).where(
            order_problem.c.source == source, order_problem.c.problem_id == problem
        )
        with self.database.read() as conn:
            return str(conn.scalars(query).one())

    def looks(self, order_id: str) -> list[looks.Look]:
        with self.database.read() as conn:
            return looks.of_order(conn, order_id)

    def noted(self, *actions: str) -> list[sa.Row[Any]]:
        """Audit rows of these actions; the whole chain is verified."""
        query = sa.select(audit_table).where(audit_table.c.action.in_(actions))
        with self.database.read() as conn:
            assert audit.verify(conn) == []
            return list(conn.execute(query.order_by(audit_table.c.seq)))

    def timers(self, order_id: str) -> dict[str, sa.Row[Any]]:
        """By step; of several rounds the last."""
        query = sa.select(timer).where(timer.c.order_id == order_id).order_by(timer.c.round)
        with self.database.read() as conn:
            return {row.step: row for row in conn.execute(query)}

    def outcomes(self, order_id: str) -> dict[str, str]:
        return {step: row.outcome for step, row in self.timers(order_id).items() if row.outcome}


def rostered(*rows: Sequence[str]) -> bytes:
    """unit, person, role, from, to, channel."""
    lines = ["zone,Asia/Shanghai", "unit,person,role,from,to,channels"]
    return "\n".join([*lines, *(",".join(row) for row in rows)]).encode()
