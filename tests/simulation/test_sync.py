"""Gateway and hub through bad days: nothing lost, nothing twice, and a checker that can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.world import Verdict, World

pytestmark = pytest.mark.anyio
EVERYDAY, LONG = range(16), range(16, 400)


async def days(seed: int, folder: Path, **flaws: bool) -> tuple[World, Verdict]:
    world = World(folder, seed, **flaws)
    world.hub.max_events = (5, 1_000)[seed % 2]  # small: many batches, 413, prefetching
    await world.live(300)
    await world.settle()
    return world, world.verdict()


@pytest.mark.parametrize("seed", EVERYDAY)
async def test_nothing_is_lost_or_repeated_whatever_happens(seed: int, fast_dir: Path) -> None:
    world, verdict = await days(seed, fast_dir)
    assert verdict.clean, f"seed {seed}: {verdict}"
    assert verdict.events > 100
    assert world.link.mishaps > 20


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG)
async def test_nothing_is_lost_or_repeated_in_many_more_days(seed: int, fast_dir: Path) -> None:
    _, verdict = await days(seed, fast_dir)
    assert verdict.clean, f"seed {seed}: {verdict}"


async def test_hubs_report_nothing_when_no_image_was_put_back(fast_dir: Path) -> None:
    world = World(fast_dir, 1)
    for _ in range(30):
        await world.record(3)
        await world.exchange(2)
        world.kill()
        world.back_up_hub()
    await world.settle()
    assert world.verdict().clean
    assert world.hub.reports == []


async def test_an_image_put_back_is_told_to_operators(fast_dir: Path) -> None:
    world = World(fast_dir, 1)
    await world.record(3)
    world.keep_image()
    await world.record(3)
    await world.exchange(5)
    world.put_image_back()
    await world.settle()
    assert world.verdict().clean
    assert any("restored or cloned" in told or "forgot" in told for told in world.hub.reports)


async def test_a_fixed_epoch_is_found_out(fast_dir: Path) -> None:
    found = set()
    for seed in range(8):
        _, verdict = await days(seed, fast_dir / str(seed), fixed_epoch=True)
        found |= {name for name in ("lost", "conflicts") if getattr(verdict, name)}
    assert found == {"lost", "conflicts"}


async def test_pruning_on_stored_is_found_out(fast_dir: Path) -> None:
    lost = 0
    for seed in range(4):
        _, verdict = await days(seed, fast_dir / str(seed), archived_is_stored=True)
        lost += len(verdict.lost)
    assert lost > 0


async def test_the_same_seed_is_the_same_history(fast_dir: Path) -> None:
    first, _ = await days(3, fast_dir / "a")
    second, _ = await days(3, fast_dir / "b")
    assert first.hub.memory.events == second.hub.memory.events
    assert first.clock.mono_ns == second.clock.mono_ns
