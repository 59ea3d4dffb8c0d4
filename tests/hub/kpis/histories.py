"""Random courses of orders, written as the hub writes them: columns, audit rows and pauses. The states are
the table's; what a move does to the columns is written down here once more, by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import sqlalchemy as sa

from contract.timestamps import rfc3339
from hub.dispatching.states import BY_HUB, OrderState
from hub.store import audit
from hub.store.flow_tables import order_pause
from hub.store.order_tables import work_order

DISTRICT = "baiyun"
NS, HOUR_NS, DAY_NS = 10**9, 3600 * 10**9, 86_400 * 10**9
BEGIN_NS = 1_771_900_000 * NS  # 2026-02-24, so that the courses run over a February's end
PEOPLE = ("token/ann", "token/bob", "token/cai")
MACHINES = ("gateway/cs-1", "gateway/cs-2", "hub")
_S = OrderState
_OFTEN = {_S.RESOLVED: 8.0, _S.CLOSED: 3.0, _S.VOID: 0.3, _S.RETURNED: 1.5, _S.SHELVED: 1.5}


@dataclass
class Town:
    """`orders` by id with their columns; `told` are audit entries in order; `pauses` rows."""

    luck: Random
    now_ns: int = BEGIN_NS
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[audit.Entry] = field(default_factory=list)
    pauses: list[dict[str, Any]] = field(default_factory=list)

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.now_ns += self.luck.choice((1, 7 * NS, 600 * NS, HOUR_NS, 5 * HOUR_NS))
            self.now_ns += self.luck.randrange(1_000) * 1_000_000
            act = self.luck.random()
            if act < 0.18 or not self.orders:
                self.open()
            elif act < 0.24:
                self.merge_or_part()
            else:
                self.move(self.luck.choice(list(self.orders.values())[-9:]))

    def at(self) -> str:
        return rfc3339(self.now_ns)

    def actor(self) -> str:
        return self.luck.choice(PEOPLE + MACHINES)

    def open(self) -> None:
        seq, luck = len(self.orders) + 1, self.luck
        name, at = f"{seq:024x}", self.at()
        state = luck.choice((_S.REVIEW, _S.NO_OWNER, _S.DISPATCHED, _S.DISPATCHED))
        closed = [one for one in self.orders.values() if one["state"] == _S.CLOSED]
        old = luck.choice(closed[-9:])["id"] if closed and luck.random() < 0.3 else None
        due_ns = self.now_ns + luck.choice((4 * HOUR_NS, DAY_NS, 5 * DAY_NS))
        self.orders[name] = {
            "id": name, "number": f"2026-{seq:06d}", "district": DISTRICT, "kind": "litter",
            "class_code": luck.choice(("06010", "06041")), "catalogue": "gbt47678-2026",
            "state": state, "priority": "normal", "dedupe_key": name,
            "area": luck.choice(("a-1", "a-2", None)), "contractor": luck.choice(("c-1", None)),
            "owner_unit": None if state is _S.NO_OWNER else luck.choice(("u-1", "u-2")),
            "policy_name": "litter", "policy_version": 1, "observed_at": at, "opened_at": at,
            "dispatched_at": at if state is _S.DISPATCHED else None, "resolved_at": None,
            "resolved_by": None, "closed_at": None, "rework": 0, "returned": 0, "reopened": 0,
            "due_at": rfc3339(due_ns), "relapse_of": old, "merged_into": None, "merged_from": None,
        }  # fmt: skip
        self._tell(name, "opened", self.actor(), to_state=state)

    def move(self, order: dict[str, Any]) -> None:
        origin = _S(order["state"])
        legal = sorted(BY_HUB[origin])
        if not legal or order["merged_into"] is not None:
            return
        (to,) = self.luck.choices(legal, [_OFTEN.get(one, 1.0) for one in legal])
        if origin is _S.CLOSED and self.luck.random() < 0.8:
            return
        actor, at = self.actor(), self.at()
        if origin is _S.SHELVED:
            self._stop_pause(order["id"])
            order["due_at"] = rfc3339(self.now_ns + DAY_NS)
        match to:
            case _S.DISPATCHED:
                order["dispatched_at"] = at
                order["owner_unit"] = order["owner_unit"] or "u-3"
                self._begin_again(order, origin)
            case _S.RESOLVED:
                order |= {"resolved_at": at, "resolved_by": actor}
            case _S.RETURNED:
                order["returned"] += 1
            case _S.SHELVED:
                pause = {"order_id": order["id"], "begin_ns": self.now_ns // 10**6 * 10**6}
                self.pauses.append(pause | {"end_ns": None, "reason": "shelved", "by": actor})
                order["due_at"] = None
            case _S.CLOSED | _S.VOID:
                order["closed_at"] = at
            case _S.NO_OWNER:
                order["owner_unit"] = None
                self._begin_again(order, origin)
            case _:
                pass
        order["state"] = to
        self._tell(order["id"], "moved", actor, from_state=origin, to_state=to)

    def _begin_again(self, order: dict[str, Any], origin: OrderState) -> None:
        order |= {"resolved_at": None, "resolved_by": None, "closed_at": None}
        order["rework"] += origin is _S.RESOLVED
        order["reopened"] += origin is _S.CLOSED

    def merge_or_part(self) -> None:
        order = self.luck.choice(list(self.orders.values()))
        if order["merged_into"] is not None:
            order |= {"state": order["merged_from"], "merged_into": None, "merged_from": None}
            order["closed_at"] = None
            self._tell(order["id"], "unmerged", self.actor(), to_state="void")
            return
        mergeable = {_S.REVIEW, _S.NO_OWNER, _S.DISPATCHED, _S.RETURNED, _S.SHELVED}
        others = [
            one["id"]
            for one in self.orders.values()
            if one is not order and one["state"] in mergeable
        ]
        if order["state"] not in mergeable or not others:
            return
        into, was = self.luck.choice(others), order["state"]
        order |= {"state": _S.VOID, "merged_into": into, "merged_from": was, "closed_at": self.at()}
        actor = self.actor()
        self._tell(order["id"], "merged", actor, to_state=was)
        self._tell(into, "merged-part", actor, to_state=self.orders[into]["state"])

    def write(self, conn: sa.Connection) -> None:
        audit.append_all(conn, DISTRICT, self.told)
        conn.execute(work_order.insert(), list(self.orders.values()))
        if self.pauses:
            conn.execute(order_pause.insert(), self.pauses)

    def _stop_pause(self, order_id: str) -> None:
        for pause in self.pauses:
            if pause["order_id"] == order_id and pause["end_ns"] is None:
                pause["end_ns"] = self.now_ns // 10**6 * 10**6

    def _tell(self, order_id: str, action: str, actor: str, **states: str) -> None:
        subject, at = f"work-order/{order_id}", self.at()
        self.told.append(audit.Entry(at=at, actor=actor, action=action, subject=subject, **states))


def town(seed: int, steps: int) -> Town:
    made = Town(Random(seed))
    made.live(steps)
    return made
