"""Weeks without a network, then a drain; the real loop on a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.simulation.world import World

pytestmark = pytest.mark.anyio
DAY_S = 86_400


async def test_three_weeks_offline_drain_without_loss(fast_dir: Path) -> None:
    world = World(fast_dir, 11)
    world.link.up = False
    running = asyncio.create_task(world.gateway.uplink.run())
    for _ in range(21):
        for _ in range(8):
            await world.record(12)
            await world.clock.advance(DAY_S / 8)
    status = await world.gateway.uplink.status()
    assert status.failures > 1_000
    assert status.last_error == "hub not reached: no route to the hub"
    assert sum(status.depth.values()) >= 21 * 8 * 12
    world.link.up = True
    await world.clock.advance(2 * 3_600)
    running.cancel()
    assert not any(world.gateway.store.depth().values())
    verdict = world.verdict()
    assert verdict.clean, verdict
    assert verdict.events >= 21 * 8 * 12


async def test_an_hour_of_outage_is_asked_about_rarely(fast_dir: Path) -> None:
    world = World(fast_dir, 12)
    running = asyncio.create_task(world.gateway.uplink.run())
    await world.clock.advance(10)
    world.link.up = False
    before = await world.gateway.uplink.status()
    await world.record(30)
    await world.clock.advance(3_600)
    running.cancel()
    failures = (await world.gateway.uplink.status()).failures
    assert before.failures == 0
    assert 10 < failures < 120
