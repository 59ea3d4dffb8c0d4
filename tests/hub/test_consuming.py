"""The hub behind a broker: what it answers, to whom, and what it does when the broker misbehaves."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI

from contract.keys import PrivateKey
from contract.mqtt_binding import BadFrame, Reply, request_id
from contract.names import lane_key
from contract.problem_json import Problem
from contract.sync import SyncReply
from hub.consuming import Broker, Consumer, broker_of, consumer_of
from hub.errors import HubStop
from tests.fakes.broker import Mosquitto, wait_until
from tests.hub.broker_town import (
    Gate,
    Town,
    asking,
    batch,
    behind,
    client_topic,
    down,
    gateway,
    opened,
    sent_to,
    stored,
)
from tests.hub.detections import DISTRICT
from tests.hub.kept_tables import sqlite_tables
from tests.hub.signing_box import SigningBox, reading

pytestmark = pytest.mark.anyio
NOWHERE = broker_of("mqtt://127.0.0.1:9", None, "hub", 2)
BLOB = "ab" * 32


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town.make(sqlite_tables(tmp_path / "hub.db"), tmp_path / "hub", boxes=2)


@pytest.fixture
def app(town: Town) -> Iterator[FastAPI]:
    with town.app() as made:
        yield made


@pytest.fixture
def consumer(app: FastAPI) -> Consumer:
    return consumer_of(app, NOWHERE)


@pytest.fixture
def box(town: Town) -> SigningBox:
    town.boxes[0].records(*(reading(n) for n in range(5)))
    return town.boxes[0]


def problem(reply: Reply) -> Problem:
    return msgspec.json.decode(reply.body, type=Problem)


async def test_a_batch_is_recorded_and_its_answer_names_it(
    app: FastAPI, consumer: Consumer, box: SigningBox
) -> None:
    frame = batch(box, 1, 5)
    answered, reply = opened(app, box, await consumer.answer(sent_to(box), frame))
    assert (answered, reply.status) == (request_id(frame), 200)
    told = msgspec.json.decode(reply.body, type=SyncReply)
    assert told.stored == {lane_key(box.epoch, "routine"): 5}
    assert stored(app) == [raw for _, raw in box.items]


async def test_a_batch_twice_is_answered_twice_and_recorded_once(
    app: FastAPI, consumer: Consumer, box: SigningBox
) -> None:
    frame = batch(box, 1, 5)
    for _ in range(2):
        _, reply = opened(app, box, await consumer.answer(sent_to(box), frame))
        assert reply.status == 200
    assert len(stored(app)) == 5


async def test_a_gap_is_told_as_over_http(
    app: FastAPI, consumer: Consumer, box: SigningBox
) -> None:
    _, reply = opened(app, box, await consumer.answer(sent_to(box), batch(box, 3, 5)))
    assert (reply.status, problem(reply).type) == (409, "urn:edile:problem:gap")
    assert reply.headers["content-type"] == "application/problem+json"


async def test_the_refusal_of_an_altered_frame_names_the_altered_frame(
    app: FastAPI, consumer: Consumer, box: SigningBox
) -> None:
    frame = batch(box, 1, 5)
    altered = frame[:-1] + b" "
    answered, reply = opened(app, box, await consumer.answer(sent_to(box), altered))
    assert (reply.status, problem(reply).err) == (401, "body")
    assert answered == request_id(altered) != request_id(frame)
    assert stored(app) == []


async def test_a_copy_of_what_is_taken_once_gets_no_answer(
    consumer: Consumer, box: SigningBox
) -> None:
    frame = asking(box, "time.get")
    assert await consumer.answer(sent_to(box), frame) is not None
    with pytest.raises(BadFrame, match="replay"):
        await consumer.answer(sent_to(box), frame)


async def test_evidence_goes_up_in_parts_and_is_asked_for(
    app: FastAPI, consumer: Consumer, box: SigningBox
) -> None:
    async def ask(body: bytes = b"", **claims: Any) -> Reply:
        frame = asking(box, "evidence.put", body, blob=BLOB, **claims)
        return opened(app, box, await consumer.answer(sent_to(box), frame))[1]

    assert (await ask(off=0, total=9)).status == 404
    first = await ask(b"four", off=0, total=9, media="image/jpeg")
    assert (first.status, first.headers["upload-offset"]) == (204, "4")
    there = await ask(off=0, total=9)
    assert (there.status, there.headers["upload-offset"], there.body) == (200, "4", b"")


async def test_what_came_on_anothers_topic_is_refused(
    app: FastAPI, town: Town, consumer: Consumer, box: SigningBox
) -> None:
    frame = batch(box, 1, 5)
    for wrong in (sent_to(town.boxes[1]), "edile/1/other/cs-000/up", "elsewhere"):
        with pytest.raises(BadFrame, match="topic"):
            await consumer.answer(wrong, frame)
    assert stored(app) == []


@pytest.mark.parametrize("payload", [b"", b"\xe1\x00\x01a", b"{}", b"\xe1" * 5_000_000])
async def test_what_is_no_frame_is_refused(
    consumer: Consumer, box: SigningBox, payload: bytes
) -> None:
    with pytest.raises(BadFrame):
        await consumer.answer(sent_to(box), payload)


async def test_a_stranger_is_refused_by_the_hub(
    app: FastAPI, consumer: Consumer, box: SigningBox
) -> None:
    stranger = SigningBox(kid=box.kid)
    stranger.records(reading(1))
    _, reply = opened(app, box, await consumer.answer(sent_to(box), batch(stranger, 1, 1)))
    assert (reply.status, problem(reply).err) == (401, "signature")
    assert stored(app) == []


async def test_a_bug_is_an_answer_and_in_the_log(
    app: FastAPI, box: SigningBox, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/v1/time-broken")
    def broken() -> None:
        raise ZeroDivisionError("the bug")

    async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "path": "/v1/time-broken", "method": "GET"}, receive, send)

    key: PrivateKey = app.state.box.keys.command
    consumer = Consumer(elsewhere, NOWHERE, district=DISTRICT, key=key)
    _, reply = opened(app, box, await consumer.answer(sent_to(box), batch(box, 1, 1)))
    assert (reply.status, problem(reply).type) == (500, "urn:edile:problem:internal")
    assert "the bug" in caplog.text


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_workers_of_one_group_share_the_frames(
    town: Town, app: FastAPI, box: SigningBox, tmp_path: Path, version: str
) -> None:
    with (
        Mosquitto(tmp_path) as broker,
        behind(town, app, broker, version=version) as one,
        behind(town, app, broker, version=version) as other,
    ):
        async with gateway(broker, box) as client:
            answered = set()
            for seq in range(1, 6):
                frame = batch(box, seq, seq)
                await client.publish(sent_to(box), frame, qos=1)
                answered.add(opened(app, box, (client_topic(box), await down(client)))[0])
        assert len(answered) == 5
        assert one.counts["taken"] + other.counts["taken"] == 5
        assert min(one.counts["taken"], other.counts["taken"]) > 0
    assert len(stored(app)) == 5


async def test_junk_is_counted_and_stops_nothing(
    town: Town, app: FastAPI, box: SigningBox, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path) as broker, behind(town, app, broker) as worker:
        async with gateway(broker, box) as client:
            for junk in (b"", b"junk", b"\xe1\x00\x05abc"):
                await client.publish(sent_to(box), junk, qos=1)
            await client.publish(sent_to(town.boxes[1]), batch(box, 1, 1), qos=1)
            await client.publish(sent_to(box), batch(box, 1, 5), qos=1)
            assert opened(app, box, (client_topic(box), await down(client)))[1].status == 200
        assert worker.counts["refused.truncated"] == 2
        assert worker.counts["refused.magic"] == 1
        assert worker.counts["refused.topic"] == 1
        wait_until(lambda: worker.counts["answered"] == 1, "the broker has the answer")


async def test_a_broker_that_goes_and_comes_is_told_once_each(
    town: Town, app: FastAPI, box: SigningBox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "edile.hub.mqtt")
    with Mosquitto(tmp_path) as broker, behind(town, app, broker) as worker:
        broker.kill()
        wait_until(lambda: worker._failures >= 3, "it tried three times")
        broker.start()
        wait_until(lambda: worker.counts["connected"] == 2, "it is back")
        async with gateway(broker, box) as client:
            await client.publish(sent_to(box), batch(box, 1, 5), qos=1)
            assert opened(app, box, (client_topic(box), await down(client)))[1].status == 200
    said = [record.getMessage().split(" ")[0] for record in caplog.records]
    assert said == ["connected", "no", "back"]


async def test_no_more_than_its_share_is_taken_from_a_busy_broker(
    town: Town, app: FastAPI, box: SigningBox, tmp_path: Path
) -> None:
    """The broker keeps the rest: what is not acknowledged closes its window (here 5)."""
    gate = Gate(app)
    with (
        Mosquitto(tmp_path, "max_inflight_messages 5") as broker,
        behind(town, gate, broker, key=app.state.box.keys.command) as worker,
    ):
        async with gateway(broker, box) as client:
            for _ in range(12):
                await client.publish(sent_to(box), asking(box, "time.get"), qos=1)
            wait_until(lambda: gate.waiting == 2, "both hands are full")
            wait_until(lambda: worker.waiting == 3, "the window is full")
            assert worker.counts["taken"] == 2
            gate.open()
            for _ in range(12):
                assert opened(app, box, (client_topic(box), await down(client)))[1].status == 200


@pytest.mark.parametrize(
    ("text", "group", "said"),
    [
        ("mqtt://hub.example", "hub", "mqtts:// for hub.example"),
        ("nonsense", "hub", "mqtts://HOST"),
        ("mqtt://127.0.0.1:99999", "hub", "port"),
        ("mqtt://127.0.0.1?version=4", "hub", "version=5"),
        ("mqtt://127.0.0.1", "a/b", "--group"),
    ],
)
def test_what_was_mistyped_is_one_line(text: str, group: str, said: str) -> None:
    with pytest.raises(HubStop, match=said) as stopped:
        broker_of(text, None, group, 2)
    assert "\n" not in str(stopped.value)


def test_a_wrong_authority_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(HubStop, match="--broker-ca"):
        broker_of("mqtts://hub.example", tmp_path / "none.pem", "hub", 2)


def test_an_address_is_shown_without_its_account() -> None:
    broker: Broker = broker_of("mqtts://hub:secret@broker.example?version=5", None, "hub", 2)
    assert str(broker.url) == "mqtts://broker.example:8883"
    assert "secret" not in repr(broker)
    assert (broker.url.username, broker.url.password, broker.url.version) == ("hub", "secret", "5")
