"""Brokers that throw away and double: nothing is lost, nothing is counted twice."""

from __future__ import annotations

import asyncio
import math
from contextlib import ExitStack
from pathlib import Path

import aiomqtt
import pytest

from tests.fakes.broker import Mosquitto
from tests.hub.broker_town import Gate, Town, behind, drain, stored
from tests.hub.kept_tables import PostgresSchema, sqlite_tables
from tests.hub.signing_box import reading

pytestmark = pytest.mark.anyio


async def test_a_broker_that_throws_frames_away_loses_nothing(tmp_path: Path) -> None:
    """Its queue holds one frame, six gateways talk, the hub is slow: the rest is dropped unsaid."""
    town = Town.make(sqlite_tables(tmp_path / "hub.db"), tmp_path / "hub", boxes=6)
    for box in town.boxes:
        box.records(*(reading(n) for n in range(6)))
    silences = 0
    with town.app() as app:
        gate = Gate(app)
        settings = ("max_inflight_messages 1", "max_queued_messages 1")

        def lost() -> None:
            nonlocal silences
            silences += 1
            if silences >= 4:
                gate.open()

        with (
            Mosquitto(tmp_path, *settings) as broker,
            behind(town, gate, broker, key=app.state.box.keys.command),
        ):
            async with asyncio.TaskGroup() as tasks:
                for box in town.boxes:
                    tasks.create_task(drain(app, box, broker, 0.4, lost))
        assert silences >= 4
        assert sorted(stored(app)) == sorted(raw for box in town.boxes for _, raw in box.items)


@pytest.mark.postgres
async def test_two_hubs_on_one_database_take_doubled_frames_once(
    postgres_migrated: PostgresSchema, tmp_path: Path
) -> None:
    """Each frame is delivered three times, to two workers with a hub of their own each."""
    town = Town.make(postgres_migrated.clean_url(), tmp_path / "hub", boxes=3)
    for box in town.boxes:
        box.records(*(reading(n) for n in range(20)))
    with ExitStack() as stack:
        apps = [stack.enter_context(town.app()) for _ in range(2)]
        broker = stack.enter_context(Mosquitto(tmp_path))
        workers = [stack.enter_context(behind(town, one, broker)) for one in apps]
        async with asyncio.TaskGroup() as tasks:
            echo = tasks.create_task(repeat(broker))
            async with asyncio.TaskGroup() as boxes:
                for box in town.boxes:
                    boxes.create_task(drain(apps[0], box, broker, 10, lambda: None))
            echo.cancel()
        assert all(worker.counts["taken"] > 20 for worker in workers)
        bodies = stored(apps[0])
    assert sorted(bodies) == sorted(raw for box in town.boxes for _, raw in box.items)


async def repeat(broker: Mosquitto) -> None:
    """Says everything twice more that goes up."""
    seen: dict[bytes, int] = {}
    # Without a limit of the library's: asyncio.wait_for may swallow a cancellation (bpo-37658).
    async with aiomqtt.Client("localhost", broker.port, timeout=math.inf) as client:
        await client.subscribe("edile/1/+/+/up", qos=1)
        async for message in client.messages:
            payload = bytes(message.payload)
            seen[payload] = seen.get(payload, 0) + 1
            if seen[payload] <= 2:
                await client.publish(str(message.topic), payload, qos=1)
