"""A UHF reader on a line in memory, asked or listened to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from edge_agent.config.devices.rfid_reader import RfidReaderConfig
from edge_agent.drivers.rfid_reader import RfidReaderDriver
from edge_agent.errors import DeviceUnreachable
from edge_agent.readings import LineStatus, Reading, VehicleReading
from edge_agent.transports.memory import MemoryLine, MemoryTransport
from tests.fakes.clock import FakeClock

# Captured on an R2000 module by a public race timer: a tag, another, the end of a round of 5 reads.
TAG = bytes.fromhex("A0130189743000E2004074850A0103163070E13629")
OTHER = bytes.fromhex("A01301898C3000300833B2DDD901400000000137BB")
END = bytes.fromhex("A00A018900001100000005B6")
ASK = bytes.fromhex("A004018901D1")
# A reader in its active mode (tests of the uhfreader18 package).
PUSHED = bytes.fromhex("1100ee002000708c2b380b2d00000000e056")


class Gate:
    def __init__(self, config: RfidReaderConfig) -> None:
        self.clock, self.line = FakeClock(), MemoryLine()
        self.readings: list[Reading] = []
        transport = MemoryTransport(self.line, self.clock)
        self.driver = RfidReaderDriver(config, transport, self.clock)

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

    def tags(self) -> list[str]:
        return [one.vehicle.plate for one in self.readings if isinstance(one, VehicleReading)]


ASKED = RfidReaderConfig("uhf-1", "serial:/dev/ttyUSB0", "r2000", address=1)


def test_it_asks_and_asks_again_once_the_round_is_over() -> None:
    gate = Gate(ASKED)

    async def script() -> None:
        assert bytes(gate.line.sent) == ASK
        gate.line.feed(TAG + OTHER)
        await gate.clock.advance(0.1)
        assert bytes(gate.line.sent) == ASK
        gate.line.feed(END)
        await gate.clock.advance(0.21)
        assert bytes(gate.line.sent) == ASK * 2

    gate.play(script)
    assert gate.tags() == ["E2004074850A0103163070E1", "300833B2DDD9014000000001"]


def test_a_reader_that_does_not_end_its_round_is_asked_again() -> None:
    gate = Gate(ASKED)

    async def script() -> None:
        gate.line.feed(TAG[:9])
        await gate.clock.advance(1.3)
        assert bytes(gate.line.sent) == ASK * 2

    gate.play(script)
    assert gate.driver.counts["refused.truncated"] == 1


def test_a_tag_in_the_field_is_told_now_and_then_not_each_time() -> None:
    gate = Gate(ASKED)

    async def script() -> None:
        for _ in range(25):
            gate.line.feed(TAG + END)
            await gate.clock.advance(0.21)

    gate.play(script)
    assert len(gate.tags()) == 3  # at 0, 2.1 and 4.2 s
    assert gate.driver.counts["readings"] == 50


def test_a_reader_that_reports_by_itself_is_never_sent_a_byte() -> None:
    gate = Gate(RfidReaderConfig("uhf-1", "serial:/dev/ttyUSB0", "uhfreader18", ask=False))

    async def script() -> None:
        gate.line.feed(PUSHED[:7])
        await gate.clock.advance(0.5)
        gate.line.feed(PUSHED[7:])
        await gate.clock.advance(5.0)

    gate.play(script)
    assert gate.tags() == ["2000708C2B380B2D00000000"]
    assert bytes(gate.line.sent) == b""
    assert len([one for one in gate.readings if isinstance(one, LineStatus)]) >= 5


def test_an_error_of_the_reader_is_counted_by_its_code() -> None:
    gate = Gate(ASKED)

    async def script() -> None:
        # IND903 protocol V2.2: error 22h, no antenna connected
        frame = bytes.fromhex("A004018922")
        gate.line.feed(frame + bytes((-sum(frame) & 0xFF,)))
        await gate.clock.advance(0.3)
        assert bytes(gate.line.sent) == ASK * 2

    gate.play(script)
    assert gate.driver.counts["error.22"] == 1
