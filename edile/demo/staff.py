"""The people of the demo: a dispatcher, a worker, an inspector, each with a token of their own. After the
trucks they see to every open order as its policy asks, over REST; the audit log then says how many acts
of people each order took from its first sighting to its closing. Where the device that saw the problem
looks again, nobody of them closes the order unless the device cannot tell. An order of a camera that
still sees what is not there is void."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import httpx

from contract.client import ClientError, HubClient, HubRefused
from contract.workorder import AuditEntry, Move, WorkOrder
from edile.demo.hub_view import PATIENCE_S, Unavailable, is_of_cameras

UNIT = "station-staff"
ROLES = {"dispatcher": "dispatcher", "worker": "operator", "inspector": "operator"}
"""Names of the tokens, and what each may do."""

MOST_ACTS = 3
"""From detection to closure, as published practice has it."""

MOST_WITH_LOOK = 1
"""The same, where the device that saw it looks again."""

LOOK_WITHIN_S, LOOK_EVERY_S = 40.0, 0.5

INSPECTOR = "inspector"
NOT_YET = "forbidden"
"""What the hub says to an operator who would close an order while a device is asked to look."""

_HUMAN = "token/"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Handling:
    """`acts` has the number of human acts of each closed order, `looked` of those among them that the
    second look of a device closed; `left` are numbers of orders that could not be closed."""

    acts: tuple[int, ...]
    left: tuple[str, ...]
    looked: tuple[int, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "closed": len(self.acts),
            "left": list(self.left),
            "human_actions": {"most": max(self.acts, default=0), "all": sum(self.acts)},
            "closed_by_device": {"orders": len(self.looked), "most": max(self.looked, default=0)},
        }

    def complaints(self) -> list[str]:
        told = [f"order {number} could not be closed" for number in self.left]
        many = sum(acts > MOST_ACTS for acts in self.acts)
        if many:
            told.append(f"{many} order(s) took more than {MOST_ACTS} acts of people")
        many = sum(acts > MOST_WITH_LOOK for acts in self.looked)
        if many:
            told.append(
                f"{many} order(s) took more than {MOST_WITH_LOOK} act of people and a device's look"
            )
        return told


class Staff:
    """`tokens` by the names of ROLES. `looked_at` are kinds of problems that the device is asked about;
    `pause` waits for so many seconds. Unavailable when the hub does not answer."""

    def __init__(
        self,
        url: str,
        tokens: Mapping[str, str],
        looked_at: frozenset[str] = frozenset(),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._looked_at, self._pause = looked_at, pause
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
        acts, left, looked = [], [], []
        try:
            orders = list(self._of["dispatcher"].every_work_order())
            for order in orders:
                self._see_to(order.id, closing=order.kind not in self._looked_at)
            self._await_looks({one.id for one in orders if one.kind in self._looked_at})
            for order in orders:
                done = self._see_to(order.id, closing=True)
                if done.state == "closed":
                    acts.append(self._acts(order.id))
                    looked += acts[-1:] if self._closed_by_device(order.id) else []
                elif done.state != "void":
                    left.append(done.number)
        except ClientError as error:
            raise Unavailable(str(error)) from error
        return Handling(tuple(acts), tuple(left), tuple(looked))

    def _await_looks(self, waiting: set[str]) -> None:
        """Until each is closed or left to a person, or for LOOK_WITHIN_S."""
        for _ in range(round(LOOK_WITHIN_S / LOOK_EVERY_S)):
            waiting = {one for one in waiting if self._is_looked_for(one)}
            if not waiting:
                return
            self._pause(LOOK_EVERY_S)

    def _is_looked_for(self, order_id: str) -> bool:
        if self._of["dispatcher"].work_order(order_id).value.state != "resolved":
            return False
        return not any(entry.action == "look-needed" for entry in self._history(order_id))

    def _closed_by_device(self, order_id: str) -> bool:
        last = [entry for entry in self._history(order_id) if entry.to_state == "closed"][-1:]
        return any(entry.actor.startswith("gateway/") for entry in last)

    def _see_to(self, order_id: str, *, closing: bool) -> WorkOrder:
        """A move that somebody was faster with is thought over again."""
        order = self._of["dispatcher"].work_order(order_id)
        asked_dispatcher = False
        for _ in range(2 * _TRIES):
            step = next_step(order.value)
            if step is None or (step[1].to == "closed" and not closing):
                break
            who, move = step
            who = "dispatcher" if asked_dispatcher and who == INSPECTOR else who
            key = f"{order_id}-{who}-{move.to}-{order.value.version}"
            try:
                order = self._of[who].move(order_id, move, etag=order.etag, idempotency_key=key)
            except HubRefused as refused:
                if refused.slug == NOT_YET and who == INSPECTOR:
                    asked_dispatcher = True
                elif refused.slug != "precondition-failed":
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
        case "dispatched" if order.rework and is_of_cameras(order):
            return "dispatcher", Move(to="void", reason="nothing is there: the camera errs")
        case "dispatched":
            return "worker", Move(to="resolved", reason="seen to on the spot")
        case "resolved":
            return INSPECTOR, Move(to="closed", reason="looked again: in order")
        case _:
            return None
