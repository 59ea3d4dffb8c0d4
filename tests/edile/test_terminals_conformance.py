"""Every terminal server with every fleet that speaks its protocol: what stands in the tracks is what
the terminals measured, whatever happened in between."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_agent.drivers.table import DRIVERS
from simulators.terminals.fleet import Plan
from tests.fakes.hurried_loop import hurry
from tests.simulators.terminals.stand import (
    DEVICE,
    Gateway,
    Play,
    assert_as_it_was,
    free_port,
    gateway,
    numbers,
    roster,
    said,
    true,
)

COUNT, EVERY_S, LENGTH_S = 12, 5.0, 120.0


@dataclass(frozen=True)
class Speech:
    """`degrees`: half of what a step of its positions is. `answers`: whether positions have one."""

    protocol: str
    version: int
    degrees: float
    answers: bool


SPEECHES = {
    "jt808-2011": Speech("jt808", 2011, 0.51e-6, answers=True),
    "jt808-2013": Speech("jt808", 2013, 0.51e-6, answers=True),
    "jt808-2019": Speech("jt808", 2019, 0.51e-6, answers=True),
    "gt06": Speech("gt06", 0, 0.51 / 1_800_000, answers=False),
}
every = pytest.mark.parametrize("speech", SPEECHES.values(), ids=list(SPEECHES))


def plan(
    speech: Speech, *, seed: int = 7, storms: int = 0, blind: float = 0.0, clones: int = 0
) -> Plan:
    return Plan(
        speech.protocol, COUNT, EVERY_S, LENGTH_S, seed, version=speech.version, storms=storms,
        blind=blind, clones=clones, sos=0.01,
    )  # fmt: skip


def known(folder: Path, speech: Speech, *, but: int = 0) -> Path:
    return roster(folder, numbers(speech.protocol, COUNT)[but:])


async def arrived(here: Gateway, play: Play) -> None:
    """Until all that was said has been kept and told."""
    counts, many = here.server.counts, len(play.positions())
    await here.until(lambda: counts["readings"] + counts["apart"] + counts["repeated"] >= many)
    await here.until(lambda: len(here.ear.positions) == counts["readings"])


def test_every_terminal_server_has_a_fleet() -> None:
    servers = {name for name in DRIVERS if name.endswith("-server")}
    assert servers == {f"{one.protocol}-server" for one in SPEECHES.values()}


@every
def test_every_position_is_kept_as_it_was_measured_and_told_in_the_order_of_keeping(
    tmp_path: Path, speech: Speech
) -> None:
    async def scene() -> None:
        async with gateway(tmp_path, speech.protocol, roster_file=known(tmp_path, speech)) as here:
            play = Play(plan(speech), here.port, here.clock)
            await play.whole()
            await arrived(here, play)
            kept = await here.kept()
            assert len(kept) == COUNT * int(LENGTH_S / EVERY_S)
            assert_as_it_was(kept, play.positions(), speech.degrees)
            assert all(one.live for one in kept)
            assert sum(not one.fix for one in kept) > 0, "nobody lost the fix: too little happened"
            assert [one.ordinal for one in here.ear.positions] == [one.ordinal for one in kept]
            pressed = {true(one) for one in play.of("sos")}
            assert {said(one) for one in kept if "sos" in one.flags} == pressed != set()
            assert await here.apart() == []
            assert await here.notices() == []

    hurry(scene())


@every
def test_storms_and_blind_spots_lose_nothing_and_repeat_nothing(
    tmp_path: Path, speech: Speech
) -> None:
    async def scene() -> None:
        async with gateway(tmp_path, speech.protocol, roster_file=known(tmp_path, speech)) as here:
            play = Play(plan(speech, storms=3, blind=0.5), here.port, here.clock)
            await play.whole()
            await arrived(here, play)
            kept = await here.kept()
            assert len(play.of("storm")) == 3
            assert play.positions(arrived=False) == []
            assert len(kept) == COUNT * int(LENGTH_S / EVERY_S)
            assert_as_it_was(kept, play.positions(), speech.degrees)
            late = [one for one in kept if not one.live]
            assert len(late) > COUNT, "no blind spot's reports came"
            assert len(here.ear.positions) == len(kept)
            assert await here.apart() == []
            assert await here.notices() == []

    hurry(scene())


@every
def test_a_cloned_number_is_told_once_and_nothing_of_it_is_believed(
    tmp_path: Path, speech: Speech, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with gateway(tmp_path, speech.protocol, roster_file=known(tmp_path, speech)) as here:
            play = Play(plan(speech, storms=1, clones=2), here.port, here.clock)
            await play.whole()
            await arrived(here, play)
            came = {one["id"]: one["t"] for one in play.of("cloned-id")}
            assert len(came) == 2
            told = [(f"terminal/{one}", "clone-suspected") for one in sorted(came)]
            assert sorted(await here.notices()) == told
            for one in came:
                assert caplog.text.count(f"terminal {one} in quarantine") == 1
            kept, apart = await here.kept(), await here.apart()
            assert_as_it_was([*kept, *apart], play.positions(), speech.degrees)
            assert {one.terminal for one in apart} == set(came)
            for one in kept:
                since_s = (one.moment.mono_ns - 10**9) / 1e9
                assert one.terminal not in came or since_s <= came[one.terminal] + 1.0
            assert here.ear.positions == kept

    with caplog.at_level(logging.WARNING):
        hurry(scene())


@every
def test_strangers_are_refused_or_kept_apart_as_the_roster_says(
    tmp_path: Path, speech: Speech
) -> None:
    async def scene(unknown: str) -> None:
        folder = tmp_path / unknown
        folder.mkdir()
        file = known(folder, speech, but=3)
        async with gateway(folder, speech.protocol, roster_file=file, unknown=unknown) as here:
            play = Play(plan(speech), here.port, here.clock)
            await play.whole()
            strangers = set(numbers(speech.protocol, 3))
            mine = [one for one in play.positions() if one["id"] not in strangers]
            await here.until(lambda: len(here.ear.positions) == len(mine))
            assert_as_it_was(await here.kept(), mine, speech.degrees)
            apart = {one.terminal for one in await here.apart()}
            assert apart == (strangers if unknown == "quarantine" else set())
            refused = here.server.counts["refused.unknown"]
            assert (refused > 0) is (unknown == "refuse")
            assert await here.notices() == []

    for unknown in ("refuse", "quarantine"):
        hurry(scene(unknown))


@every
def test_a_gateway_that_starts_again_in_mid_play_loses_nothing_that_it_acknowledged(
    tmp_path: Path, speech: Speech
) -> None:
    async def scene() -> None:
        file, port = known(tmp_path, speech), free_port()
        async with gateway(tmp_path, speech.protocol, port, roster_file=file) as here:
            play = Play(plan(speech), port, here.clock)
            playing = asyncio.create_task(play.whole())
            await asyncio.sleep(LENGTH_S / 3)
        await asyncio.sleep(12.0)
        async with gateway(tmp_path, speech.protocol, port, roster_file=file) as again:
            await playing
            kept, truth = await again.kept(), play.positions()
            if speech.answers:
                assert_as_it_was(kept, truth, speech.degrees)
                assert len(kept) == COUNT * int(LENGTH_S / EVERY_S)
            else:  # what was on its way when the gateway ended is lost where nothing is answered
                assert not Counter(map(said, kept)) - Counter(map(true, truth))
                assert len(kept) >= len(truth) - COUNT
            assert any(not one.live for one in kept)
            assert await again.notices() == []

    hurry(scene())


@every
def test_a_port_that_is_taken_is_told_once_and_so_is_its_return(
    tmp_path: Path, speech: Speech, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = int(taken.getsockname()[1])
            async with gateway(tmp_path, speech.protocol, port) as here:
                await asyncio.sleep(60.0)
                assert not any(here.ear.connected)
                assert len(here.ear.connected) > 3, "it was tried once only"
                taken.close()
                await here.until(lambda: here.ear.connected[-1])
                await asyncio.sleep(60.0)
                subject = f"terminals/{DEVICE}"
                told = [(subject, "device-lost"), (subject, "device-back")]
                assert await here.notices() == told
        assert caplog.text.count(f"{DEVICE} lost: ") == 1
        assert caplog.text.count(f"{DEVICE} back") == 1

    with caplog.at_level(logging.INFO):
        hurry(scene())
