"""HubLink over an MQTT broker (contract §5): one exchange, no retries.

A request is published as it would go over HTTP, token and body; its answer comes down signed by the
hub and names the very bytes that it answers. Everything else that comes down - late, twice, for
another box, forged - is counted in `ignored` and nothing more. The broker's acknowledgement says only
that our bytes have left: what was taken is what the hub says in its answer. Sessions are clean, as
what a broker kept for an absent box would answer requests that nobody waits for any longer.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiomqtt

from contract.broker_url import BrokerUrl, parse_broker_url
from contract.jws import BadJws
from contract.keys import PublicKey
from contract.mqtt_binding import (
    QOS,
    BadFrame,
    Frame,
    Reply,
    encode_frame,
    open_down,
    request_id,
    topic,
)
from contract.mqtt_requests import request_of
from contract.token import SCHEME
from edge_agent.errors import HubUnreachable, StopError
from edge_agent.ports import Clock, HubRequest, HubResponse
from edge_agent.transports import hub_tls
from edge_agent.transports.mqtt_client import (
    QUIET,
    VERSIONS,
    hang_up,
    leave,
    lost,
    refused,
    socket_of,
    while_connected,
)
from edge_agent.transports.tcp_totals import SOCKET_OPTIONS, WireMeter

# The uplink's own exchanges show whether the line is alive; pings would cost a metered link more.
_KEEP_ALIVE_S = 1_200
_MOST_WAITING = 64  # messages that came down and were not looked at; more are dropped
_OVERHEAD = 9  # of a PUBLISH at QoS 1 beside topic and payload (MQTT 3.1.1 §3.3)


@dataclass(frozen=True)
class Patience:
    """Seconds: for the broker to accept us, from its acknowledgement to the hub's answer, and for
    everything together."""

    connect_s: float = 15.0
    answer_s: float = 30.0
    exchange_s: float = 180.0


@dataclass(frozen=True)
class _Line:
    """A connection whose `down` is subscribed. `dated`: its certificate's dates were checked."""

    client: aiomqtt.Client
    dated: bool


