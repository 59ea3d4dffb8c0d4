"""The whole hub: signed events in at one end, a work order out at the other, under a real uvicorn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import msgspec
import pytest

from contract.chain import extend
from contract.client import HubClient, HubRefused
from contract.envelope import Moment, encode_event
from contract.keys import PrivateKey
from contract.names import EventId
from contract.payloads.base import Phase
from contract.payloads.weigh import AnomalyKind, WeighAnomaly
from contract.sync import BATCH_CONTENT, SYNC_PATH, join_batch
from contract.token import claims_for, mint
from contract.workorder import Move, NewOrder
from hub.config import HubConfig
from hub.store import gateways, tokens
from hub.store.engine import Database
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT, at
from tests.hub.kept_tables import sqlite_tables
from tests.hub.uvicorn_server import serving

EPOCH, KID, ZERO = "0C9K2TQ7M4XWZ", "cs-017#1", bytes(32)


class Box:
    """A gateway that only ever sends anomalies."""

    def __init__(self, key: PrivateKey, url: str) -> None:
        self._key, self._url = key, url
        self._events: list[bytes] = []
        self._sent = 0
        self._head = ZERO

    def tells(self, kind: AnomalyKind, problem_id: str, phase: Phase) -> None:
        payload = WeighAnomaly(problem_id=problem_id, phase=phase, kind=kind, weighbridge="wb-1")
        number = len(self._events) + 1
        moment = Moment("boot-1", number, START_UTC_NS + number * 10**9, "ntp")
        event_id = EventId(EPOCH, "urgent", number)
        self._events.append(
            encode_event(
                payload,
                event_id=event_id,
                source=f"/{DISTRICT}/cs-017",
                subject="weighbridge/wb-1",
                moment=moment,
            )
        )

    def syncs(self) -> httpx.Response:
        items = self._events[self._sent :]
        first, last = self._sent + 1, len(self._events)
        self._head = extend(self._head, "urgent", enumerate(items, first))
        body = join_batch(items)
        plain = claims_for(
            aud="edile-hub",
            op="events.batch",
            body=body,
            now_s=START_UTC_NS // 10**9,
            jti=f"{last:024x}",
        )
        claims = msgspec.structs.replace(
            plain, ep=EPOCH, ln="urgent", sq=(first, last), ch=self._head.hex()
        )
        headers = {
            "Authorization": f"EMT {mint(self._key, KID, claims)}",
            "Content-Type": BATCH_CONTENT,
        }
        self._sent = last
        return httpx.post(f"{self._url}{SYNC_PATH}", content=body, headers=headers)


@pytest.fixture
def hub(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[str, Box, dict[str, str]]]:
    """Address, a box with a key, tokens by name."""
    url = sqlite_tables(tmp_path / "hub.db")
    if getattr(request, "param", "sqlite") == "postgres":
        url = request.getfixturevalue("postgres_migrated").clean_url()
    config = HubConfig(
        database=url, data_dir=tmp_path, district=DISTRICT, utc_ns=lambda: START_UTC_NS + 60 * 10**9
    )
    key = PrivateKey.generate()
    database = Database.open(url)
    with database.write() as conn:
        gateways.add_key(
            conn,
            kid=KID,
            public_pem=key.public.to_pem(),
            district=DISTRICT,
            unit="sanitation-3",
            at=at(0),
        )
        texts = {
            name: tokens.add_token(
                conn,
                district=DISTRICT,
                name=name,
                role="dispatcher",
                at=at(0),
                entropy=lambda n, c=name[0]: c.encode() * n,
            )
            for name in ("lin", "mei")
        }
    database.close()
    with serving(replace(config)) as address:
        yield address, Box(key, address), texts


@pytest.mark.parametrize(
    "hub", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_events_of_a_box_become_one_order_that_two_people_close(
    hub: tuple[str, Box, dict[str, str]],
) -> None:
    address, box, texts = hub
    box.tells("indicator-silent", "p-1", "opened")
    box.tells("indicator-silent", "p-1", "updated")
    box.tells("over-capacity", "p-2", "opened")
    assert box.syncs().status_code == 200
    with HubClient(address, texts["lin"]) as lin, HubClient(address, texts["mei"]) as mei:
        listed = lin.work_orders().items
        assert [(one.kind, one.state, one.owner and one.owner.unit) for one in listed] == [
            ("over-capacity", "dispatched", "sanitation-3"),
            ("indicator-silent", "dispatched", "sanitation-3"),
        ]
        silent = lin.work_order(listed[1].id)
        assert [seen.phase for seen in silent.value.sightings] == ["opened", "updated"]
        box.tells("indicator-silent", "p-1", "ended")
        box.tells("indicator-silent", "p-3", "opened")
        assert box.syncs().status_code == 200
        current = lin.work_order(silent.value.id)
        assert [seen.phase for seen in current.value.sightings] == [
            "opened",
            "updated",
            "ended",
            "opened",
        ]
        done = lin.move(
            current.value.id,
            Move(to="resolved", reason="cable"),
            etag=current.etag,
            idempotency_key="a",
        )
        with pytest.raises(HubRefused) as refused:
            lin.move(
                done.value.id, Move(to="closed", reason="ok"), etag=done.etag, idempotency_key="b"
            )
        assert refused.value.slug == "forbidden"
        closed = mei.move(
            done.value.id, Move(to="closed", reason="ok"), etag=done.etag, idempotency_key="c"
        )
        assert closed.value.state == "closed"
        assert [entry.to_state for entry in mei.history(closed.value.id).items] == [
            "dispatched",
            "resolved",
            "closed",
        ]
        assert len(list(mei.every_work_order())) == 2


def test_the_assembled_hub_answers_people_and_programs_under_uvicorn(
    hub: tuple[str, Box, dict[str, str]],
) -> None:
    address, _, texts = hub
    who = {"Authorization": f"Bearer {texts['lin']}"}
    with httpx.Client(base_url=address) as http:
        assert http.get("/healthz").status_code == 200
        assert http.get("/readyz").json()["status"] == "ready"
        assert http.get("/docs").status_code == 200
        assert "edile_http_requests_total" in http.get("/metrics", headers=who).text
        assert http.get("/nowhere").headers["Content-Type"] == "application/problem+json"
        assert http.delete("/v1/work-orders").status_code == 405
        assert http.head("/v1/work-orders", headers=who).content == b""
        document = http.get("/openapi.json").json()
        named = msgspec.json.encode(document).decode().split('"#/components/schemas/')[1:]
        assert {name.partition('"')[0] for name in named} <= set(document["components"]["schemas"])
        streamed = http.post(
            "/v1/work-orders",
            content=(b" " * 65536 for _ in range(40)),
            headers={**who, "Content-Type": "application/json"},
        )
        assert (streamed.status_code, streamed.json()["type"]) == (
            413,
            "urn:edile:problem:too-large",
        )
    with HubClient(address, texts["mei"]) as mei:
        made = mei.open_work_order(
            NewOrder(class_code="09006", detail="stall"), idempotency_key="k"
        )
        assert (
            mei.open_work_order(NewOrder(class_code="09006", detail="stall"), idempotency_key="k")
            == made
        )
        assert made.value.state == "no-owner"
