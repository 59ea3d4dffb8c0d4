"""POST /v1/sync, GET /v1/time, GET /v1/desired over HTTP: what a box is told, and what is never taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
import zstandard

from contract.desired import open_desired
from contract.jws import open_jws
from contract.keys import PrivateKey
from contract.receipts import open_receipt
from contract.sync import BATCH_CONTENT, MAX_BATCH_BYTES, TIME_TYP, ClockAnswer, SyncReply
from contract.timestamps import rfc3339
from hub import publishing
from hub.identity import load_command_key, load_or_make_keys
from hub.store import gateways
from hub.store.tables import event
from tests.fakes.clock import START_UTC_NS
from tests.hub.assembled import Hub, assembled
from tests.hub.detections import at
from tests.hub.signing_box import EPOCH, KID, NOW_S, SLOT, raw_event, reading

KEY = f"{EPOCH}.routine"
compress: Callable[[bytes], bytes] = zstandard.ZstdCompressor().compress


@pytest.fixture
def hub(migrated_url: str, tmp_path: Path) -> Iterator[Hub]:
    with assembled(migrated_url, tmp_path) as made:
        made.box.records(*(reading(n) for n in range(4)))
        yield made


def stored(hub: Hub) -> int:
    with hub.database.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(event)) or 0


def slug(response: object) -> tuple[int, str]:
    status, told = response.status_code, response.json()  # type: ignore[attr-defined]
    return status, told["type"].rpartition(":")[2]


@pytest.mark.parametrize("pack", [None, compress])
def test_a_batch_is_stored_and_receipted(hub: Hub, pack: Callable[[bytes], bytes] | None) -> None:
    answer = hub.sync(1, 4, pack=pack)
    assert answer.status_code == 200
    reply = msgspec.json.decode(answer.content, type=SyncReply)
    assert (reply.stored, reply.archived) == ({KEY: 4}, {KEY: 0})
    assert reply.hub_time == rfc3339(START_UTC_NS)
    receipt = open_receipt(
        reply.receipt or "", load_or_make_keys(hub.config.data_dir).receipt.public
    )
    assert receipt.chain_head == hub.box.head(4).hex()
    assert hub.sync(1, 4).json()["stored"] == {KEY: 4}
    assert stored(hub) == 4


def test_a_gap_is_409_with_the_place_to_go_on_from(hub: Hub) -> None:
    hub.sync(1, 1)
    answer = hub.sync(3, 4)
    assert slug(answer) == (409, "gap")
    assert answer.json()["stored"] == {KEY: 1}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"Content-Type": "application/json"}, (415, "unsupported-media-type")),
        ({"Content-Encoding": "gzip"}, (415, "unsupported-media-type")),
        ({"Content-Encoding": "zstd"}, (400, "bad-request")),
        ({"Authorization": ""}, (401, "unauthenticated")),
        ({"Authorization": "Bearer x"}, (401, "unauthenticated")),
        ({"Authorization": "EMT x.y.z"}, (401, "token")),
    ],
)
def test_a_request_in_the_wrong_dress_is_refused(
    hub: Hub, change: dict[str, str], refused: tuple[int, str]
) -> None:
    body, headers = hub.box.sync(1, 4)
    answer = hub.client.post("/v1/sync", content=body, headers={**headers, **change})
    assert slug(answer) == refused
    assert stored(hub) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"aud": "another-hub"}, {"op": "evidence.put"}, {"bsh": "00" * 32}, {"bln": 1}, {"ch": None}],
)
def test_a_token_for_something_else_is_401(hub: Hub, wrong: dict[str, object]) -> None:
    assert slug(hub.sync(1, 4, **wrong)) == (401, "token")
    assert stored(hub) == 0


def test_a_flipped_bit_in_the_body_is_401(hub: Hub) -> None:
    body, headers = hub.box.sync(1, 4)
    spoilt = bytes([body[0], body[1] ^ 1]) + body[2:]
    assert slug(hub.client.post("/v1/sync", content=spoilt, headers=headers)) == (401, "token")


def test_a_revoked_key_is_refused_with_the_next_message(hub: Hub) -> None:
    assert hub.sync(1, 2).status_code == 200
    with hub.database.write() as conn:
        gateways.set_key_state(conn, KID, "revoked")
    assert slug(hub.sync(3, 4)) == (401, "token")
    assert stored(hub) == 2


def test_a_key_that_nobody_added_is_refused(hub: Hub) -> None:
    hub.box.key = PrivateKey.generate("ES256")
    assert slug(hub.sync(1, 4)) == (401, "token")
    hub.box.kid = "cs-099#1"
    assert slug(hub.sync(1, 4)) == (401, "token")


def test_proxies_headers_name_nobody(hub: Hub) -> None:
    body, headers = hub.box.sync(1, 4)
    del headers["Authorization"]
    forged = {"X-SSL-Client-Verify": "SUCCESS", "X-SSL-Client-S-DN": KID, "X-Forwarded-For": "::1"}
    answer = hub.client.post("/v1/sync", content=body, headers={**headers, **forged})
    assert slug(answer) == (401, "unauthenticated")


def test_a_box_cannot_speak_for_another_slot(hub: Hub) -> None:
    hub.box.items = [(1, raw_event(reading(1), 1, slot="cs-018"))]
    assert slug(hub.sync(1, 1)) == (422, "batch")


def test_a_wrong_clock_gets_the_time_signed_and_a_nonce_that_works_once(hub: Hub) -> None:
    late = {"iat": 1_000, "exp": 1_120}
    answer = hub.sync(1, 4, **late)
    told = answer.json()
    assert (slug(answer), told["err"]) == ((401, "clock"), "clock")
    key = load_command_key(hub.config.data_dir)
    _, payload = open_jws(told["signed"], TIME_TYP, lambda _: key)
    clock = msgspec.json.decode(payload, type=ClockAnswer)
    assert clock.now == rfc3339(START_UTC_NS)
    assert slug(hub.sync(1, 4, **late, nonce="00" * 16)) == (401, "clock")
    assert hub.sync(1, 4, **late, nonce=clock.nonce).status_code == 200
    assert slug(hub.sync(1, 4, **late, nonce=clock.nonce)) == (401, "clock")


def test_the_time_is_told_to_whom_it_is_1970(hub: Hub) -> None:
    answer = hub.ask("GET", "/v1/time", "time.get", iat=0, exp=120)
    _, payload = open_jws(
        answer.json()["signed"], TIME_TYP, lambda _: load_command_key(hub.config.data_dir)
    )
    assert msgspec.json.decode(payload, type=ClockAnswer).now == rfc3339(START_UTC_NS)


def test_a_token_that_is_no_batch_works_once(hub: Hub) -> None:
    signed = hub.box.signed(hub.box.claims("time.get", b""))
    assert hub.client.get("/v1/time", headers=signed).status_code == 200
    assert slug(hub.client.get("/v1/time", headers=signed)) == (401, "token")


def test_a_zstd_bomb_is_cut_off_at_the_limit(hub: Hub) -> None:
    bomb = compress(b" " * (256 * 1024 * 1024))
    assert len(bomb) < 64 * 1024
    answer = hub.sync(1, 4, pack=lambda _: bomb)
    assert slug(answer) == (413, "too-large")
    assert answer.json()["limit"] == MAX_BATCH_BYTES


def test_a_window_larger_than_any_batch_is_refused(hub: Hub) -> None:
    wide = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    packed = zstandard.ZstdCompressor(compression_params=wide).compressobj().compress(b"")
    huge = packed + zstandard.ZstdCompressor(compression_params=wide).compress(b"[]")
    assert hub.sync(1, 4, pack=lambda _: huge).status_code in {400, 422}


def test_more_bytes_than_a_batch_may_have_are_413_before_they_are_read(hub: Hub) -> None:
    _, headers = hub.box.sync(1, 4)
    declared = {**headers, "Content-Length": str(64 << 20)}
    assert slug(hub.client.post("/v1/sync", content=b"", headers=declared)) == (413, "too-large")


def test_a_heartbeat_brings_desired_state_and_commands(hub: Hub) -> None:
    serial = publishing.publish(
        hub.database, hub.config.data_dir, SLOT, b'{"thresholds": {"pm10": 150}}', at(0)
    )
    made = hub.client.post(
        f"/v1/gateways/{SLOT}/commands", json={"op": "restart"}, headers=hub.bearer["dispatcher"]
    )
    assert (serial, made.status_code) == (1, 202)
    reply = hub.sync(1, 0).json()
    assert (reply["desired_etag"], len(reply["commands"])) == ('"1"', 1)
    got = hub.ask("GET", "/v1/desired", "desired.get")
    assert got.headers["ETag"] == '"1"'
    document = open_desired(got.text, load_command_key(hub.config.data_dir))
    assert (document.serial, document.thresholds) == (1, {"pm10": 150})
    same = hub.ask("GET", "/v1/desired", "desired.get", headers={"If-None-Match": '"1"'})
    assert (same.status_code, same.content) == (304, b"")


def test_a_slot_without_desired_state_is_404(hub: Hub) -> None:
    assert slug(hub.ask("GET", "/v1/desired", "desired.get")) == (404, "not-found")


def test_the_edges_of_the_clocks_leeway(hub: Hub) -> None:
    assert hub.sync(1, 1, iat=NOW_S + 300, exp=NOW_S + 420).status_code == 200
    assert slug(hub.sync(2, 2, iat=NOW_S + 301, exp=NOW_S + 421)) == (401, "clock")
    assert hub.sync(2, 2, iat=NOW_S - 420, exp=NOW_S - 300).status_code == 200
    assert slug(hub.sync(3, 3, iat=NOW_S - 421, exp=NOW_S - 301)) == (401, "clock")


def test_the_batchs_media_type_is_the_contracts(hub: Hub) -> None:
    _, headers = hub.box.sync(1, 4)
    assert headers["Content-Type"] == BATCH_CONTENT == "application/cloudevents-batch+json"
