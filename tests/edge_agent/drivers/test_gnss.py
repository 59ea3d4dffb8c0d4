"""A satellite receiver on a line in memory: what it says becomes positions, and what it does not know stays unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from edge_agent.config.devices.gnss import GnssConfig
from edge_agent.drivers.gnss import GnssDriver
from edge_agent.errors import DeviceUnreachable
from edge_agent.readings import LineStatus, PositionReading, Reading
from edge_agent.transports.memory import MemoryLine, MemoryTransport
from tests.fakes.clock import FakeClock
from tests.firmware_bridges.test_nmea import BLIND_GGA, BLIND_RMC, IN_VIEW, LOGGED_GGA, LOGGED_RMC


class Car:
    def __init__(self) -> None:
        self.clock, self.line = FakeClock(), MemoryLine()
        self.readings: list[Reading] = []
        self.raw: list[bytes] = []
        transport = MemoryTransport(self.line, self.clock)
        config = GnssConfig("gnss-1", "serial:/dev/ttyACM0")
        keep = lambda _device, _moment, data: self.raw.append(data)  # noqa: E731
        self.driver = GnssDriver(config, transport, self.clock, keep)

    async def emit(self, reading: Reading) -> None:
        self.readings.append(reading)

    def play(self, script: Callable[[], Awaitable[None]]) -> None:
        async def both() -> None:
            running = asyncio.create_task(self.driver.run(self.emit))
            await self.clock.settle()
            await script()
            self.line.unplug()
            with pytest.raises(DeviceUnreachable):
                await asyncio.gather(running, self.clock.advance(2.0))

        asyncio.run(both())

    def positions(self) -> list[PositionReading]:
        return [one for one in self.readings if isinstance(one, PositionReading)]


def said(*chunks: bytes) -> Car:
    car = Car()

    async def script() -> None:
        for chunk in chunks:
            car.line.feed(chunk)
            await car.clock.advance(0.25)

    car.play(script)
    return car


def test_a_second_of_sentences_is_one_position() -> None:
    car = said(LOGGED_GGA + IN_VIEW, LOGGED_RMC[:20], LOGGED_RMC[20:], LOGGED_GGA)
    (one,) = car.positions()
    assert (one.device, one.terminal, one.fix) == ("gnss-1", "gnss-1", True)
    assert (one.lat, one.lon) == pytest.approx((49.596339, 7.01354), abs=5e-7)
    assert one.accuracy_m == pytest.approx(3.6)
    assert (one.satellites, one.altitude_m) == (17, 465.352)
    assert one.raw == LOGGED_GGA[:-1] + LOGGED_RMC[:-1]
    assert b"".join(car.raw).startswith(LOGGED_GGA)


def test_a_receiver_without_a_fix_is_heard_and_not_believed() -> None:
    car = said(*[BLIND_GGA + BLIND_RMC] * 3)
    assert len(car.positions()) >= 2
    assert {(one.fix, one.lon) for one in car.positions()} == {(False, None)}
    assert car.driver.counts["readings"] == 0
    assert car.driver.counts["no-fix"] >= 2


def test_spoilt_sentences_are_counted_by_reason() -> None:
    car = said(LOGGED_GGA.replace(b"4935", b"4936"), LOGGED_RMC, LOGGED_RMC, b"", b"", b"")
    statuses = [one for one in car.readings if isinstance(one, LineStatus)]
    assert car.driver.counts["refused.checksum"] == 1
    assert (statuses[-1].refused, statuses[-1].frames) == (1, 2)
