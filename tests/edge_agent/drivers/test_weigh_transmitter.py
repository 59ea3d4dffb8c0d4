"""The transmitter driver on a line in memory, and the station that weighs with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import pytest

from edge_agent import tickets
from edge_agent.config.devices.weigh_transmitter import WeighTransmitterConfig
from edge_agent.config.roles import StationConfig
from edge_agent.drivers.weigh_transmitter import WeighTransmitterDriver
from edge_agent.errors import DeviceUnreachable
from edge_agent.ports import Conclusion
from edge_agent.readings import LineStatus, Reading, WeightReading
from edge_agent.roles.table import NOTHING, ROLES
from edge_agent.transports.modbus import ModbusBus
from firmware_bridges.modbus_rtu import exception_answer, read_answer
from tests.edge_agent.roles.deck import tickets as tickets_of
from tests.fakes.clock import FakeClock
from tests.fakes.modbus_line import AnsweringLine

CONFIG = WeighTransmitterConfig(
    "wb-1", "serial:/dev/ttyUSB0", map="dini-dgt4x", capacity_kg=Decimal(60_000), every_s=0.1
)


def dgt4x(kg: int, *, stable: bool = True) -> bytes:
    """Registers by Dini Argeo TECH_MAN_ENG_DGT4X p. 58."""
    flags = (kg < 0) | stable << 1
    return read_answer(1, 3, (flags, abs(kg) >> 16, abs(kg) & 0xFFFF))


class Bench:
    """A driver on a line; `answer` is what the transmitter says to any request."""

    def __init__(self, config: WeighTransmitterConfig = CONFIG) -> None:
        self.clock, self.readings = FakeClock(), list[Reading]()
        self.answer = dgt4x(0)
        self.line = AnsweringLine(self.clock, lambda _: self.answer)
        self.config = config

    async def emit(self, reading: Reading) -> None:
        self.readings.append(reading)

    def drive(self, script: Callable[[], Coroutine[Any, Any, None]]) -> str:
        async def both() -> str:
            bus = ModbusBus(self.line, quiet_s=0.004, echo=False)
            driver = WeighTransmitterDriver(self.config, bus, self.clock)
            running = asyncio.create_task(driver.run(self.emit))
            await self.clock.settle()
            await script()
            self.line.plugged = False
            await self.clock.advance(30)
            with pytest.raises(DeviceUnreachable) as lost:
                await running
            return str(lost.value)

        return asyncio.run(both())

    def weights(self) -> list[WeightReading]:
        return [r for r in self.readings if isinstance(r, WeightReading)]


def test_registers_become_kilograms_with_their_raw_answer() -> None:
    bench = Bench()

    async def script() -> None:
        await bench.clock.advance(0.35)
        bench.answer = dgt4x(-1560, stable=False)
        await bench.clock.advance(0.1)

    bench.drive(script)
    first, last = bench.weights()[0], bench.weights()[-1]
    assert (first.weight_kg, first.stable, first.net, first.raw) == (0, True, False, dgt4x(0))
    assert (last.weight_kg, last.stable) == (-1560, False)
    assert 4 <= len(bench.weights()) <= 6
    # MODBUS Application Protocol V1.1b3, 6.3: 40202 is 00C9h; CRC by Serial Line V1.02, 6.2.2
    assert set(bench.line.asked) == {bytes.fromhex("01 03 00 C9 00 03 D5 F5")}


def test_refusals_are_counted_and_are_no_weights() -> None:
    bench = Bench()

    async def script() -> None:
        await bench.clock.advance(0.15)
        bench.readings.clear()
        bench.answer = exception_answer(1, 3, 4)
        await bench.clock.advance(1.2)
        assert bench.weights() == []

    bench.drive(script)
    status = [r for r in bench.readings if isinstance(r, LineStatus)][-1]
    assert status.refused >= 8
    assert status.readings == 2


def test_silence_loses_the_transmitter_and_until_it_answers_nothing_is_told() -> None:
    bench = Bench()
    bench.answer = b""

    async def script() -> None:
        await bench.clock.advance(20)

    assert "no answer from address 1" in bench.drive(script)
    assert (bench.readings, len(bench.line.asked)) == ([], 10)


def weighed(kg: int) -> list[Conclusion]:
    """A truck of so many kilograms comes, stands and goes, over a real bus and driver."""
    bench = Bench()

    async def script() -> None:
        for share, stable, for_s in (
            (0, True, 1.0),
            (0.4, False, 0.5),
            (0.9, False, 0.5),
            (1, True, 4.0),
            (0.5, False, 0.5),
            (0, True, 1.5),
        ):
            bench.answer = dgt4x(round(kg * share / 20) * 20, stable=stable)
            await bench.clock.advance(for_s)

    bench.drive(script)
    role = ROLES["station"].build(StationConfig("wb-1"), {"wb-1": CONFIG}, NOTHING)
    return [one for reading in bench.readings for one in role.step(reading).conclusions]


def test_a_station_weighs_with_it_and_the_ticket_stands_up_to_its_raw_bytes() -> None:
    conclusions = weighed(30_000)
    (ticket,) = tickets_of(conclusions)
    assert (ticket.gross_kg, ticket.stability is not None) == (30_000, True)
    (evidence,) = next(c.evidence for c in conclusions if c.evidence)
    verdict = tickets.verify(ticket, evidence.content)
    assert (verdict.ok, verdict.replayed_kg) == (True, 30_000), verdict.findings
    assert b"40202" in evidence.content  # the map travels with the record


def test_a_record_whose_bytes_were_changed_convicts_the_ticket() -> None:
    conclusions = weighed(30_000)
    (ticket,) = tickets_of(conclusions)
    (evidence,) = next(c.evidence for c in conclusions if c.evidence)
    lighter, real = dgt4x(20_000).hex().encode(), dgt4x(30_000).hex().encode()
    assert real in evidence.content
    verdict = tickets.verify(ticket, evidence.content.replace(real, lighter))
    assert not verdict.ok
    broken = tickets.verify(ticket, evidence.content.replace(b"40202", b"50202"))
    assert not broken.ok
