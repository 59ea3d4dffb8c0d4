"""Badges over real brokers: mosquitto in the field, amqtt inside the agent for try-outs."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiomqtt
import pytest

from contract.broker_url import parse_broker_url
from edge_agent.config.devices.badge_mqtt import BadgeFieldNames, BadgeMqttConfig
from edge_agent.drivers.badge_mqtt import BadgeMqttDriver
from edge_agent.errors import DeviceUnreachable
from edge_agent.readings import LineStatus, Moment, PositionReading, Reading
from edge_agent.transports.mqtt_broker import embedded_broker
from tests.fakes.broker import Mosquitto
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.anyio
TOPIC = "badges/0042/position"


class Kept:
    """Tracks that remember what was durable before it was told."""

    def __init__(self) -> None:
        self.terminals: list[str] = []
        self._raw: set[bytes] = set()

    async def keep(self, positions: Sequence[PositionReading]) -> Sequence[int]:
        """As the real one: 0 for what was there already."""
        ordinals = []
        for one in positions:
            news = one.raw not in self._raw
            self._raw.add(one.raw)
            if news:
                self.terminals.append(one.terminal)
            ordinals.append(len(self.terminals) if news else 0)
        return ordinals


class Heard:
    """Readings as they come; `held` keeps the driver waiting."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.raw: list[bytes] = []
        self.held, self.entered = asyncio.Event(), asyncio.Event()
        self.held.set()
        self._news = asyncio.Event()

    async def emit(self, reading: Reading) -> None:
        self.entered.set()
        await self.held.wait()
        self.readings.append(reading)
        self._news.set()

    def keep_raw(self, device: str, moment: Moment, data: bytes) -> None:
        self.raw.append(data)

    @property
    def positions(self) -> list[PositionReading]:
        return [one for one in self.readings if isinstance(one, PositionReading)]

    @property
    def status(self) -> LineStatus:
        return [one for one in self.readings if isinstance(one, LineStatus)][-1]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def running(
    config: BadgeMqttConfig,
    heard: Heard,
    clock: FakeClock | None = None,
    tracks: Kept | None = None,
) -> AsyncIterator[BadgeMqttDriver]:
    driver = BadgeMqttDriver(config, clock or FakeClock(), heard.keep_raw, tracks)
    task = asyncio.create_task(driver.run(heard.emit))
    try:
        await heard.until(lambda: bool(heard.readings))
        yield driver
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def publish(
    config: BadgeMqttConfig, *messages: tuple[str, bytes], retain: bool = False
) -> None:
    url = parse_broker_url(config.broker)
    async with aiomqtt.Client(url.host, url.port) as client:
        for where, what in messages:
            await client.publish(where, what, qos=1, retain=retain)


def position(**said: object) -> bytes:
    return json.dumps({"lat": 23.1, "lon": 113.2, "time": 1_790_000_000, **said}).encode()


@pytest.fixture(params=["mosquitto", "mosquitto ?version=5", "amqtt", "embedded"])
async def config(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BadgeMqttConfig]:
    kind, _, version = request.param.partition(" ")
    if kind == "mosquitto":
        with Mosquitto(tmp_path) as broker:
            yield BadgeMqttConfig("badges", broker=f"{broker.url}{version}")
        return
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"mqtt://127.0.0.1:{taken.getsockname()[1]}"
    if kind == "embedded":
        yield BadgeMqttConfig("badges", broker=url, embedded=True)
        return
    async with embedded_broker(parse_broker_url(url)):
        yield BadgeMqttConfig("badges", broker=url)


async def test_a_badge_is_read_kept_and_told(config: BadgeMqttConfig) -> None:
    heard, tracks = Heard(), Kept()
    async with running(config, heard, tracks=tracks):
        said = position(battery=7, accuracy=4.5, sos=True)
        await publish(config, (TOPIC, said))
        await heard.until(lambda: bool(heard.positions))
    (found,) = heard.positions
    assert (found.device, found.terminal, found.live) == ("badges", "42", True)
    assert (found.lon, found.lat, found.at_ns) == (113.2, 23.1, 1_790_000_000 * 10**9)
    assert (found.accuracy_m, found.battery, found.flags) == (4.5, 7, ("sos", "low-battery"))
    assert (found.raw, tracks.terminals) == (said, ["42"])
    assert heard.raw == []  # a way is kept in the tracks only, for as long as it may be


