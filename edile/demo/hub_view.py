"""The hub as the demo sees it: over REST, with a token, like any other client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, get_args

import httpx
import msgspec

from contract.client import ClientError, HubClient
from contract.payloads.air import AirAlarm
from contract.payloads.gateway import GatewayNotice, NoticeKind
from contract.payloads.problem import Problem
from contract.payloads.waste import WasteDeposit
from contract.payloads.weigh import WeighAnomaly, WeighTicket
from contract.timestamps import parse_rfc3339
from contract.workorder import AuditEntry, WorkOrder
from edile.demo.eye_card import CAMERAS, Deposits, EyeOrder, EyeProblem
from edile.scorecard import OrderSeen, ProblemSeen, TicketSeen

PATIENCE_S = 5.0
PHASES = {"raised": "opened", "cleared": "ended"}
_OF_GATEWAYS = frozenset[str](get_args(NoticeKind))
NOTICES = {"device-lost": "unplugged", "clone-suspected": "cloned-id"}


class Unavailable(Exception):
    """No useful answer from the hub just now."""


class HubView:
    """Each call asks anew, all pages; Unavailable when the hub does not answer."""

    def __init__(self, url: str, token: str) -> None:
        # a transport of our own: a proxy of this machine has no business between two local programs
        self._client = HubClient(url, token, transport=httpx.HTTPTransport(), timeout_s=PATIENCE_S)
        self._ready = f"{url}/readyz"

    def ready(self) -> bool:
        try:
            reply = httpx.get(self._ready, timeout=PATIENCE_S, trust_env=False)
        except httpx.HTTPError:
            return False
        return reply.status_code == 200

    def tickets(self) -> list[TicketSeen]:
        return [ticket_of(data) for data in self._payloads(WeighTicket.wire_type)]

    def problems(self) -> list[ProblemSeen]:
        """Anomalies at the weighbridge, alarms of the air, and each time a device was unplugged or a
        terminal's number came from two places."""
        found = [problem_of(data) for data in self._payloads(WeighAnomaly.wire_type)]
        found += [alarm_of(data) for data in self._payloads(AirAlarm.wire_type)]
        notices = enumerate(self._payloads(GatewayNotice.wire_type))
        return found + [
            ProblemSeen(NOTICES[data["kind"]], f"{data['device']}-{count}", "opened")
            for count, data in notices
            if data["kind"] in NOTICES and data.get("device") not in CAMERAS
        ]

    def orders(self) -> list[OrderSeen]:
        """Of what happened at the station. What gateways say of themselves has its orders besides: a demo
        that pulls plugs has some, and the truth names none. Those of cameras are counted apart."""
        try:
            return [
                OrderSeen(order.number, order.kind, order.object or "")
                for order in self._client.every_work_order()
                if order.kind not in _OF_GATEWAYS and not is_of_cameras(order)
            ]
        except ClientError as error:
            raise Unavailable(str(error)) from error

    def eye_problems(self) -> list[EyeProblem]:
        """Each event about a problem that a camera saw."""
        return [eye_problem_of(envelope) for envelope in self._envelopes(Problem.wire_type)]

    def eye_orders(self) -> list[EyeOrder]:
        """With their problems, which only the order itself has, and who closed it."""
        try:
            return [
                self._eye_order(order.id)
                for order in list(self._client.every_work_order())
                if is_of_cameras(order)
            ]
        except ClientError as error:
            raise Unavailable(str(error)) from error

    def deposits(self) -> Deposits:
        told = list(self._payloads(WasteDeposit.wire_type))
        return Deposits(
            counted=sum(one["n"] for data in told for one in data.get("counts", ())),
            prompts=sum(data.get("prompts", 0) for data in told),
            corrected=sum(data.get("corrected_after_prompt", 0) for data in told),
        )

    def _eye_order(self, order_id: str) -> EyeOrder:
        order = self._client.work_order(order_id).value
        named = {one.problem_id for one in order.sightings if one.problem_id is not None}
        closing = [one for one in self._history(order_id) if one.to_state == "closed"][-1:]
        by_look = any(one.actor.startswith("gateway/") for one in closing)
        return EyeOrder(order.number, frozenset(named), order.state, order.rework, by_look)

    def _history(self, order_id: str) -> Iterator[AuditEntry]:
        cursor = None
        while True:
            page = self._client.history(order_id, cursor=cursor)
            yield from page.items
            cursor = page.next
            if cursor is None:
                return

    def stored(self) -> int:
        """All events of all gateways."""
        return sum(1 for _ in self._payloads(None))

    def _payloads(self, wire_type: str | None) -> Iterator[Mapping[str, Any]]:
        for envelope in self._envelopes(wire_type):
            yield envelope["data"]

    def _envelopes(self, wire_type: str | None) -> Iterator[Mapping[str, Any]]:
        try:
            for stored in self._client.every_event(type=wire_type):
                yield msgspec.json.decode(stored.event)
        except ClientError as error:
            raise Unavailable(str(error)) from error


def ticket_of(data: Mapping[str, Any]) -> TicketSeen:
    """`weight_kg`: gross and tare of a pair come from two weighings; this ticket's own is the one
    that its earlier partner did not give."""
    gave = (data.get("paired_with") or {}).get("gave")
    own = data["tare_kg"] if gave == "gross" else data["gross_kg"]
    vehicle = data.get("vehicle") or {}
    return TicketSeen(data["ticket_no"], vehicle.get("plate"), Decimal(own))


def alarm_of(data: Mapping[str, Any]) -> ProblemSeen:
    """Raised and cleared are its opening and its end."""
    name = data.get("problem_id") or f"{data['sensor']}/{data['quantity']}"
    return ProblemSeen("air-alarm", name, PHASES[data["phase"]])


def eye_problem_of(envelope: Mapping[str, Any]) -> EyeProblem:
    data = envelope["data"]
    return EyeProblem(
        problem_id=data["problem_id"],
        camera=data["place"].get("camera") or "",
        code=data["class_code"],
        phase=data["phase"],
        at_ns=parse_rfc3339(envelope["time"]),
    )


def is_of_cameras(order: WorkOrder) -> bool:
    """What a camera tells has no kind but its class."""
    return order.kind == order.class_code


def problem_of(data: Mapping[str, Any]) -> ProblemSeen:
    return ProblemSeen(data["kind"], data["problem_id"], data["phase"])
