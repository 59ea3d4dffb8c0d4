"""Boxes whose clock is wrong: they sync, their order holds, and the hub learns the true time."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from contract.envelope import decode_event
from contract.names import ClockState
from contract.payloads.gateway import GatewayNotice
from contract.timestamps import parse_rfc3339
from tests.fakes.clock import START_UTC_NS
from tests.simulation.world import World

pytestmark = pytest.mark.anyio
YEAR_NS = 31_557_600 * 10**9


def anchors(world: World) -> list[GatewayNotice]:
    notices = []
    for raw in world.hub.memory.events.values():
        envelope = decode_event(raw)
        if envelope.type == GatewayNotice.wire_type:
            notice = msgspec.json.decode(envelope.data, type=GatewayNotice)
            notices += [notice] if notice.kind == "clock-corrected" else []
    return notices


def orders(world: World) -> list[list[tuple[str, int]]]:
    """Per lane of each epoch, in sequence: boot id and boot time."""
    lanes: dict[str, list[tuple[int, str, int]]] = {}
    for (key, seq), raw in world.hub.memory.events.items():
        envelope = decode_event(raw)
        lanes.setdefault(key, []).append((seq, envelope.bootid, int(envelope.monotime)))
    return [[(boot, mono) for _, boot, mono in sorted(lane)] for lane in lanes.values()]


@pytest.mark.parametrize(
    ("state", "wrong_ns"),
    [
        ("unset", -START_UTC_NS),
        ("rtc", -START_UTC_NS),
        ("rtc", 20 * YEAR_NS),
        ("ntp", -50 * YEAR_NS),
        ("rtc", 400 * 10**9),
    ],
)
async def test_a_box_with_a_wrong_clock_syncs_and_anchors_its_boot(
    state: ClockState, wrong_ns: int, fast_dir: Path
) -> None:
    world = World(fast_dir, 5)
    world.clock.state = state
    world.clock.utc_ns = max(0, world.clock.utc_ns + wrong_ns)
    await world.record(3)
    await world.settle()
    assert world.verdict().clean
    (notice,) = anchors(world)
    assert notice.anchor is not None
    true_ns = int((world.true_utc_s - world.clock.monotonic_s()) * 1e9)
    told_ns = parse_rfc3339(notice.anchor.utc) - int(notice.anchor.monotime)
    assert abs(told_ns - true_ns) <= (notice.anchor.err_ms + 1) * 10**6


async def test_a_clock_that_jumps_or_gets_its_time_late_never_inverts_an_order(
    fast_dir: Path,
) -> None:
    world = World(fast_dir, 6)
    world.clock.state, world.clock.utc_ns = "unset", 0
    for jump_ns in (0, 20 * YEAR_NS, -20 * YEAR_NS, START_UTC_NS, -3_600 * 10**9):
        world.clock.utc_ns = max(0, world.clock.utc_ns + jump_ns)
        await world.record(4)
        await world.exchange(2)
        world.kill()
    world.clock.state = "ntp"
    world.clock.utc_ns = int(world.true_utc_s * 1e9)
    await world.record(4)
    await world.settle()
    assert world.verdict().clean
    for lane in orders(world):
        assert lane == sorted(lane, key=lambda one: one[1])


async def test_an_offset_ends_with_the_boot_that_it_belongs_to(fast_dir: Path) -> None:
    world = World(fast_dir, 7)
    world.clock.state, world.clock.utc_ns = "unset", 0
    await world.record(1)
    await world.settle()
    world.clock.boot_id, world.clock.mono_ns, world.clock.utc_ns = "boot-2", 5 * 10**9, 0
    world.restart_true_time()
    world.kill()
    await world.record(1)
    await world.settle()
    assert world.verdict().clean
    boots = [notice.anchor.bootid for notice in anchors(world) if notice.anchor]
    assert boots == ["boot-1", "boot-2"]


async def test_a_hub_time_of_another_key_is_not_believed(fast_dir: Path) -> None:
    world = World(fast_dir, 8)
    world.clock.utc_ns = 0
    world.hub.command_key = world.stranger
    await world.record(1)
    await world.exchange(3)
    status = await world.gateway.uplink.status()
    assert status.offset_ns is None
    assert "command key" in (status.last_error or "")
    assert sum(status.depth.values()) > 0
