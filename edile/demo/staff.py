"""The people of the demo: a dispatcher, a worker, an inspector, each with a token of their own. After the
trucks they see to every open order as its policy asks, over REST; the audit log then says how many acts
of people each order took from its first sighting to its closing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx

from contract.client import ClientError, HubClient, HubRefused
from contract.workorder import AuditEntry, Move, WorkOrder
from edile.demo.hub_view import PATIENCE_S, Unavailable

UNIT = "station-staff"
ROLES = {"dispatcher": "dispatcher", "worker": "operator", "inspector": "operator"}
"""Names of the tokens, and what each may do."""

MOST_ACTS = 3
"""From detection to closure, as published practice has it."""

_HUMAN = "token/"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Handling:
    """`acts` has the number of human acts of each closed order; `left` are numbers of orders that could
    not be closed."""

    acts: tuple[int, ...]
    left: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "closed": len(self.acts),
            "left": list(self.left),
            "human_actions": {"most": max(self.acts, default=0), "all": sum(self.acts)},
        }

    def complaints(self) -> list[str]:
        told = [f"order {number} could not be closed" for number in self.left]
        many = sum(acts > MOST_ACTS for acts in self.acts)
        return told + (
            [f"{many} order(s) took more than {MOST_ACTS} acts of people"] if many else []
        )


class Staff:
    """`tokens` by the names of ROLES. Unavailable when the hub does not answer."""

    def __init__(self, url: str, tokens: Mapping[str, str]) -> None:
        self._of = {
            name: HubClient(url, text, transport=httpx.HTTPTransport(), timeout_s=PATIENCE_S)
            for name, text in tokens.items()
        }

    def __enter__(self) -> Staff:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._of.values():
            client.close()

    def handle(self) -> Handling:
        """Every order, until it is closed or void."""
        acts, left = [], []
        try:
            for order in list(self._of["dispatcher"].every_work_order()):
                done = self._see_to(order.id)
                if done.state == "closed":
                    acts.append(self._acts(order.id))
                elif done.state != "void":
                    left.append(done.number)
        except ClientError as error:
            raise Unavailable(str(error)) from error
        return Handling(tuple(acts), tuple(left))

    def _see_to(self, order_id: str) -> WorkOrder:
        """A move that somebody was faster with is thought over again."""
        order = self._of["dispatcher"].work_order(order_id)
        for _ in range(2 * _TRIES):
            step = next_step(order.value)
            if step is None:
                break
            who, move = step
            key = f"{order_id}-{move.to}-{order.value.version}"
            try:
                order = self._of[who].move(order_id, move, etag=order.etag, idempotency_key=key)
            except HubRefused as refused:
                if refused.slug != "precondition-failed":
                    raise
                order = self._of["dispatcher"].work_order(order_id)
        return order.value

    def _acts(self, order_id: str) -> int:
        """A person's report is the detection itself."""
        return sum(
            entry.actor.startswith(_HUMAN) and entry.action != "opened"
            for entry in self._history(order_id)
        )

    def _history(self, order_id: str) -> Iterator[AuditEntry]:
        cursor = None
        while True:
            page = self._of["dispatcher"].history(order_id, cursor=cursor)
            yield from page.items
            cursor = page.next
            if cursor is None:
                return


def next_step(order: WorkOrder) -> tuple[str, Move] | None:
    """Who does what next. None: nothing is left to do."""
    match order.state:
        case "review" | "no-owner" | "returned":
            unit = None if order.owner is not None else UNIT
            return "dispatcher", Move(to="dispatched", reason="looked at: to be seen to", unit=unit)
        case "dispatched":
            return "worker", Move(to="resolved", reason="seen to on the spot")
        case "resolved":
            return "inspector", Move(to="closed", reason="looked again: in order")
        case _:
            return None
