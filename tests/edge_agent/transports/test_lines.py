"""One suite for every line: what a ByteLink promises, over a pty, over TCP and in memory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import tty
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from edge_agent.clock import SystemClock
from edge_agent.config.links import SerialLink, TcpLink, parse_serial_link
from edge_agent.errors import AlreadyRunning, DeviceUnreachable
from edge_agent.ports import Transport
from edge_agent.transports.memory import MemoryLine, MemoryTransport
from edge_agent.transports.serial_port import SerialTransport, lock_holder
from edge_agent.transports.tcp import TcpByteLink, TcpTransport


class Rig(Protocol):
    """A transport and the far end of its line."""

    transport: Transport

    def send(self, data: bytes) -> None: ...

    def sent(self) -> bytes: ...

    def unplug(self) -> None: ...


class PtyRig:
    def __init__(self) -> None:
        self.far, near = os.openpty()
        tty.setraw(near)
        self.path = os.ttyname(near)
        self._near: int | None = near
        self.transport: Transport = SerialTransport(SerialLink(self.path))

    def send(self, data: bytes) -> None:
        os.write(self.far, data)

    def sent(self) -> bytes:
        return os.read(self.far, 4096)

    def unplug(self) -> None:
        if self._near is not None:
            os.close(self._near)
            os.close(self.far)
            self._near = None


class MemoryRig:
    def __init__(self) -> None:
        self._line = MemoryLine()
        self.transport: Transport = MemoryTransport(self._line, SystemClock())

    def send(self, data: bytes) -> None:
        self._line.feed(data)

    def sent(self) -> bytes:
        return bytes(self._line.sent)

    def unplug(self) -> None:
        self._line.unplug()


class TcpRig:
    """A serial converter: it takes one connection, in a thread of its own."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.transport: Transport = TcpTransport(
            TcpLink("127.0.0.1", self._server.getsockname()[1])
        )
        self._there = threading.Event()
        self._far: socket.socket | None = None
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        try:
            self._far, _ = self._server.accept()
        except OSError:  # nobody came
            return
        self._there.set()

    def _line(self) -> socket.socket:
        self._there.wait(60)
        assert self._far is not None
        return self._far

    def send(self, data: bytes) -> None:
        self._line().sendall(data)

    def sent(self) -> bytes:
        return self._line().recv(4096)

    def unplug(self) -> None:
        if self._server.fileno() >= 0:
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._accepting.join(60)
        if self._far is not None:
            self._far.close()


