"""The sensor driver on a line in memory, under a clock moved by hand. Frames are documents'."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from edge_agent.config.devices.air_sensor import AirSensorConfig
from edge_agent.config.devices.modbus_bus import place_of
from edge_agent.drivers.air_sensor import AirSensorDriver
from edge_agent.errors import DeviceUnreachable
from edge_agent.health import DeviceHealthBook
from edge_agent.readings import LineStatus, Moment, Reading, SensorFault, SensorReading
from edge_agent.transports.modbus import ModbusBus
from tests.fakes.clock import FakeClock
from tests.fakes.modbus_line import AnsweringLine

# SonBest SM7901 and SM7820B manuals, 1; the SM7820B answer is a capture (Rhino Pi peripheral guide)
NOISE = bytes.fromhex("01 03 02 02 18 B9 2E")
NOISE_ASKED = bytes.fromhex("01 03 00 00 00 01 84 0A")
CLIMATE = bytes.fromhex("01 03 04 0A E4 17 65 76 07")
CLIMATE_ASKED = bytes.fromhex("01 03 00 00 00 02 C4 0B")
# 7FFFh in the first register, CRC by MODBUS over Serial Line V1.02, 6.2.2
BROKEN = bytes.fromhex("01 03 04 7F FF 17 65 1C 0C")
REFUSED = bytes.fromhex("01 83 02 C0 F1")
CONFIG = AirSensorConfig("air-1", "serial:/dev/ttyUSB0", map="sonbest-sm7820b", every_s=5)


class Bench:
    """A driver on a line; `answer` is what the device says to any request."""

    def __init__(self, config: AirSensorConfig = CONFIG, answer: bytes = CLIMATE) -> None:
        self.clock, self.readings, self.raw = FakeClock(), list[Reading](), list[bytes]()
        self.line = AnsweringLine(self.clock, lambda _: self.answer)
        self.answer, self.config = answer, config

    async def emit(self, reading: Reading) -> None:
        self.readings.append(reading)

    def keep(self, device: str, moment: Moment, data: bytes) -> None:
        self.raw.append(data)

    def drive(self, script: Callable[[], Coroutine[Any, Any, None]]) -> str:
        """Runs the script beside the driver; what the driver said when the line was pulled, or
        when it gave up before."""

        async def both() -> str:
            bus = ModbusBus(self.line, quiet_s=0.004, echo=False)
            place = place_of(self.config)
            driver = AirSensorDriver(self.config, place, bus, self.clock, self.keep)
            running = asyncio.create_task(driver.run(self.emit))
            await self.clock.settle()
            await script()
            self.line.plugged = False
            await self.clock.advance(60)
            with pytest.raises(DeviceUnreachable) as lost:
                await running
            return str(lost.value)

        return asyncio.run(both())

    def values(self) -> list[tuple[str, float, str]]:
        return [
            (r.quantity, r.value, r.unit) for r in self.readings if isinstance(r, SensorReading)
        ]

    def faults(self) -> list[tuple[str, str]]:
        return [(r.quantity, r.reason) for r in self.readings if isinstance(r, SensorFault)]

    def statuses(self) -> list[LineStatus]:
        return [r for r in self.readings if isinstance(r, LineStatus)]


def test_registers_become_values_in_the_units_of_the_map() -> None:
    bench = Bench()

    async def script() -> None:
        await bench.clock.advance(1)

    assert "unplugged" in bench.drive(script)
    assert bench.values()[:2] == [("temperature", 27.88, "degC"), ("humidity", 59.89, "%")]
    assert set(bench.line.asked) == {CLIMATE_ASKED}
    assert set(bench.raw) == {CLIMATE}


def test_it_asks_at_its_own_pace_and_tells_the_line_every_second() -> None:
    bench = Bench()

    async def script() -> None:
        await bench.clock.advance(11.5)

    bench.drive(script)
    times = [r.moment.mono_ns for r in bench.readings if isinstance(r, SensorReading)]
    assert {round(ns / 1e9) for ns in times if ns < 12e9} == {1, 6, 11}
    assert len([s for s in bench.statuses() if s.moment.mono_ns < 12e9]) == 11
    last = bench.statuses()[-1]
    assert (last.frames, last.readings, last.refused) == (4, 6, 0)


def test_a_sentinel_is_a_fault_of_its_own_quantity_alone() -> None:
    bench = Bench(answer=BROKEN)

    async def script() -> None:
        await bench.clock.advance(1)

    bench.drive(script)
    assert bench.values() == [("humidity", 59.89, "%")]
    assert bench.faults() == [("temperature", "sentinel")]


def test_a_value_out_of_the_sensors_range_is_a_fault() -> None:
    config = AirSensorConfig("air-1", "serial:/dev/ttyUSB0", map="sonbest-sm7901")
    bench = Bench(config, bytes.fromhex("01 03 02 0B B8 BF 06"))  # 300.0 dB

    async def script() -> None:
        await bench.clock.advance(1)

    bench.drive(script)
    assert (bench.values(), bench.faults()) == ([], [("noise", "out-of-range")])


def test_an_error_answer_is_a_fault_and_the_device_is_there() -> None:
    bench = Bench(answer=REFUSED)

    async def script() -> None:
        await bench.clock.advance(60)

    assert "unplugged" in bench.drive(script)
    assert set(bench.faults()) == {("temperature", "exception"), ("humidity", "exception")}
    assert len(bench.statuses()) >= 60


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(b"", "timeout"), (CLIMATE[:-1] + b"\x08", "checksum"), (NOISE, "wrong-answer")],
)
def test_what_is_no_answer_is_a_fault_and_several_in_a_row_a_lost_device(
    answer: bytes, reason: str
) -> None:
    bench = Bench()

    async def script() -> None:
        await bench.clock.advance(1)
        bench.answer = answer
        await bench.clock.advance(7)
        assert bench.faults() == [("temperature", reason), ("humidity", reason)]
        bench.answer = CLIMATE  # back in time: it counts from the start again
        await bench.clock.advance(5)
        bench.answer = answer
        await bench.clock.advance(12)
        assert len(bench.faults()) == 6
        await bench.clock.advance(30)

    told = bench.drive(script)
    assert "serial:/dev/ttyUSB0 address 1: " in told
    assert len(bench.faults()) == 8


def test_of_a_device_that_never_answered_nothing_is_told() -> None:
    bench = Bench(answer=b"")

    async def script() -> None:
        await bench.clock.advance(60)

    assert bench.drive(script).endswith("no answer from address 1")
    assert (bench.readings, len(bench.line.asked)) == ([], 3)


def test_the_neighbours_do_not_wait_for_every_block_of_a_silent_device() -> None:
    config = AirSensorConfig("air-1", "serial:/dev/ttyUSB0", map="dfrobot-weather", every_s=10)
    bench = Bench(config, bytes.fromhex("01 03 02 00 0C B8 41"))

    async def script() -> None:
        await bench.clock.advance(0.5)
        assert bench.values() == [("wind-speed", 1.2, "m/s")]
        bench.answer, asked = b"", len(bench.line.asked)
        bench.readings.clear()
        await bench.clock.advance(12)
        assert len(bench.line.asked) == asked + 1
        assert {reason for _, reason in bench.faults()} == {"timeout"}
        assert len(bench.faults()) == 8

    bench.drive(script)


def test_the_word_order_of_the_device_overrides_the_maps() -> None:
    # Vaisala HPP272 User Guide M211972EN-B, A.5: low word first; read the other way it is no number
    # that this instrument can show.
    answer = bytes.fromhex("F0 03 04 D4 7A 43 E8 33 AB")
    link = "serial:/dev/ttyUSB0"
    right = Bench(AirSensorConfig("air-1", link, map="vaisala-hpp272"), answer)
    wrong = Bench(AirSensorConfig("air-1", link, map="vaisala-hpp272", word_order="ABCD"), answer)
    for bench in (right, wrong):

        async def script(bench: Bench = bench) -> None:
            await bench.clock.advance(1)

        bench.drive(script)
    assert right.values() == [("voc", 465.66, "ppm")]
    assert wrong.faults() == [("voc", "out-of-range")]


def test_a_sensor_that_is_asked_rarely_is_not_silent_in_between_and_a_faulty_one_is_not_up() -> (
    None
):
    bench = Bench(
        AirSensorConfig("air-1", "serial:/dev/ttyUSB0", map="sonbest-sm7820b", every_s=55)
    )
    book = DeviceHealthBook(("air-1",))
    states: list[str] = []

    async def script() -> None:
        await bench.clock.advance(50)
        for reading in bench.readings:
            book.note(reading)
        states.append(book.state("air-1", bench.clock.moment()))
        bench.readings.clear()
        bench.answer = REFUSED
        await bench.clock.advance(50)
        for reading in bench.readings:
            book.note(reading)
        states.append(book.state("air-1", bench.clock.moment()))

    bench.drive(script)
    assert (states[0], states[1] != "up") == ("up", True)