async def test_a_message_that_comes_twice_is_told_once(config: BadgeMqttConfig) -> None:
    heard, tracks = Heard(), Kept()
    async with running(config, heard, tracks=tracks) as driver:
        said, last = position(battery=40), position(battery=41)
        await publish(config, (TOPIC, said), (TOPIC, said), (TOPIC, last))
        await heard.until(lambda: len(heard.positions) > 1)
        assert driver.counts["repeated"] == 1
    assert [(one.raw, one.ordinal) for one in heard.positions] == [(said, 1), (last, 2)]


async def test_bad_json_is_counted_and_keeps_back_nothing(config: BadgeMqttConfig) -> None:
    heard, clock = Heard(), FakeClock()
    async with running(config, heard, clock) as driver:
        good = (TOPIC, position())
        junk = [(TOPIC, one) for one in (b"{", b"\xff\x00", b"[]", b"{}", b"7")]
        await publish(config, *junk, good)
        await heard.until(lambda: bool(heard.positions))
        await clock.advance(1)
        assert (heard.status.frames, heard.status.readings, heard.status.refused) == (6, 1, 4)
        assert driver.counts["refused.not-json"] == 2
        assert heard.raw == [b"{", b"\xff\x00", b"{}", b"7"]


async def test_fields_are_named_by_the_configuration(tmp_path: Path) -> None:
    names = BadgeFieldNames(terminal="dev", latitude="p.y", longitude="p.x", time="ts")
    with Mosquitto(tmp_path) as broker:
        config = BadgeMqttConfig("b", broker=broker.url, topic="+/all", fields=names)
        heard = Heard()
        async with running(config, heard):
            said = b'{"dev": "A7", "p": {"x": 113, "y": 23}, "ts": 1790000000000}'
            await publish(config, ("north/all", said), ("north/other", said))
            await heard.until(lambda: bool(heard.positions))
        (found,) = heard.positions
        assert (found.terminal, found.lon, found.at_ns) == ("A7", 113, 1_790_000_000 * 10**9)


async def test_what_the_broker_had_kept_is_not_live(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        config, heard = BadgeMqttConfig("badges", broker=broker.url), Heard()
        await publish(config, (TOPIC, position()), retain=True)
        async with running(config, heard):
            await heard.until(lambda: bool(heard.positions))
    assert [one.live for one in heard.positions] == [False]


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_what_is_published_while_the_gateway_is_away_arrives(
    tmp_path: Path, version: str
) -> None:
    with Mosquitto(tmp_path) as broker:
        config = BadgeMqttConfig("badges", broker=f"{broker.url}?version={version}")
        first, second = Heard(), Heard()
        async with running(config, first):
            pass
        await publish(config, *((TOPIC, position(battery=n)) for n in range(20, 70)))
        async with running(config, second):
            await second.until(lambda: len(second.positions) == 50)
        assert [one.battery for one in second.positions] == list(range(20, 70))


async def test_what_was_not_handled_comes_again(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        config = BadgeMqttConfig("badges", broker=broker.url)
        first, second = Heard(), Heard()
        async with running(config, first) as driver:
            first.held.clear()
            first.entered.clear()
            await publish(config, (TOPIC, position(battery=50)))
            await asyncio.wait_for(first.entered.wait(), 60)
            assert driver.counts["readings"] == 1
        assert first.positions == []
        async with running(config, second):
            await second.until(lambda: bool(second.positions))
        assert [one.battery for one in second.positions] == [50]


async def test_a_broker_that_ends_makes_the_device_unreachable(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        config = BadgeMqttConfig("badges", broker=broker.url)
        heard = Heard()
        task = asyncio.create_task(BadgeMqttDriver(config, FakeClock()).run(heard.emit))
        await heard.until(lambda: bool(heard.readings))
        broker.kill()
        with pytest.raises(DeviceUnreachable, match="broker mqtt://localhost"):
            await task
        with pytest.raises(DeviceUnreachable, match="refused"):
            await BadgeMqttDriver(config, FakeClock()).run(heard.emit)
        broker.start()
        again = Heard()
        async with running(config, again):
            await publish(config, (TOPIC, position()))
            await again.until(lambda: bool(again.positions))


async def test_an_embedded_broker_on_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"mqtt://127.0.0.1:{taken.getsockname()[1]}"
        config = BadgeMqttConfig("badges", broker=url, embedded=True)
        with pytest.raises(DeviceUnreachable, match="no broker of our own"):
            await BadgeMqttDriver(config, FakeClock()).run(Heard().emit)


def test_an_embedded_broker_is_on_this_machine() -> None:
    with pytest.raises(ValueError, match="embedded"):
        replace(BadgeMqttConfig("b", broker="mqtts://broker.example"), embedded=True)