@pytest.fixture(params=[PtyRig, TcpRig, MemoryRig], ids=["pty", "tcp", "memory"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    made = request.param()
    yield made
    made.unplug()


def run(work: Coroutine[object, object, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await work

    asyncio.run(limited())


def test_what_was_sent_is_read_in_order(rig: Rig) -> None:
    async def work() -> None:
        link = await rig.transport.open()
        got = b""
        for part in (b"\x02+00", b"1560019\x03\x00\xff"):
            rig.send(part)
            while not got.endswith(part):
                got += await link.read(5)
        assert got == b"\x02+001560019\x03\x00\xff"
        await link.close()

    run(work())


def test_a_quiet_line_gives_nothing_after_the_timeout(rig: Rig) -> None:
    async def work() -> None:
        link = await rig.transport.open()
        assert await link.read(0.01) == b""
        rig.send(b"x")
        assert await link.read(5) == b"x"
        await link.close()

    run(work())


def test_bytes_that_come_while_waiting_end_the_wait(rig: Rig) -> None:
    async def work() -> None:
        link = await rig.transport.open()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(link.read(15))
            asyncio.get_running_loop().call_soon(rig.send, b"now")
        assert reading.result()
        await link.close()

    run(work())


def test_what_is_written_arrives(rig: Rig) -> None:
    async def work() -> None:
        link = await rig.transport.open()
        await link.write(b"\x02AB03\x03")
        assert rig.sent() == b"\x02AB03\x03"
        await link.close()

    run(work())


def test_an_unplugged_line_is_unreachable_and_stays_so(rig: Rig) -> None:
    async def work() -> None:
        link = await rig.transport.open()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(_unreachable(link.read(15)))
            asyncio.get_running_loop().call_soon(rig.unplug)
        assert reading.result()
        await link.close()
        await link.close()
        assert await _unreachable(rig.transport.open())

    run(work())


async def _unreachable(work: Coroutine[object, object, object]) -> str:
    with pytest.raises(DeviceUnreachable) as refused:
        await work
    return str(refused.value)


# -- TCP converters


def test_a_connection_that_the_kernel_gave_up_is_unreachable_and_no_quiet_line() -> None:
    """What asyncio hands on when a converter without power answers no more: ETIMEDOUT."""

    async def work() -> None:
        rig = TcpRig()
        link = await rig.transport.open()
        reader = asyncio.StreamReader()
        reader.set_exception(TimeoutError(110, "Connection timed out"))
        lost = TcpByteLink("tcp:converter:4001", reader, link._writer)
        assert "converter:4001: Connection timed out" in await _unreachable(lost.read(5))
        await link.close()
        rig.unplug()

    run(work())


def test_a_flood_waits_in_the_sender_and_not_in_our_memory() -> None:
    async def work() -> None:
        rig = TcpRig()
        link = await rig.transport.open()
        assert isinstance(link, TcpByteLink)
        assert await link.read(0.01) == b""
        far = rig._line()
        far.setblocking(False)
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while sent < 64 << 20:
                sent += far.send(b"wn001.171kg\r\n" * 1000)
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(link._reader._buffer) <= 512 * 1024
        assert sent > 1 << 20
        assert len(await link.read(5)) <= 4096
        await link.close()
        rig.unplug()

    run(work())


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/dev/no-such-port", "/dev/no-such-port: there is no such port; is it plugged in?"),
        ("/", "/: a folder, not a port"),
        ("/dev/null", "/dev/null: not a serial port"),
    ],
)
def test_a_port_that_is_none_says_so(path: str, why: str) -> None:
    async def work() -> None:
        assert await _unreachable(SerialTransport(SerialLink(path)).open()) == why

    run(work())


SECOND = """
import asyncio, sys
from edge_agent.config.links import SerialLink
from edge_agent.errors import AlreadyRunning
from edge_agent.transports.serial_port import SerialTransport
try:
    asyncio.run(SerialTransport(SerialLink(sys.argv[1])).open())
except AlreadyRunning as refused:
    print(refused.pid, refused)
"""


def test_a_second_process_on_the_port_is_refused_with_the_firsts_pid(tmp_path: Path) -> None:
    rig = PtyRig()
    alias = tmp_path / "wb-1"
    alias.symlink_to(rig.path)

    async def work() -> None:
        link = await rig.transport.open()
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", SECOND, str(alias)],
            capture_output=True,
            text=True,
        )
        assert done.stdout.startswith(f"{os.getpid()} the port {alias} is already in use by pid")
        assert lock_holder(str(alias)) == os.getpid()
        await link.close()
        assert lock_holder(str(alias)) is None
        again = await rig.transport.open()
        with pytest.raises(AlreadyRunning):
            await rig.transport.open()
        await again.close()

    run(work())
    rig.unplug()


def test_nobody_holds_a_port_that_is_not_there() -> None:
    assert lock_holder("/dev/no-such-port") is None


# -- links as text


def test_a_link_may_say_everything_or_only_the_path() -> None:
    assert parse_serial_link("serial:/dev/ttyUSB0") == SerialLink("/dev/ttyUSB0", 9600, 8, "N", 1)
    full = "serial:/dev/ttyUSB0?baud=1200&bytesize=7&parity=E&stopbits=2"
    assert parse_serial_link(full) == SerialLink("/dev/ttyUSB0", 1200, 7, "E", 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/dev/ttyUSB0", '"serial:" and the path'),
        ("serial:", '"serial:" and the path'),
        ("tcp:host:1", '"serial:" and the path'),
        ("serial:/dev/x?baud", "settings like baud=9600"),
        ("serial:/dev/x?baud=9601", "baud one of 300, 600"),
        ("serial:/dev/x?parity=n", "parity one of N, E, O"),
        ("serial:/dev/x?speed=9600", "only baud, bytesize, parity, stopbits"),
        ("serial:/dev/x?baud=9600&baud=9600", "baud once"),
    ],
)
def test_a_wrong_link_says_what_was_expected(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_serial_link(text)
