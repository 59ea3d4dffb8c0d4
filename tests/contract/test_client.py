from __future__ import annotations

from collections.abc import Callable

import httpx
import msgspec
import pytest

from contract.client import ClientError, HubClient, HubRefused, HubUnreachable, NotAHub
from contract.gateway_view import EventPage, GatewayPage, GatewayView, LaneView, StoredEvent
from contract.problem_json import CONTENT, TYPE_PREFIX, Problem
from contract.workorder import Move, NewOrder, OrderPlace, Page, WorkOrder

AT = "2026-09-10T00:26:40.001Z"
Answer = Callable[[httpx.Request], httpx.Response]


def order(number: int, **changes: object) -> WorkOrder:
    made = WorkOrder(
        id=f"wo-{number}",
        number=f"2026-{number:06d}",
        class_code="w-01",
        catalogue="edile-local",
        kind="over-capacity",
        state="dispatched",
        priority="high",
        place=OrderPlace(),
        opened_at=AT,
        observed_at=AT,
        version=number,
    )
    return msgspec.structs.replace(made, **changes)


def client(answer: Answer) -> HubClient:
    return HubClient("https://hub.example", "secret", transport=httpx.MockTransport(answer))


def json_answer(value: object, **headers: str) -> httpx.Response:
    body = msgspec.json.encode(value)
    return httpx.Response(
        200, content=body, headers={"content-type": "application/json", **headers}
    )


def test_every_request_carries_the_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return json_answer(Page(items=[]))

    with client(answer) as hub:
        assert hub.work_orders(state="dispatched", limit=5).items == []
    assert seen[0].headers["authorization"] == "Bearer secret"
    assert str(seen[0].url) == "https://hub.example/v1/work-orders?limit=5&state=dispatched"


def test_pages_are_followed_to_the_end_with_the_same_filters() -> None:
    pages = {None: ([order(1), order(2)], "c2"), "c2": ([order(3)], None)}

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.params["kind"] == "over-capacity"
        items, following = pages[request.url.params.get("cursor")]
        return json_answer(Page(items=items, next=following))

    found = list(client(answer).every_work_order(kind="over-capacity"))
    assert [each.id for each in found] == ["wo-1", "wo-2", "wo-3"]


def test_an_order_comes_with_its_etag() -> None:
    with_tag = client(lambda _: json_answer(order(4), etag='"4-abc"')).work_order("wo-4")
    assert (with_tag.value, with_tag.etag) == (order(4), '"4-abc"')
    assert client(lambda _: json_answer(order(4))).work_order("wo-4").etag == '"4"'


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return json_answer(order(1))

    client(answer).work_order("a/../b?c#d")
    assert seen == [b"/v1/work-orders/a%2F..%2Fb%3Fc%23d"]


def test_a_move_says_what_it_saw_and_can_be_repeated() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/v1/work-orders/wo-1/moves")
        assert request.headers["if-match"] == '"1"'
        assert request.headers["idempotency-key"] == "k-1"
        assert request.headers["content-type"] == "application/json"
        move = msgspec.json.decode(request.content, type=Move)
        return json_answer(order(1, state=move.to, version=2))

    moved = client(answer).move(
        "wo-1", Move(to="resolved", reason="swept"), etag='"1"', idempotency_key="k-1"
    )
    assert (moved.value.state, moved.etag) == ("resolved", '"2"')


def test_an_order_is_opened_by_hand() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        wanted = msgspec.json.decode(request.content, type=NewOrder)
        assert request.headers["idempotency-key"] == "k-2"
        return json_answer(order(9, class_code=wanted.class_code))

    wanted = NewOrder(class_code="09006", detail="stall on the pavement")
    opened = client(answer).open_work_order(wanted, idempotency_key="k-2")
    assert opened.value.class_code == "09006"


def test_gateways_and_events_are_listed() -> None:
    view = GatewayView(
        slot="cs-017",
        kids=["cs-017#3"],
        last_seen=AT,
        lanes={"0C9K2TQ7M4XWZ.urgent": LaneView(stored=7, archived=5)},
    )
    event = StoredEvent(received_at=AT, event=msgspec.Raw(b'{"id":"x"}'))
    answers = {
        "/v1/gateways": GatewayPage(items=[view]),
        "/v1/gateways/cs-017": view,
        "/v1/events": EventPage(items=[event]),
    }
    hub = client(lambda request: json_answer(answers[request.url.path]))
    assert list(hub.every_gateway()) == [view]
    assert hub.gateway("cs-017") == view
    assert [bytes(each.event) for each in hub.every_event(slot="cs-017")] == [b'{"id":"x"}']


def test_a_refusal_carries_the_hubs_own_problem() -> None:
    problem = Problem(
        type=f"{TYPE_PREFIX}illegal-move", title="Illegal move", status=409, legal=["resolved"]
    )

    def answer(_: httpx.Request) -> httpx.Response:
        headers = {"content-type": CONTENT, "retry-after": "7"}
        return httpx.Response(409, content=msgspec.json.encode(problem), headers=headers)

    with pytest.raises(HubRefused, match="409 Illegal move") as refused:
        client(answer).work_order("wo-1")
    assert (refused.value.slug, refused.value.problem.legal) == ("illegal-move", ["resolved"])
    assert refused.value.retry_after_s == 7


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, text="<html>Welcome</html>", headers={"content-type": "text/html"}),
        httpx.Response(502, text="<html>Bad gateway</html>", headers={"content-type": "text/html"}),
        httpx.Response(200, json={"items": 3}),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(302, headers={"location": "https://elsewhere.example"}),
        httpx.Response(500, content=b"not json", headers={"content-type": CONTENT}),
        httpx.Response(404),
    ],
)
def test_an_answer_no_hub_gives_is_told_as_such(response: httpx.Response) -> None:
    with pytest.raises(NotAHub, match=r"hub\.example"):
        client(lambda _: response).work_orders()


def test_no_answer_is_told_as_such() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(HubUnreachable, match=r"hub\.example.*refused"):
        client(answer).gateways()
    assert issubclass(HubUnreachable, ClientError)
