"""Terminal servers on real sockets of this machine: peers that lie, flood, wait, and come twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import pytest

from edge_agent.config.devices.terminals import Jt808ServerConfig
from edge_agent.drivers.terminals.jt808_server import Jt808Server
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from firmware_bridges.jt808 import Framer, Message, TerminalVoice, parse
from firmware_bridges.jt808.bodies import Authentication, Unknown
from tests.edge_agent.drivers.terminals.sites import (
    NUMBER,
    PATIENCE_S,
    UTC_S,
    Caller,
    play,
    roster,
    site,
)


def test_what_is_acknowledged_is_on_disk_and_told_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with site(tmp_path, roster_file=roster(tmp_path, NUMBER)) as here:
            caller = await Caller(here).come_in()
            for second in (1, 2, 2):
                await caller.report(second)
            await here.until(lambda: here.server.counts["repeated"])
            kept = await here.tracks.since(0, 10)
            assert [one.at_ns for one in kept] == [(UTC_S + n) * 10**9 for n in (1, 2)]
            assert [one.ordinal for one in here.positions] == [one.ordinal for one in kept]
            caller.hang_up()

    play(scene())


def test_who_floods_is_made_to_wait_and_nobody_else_is(tmp_path: Path) -> None:
    async def scene() -> None:
        known = roster(tmp_path, NUMBER, "2")
        async with site(tmp_path, roster_file=known, bytes_s=500, burst_bytes=2_048) as here:
            caller = await Caller(here).come_in()
            beat = caller.voice.heartbeat()[0][1]
            caller.writer.write(beat * 20_000)
            await here.until(lambda: here.server.counts["slowed"])
            frames = here.server.counts["frames"]
            other = await Caller(here, "2").come_in()
            await other.report(1)
            assert here.server.counts["frames"] <= frames + 2
            assert here.server.counts["bytes"] < 20_000 * len(beat)
            caller.hang_up()
            other.hang_up()

    play(scene())


def test_a_peer_that_sends_no_frame_is_cut(tmp_path: Path) -> None:
    async def scene() -> None:
        async with site(tmp_path) as here:
            for noise in (b"~" + b"a" * 65_536, os.urandom(65_536), b"~" * 65_536):
                caller = await Caller(here).connect()
                caller.writer.write(noise)
                assert await caller.closed()
            assert here.server.counts["refused.garbage"] == 3

    play(scene())


def test_a_peer_that_never_reads_is_cut(tmp_path: Path) -> None:
    async def scene() -> None:
        async with site(tmp_path, bytes_s=10_000_000, burst_bytes=10_000_000) as here:
            caller = Caller(here)
            plain = socket.socket()
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            plain.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(plain, ("127.0.0.1", here.port))
            beat = caller.voice.heartbeat()[0][1]
            with contextlib.suppress(ConnectionError):
                async with asyncio.timeout(PATIENCE_S):
                    while not here.server.counts["refused.slow"]:
                        await loop.sock_sendall(plain, beat * 2_000)
            assert here.server.counts["refused.slow"] == 1
            plain.close()

    play(scene())


def test_who_never_says_who_it_is_or_falls_silent_is_closed(tmp_path: Path) -> None:
    async def scene() -> None:
        async with site(tmp_path, login_s=30.0, idle_s=300.0) as here:
            silent = await Caller(here).connect()
            known = await Caller(here).come_in()
            await here.clock.advance(32)
            assert await silent.closed()
            assert here.server.counts["refused.no-login"] == 1
            await known.report(1)
            await here.clock.advance(302)
            assert await known.closed()
            assert here.server.counts["closed.idle"] == 1

    play(scene())


@pytest.mark.parametrize("bound", ["connections", "per_source"])
def test_connections_are_bounded_in_all_and_of_one_source(tmp_path: Path, bound: str) -> None:
    async def scene() -> None:
        async with site(tmp_path, **{bound: 2}) as here:
            first, second = [await Caller(here, n).come_in() for n in ("1", "2")]
            third = await Caller(here, "3").connect()
            assert await third.closed()
            other = await Caller(here, "4", home="127.0.0.9").connect()
            if bound == "connections":
                assert await other.closed()
            else:
                await other.say(other.voice.heartbeat())
            assert here.server.counts["refused.connections"] == 1 + (bound == "connections")
            first.hang_up()
            await here.until(
                lambda: here.server.counts["connections"] < 2 + (bound != "connections")
            )
            again = await Caller(here, "5").come_in()
            for one in (second, other, again):
                one.hang_up()

    play(scene())


def test_a_datagram_is_answered_to_its_sender(tmp_path: Path) -> None:
    async def scene() -> None:
        async with site(tmp_path, udp=True) as here:
            loop = asyncio.get_running_loop()
            for number in ("1", "2"):
                plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                plain.setblocking(False)
                await loop.sock_connect(plain, ("127.0.0.1", here.port))
                ((serial, frame),) = TerminalVoice(number).heartbeat()
                await loop.sock_sendall(plain, frame)
                async with asyncio.timeout(PATIENCE_S):
                    (reply,) = Framer().feed(await loop.sock_recv(plain, 2_048))
                found = parse(reply)
                assert isinstance(found, Message)
                assert found.header.terminal == number
                assert isinstance(found.body, Unknown)
                assert found.body.data[:2] == serial.to_bytes(2, "big")
                plain.close()

    play(scene())


def test_strangers_are_refused_or_kept_apart_as_the_server_says(tmp_path: Path) -> None:
    async def scene() -> None:
        known = roster(tmp_path, "1")
        (tmp_path / "a").mkdir()
        async with site(tmp_path / "a", roster_file=known, unknown="refuse") as here:
            caller = await Caller(here).connect()
            told = caller.voice.authentication(Authentication("abc", None, None))
            _, body = await caller.say(told)
            assert body[4] == 1
            assert await caller.closed()
        (tmp_path / "b").mkdir()
        async with site(tmp_path / "b", roster_file=known, unknown="quarantine") as here:
            caller = await Caller(here).come_in()
            await caller.report(1)
            assert await here.tracks.since(0, 10) == []
            apart = await here.tracks.call(lambda store: store.apart(10))
            assert [one.terminal for one in apart] == [NUMBER]
            assert here.positions == []
            assert here.doubts == []  # a stranger is no clone
            caller.hang_up()

    play(scene())


async def _let_in(caller: Caller) -> bool:
    _, body = await caller.say(caller.voice.authentication(Authentication("abc", None, None)))
    return body[4] == 0


def test_the_roster_is_read_again_when_it_changes_and_a_wrong_one_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        file = roster(tmp_path, "1")
        async with site(tmp_path, roster_file=file, unknown="refuse") as here:
            file.write_text('[[terminals]]\nnumber = "no number"\n')
            await here.clock.advance(6)
            await here.until(lambda: "the roster stays as it was" in caplog.text)
            known = await Caller(here, "1").come_in()
            assert not await _let_in(await Caller(here).connect())
            roster(tmp_path, "1", NUMBER)
            await here.clock.advance(6)
            async with asyncio.timeout(PATIENCE_S):
                while not await _let_in(caller := await Caller(here).connect()):
                    pass
            await caller.report(1)
            await known.report(2)
            await here.until(lambda: len(here.positions) == 2)
            assert [one.terminal for one in here.positions] == [NUMBER, "1"]
            assert [one.terminal for one in await here.tracks.since(0, 10)] == [NUMBER, "1"]
            known.hang_up()
            caller.hang_up()

    play(scene())


def test_a_clone_from_another_network_is_quarantined_and_told_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with site(tmp_path, roster_file=roster(tmp_path, NUMBER)) as here:
            owner = await Caller(here).come_in()
            await owner.report(1)
            await here.until(lambda: here.positions)
            for _ in range(3):
                clone = await Caller(here, home="127.77.0.1").come_in("abc")
                await clone.report(2)
                clone.hang_up()
            await owner.report(3)
            assert [one.at_ns for one in here.positions] == [(UTC_S + 1) * 10**9]
            await here.until(lambda: here.doubts)
            await here.clock.advance(5)
            assert len(here.doubts) == 1
            assert here.doubts[0] in ("twice-at-once", "network-changed")
            owner.hang_up()

    play(scene())


def test_a_doubt_outlives_the_server_and_is_told_once(tmp_path: Path) -> None:
    async def scene() -> None:
        known = roster(tmp_path, NUMBER)
        async with site(tmp_path, roster_file=known) as here:
            for code in ("abc", "stolen"):
                caller = await Caller(here).come_in(code)
                caller.hang_up()
            await here.until(lambda: here.doubts == ["code-changed"])
            await here.until(lambda: not here.server._gate.changed)
            await here.clock.advance(2)
        async with site(tmp_path, roster_file=known) as again:
            caller = await Caller(again).come_in("abc")
            await caller.report(1)
            await again.clock.advance(5)
            assert again.doubts == []
            assert again.positions == []
            caller.hang_up()

    play(scene())


def test_a_text_reaches_the_terminal_that_is_here_and_no_other(tmp_path: Path) -> None:
    async def scene() -> None:
        async with site(tmp_path, roster_file=roster(tmp_path, NUMBER)) as here:
            with pytest.raises(DeviceRefused, match="not connected"):
                await here.server.say(NUMBER, "hello")
            caller = await Caller(here).come_in()
            await here.server.say("0" + NUMBER, "请清扫")
            number, body = await caller.told()
            assert number == 0x8300
            assert body[0] & 0x08  # read out (JT/T 808-2013, table 35)
            assert body[1:].decode("gbk") == "请清扫"
            caller.hang_up()

    play(scene())


def test_a_port_that_is_taken_makes_the_device_unreachable(tmp_path: Path) -> None:
    async def scene() -> None:
        async with site(tmp_path) as here:
            config = Jt808ServerConfig(id="t", listen=f"tcp:127.0.0.1:{here.port}")
            with pytest.raises(DeviceUnreachable, match=str(here.port)):
                await Jt808Server(config, here.clock, here.tracks).run(here.emit)

    play(scene())
