"""systemd hears from us over a real datagram socket, and only while work gets through."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.watchdog import Notifier, Watchdog
from tests.fakes.clock import FakeClock


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        yield listener


def heard(systemd: socket.socket) -> list[str]:
    messages = []
    while True:
        try:
            messages.append(systemd.recv(4096).decode())
        except BlockingIOError:
            return messages


def address(systemd: socket.socket) -> str:
    return str(systemd.getsockname())


def test_several_values_travel_in_one_datagram(systemd: socket.socket) -> None:
    Notifier(address(systemd)).tell(READY=1, STATUS="recording")
    assert heard(systemd) == ["READY=1\nSTATUS=recording"]


def test_an_abstract_address_is_understood() -> None:
    name = f"edile-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        listener.setblocking(False)
        Notifier("@" + name).tell(STOPPING=1)
        assert heard(listener) == ["STOPPING=1"]


def test_without_systemd_nothing_happens(tmp_path: Path) -> None:
    Notifier().tell(READY=1)
    Notifier(str(tmp_path / "gone")).tell(READY=1)
    assert Notifier.from_environment({}) == Notifier(None, None)


@pytest.mark.parametrize(
    ("usec", "pid", "watchdog_s"),
    [("30000000", None, 30.0), ("30000000", "1", None), ("0", None, None), ("x", None, None)],
)
def test_the_environment_names_socket_and_interval(
    usec: str, pid: str | None, watchdog_s: float | None
) -> None:
    environment = {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": usec}
    environment |= {"WATCHDOG_PID": pid} if pid else {}
    assert Notifier.from_environment(environment) == Notifier("/run/notify", watchdog_s)


def test_each_probe_that_comes_back_feeds_systemd_once(systemd: socket.socket) -> None:
    probes: list[float] = []

    async def scene() -> None:
        clock = FakeClock()

        async def probe() -> None:
            probes.append(clock.monotonic_s())

        watchdog = Watchdog(Notifier(address(systemd), 30.0), clock, probe)
        running = asyncio.create_task(watchdog.run())
        await clock.advance(35.0)
        running.cancel()

    asyncio.run(scene())
    assert len(probes) == 4
    assert heard(systemd) == ["WATCHDOG=1"] * 4


def test_a_probe_that_hangs_or_fails_starves_systemd(systemd: socket.socket) -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    async def stuck() -> None:
        raise TimeoutError("no tick for 12 s")

    for probe in (hangs, stuck):
        watchdog = Watchdog(Notifier(address(systemd), 30.0), FakeClock(), probe)
        asyncio.run(watchdog.feed(0))
    messages = heard(systemd)
    assert not [one for one in messages if "WATCHDOG=1" in one]
    assert messages[-1] == "STATUS=no progress: no tick for 12 s"


def test_a_bug_in_the_probe_is_not_hidden(systemd: socket.socket) -> None:
    async def broken() -> None:
        raise LookupError("bug")

    with pytest.raises(LookupError):
        asyncio.run(Watchdog(Notifier(address(systemd), 30.0), FakeClock(), broken).feed(1))