class MqttHub:
    """The hub behind the broker at `url`, for the box in `slot`. `password(now_s)` mints the token
    that CONNECT carries, unless the URL names an account of the broker's own.

    Raises StopError for an address or CA file that cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        district: str,
        slot: str,
        command_key: PublicKey,
        password: Callable[[int], str],
        clock: Clock,
        ca_file: Path | None = None,
        patience: Patience = Patience(),
    ) -> None:
        self._broker = _checked(url)
        self._slot, self._command_key = slot, command_key
        self._up, self._down = topic("up", district, slot), topic("down", district, slot)
        self._password, self._clock, self._patience = password, clock, patience
        self._tls = hub_tls.contexts(ca_file) if self._broker.tls else None
        # A name of this process's own: a clone of the box must not throw it out of the broker.
        self._name = f"edile-{slot}-{secrets.token_hex(4)}"
        self._line: _Line | None = None
        self._turn = asyncio.Lock()
        self._meter = WireMeter()
        self.ignored: Counter[str] = Counter()

    async def send(self, request: HubRequest) -> HubResponse:
        """ValueError for a request that the binding does not carry."""
        frame = _framed(request)
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience.exchange_s):
                    line = await self._connected(request)
                    return await self._exchange(line.client, frame)
            except TimeoutError as error:
                await self._disconnect()
                raise HubUnreachable(f"{self._broker}: nothing went through") from error
            except (aiomqtt.MqttError, OSError) as error:
                await self._disconnect()
                raise self._unreachable(error) from error

    async def close(self) -> None:
        async with self._turn:
            await self._disconnect()

    async def _exchange(self, client: aiomqtt.Client, frame: bytes) -> HubResponse:
        wanted, before = request_id(frame), self.ignored.copy()
        began = asyncio.get_running_loop().time()
        await while_connected(client, client.publish(self._up, frame, qos=QOS))
        busy_s = asyncio.get_running_loop().time() - began
        try:
            async with asyncio.timeout(self._patience.answer_s):
                reply, size = await self._reply(client, wanted)
        except TimeoutError as error:
            raise HubUnreachable(self._silence(self.ignored - before)) from error
        up = len(frame) + len(self._up) + _OVERHEAD
        down = size + len(self._down) + _OVERHEAD
        wire = self._meter.spent(socket_of(client))
        if wire is not None:
            up, down, busy_s = wire
        return HubResponse(reply.status, reply.headers, reply.body, up, down, busy_s)

    async def _reply(self, client: aiomqtt.Client, wanted: str) -> tuple[Reply, int]:
        """The answer to `wanted` and its size as it came."""
        while True:
            payload = (await anext(client.messages)).payload
            assert isinstance(payload, bytes)  # noqa: S101 - as paho delivers it
            try:
                answered, reply = open_down(payload, self._command_key, slot=self._slot)
            except (BadFrame, BadJws) as error:
                self.ignored[error.reason] += 1
                continue
            if answered == wanted:
                return reply, len(payload)
            self.ignored["stale"] += 1

    def _silence(self, ignored: Counter[str]) -> str:
        said = f"{self._broker}: the hub did not answer within {self._patience.answer_s:.0f} s"
        forged = sum(count for reason, count in ignored.items() if reason != "stale")
        if not forged:
            return said
        return f"{said}; {forged} messages not signed by hub.command_key were ignored: is it right?"

    async def _connected(self, request: HubRequest) -> _Line:
        line = self._line
        if line is not None and (lost(line.client) or (request.check_dates and not line.dated)):
            await self._disconnect()
        if self._line is None:
            async with asyncio.timeout(self._patience.connect_s):
                self._line = await self._connect(request)
        return self._line

    async def _connect(self, request: HubRequest) -> _Line:
        now_s = request.true_utc_s
        if now_s is None:
            now_s = self._clock.moment().utc_ns / 1e9
        broker = self._broker
        client = aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username or self._slot,
            password=broker.password if broker.username else self._password(int(now_s)),
            identifier=self._name,
            protocol=VERSIONS[broker.version],
            clean_session=None if broker.version == "5" else True,
            tls_context=self._context(request),
            timeout=math.inf,  # we limit ourselves: wait_for may swallow a cancellation (bpo-37658)
            keepalive=_KEEP_ALIVE_S,
            max_queued_incoming_messages=_MOST_WAITING,
            socket_options=SOCKET_OPTIONS,
            logger=QUIET,
        )
        try:
            await client.__aenter__()
            granted = await client.subscribe(self._down, qos=QOS)
        except (aiomqtt.MqttError, asyncio.CancelledError):
            hang_up(client)
            raise
        if refused(granted):
            hang_up(client)
            raise HubUnreachable(f"{broker}: the broker refuses {self._down} to this gateway")
        return _Line(client, dated=request.check_dates)

    def _context(self, request: HubRequest) -> ssl.SSLContext | None:
        if self._tls is None:
            return None
        if not request.check_dates:
            return self._tls.dateless
        if request.true_utc_s is None:
            return self._tls.strict
        self._tls.dated.true_utc_s = request.true_utc_s
        return self._tls.dated

    async def _disconnect(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await leave(line.client, self._patience.connect_s)

    def _unreachable(self, error: Exception) -> HubUnreachable:
        if isinstance(error, aiomqtt.exceptions.MqttConnectError):
            return HubUnreachable(
                f"{self._broker}: the broker refuses this gateway: {error}; does it know user "
                f"{self._broker.username or self._slot}?"
            )
        return hub_tls.unreachable(str(self._broker), error)


def _checked(url: str) -> BrokerUrl:
    try:
        return parse_broker_url(url)
    except ValueError as error:
        raise StopError(f"hub.url: expected {error}, found {url!r}") from error


def _framed(request: HubRequest) -> bytes:
    """The frame; ValueError unless the other side can make just this request of it."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != SCHEME:
        raise ValueError(f"{request.path}: no message token to send over MQTT")
    try:
        made = request_of(Frame(token, request.body))
    except BadFrame as error:
        raise ValueError(f"{request.method} {request.path} is nothing MQTT carries") from error
    asked = {name.lower(): value for name, value in request.headers.items()}
    if (made.method, made.path, made.headers) != (request.method, request.path, asked):
        raise ValueError(f"{request.method} {request.path} says more than its token")
    return encode_frame(token, request.body)
