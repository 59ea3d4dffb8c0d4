"""The hub as the demo sees it: over REST, with a token, like any other client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import httpx

from edile.scorecard import OrderSeen, ProblemSeen, TicketSeen

TICKET, ANOMALY = "edile.weigh.ticket.v1", "edile.weigh.anomaly.v1"
PATIENCE_S = 5.0


class Unavailable(Exception):
    """No useful answer from the hub just now."""


class HubView:
    """Each call asks anew, all pages; Unavailable when the hub does not answer."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        # trust_env=False: a proxy of this machine has no business between two local programs
        self._client = httpx.Client(
            base_url=url, headers=headers, timeout=PATIENCE_S, trust_env=False
        )

    def ready(self) -> bool:
        try:
            return self._client.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def tickets(self) -> list[TicketSeen]:
        return [ticket_of(event["data"]) for event in self._events(TICKET)]

    def problems(self) -> list[ProblemSeen]:
        return [problem_of(event["data"]) for event in self._events(ANOMALY)]

    def orders(self) -> list[OrderSeen]:
        return [
            OrderSeen(order["number"], order["kind"], order.get("object") or "")
            for order in self._items("/v1/work-orders", {})
        ]

    def stored(self) -> int:
        """All events of all gateways."""
        return sum(1 for _ in self._items("/v1/events", {}))

    def _events(self, kind: str) -> Iterator[Mapping[str, Any]]:
        return self._items("/v1/events", {"type": kind})

    def _items(self, path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        while True:
            asked = {**query, "limit": "200"} | ({"cursor": cursor} if cursor else {})
            page = self._get(path, asked)
            yield from page["items"]
            cursor = page.get("next")
            if not cursor:
                return

    def _get(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            reply = self._client.get(path, params=dict(query))
        except httpx.HTTPError as error:
            raise Unavailable(f"{path}: {error}") from error
        if reply.status_code != 200:
            raise Unavailable(f"{path}: {reply.status_code} {reply.text[:200]}")
        page: Mapping[str, Any] = reply.json()
        return page


def ticket_of(data: Mapping[str, Any]) -> TicketSeen:
    """`weight_kg`: gross and tare of a pair come from two weighings; this ticket's own is the one
    that its earlier partner did not give."""
    gave = (data.get("paired_with") or {}).get("gave")
    own = data["tare_kg"] if gave == "gross" else data["gross_kg"]
    vehicle = data.get("vehicle") or {}
    return TicketSeen(data["ticket_no"], vehicle.get("plate"), Decimal(own))


def problem_of(data: Mapping[str, Any]) -> ProblemSeen:
    return ProblemSeen(data["kind"], data["problem_id"], data["phase"])
