"""The hub behind an MQTT broker (contract §5): takes frames from a shared subscription, answers each.

Every frame becomes the HTTP request that it stands for and goes through the app in this process: the
same routes, checks and transactions, no second implementation. What comes out is signed for the slot
that asked. The broker's copy is acknowledged only after the answer is on its way, that is after the
commit; but nothing rests on that: a gateway keeps everything until an answer of the hub's says
otherwise, and asks again. Sessions are clean, because a broker may go on choosing an absent member of
a shared subscription that it remembers.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import secrets
import signal
import socket
import ssl
from collections import Counter
from collections.abc import Callable, MutableMapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import msgspec
from fastapi import FastAPI
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from contract.broker_url import BrokerUrl, parse_broker_url
from contract.keys import PrivateKey
from contract.mqtt_binding import (
    QOS,
    BadFrame,
    Reply,
    decode_frame,
    parse_topic,
    request_id,
    seal_down,
    shared_subscription,
    topic,
)
from contract.mqtt_requests import HttpRequest, request_of
from contract.names import SLUG
from contract.problem_json import CONTENT, TYPE_PREFIX, Problem
from contract.sync import MAX_BATCH_BYTES
from hub.api.box import SYNCS_AT_ONCE, BoxParts
from hub.errors import HubStop
from hub.identity import COMMAND_KID

LOG = logging.getLogger("edile.hub.mqtt")
GROUP = "edile-hub"
AT_ONCE = SYNCS_AT_ONCE
_WAIT_BASE_S, _WAIT_CAP_S = 1.0, 30.0
_KEEP_ALIVE_S = 60
_PATIENCE_S = 15.0  # with a broker that does not answer
_MOST_WAITING = 1_000  # frames a broker sent ahead of our acknowledgements; then we start afresh
# An acknowledgement and an answer are two small writes: the second must not wait for the first's.
_SOCKET_OPTIONS = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
_FAILURE = 0x80  # SUBACK (MQTT 3.1.1 §3.9.3); in 5.0 every reason code from here on
_QUIET = logging.getLogger("edile.mqtt")  # the library's own words; we say what matters
_QUIET.setLevel(logging.CRITICAL)
logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each frame is too many
_VERSIONS = {"3.1.1": aiomqtt.ProtocolVersion.V311, "5": aiomqtt.ProtocolVersion.V5}


@dataclass(frozen=True)
class Broker:
    """Where frames come from. Workers of one `group` share them."""

    url: BrokerUrl
    ca_file: Path | None = None
    group: str = GROUP
    at_once: int = AT_ONCE


def broker_of(text: str, ca_file: Path | None, group: str, at_once: int) -> Broker:
    """HubStop for what a person mistyped."""
    try:
        url = parse_broker_url(text)
    except ValueError as error:
        raise HubStop(f"--broker: expected {error}") from error
    if not SLUG.fullmatch(group):
        raise HubStop(f"--group {group!r}: use a-z, 0-9 and '-', at most 63 characters")
    broker = Broker(url, ca_file, group, at_once)
    _tls(broker)
    return broker


class Consumer:
    """`app` answers as over HTTP; `key` signs. `draw` is uniform in [0, 1).
    `counts`: connections, frames taken, answered, and refused by reason, since it was made."""

    def __init__(
        self,
        app: Any,
        broker: Broker,
        *,
        district: str,
        key: PrivateKey,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._broker, self._district, self._key, self._draw = broker, district, key, draw
        transport = httpx.ASGITransport(_Logged(app), raise_app_exceptions=False)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://hub.in-process")
        self._failures = 0
        self._client: aiomqtt.Client | None = None
        self.counts: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """Frames that the broker sent and nobody has begun with."""
        return 0 if self._client is None else len(self._client.messages)

    async def run(self) -> None:
        """For ever; the broker may come and go."""
        while True:
            try:
                async with AsyncExitStack() as stack:
                    async with asyncio.timeout(_PATIENCE_S):
                        client = self._client = await self._connect(stack)
                    self._here()
                    await self._take(client)
            except* (aiomqtt.MqttError, OSError, _Overrun) as errors:
                self._gone(_first(errors))
            ceiling = min(_WAIT_CAP_S, _WAIT_BASE_S * 2.0 ** min(self._failures, 10))
            await asyncio.sleep(self._draw() * ceiling)

    def _here(self) -> None:
        said = "connected to" if self._failures == 0 else "back at"
        LOG.info("%s broker %s, group %s", said, self._broker.url, self._broker.group)
        self._failures = 0
        self.counts["connected"] += 1

    def _gone(self, error: BaseException) -> None:
        if self._failures == 0:
            LOG.warning("no broker at %s: %s; trying again", self._broker.url, error)
        self._failures += 1

    async def _connect(self, stack: AsyncExitStack) -> aiomqtt.Client:
        url = self._broker.url
        client = aiomqtt.Client(
            url.host,
            url.port,
            username=url.username,
            password=url.password,
            identifier=f"edile-hub-{secrets.token_hex(6)}",
            protocol=_VERSIONS[url.version],
            clean_session=None if url.version == "5" else True,
            properties=_window(self._broker) if url.version == "5" else None,
            tls_context=_tls(self._broker),
            keepalive=_KEEP_ALIVE_S,
            timeout=math.inf,  # we limit ourselves: wait_for may swallow a cancellation (bpo-37658)
            max_queued_incoming_messages=_MOST_WAITING,
            socket_options=_SOCKET_OPTIONS,
            logger=_QUIET,
        )
        client.pending_calls_threshold = self._broker.at_once
        client._client.manual_ack_set(True)  # aiomqtt does not offer it
        stack.callback(client._client.disconnect)  # what aiomqtt leaves open
        await client.__aenter__()
        stack.push_async_callback(_part, client)
        wanted = shared_subscription(self._broker.group, self._district)
        granted = await client.subscribe(wanted, qos=QOS)
        if any(_code(one) >= _FAILURE for one in granted):
            raise aiomqtt.MqttError(f"the broker refuses the subscription {wanted}")
        return client

    async def _take(self, client: aiomqtt.Client) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._broker.at_once):
                tasks.create_task(self._work(client), name=f"frames-{number}")

    async def _work(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if len(client.messages) >= _MOST_WAITING - 1:
                raise _Overrun("it sends more than it may; starting afresh")
            self.counts["taken"] += 1
            try:
                sealed = await self.answer(str(message.topic), bytes(message.payload))
            except BadFrame as error:
                self.counts[f"refused.{error.reason}"] += 1
            else:
                if sealed is not None:
                    async with asyncio.timeout(_PATIENCE_S):
                        await client.publish(*sealed, qos=QOS)
                    self.counts["answered"] += 1
            client._client.ack(message.mid, message.qos)

    async def answer(self, sent_to: str, payload: bytes) -> tuple[str, bytes] | None:
        """Topic and frame of the answer; None when nobody must get one. BadFrame for what is no
        request of the box whose topic it came on."""
        frame = decode_frame(payload)
        request = request_of(frame)
        if not _own_topic(sent_to, request.slot, self._district):
            raise BadFrame("topic")
        response = await self._http.request(
            request.method, request.path, headers=dict(request.headers), content=frame.body
        )
        if _repeated(response):
            raise BadFrame("replay")
        body = response.content
        reply = Reply(response.status_code, response.headers, body)
        if len(body) > MAX_BATCH_BYTES:
            reply = _too_large(len(body))
        return self._sealed(request, request_id(payload), reply)

    def _sealed(self, request: HttpRequest, answered: str, reply: Reply) -> tuple[str, bytes]:
        slot = request.slot
        sealed = seal_down(self._key, COMMAND_KID, slot=slot, re=answered, reply=reply)
        return topic("down", self._district, slot), sealed


def consumer_of(app: FastAPI, broker: Broker) -> Consumer:
    """For the hub itself."""
    parts: BoxParts = app.state.box
    return Consumer(app, broker, district=parts.config.district, key=parts.keys.command)


class _Overrun(Exception):
    """A broker that keeps no window."""


class _Logged:
    """An ASGI app whose bugs are logged: it answers 500 itself, and then raises into nowhere."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception:
            LOG.exception("a bug of the hub's own at %s", scope.get("path"))
            raise


