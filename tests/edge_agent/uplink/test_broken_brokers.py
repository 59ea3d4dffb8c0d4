"""The real gateway and the real hub with a broker between them that dies, doubles, delays and lies:
nothing is lost, nothing is counted twice."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from contract.mqtt_binding import encode_frame
from edge_agent.ports import NewEvidence
from edge_agent.transports.hub_mqtt import MqttHub, Patience
from hub.app import create_app
from tests.edge_agent.uplink.test_real_hub import (
    DISTRICT,
    SLOT,
    Box,
    Town,
    alarm,
    mqtt_hub,
    ticket,
)
from tests.fakes.broker import Mosquitto, consuming
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.anyio
PATIENCE = Patience(connect_s=1, answer_s=0.3, exchange_s=20)
UP, DOWN = f"edile/1/{DISTRICT}/{SLOT}/up", f"edile/1/{DISTRICT}/{SLOT}/down"
App = Callable[..., Any]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def town(tmp_path: Path, clock: FakeClock) -> Town:
    return Town.make(tmp_path, clock)


class Street:
    """A box, a broker and a hub worker. `around` wraps the hub's app."""

    def __init__(self, town: Town, clock: FakeClock, broker: Mosquitto, link: MqttHub) -> None:
        self.town, self.broker, self.link = town, broker, link
        self.box = Box(town, link, clock)

    @classmethod
    @contextlib.asynccontextmanager
    async def make(
        cls, town: Town, clock: FakeClock, around: Callable[[App, Mosquitto], App] | None = None
    ) -> AsyncIterator[Street]:
        app = create_app(town.config)
        town.running = app.state.box.database
        try:
            with Mosquitto(town.folder) as broker:
                wrapped = app if around is None else around(app, broker)
                key = town.command_key
                with consuming(wrapped, broker.url, district=DISTRICT, key=key):
                    link = mqtt_hub(broker.url, town, patience=PATIENCE)
                    street = cls(town, clock, broker, link)
                    yield street
                    await street.box.close()
        finally:
            town.running.close()
            town.running = None

    async def drained(self) -> int:
        """Exchanges until nothing waits; how many of them failed."""
        failed = 0
        for _ in range(200):
            await self.box.uplink.exchange_once()
            status = await self.box.uplink.status()
            failed += status.last_error is not None
            self.box.clock.tick(1)
            quiet = status.depth == {"urgent": 0, "routine": 0} and status.last_error is None
            if quiet and self.box.store.next_upload() is None:
                return failed
        raise AssertionError(f"still not drained: {status}")

    def everything_once(self, tickets: int) -> None:
        bodies = self.town.bodies()
        assert len(bodies) == len(set(bodies))
        for number in range(tickets):
            assert sum(f'"t-{number}"'.encode() in body for body in bodies) == 1


def killing(at: tuple[int, ...]) -> Callable[[App, Mosquitto], App]:
    """The broker dies and is started again while the hub holds these requests (counted from 1): what
    was asked is done, the answer meets nobody."""

    def around(app: App, broker: Mosquitto) -> App:
        seen = 0

        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            nonlocal seen
            seen += 1
            await app(scope, receive, send)
            if seen in at:
                broker.kill()
                broker.start()

        return wrapped

    return around


async def test_a_broker_killed_in_mid_drain_costs_repeats_and_nothing_else(
    town: Town, clock: FakeClock
) -> None:
    async with Street.make(town, clock, killing((2, 3, 6, 9))) as street:
        content = bytes(range(256)) * 4_000
        evidence = NewEvidence(content, "application/octet-stream")
        await street.box.record(*(ticket(n) for n in range(300)), alarm(1))
        for number in range(2, 6):
            await street.box.record(alarm(number))
        failed = await street.drained()
        await street.box.record(alarm(6, evidence))
        failed += await street.drained()
        assert failed >= 4
        street.everything_once(300)


MEDDLED = 8


class Meddler:
    """Sees everything that passes, and says what `say` makes of it."""

    def __init__(self, broker: Mosquitto, say: Callable[[str, bytes], list[tuple[str, bytes]]]):
        self._broker, self._say, self.said = broker, say, 0
        self.at_it = asyncio.Event()  # more than MEDDLED things were said
        self._own: list[bytes] = []

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        # Without a limit of the library's: asyncio.wait_for may swallow a cancellation (bpo-37658).
        async with aiomqtt.Client("localhost", self._broker.port, timeout=math.inf) as client:
            await client.subscribe("edile/#", qos=1)
            task = asyncio.create_task(self._meddle(client))
            try:
                yield
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _meddle(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = bytes(message.payload)
            if payload in self._own:
                self._own.remove(payload)
                continue
            for where, what in self._say(str(message.topic), payload):
                self._own.append(what)
                self.said += 1
                if self.said > MEDDLED:
                    self.at_it.set()
                await client.publish(where, what, qos=1)


async def test_everything_delivered_three_times_counts_once(town: Town, clock: FakeClock) -> None:
    async with Street.make(town, clock) as street:
        meddler = Meddler(street.broker, lambda where, what: [(where, what)] * 2)
        async with meddler.at_work():
            evidence = NewEvidence(bytes(600_000), "application/octet-stream")
            await street.box.record(*(ticket(n) for n in range(50)), alarm(1, evidence))
            await street.drained()
            async with asyncio.timeout(60):  # what passed waits for it at the broker
                await meddler.at_it.wait()
        assert (await street.box.uplink.status()).refused == ()
        street.everything_once(50)


async def test_a_lying_broker_can_only_delay(town: Town, clock: FakeClock) -> None:
    """It replays all old answers, alters what goes up and comes down, and delivers to other slots."""
    before: list[bytes] = []

    def lie(where: str, what: bytes) -> list[tuple[str, bytes]]:
        flipped = what[:-1] + bytes([what[-1] ^ 1])
        if where == DOWN:
            old = [(DOWN, answer) for answer in before[-3:]]
            before.append(what)
            return [*old, (DOWN, flipped), (DOWN.replace(SLOT, "cs-018"), what)]
        return [
            (UP, flipped),
            (UP.replace(SLOT, "cs-018"), what),
            (UP, encode_frame("a.b.c", b"[]")),
            (DOWN, what),
        ]

    async with Street.make(town, clock) as street:
        meddler = Meddler(street.broker, lie)
        async with meddler.at_work():
            for number in range(4):
                evidence = NewEvidence(bytes([number]) * 400_000, "application/octet-stream")
                await street.box.record(*(ticket(10 * number + n) for n in range(10)))
                await street.box.record(alarm(number, evidence))
                await street.drained()
        status = await street.box.uplink.status()
        assert (status.refused, status.quarantined, status.last_error) == ((), 0, None)
        assert min(street.link.ignored[reason] for reason in ("stale", "body", "typ")) > 0
        street.everything_once(40)
