"""The typed client of the hub's REST API, for the demo, the console and anyone's script.

Every answer is a struct of this package. What can go wrong is named by what the caller must do:

ClientError
├── HubUnreachable    try again later; nothing is known of what the hub did
├── HubRefused        the hub said no and why; carries its Problem
└── NotAHub           something else answered (a proxy's page, another program): check the address
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from contract.gateway_view import EventPage, GatewayPage, GatewayView, StoredEvent
from contract.problem_json import CONTENT, Problem, slug_of
from contract.workorder import AuditPage, Move, NewOrder, Page, State, WorkOrder

TIMEOUT_S = 10.0
_WORK_ORDERS = "/v1/work-orders"
_GATEWAYS = "/v1/gateways"
_EVENTS = "/v1/events"
_SHOWN = 200

T = TypeVar("T")


class ClientError(Exception):
    """A call to the hub did not do what was asked."""


class HubUnreachable(ClientError):
    """No answer: no route, refused connection, timeout."""


class NotAHub(ClientError):
    """An answer that no hub of ours gives."""


class HubRefused(ClientError):
    """The hub said no. `problem` is its own word (RFC 9457), `retry_after_s` where it named one."""

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}".rstrip(": "))
        self.problem = problem
        self.retry_after_s = retry_after_s

    @property
    def slug(self) -> str:
        """The stable name of what is wrong, e.g. `illegal-move`."""
        return slug_of(self.problem)


class Tagged(msgspec.Struct, Generic[T], frozen=True):
    """A resource with its ETag, to be sent back as `If-Match` by who changes it."""

    value: T
    etag: str


class HubClient:
    """`base_url` without a path, `token` a REST bearer token (`edile hub token add`). Close it, or use
    it as a context manager. All methods raise ClientError."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers={"authorization": f"Bearer {token}", "accept": "application/json"},
            transport=transport,
            timeout=timeout_s,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def work_orders(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        state: State | None = None,
        kind: str | None = None,
        unit: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Page:
        """One page, newest first. `since` / `until` RFC 3339; `cursor` is the `next` of the page before."""
        query = {"limit": limit, "cursor": cursor, "state": state, "kind": kind, "unit": unit}
        return self._get(_WORK_ORDERS, {**query, "since": since, "until": until}, Page)

    def every_work_order(
        self,
        *,
        state: State | None = None,
        kind: str | None = None,
        unit: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Iterator[WorkOrder]:
        """All of them, page by page."""
        cursor = None
        while True:
            page = self.work_orders(
                cursor=cursor, state=state, kind=kind, unit=unit, since=since, until=until
            )
            yield from page.items
            if page.next is None:
                return
            cursor = page.next

    def work_order(self, order_id: str) -> Tagged[WorkOrder]:
        return self._tagged(self._ask("GET", f"{_WORK_ORDERS}/{_segment(order_id)}"))

    def open_work_order(self, order: NewOrder, *, idempotency_key: str) -> Tagged[WorkOrder]:
        """Opens one by hand. The same key with the same order gives the same answer again."""
        headers = {"idempotency-key": idempotency_key}
        return self._tagged(self._ask("POST", _WORK_ORDERS, body=order, headers=headers))

    def move(
        self, order_id: str, move: Move, *, etag: str, idempotency_key: str
    ) -> Tagged[WorkOrder]:
        """Moves an order that is still as it was when `etag` was read (else 412); an illegal move is
        a HubRefused whose problem lists the legal ones."""
        path = f"{_WORK_ORDERS}/{_segment(order_id)}/moves"
        headers = {"if-match": etag, "idempotency-key": idempotency_key}
        return self._tagged(self._ask("POST", path, body=move, headers=headers))

    def history(
        self, order_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> AuditPage:
        """What was done to an order, by whom and why."""
        path = f"{_WORK_ORDERS}/{_segment(order_id)}/audit"
        return self._get(path, {"limit": limit, "cursor": cursor}, AuditPage)

    def gateways(self, *, limit: int | None = None, cursor: str | None = None) -> GatewayPage:
        return self._get(_GATEWAYS, {"limit": limit, "cursor": cursor}, GatewayPage)

    def every_gateway(self) -> Iterator[GatewayView]:
        cursor = None
        while True:
            page = self.gateways(cursor=cursor)
            yield from page.items
            if page.next is None:
                return
            cursor = page.next

    def gateway(self, slot: str) -> GatewayView:
        return self._get(f"{_GATEWAYS}/{_segment(slot)}", {}, GatewayView)

    def events(
        self,
        *,
        slot: str | None = None,
        type: str | None = None,  # noqa: A002 - the query parameter's own name
        limit: int | None = None,
        cursor: str | None = None,
    ) -> EventPage:
        query = {"slot": slot, "type": type, "limit": limit, "cursor": cursor}
        return self._get(_EVENTS, query, EventPage)

    def every_event(
        self,
        *,
        slot: str | None = None,
        type: str | None = None,  # noqa: A002 - as above
    ) -> Iterator[StoredEvent]:
        cursor = None
        while True:
            page = self.events(slot=slot, type=type, cursor=cursor)
            yield from page.items
            if page.next is None:
                return
            cursor = page.next

    def _get(self, path: str, query: Mapping[str, str | int | None], shape: type[T]) -> T:
        return _decoded(self._ask("GET", path, query=query), shape)

    def _tagged(self, response: httpx.Response) -> Tagged[WorkOrder]:
        order = _decoded(response, WorkOrder)
        return Tagged(order, response.headers.get("etag", f'"{order.version}"'))

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: msgspec.Struct | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        sent = dict(headers or {})
        if body is not None:
            sent["content-type"] = "application/json"
        try:
            response = self._http.request(
                method,
                path,
                params={key: value for key, value in (query or {}).items() if value is not None},
                content=None if body is None else msgspec.json.encode(body),
                headers=sent,
            )
        except httpx.HTTPError as error:
            raise HubUnreachable(f"{method} {self._http.base_url}: {error}") from error
        if response.is_success:
            return response
        raise _refusal(response)


def _segment(name: str) -> str:
    """One path segment: a slash in an id must not become a path."""
    return quote(name, safe="")


def _decoded(response: httpx.Response, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAHub(f"{response.url} answered {_first_words(response)}: {error}") from error


def _refusal(response: httpx.Response) -> ClientError:
    if response.headers.get("content-type", "").partition(";")[0] != CONTENT:
        return NotAHub(f"{response.url} answered {response.status_code} {_first_words(response)}")
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return NotAHub(f"{response.url} answered a problem that cannot be read: {error}")
    wait = response.headers.get("retry-after", "")
    return HubRefused(problem, float(wait) if wait.isascii() and wait.isdigit() else None)


def _first_words(response: httpx.Response) -> str:
    kind = response.headers.get("content-type", "no content type")
    return f"({kind}) {response.content[:_SHOWN]!r}"