def consume(app: FastAPI, broker: Broker) -> None:
    """Until SIGTERM or SIGINT."""

    async def until_told() -> None:
        loop, running = asyncio.get_running_loop(), asyncio.current_task()
        assert running is not None  # noqa: S101 - this is one
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.cancel)
        async with app.router.lifespan_context(app):
            await consumer_of(app, broker).run()

    with suppress(asyncio.CancelledError):
        asyncio.run(until_told())


def _own_topic(text: str, slot: str, district: str) -> bool:
    try:
        return parse_topic(text) == ("up", district, slot)
    except ValueError:
        return False


def _repeated(response: httpx.Response) -> bool:
    """Brokers deliver twice, and may do so on purpose. Who sent it waits for the answer to the first
    copy; this refusal of the second would be believed in its place."""
    if response.status_code != 401:
        return False
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:
        return False
    return problem.err == "replay"


def _too_large(size: int) -> Reply:
    problem = Problem(
        type=f"{TYPE_PREFIX}too-large",
        title="Content Too Large",
        status=413,
        detail=f"the answer has {size} bytes, over MQTT at most {MAX_BATCH_BYTES}; use https",
        limit=MAX_BATCH_BYTES,
    )
    return Reply(413, {"content-type": CONTENT}, msgspec.json.encode(problem))


async def _part(client: aiomqtt.Client) -> None:
    ended = client._disconnected
    if ended.done() and not ended.cancelled():
        ended.exception()  # looked at, so that nobody misses it
    with suppress(aiomqtt.MqttError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            await client.__aexit__(None, None, None)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _window(broker: Broker) -> Properties:
    """Receive Maximum (MQTT 5.0 §3.1.2.11.3): so many frames without our acknowledgement."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.ReceiveMaximum = 2 * broker.at_once
    return properties


def _tls(broker: Broker) -> ssl.SSLContext | None:
    """HubStop for an authority that does not load."""
    if not broker.url.tls:
        return None
    try:
        return ssl.create_default_context(cafile=broker.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise HubStop(f"--broker-ca {broker.ca_file}: no CA certificate in PEM: {error}") from error


def _code(granted: object) -> int:
    return granted if isinstance(granted, int) else int(getattr(granted, "value", _FAILURE))
