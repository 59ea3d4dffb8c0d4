"""GET /v1/gateways, /v1/events, irregularities; commands."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contract.commands import open_command
from contract.gateway_view import EventPage, GatewayPage
from contract.payloads.gateway import GatewayHealth
from contract.timestamps import rfc3339
from hub.identity import load_command_key
from hub.store import gateways
from tests.fakes.clock import START_UTC_NS
from tests.hub.assembled import Hub, assembled
from tests.hub.detections import DISTRICT, at
from tests.hub.signing_box import EPOCH, SLOT, reading, stone

HEALTH = GatewayHealth(
    uptime_s=60, disk_free_bytes=1, disk_total_bytes=2, outbox={"routine": 3}, clock="ntp",
    devices={}, drops={}, versions={"agent": "0.1.0"},
)  # fmt: skip


@pytest.fixture
def hub(migrated_url: str, tmp_path: Path) -> Iterator[Hub]:
    with assembled(migrated_url, tmp_path) as made:
        yield made


def get(hub: Hub, path: str, status: int = 200) -> bytes:
    answer = hub.client.get(path, headers=hub.bearer["viewer"])
    assert answer.status_code == status, answer.text
    return answer.content


def test_a_gateway_is_shown_with_its_health_keys_and_lanes(hub: Hub) -> None:
    hub.box.records(reading(1), HEALTH)
    hub.sync(1, 2)
    (one,) = msgspec.json.decode(get(hub, "/v1/gateways"), type=GatewayPage).items
    assert (one.slot, one.unit, one.kids) == (SLOT, "sanitation-3", ["cs-017#1"])
    assert (one.health, one.last_seen) == (HEALTH, rfc3339(START_UTC_NS))
    assert one.lanes[f"{EPOCH}.routine"].stored == 2
    assert msgspec.json.decode(get(hub, f"/v1/gateways/{SLOT}"))["slot"] == SLOT
    get(hub, "/v1/gateways/cs-404", 404)


def test_gateways_come_in_pages(hub: Hub) -> None:
    with hub.database.write() as conn:
        for number in range(1, 6):
            gateways.add_key(
                conn,
                kid=f"dp-{number}#1",
                public_pem=hub.box.key.public.to_pem(),
                district=DISTRICT,
                unit=None,
                at=at(0),
            )
    seen, path = [], "/v1/gateways?limit=2"
    while True:
        page = msgspec.json.decode(get(hub, path), type=GatewayPage)
        seen += [one.slot for one in page.items]
        if page.next is None:
            break
        path = f"/v1/gateways?limit=2&cursor={page.next}"
    assert seen == ["cs-017", "dp-1", "dp-2", "dp-3", "dp-4", "dp-5"]


def test_events_come_in_order_of_arrival_with_their_exact_bytes(hub: Hub) -> None:
    hub.box.records(*(reading(n) for n in range(5)), HEALTH)
    hub.sync(1, 6)
    seen, path = [], "/v1/events?limit=4"
    while True:
        page = msgspec.json.decode(get(hub, path), type=EventPage)
        seen += [bytes(one.event) for one in page.items]
        if page.next is None:
            break
        path = f"/v1/events?limit=4&cursor={page.next}"
    assert seen == [raw for _, raw in hub.box.items]
    only = get(hub, f"/v1/events?type={HEALTH.wire_type}&slot={SLOT}")
    assert len(msgspec.json.decode(only, type=EventPage).items) == 1
    assert msgspec.json.decode(get(hub, "/v1/events?slot=cs-018"), type=EventPage).items == []


@pytest.mark.parametrize(
    "cursor", [base64.urlsafe_b64encode(b"9" * 30).decode(), "ZHJvcA==", "%ff", "====", "é"]
)
def test_a_cursor_that_is_none_of_ours_is_refused(hub: Hub, cursor: str) -> None:
    answer = hub.client.get("/v1/events", params={"cursor": cursor}, headers=hub.bearer["viewer"])
    assert (answer.status_code, answer.json()["status"]) == (400, 400)


def test_what_does_not_add_up_is_listed(hub: Hub) -> None:
    hub.box.items = [(3, stone(1, 3))]
    hub.sync(1, 3)
    (one,) = msgspec.json.decode(get(hub, f"/v1/gateways/{SLOT}/irregularities"))["items"]
    assert (one["kind"], one["subject"]) == ("gap", f"{EPOCH}.routine.1")
    assert "3 events lost" in one["detail"]
    get(hub, "/v1/gateways/cs-404/irregularities", 404)


def test_everything_takes_a_token(hub: Hub) -> None:
    for path in ("/v1/gateways", f"/v1/gateways/{SLOT}", "/v1/events"):
        assert hub.client.get(path).status_code == 401


def test_a_command_is_signed_numbered_audited_and_repeated_until_it_expires(hub: Hub) -> None:
    path = f"/v1/gateways/{SLOT}/commands"
    for op in ("collect-diagnostics", "restart"):
        made = hub.client.post(
            path, json={"op": op, "expires_in_s": 60}, headers=hub.bearer["dispatcher"]
        )
        assert made.status_code == 202
    key = load_command_key(hub.config.data_dir)
    told = [open_command(text, key) for text in hub.sync(1, 0).json()["commands"]]
    assert [(one.cmd_seq, one.op, one.slot, one.id) for one in told] == [
        (1, "collect-diagnostics", SLOT, f"{SLOT}-1"),
        (2, "restart", SLOT, f"{SLOT}-2"),
    ]
    assert told[0].expires == rfc3339(START_UTC_NS + 60 * 10**9)
    assert len(hub.sync(1, 0).json()["commands"]) == 2
    with hub.database.read() as conn:
        later = rfc3339(START_UTC_NS + 61 * 10**9)
        assert gateways.standing(conn, SLOT, later).commands == []
        actions = conn.exec_driver_sql("SELECT actor, action FROM audit ORDER BY seq").all()
    assert [tuple(row) for row in actions[-2:]] == [("token/dispatcher", "command")] * 2


def test_who_asks_for_a_track_is_whose_token_it_is_and_why_is_in_the_audit_log(hub: Hub) -> None:
    path = f"/v1/gateways/{SLOT}/commands"
    args = {"shift": "p-1/2026-11-21/1", "reason": "complaint 17", "requested_by": "somebody else"}
    body = {"op": "send-track", "args": args}
    assert hub.client.post(path, json=body, headers=hub.bearer["dispatcher"]).status_code == 202
    (text,) = hub.sync(1, 0).json()["commands"]
    asked = {**args, "requested_by": "token/dispatcher"}
    assert open_command(text, load_command_key(hub.config.data_dir)).args == asked
    with hub.database.read() as conn:
        (detail,) = conn.exec_driver_sql("SELECT detail FROM audit ORDER BY seq DESC LIMIT 1").one()
    found = json.loads(detail) if isinstance(detail, str) else detail
    assert found == {"op": "send-track", "id": f"{SLOT}-1", "args": asked}


@pytest.mark.parametrize(
    ("body", "who", "status"),
    [
        ({"op": "send-track", "args": {"shift": "p-1/2026-11-21/1"}}, "dispatcher", 422),
        ({"op": "send-track", "args": {"shift": "p", "reason": " "}}, "dispatcher", 422),
        ({"op": "speak", "args": {"device": "horn"}}, "dispatcher", 422),
        ({"op": "restart"}, "viewer", 403),
        ({"op": "photo", "args": {"camera": "cam-1"}}, "dispatcher", 422),
        ({"op": "accept-view", "args": {"camera": "cam-1", "reason": "x"}}, "dispatcher", 403),
        ({"op": "explode"}, "dispatcher", 422),
        ({"op": "restart", "expires_in_s": 0}, "dispatcher", 422),
        ({"op": "restart", "expires_in_s": 8 * 86_400}, "dispatcher", 422),
        ({"op": "restart", "twice": True}, "dispatcher", 422),
    ],
)
def test_a_command_that_cannot_be_is_refused(
    hub: Hub, body: dict[str, object], who: str, status: int
) -> None:
    answer = hub.client.post(f"/v1/gateways/{SLOT}/commands", json=body, headers=hub.bearer[who])
    assert answer.status_code == status
    assert hub.sync(1, 0).json().get("commands", []) == []


@pytest.mark.parametrize(
    "path",
    ["/v1/events?slot=%00", "/v1/events?type=a%00b", "/v1/gateways/%00", "/v1/work-orders/%00"],
)
def test_a_name_with_nul_is_nobodys(hub: Hub, path: str) -> None:
    answer = hub.client.get(path, headers=hub.bearer["viewer"])
    assert answer.status_code in {200, 404, 422}
    assert answer.json().get("items", []) == []
