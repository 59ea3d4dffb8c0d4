"""Badges that publish JSON to a broker near the gateway.

The session stays when the gateway restarts, so that the broker keeps what is published meanwhile
(mosquitto: 1,000 messages unless told otherwise); a message is acknowledged once its positions are
durable and handled. Bad JSON is counted and acknowledged: it would be as bad the next time.
"""

from __future__ import annotations

import asyncio
import math
import ssl
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace

import aiomqtt
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from contract.broker_url import BrokerUrl, parse_broker_url
from edge_agent.config.devices.badge_mqtt import BadgeMqttConfig
from edge_agent.drivers.listening import STATUS_S, Line
from edge_agent.drivers.parts import KeepRaw
from edge_agent.errors import DeviceUnreachable
from edge_agent.ports import Clock, Emit, Tracks
from edge_agent.readings import LineStatus, Moment, PositionReading
from edge_agent.transports.mqtt_broker import embedded_broker
from edge_agent.transports.mqtt_client import (
    QUIET,
    VERSIONS,
    acknowledge,
    acknowledge_by_hand,
    hang_up,
    leave,
    refused,
)
from firmware_bridges.badge_json import BadgeReport, Refused, TopicPattern, parse_badges

PATIENCE_S = 15.0
KEPT_S = 86_400  # how long an MQTT 5 broker keeps our session; a 3.1.1 broker has its own rule
_MOST_WAITING = 1_000
_QOS = 1


class BadgeMqttDriver:
    """`counts` grows while it runs; `frames` are messages, `readings` positions."""

    def __init__(
        self,
        config: BadgeMqttConfig,
        clock: Clock,
        keep_raw: KeepRaw | None = None,
        tracks: Tracks | None = None,
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self._config, self._clock, self._tracks = config, clock, tracks
        self._url = parse_broker_url(config.broker)
        self._topic, self._fields = TopicPattern.parse(config.topic), config.names()
        self._line = Line(config.id, clock, keep_raw, self.counts)
        self._emitting = asyncio.Lock()

    async def run(self, emit: Emit) -> None:
        self.counts.clear()
        lost: BaseException | None = None
        try:
            async with AsyncExitStack() as stack:
                if self._config.embedded:
                    await stack.enter_async_context(embedded_broker(self._url))
                async with asyncio.timeout(PATIENCE_S):
                    client = await self._connect(stack)
                await self._serve(client, emit)
        except* (aiomqtt.MqttError, OSError) as errors:
            lost = _first(errors)
        if lost is not None:
            reason = str(lost) or "it does not answer"
            raise DeviceUnreachable(f"broker {self._url}: {reason}") from lost

    async def _serve(self, client: aiomqtt.Client, emit: Emit) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_status(emit), name=f"{self.device} status")
            tasks.create_task(self._take(client, emit), name=f"{self.device} badges")

    async def _connect(self, stack: AsyncExitStack) -> aiomqtt.Client:
        url, five = self._url, self._url.version == "5"
        client = aiomqtt.Client(
            url.host,
            url.port,
            username=url.username,
            password=url.password,
            identifier=f"edile-{self.device}",
            protocol=VERSIONS[url.version],
            clean_session=None if five else False,
            clean_start=False if five else MQTT_CLEAN_START_FIRST_ONLY,  # of 5 only
            properties=_session() if five else None,
            tls_context=self._tls(url),
            timeout=math.inf,
            max_queued_incoming_messages=_MOST_WAITING,
            logger=QUIET,
        )
        acknowledge_by_hand(client)
        stack.callback(hang_up, client)
        await client.__aenter__()
        stack.push_async_callback(leave, client, PATIENCE_S)
        granted = await client.subscribe(self._topic.subscription, qos=_QOS)
        if refused(granted):
            raise aiomqtt.MqttError(f"it refuses the subscription {self._topic.subscription}")
        return client

    def _tls(self, url: BrokerUrl) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self._config.ca_file) if url.tls else None

    async def _tell_status(self, emit: Emit) -> None:
        while True:
            async with self._emitting:
                await emit(self._status())
            await self._clock.sleep(STATUS_S)

    def _status(self) -> LineStatus:
        return self._line.status(self._clock.moment())

    async def _take(self, client: aiomqtt.Client, emit: Emit) -> None:
        async for message in client.messages:
            payload, moment = bytes(message.payload), self._clock.moment()
            self.counts["frames"] += 1
            found = self._read(str(message.topic), payload)
            self._note_raw(moment, payload, found)
            await self._handle(found, moment, payload, emit, live=not message.retain)
            acknowledge(client, message)

    def _note_raw(self, moment: Moment, payload: bytes, found: list[BadgeReport | Refused]) -> None:
        """In the ring stays what was not understood; whether a badge's way may be kept, and for how
        long, is the tracks' matter."""
        if any(isinstance(one, Refused) for one in found):
            self._line.note_raw(moment, payload)
        else:
            self.counts["bytes"] += len(payload)

    def _read(self, topic: str, payload: bytes) -> list[BadgeReport | Refused]:
        named = self._topic.names(topic)
        if named is None:
            return [Refused("topic")]
        return parse_badges(payload, named, self._fields, utc_offset_h=self._config.utc_offset_h)

    async def _handle(
        self,
        found: list[BadgeReport | Refused],
        moment: Moment,
        payload: bytes,
        emit: Emit,
        *,
        live: bool,
    ) -> None:
        positions = []
        for one in found:
            if isinstance(one, Refused):
                self.counts["refused"] += 1
                self.counts[f"refused.{one.reason}"] += 1
            else:
                self.counts["readings"] += 1
                positions.append(self._position(one, moment, payload, live=live))
        for position in await self._kept(positions):
            async with self._emitting:
                await emit(position)

    async def _kept(self, positions: list[PositionReading]) -> list[PositionReading]:
        """Those that were not kept before: a message that comes twice is told once."""
        if self._tracks is None or not positions:
            return positions
        ordinals = await self._tracks.keep(positions)
        self.counts["repeated"] += ordinals.count(0)
        pairs = zip(positions, ordinals, strict=True)
        return [replace(one, ordinal=ordinal) for one, ordinal in pairs if ordinal]

    def _position(
        self, report: BadgeReport, moment: Moment, payload: bytes, *, live: bool
    ) -> PositionReading:
        """A message that the broker had retained is the last one, of whenever."""
        low = report.battery is not None and report.battery < self._config.low_battery
        flags = (("sos", report.sos), ("low-battery", low))
        return PositionReading(
            device=self.device,
            moment=moment,
            terminal=report.terminal,
            at_ns=report.at_ns,
            lon=report.lon,
            lat=report.lat,
            fix=report.fix,
            live=live,
            speed_kmh=report.speed_kmh,
            course_deg=report.course_deg,
            altitude_m=report.altitude_m,
            accuracy_m=report.accuracy_m,
            battery=report.battery,
            flags=tuple(name for name, is_so in flags if is_so),
            raw=payload,
        )


def _session() -> Properties:
    """Session Expiry Interval (MQTT 5.0 §3.1.2.11.2)."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = KEPT_S
    return properties


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
