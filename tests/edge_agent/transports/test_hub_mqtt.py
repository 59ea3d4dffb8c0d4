"""What a box believes of what a broker brings, and what it says when a broker brings nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
import pytest

from contract.jws import unb64
from contract.keys import PrivateKey
from contract.mqtt_binding import Reply, request_id, seal_down
from edge_agent.errors import HubDatesWrong, HubUnreachable, StopError
from edge_agent.ports import HubRequest
from edge_agent.transports.hub_mqtt import MqttHub, Patience
from edge_agent.uplink.signing import Call, connect_token
from tests.edge_agent.uplink.test_hub_link_conformance import BOX, HUB, desired, mqtt_hub, signed
from tests.fakes.broker import Mosquitto
from tests.fakes.certificates import Authority

pytestmark = pytest.mark.anyio
UP, DOWN = "edile/1/baiyun/cs-017/up", "edile/1/baiyun/cs-017/down"
SOON = Patience(connect_s=0.2, answer_s=0.2, exchange_s=5)
GOOD = Reply(200, {}, b"good")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("broker")) as running:
        yield running


@asynccontextmanager
async def held(link: MqttHub) -> AsyncIterator[MqttHub]:
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def between(broker: Mosquitto) -> AsyncIterator[aiomqtt.Client]:
    """Somebody who sees what goes up and says what comes down: the broker itself, or the hub."""
    async with aiomqtt.Client("localhost", broker.port) as client:
        await client.subscribe("edile/1/+/+/up", qos=1)
        yield client


async def seen(client: aiomqtt.Client) -> bytes:
    async with asyncio.timeout(60):
        return bytes((await anext(client.messages)).payload)


def sealed(
    frame: bytes, reply: Reply = GOOD, *, key: PrivateKey = HUB, slot: str = "cs-017"
) -> bytes:
    return seal_down(key, "hub#command", slot=slot, re=request_id(frame), reply=reply)


async def test_only_the_hubs_own_answer_to_these_very_bytes_is_believed(broker: Mosquitto) -> None:
    async with held(mqtt_hub(broker.url)) as link, between(broker) as client:
        first = asyncio.create_task(link.send(desired('"1"')))
        old = sealed(await seen(client))
        await client.publish(DOWN, old, qos=1)
        assert (await first).body == b"good"

        second = asyncio.create_task(link.send(desired('"2"')))
        frame = await seen(client)
        good = sealed(frame)
        refusal = Reply(401, {}, b"refused")
        tampered = bytearray(frame)
        tampered[-1] ^= 1
        for lie in (
            old,
            b"",
            b"\xe1 no frame",
            sealed(frame, refusal, key=PrivateKey.generate()),
            sealed(frame, refusal, slot="cs-018"),
            sealed(bytes(tampered), refusal),
            good[:-1] + b"!",
            good[:40] + bytes([good[40] ^ 1]) + good[41:],
        ):
            await client.publish(DOWN, lie, qos=1)
        await client.publish(DOWN, good, qos=1)
        await client.publish(DOWN, good, qos=1)
        assert (await second).body == b"good"
        assert link.ignored.total() == 8
        assert (link.ignored["stale"], link.ignored["slot"], link.ignored["body"]) == (2, 1, 1)

        third = asyncio.create_task(link.send(desired('"3"')))
        await client.publish(DOWN, sealed(await seen(client), Reply(304, {}, b"")), qos=1)
        assert (await third).status == 304
        assert link.ignored["stale"] == 3  # the second copy of the answer before


async def test_the_answer_to_another_box_is_not_ours(broker: Mosquitto) -> None:
    async with held(mqtt_hub(broker.url, patience=SOON)) as link, between(broker) as client:
        sending = asyncio.create_task(link.send(desired('"1"')))
        answer = sealed(await seen(client), slot="cs-018")
        await client.publish(DOWN, answer, qos=1)
        with pytest.raises(HubUnreachable, match="did not answer"):
            await sending
        assert link.ignored == {"slot": 1}


async def test_silence_of_the_hub_is_no_answer(broker: Mosquitto) -> None:
    async with held(mqtt_hub(broker.url, patience=SOON)) as link:
        with pytest.raises(HubUnreachable, match=r"did not answer within 0 s$"):
            await link.send(desired('"1"'))


async def test_answers_by_another_key_point_at_the_setting(broker: Mosquitto) -> None:
    async with held(mqtt_hub(broker.url, patience=SOON)) as link, between(broker) as client:
        sending = asyncio.create_task(link.send(desired('"1"')))
        answer = sealed(await seen(client), key=PrivateKey.generate())
        await client.publish(DOWN, answer, qos=1)
        with pytest.raises(HubUnreachable, match=r"not signed by hub\.command_key"):
            await sending


async def test_after_silence_the_same_line_still_serves(broker: Mosquitto) -> None:
    async with held(mqtt_hub(broker.url, patience=SOON)) as link, between(broker) as client:
        with pytest.raises(HubUnreachable):
            await link.send(desired('"1"'))
        late = sealed(await seen(client))
        sending = asyncio.create_task(link.send(desired('"2"')))
        frame = await seen(client)
        await client.publish(DOWN, late, qos=1)
        await client.publish(DOWN, sealed(frame, Reply(200, {}, b"second")), qos=1)
        assert (await sending).body == b"second"


async def test_a_broker_that_was_restarted_meanwhile_costs_no_failure(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        async with held(mqtt_hub(broker.url)) as link:
            for turn in range(2):
                async with between(broker) as client:
                    sending = asyncio.create_task(link.send(desired('"1"')))
                    await client.publish(DOWN, sealed(await seen(client)), qos=1)
                    assert (await sending).status == 200
                if turn == 0:
                    broker.kill()
                    broker.start()


async def test_a_broker_that_dies_in_mid_exchange_is_noticed_at_once(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        async with held(mqtt_hub(broker.url)) as link, between(broker) as client:
            sending = asyncio.create_task(link.send(desired('"1"')))
            await seen(client)
            broker.kill()
            with pytest.raises(HubUnreachable, match="Disconnected"):
                await sending
            with pytest.raises(aiomqtt.MqttError):
                await seen(client)


@asynccontextmanager
async def raw_broker(*answers: str, falls: bool = False) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Accepts connections, keeps what CONNECT says, answers what comes with `answers` (hex) in turn.
    `falls`: what comes after the last answer is not answered any more, the connection is gone."""
    said: list[bytes] = []
    open_lines: list[asyncio.StreamWriter] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_lines.append(writer)
        said.append(await reader.read(4_096))
        for answer in answers:
            writer.write(bytes.fromhex(answer))
            await reader.read(4_096)
        if falls:
            writer.transport.abort()
            return
        await reader.read()
        writer.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], said
    finally:
        for line in open_lines:
            line.close()
        server.close()
        await server.wait_closed()


async def test_a_broker_that_says_nothing_is_unreachable() -> None:
    async with raw_broker() as (port, said):
        async with held(mqtt_hub(f"mqtt://127.0.0.1:{port}", patience=SOON)) as link:
            for _ in range(2):
                with pytest.raises(HubUnreachable):
                    await link.send(desired('"1"'))
        assert len(said) == 2


NOT_AUTHORISED = "20 02 00 05"  # CONNACK (MQTT 3.1.1 §3.2.2.3)
ACCEPTED = "20 02 00 00"
SUBSCRIBED = "90 03 0001 01"  # SUBACK to packet 1, QoS 1
SUBSCRIPTION_FAILED = "90 03 0001 80"  # SUBACK to packet 1 (MQTT 3.1.1 §3.9.3)


def fields(connect: bytes) -> list[bytes]:
    """Client id, user name, password (MQTT 3.1.1 §3.1.3) of a CONNECT below 128 bytes."""
    at, found = 2 + 10, []
    while at < len(connect):
        size = int.from_bytes(connect[at : at + 2], "big")
        found.append(connect[at + 2 : at + 2 + size])
        at += 2 + size
    return found


async def test_the_broker_is_shown_the_slot_and_a_token_and_its_refusal_is_told() -> None:
    async with raw_broker(NOT_AUTHORISED) as (port, said):
        async with held(mqtt_hub(f"mqtt://127.0.0.1:{port}", patience=SOON)) as link:
            with pytest.raises(HubUnreachable, match="does it know user cs-017"):
                await link.send(desired('"1"'))
        _, user, password = fields(said[0])
        assert user == b"cs-017"
        assert password == b"token of 1790000000"


async def test_an_account_of_the_brokers_own_is_used_where_the_url_names_one() -> None:
    async with raw_broker(NOT_AUTHORISED) as (port, said):
        url = f"mqtt://anna:se%40cret@127.0.0.1:{port}"
        async with held(mqtt_hub(url, patience=SOON)) as link:
            with pytest.raises(HubUnreachable, match="anna") as raised:
                await link.send(desired('"1"'))
        assert fields(said[0])[1:] == [b"anna", b"se@cret"]
        assert "se@cret" not in str(raised.value)


def test_a_connect_token_is_one_and_nothing_else() -> None:
    claims = msgspec.json.decode(unb64(connect_token(BOX, "baiyun-hub", 7).split(".")[1]))
    assert (claims["op"], claims["aud"], claims["iat"]) == ("mqtt.connect", "baiyun-hub", 7)


async def test_a_broker_that_falls_before_it_has_acknowledged_is_noticed_at_once() -> None:
    """Within the hub's usual patience of three minutes, or this test runs into its limit."""
    async with (
        raw_broker(ACCEPTED, SUBSCRIBED, falls=True) as (port, _),
        held(mqtt_hub(f"mqtt://127.0.0.1:{port}")) as link,
    ):
        with pytest.raises(HubUnreachable, match="Disconnected before"):
            await link.send(desired('"1"'))


async def test_a_broker_that_forbids_the_topic_is_told_by_name() -> None:
    async with (
        raw_broker(ACCEPTED, SUBSCRIPTION_FAILED) as (port, _),
        held(mqtt_hub(f"mqtt://127.0.0.1:{port}", patience=SOON)) as link,
    ):
        with pytest.raises(HubUnreachable, match=f"refuses {DOWN}"):
            await link.send(desired('"1"'))


@pytest.mark.parametrize(
    "call",
    [
        Call("GET", "/v1/other", "desired.get", "desired"),
        Call("GET", "/v1/desired", "desired.get", "desired", headers={"if-none-match": '"1"'}),
        Call("POST", "/v1/enrol", "enrol", "desired"),
    ],
)
async def test_what_the_token_does_not_say_is_not_silently_left_out(
    broker: Mosquitto, call: Call
) -> None:
    async with held(mqtt_hub(broker.url)) as link:
        with pytest.raises(ValueError, match=call.path):
            await link.send(signed(call))
        with pytest.raises(ValueError, match="no message token"):
            await link.send(HubRequest("GET", "/v1/time", {}))


@pytest.mark.parametrize(
    "url",
    ["mqtt://hub.example", "mqtts://", "http://127.0.0.1", "mqtt://127.0.0.1:x", "mqtts://h/path"],
)
def test_an_address_that_cannot_be_used_stops(url: str) -> None:
    with pytest.raises(StopError, match=r"hub\.url"):
        mqtt_hub(url)


class Secure:
    """A broker whose certificate was valid in 2010 and 2011 only."""

    def __init__(self, folder: Path) -> None:
        authority, other = Authority.make(), Authority.make("someone else")
        first, last = dt.datetime(2010, 1, 1, tzinfo=dt.UTC), dt.datetime(2012, 1, 1, tzinfo=dt.UTC)
        certificate, key = authority.issue("localhost", first, last, folder)
        self.ca_file = authority.write(folder / "ca.pem")
        self.other_ca_file = other.write(folder / "other.pem")
        self.broker = Mosquitto(folder, f"certfile {certificate}", f"keyfile {key}", scheme="mqtts")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    made = Secure(tmp_path_factory.mktemp("secure"))
    with made.broker:
        yield made


async def ask(link: MqttHub, **how: Any) -> None:
    call = Call("GET", "/v1/time", "time.get", "time")
    headers = signed(call).headers
    await link.send(HubRequest("GET", "/v1/time", headers, **how))


WITHIN = dt.datetime(2011, 6, 1, tzinfo=dt.UTC).timestamp()
AFTER = dt.datetime(2012, 6, 1, tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize("how", [{}, {"true_utc_s": AFTER}])
async def test_a_certificate_out_of_date_is_told_as_that(
    secure: Secure, how: dict[str, Any]
) -> None:
    async with held(mqtt_hub(secure.broker.url, secure.ca_file, patience=SOON)) as link:
        with pytest.raises(HubDatesWrong):
            await ask(link, **how)


@pytest.mark.parametrize("how", [{"check_dates": False}, {"true_utc_s": WITHIN}])
async def test_dates_are_left_out_or_judged_by_the_hubs_time(
    secure: Secure, how: dict[str, Any]
) -> None:
    async with held(mqtt_hub(secure.broker.url, secure.ca_file, patience=SOON)) as link:
        with pytest.raises(HubUnreachable, match="did not answer"):
            await ask(link, **how)


async def test_a_line_opened_without_dates_carries_nothing_that_needs_them(secure: Secure) -> None:
    async with held(mqtt_hub(secure.broker.url, secure.ca_file, patience=SOON)) as link:
        with pytest.raises(HubUnreachable, match="did not answer"):
            await ask(link, check_dates=False)
        with pytest.raises(HubDatesWrong):
            await ask(link)


@pytest.mark.parametrize("how", [{}, {"check_dates": False}, {"true_utc_s": WITHIN}])
async def test_another_authority_is_never_believed(secure: Secure, how: dict[str, Any]) -> None:
    async with held(mqtt_hub(secure.broker.url, secure.other_ca_file, patience=SOON)) as link:
        with pytest.raises(HubUnreachable, match=r"hub\.ca_file"):
            await ask(link, **how)


def test_an_authority_that_is_none_stops(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no PEM")
    with pytest.raises(StopError, match=r"hub\.ca_file"):
        mqtt_hub("mqtts://hub.example", tmp_path / "ca.pem")
