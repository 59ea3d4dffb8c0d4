"""Drivers on a line in memory, under a clock moved by hand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from edge_agent.config.devices import CardReaderConfig, Unit, WeighbridgeConfig
from edge_agent.drivers.card_reader import CardReaderDriver
from edge_agent.drivers.weighbridge import WeighbridgeDriver
from edge_agent.errors import DeviceUnreachable
from edge_agent.ports import Driver, Transport
from edge_agent.readings import LineStatus, Moment, Reading, VehicleReading, WeightReading
from edge_agent.transports.memory import MemoryLine, MemoryTransport
from firmware_bridges import card_reader
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from firmware_bridges.weighbridge.yaohua_tf0 import encode
from tests.fakes.clock import FakeClock

SCALE = WeighbridgeConfig("wb-1", "serial:/dev/ttyUSB0", "yaohua-tf0")
Build = Callable[[Transport, FakeClock], Driver]


class Bench:
    """A driver running on a line in memory; `readings` is what it emitted."""

    def __init__(self) -> None:
        self.clock, self.line = FakeClock(), MemoryLine()
        self.readings: list[Reading] = []
        self.raw: list[bytes] = []

    def keep(self, device: str, moment: Moment, data: bytes) -> None:
        assert (device, moment.boot_id) == ("wb-1", "boot-1")
        self.raw.append(data)

    async def emit(self, reading: Reading) -> None:
        self.readings.append(reading)

    def weights(self) -> list[WeightReading]:
        return [r for r in self.readings if isinstance(r, WeightReading)]

    def statuses(self) -> list[LineStatus]:
        return [r for r in self.readings if isinstance(r, LineStatus)]

    def drive(self, build: Build, script: Callable[[], Awaitable[None]]) -> str:
        """Runs the script beside the driver, unplugs, and gives what the driver then said."""

        async def both() -> str:
            driver = build(MemoryTransport(self.line, self.clock), self.clock)
            running = asyncio.create_task(driver.run(self.emit))
            await self.clock.settle()
            await script()
            await self.clock.settle()
            self.line.unplug()
            with pytest.raises(DeviceUnreachable) as lost:
                await running
            return str(lost.value)

        return asyncio.run(both())

    def weighbridge(self, config: WeighbridgeConfig = SCALE) -> Build:
        return lambda transport, clock: WeighbridgeDriver(config, transport, clock, self.keep)


def test_frames_become_weights_with_the_moment_they_came() -> None:
    bench = Bench()

    async def script() -> None:
        await bench.clock.advance(0.5)
        bench.line.feed(encode(Decimal(1560))[:5])
        await bench.clock.advance(0.1)
        bench.line.feed(encode(Decimal(1560))[5:] + encode(Decimal(-20)))
        await bench.clock.advance(0.1)

    assert "unplugged" in bench.drive(bench.weighbridge(), script)
    assert [w.weight_kg for w in bench.weights()] == [1560, -20]
    assert {w.moment.mono_ns for w in bench.weights()} == {10**9 + 600_000_000}
    assert bench.weights()[0].raw == encode(Decimal(1560))
    assert b"".join(bench.raw) == encode(Decimal(1560)) + encode(Decimal(-20))


def test_the_line_is_reported_each_second_also_in_silence() -> None:
    bench = Bench()

    async def script() -> None:
        await bench.clock.advance(3.5)

    bench.drive(bench.weighbridge(), script)
    seconds = [s.moment.mono_ns // 10**9 for s in bench.statuses()]
    assert seconds == [1, 2, 3, 4]
    assert all(s.bytes == 0 and s.connected for s in bench.statuses())


def test_bytes_frames_and_readings_are_counted_apart() -> None:
    bench, good = Bench(), encode(Decimal(1560))

    async def script() -> None:
        bench.line.feed(b"noise" + good + good.replace(b"9", b"8") + good[:6] + good)
        await bench.clock.advance(1.5)

    bench.drive(bench.weighbridge(), script)
    last = bench.statuses()[-1]
    assert (last.bytes, last.frames, last.readings, last.refused) == (5 + 12 * 3 + 6, 3, 2, 2)


@pytest.mark.parametrize(
    ("unit", "kg"), [("kg", "1560"), ("t", "1560000"), ("g", "1.560"), ("lb", "707.6040972")]
)
def test_every_unit_becomes_kilograms_exactly(unit: Unit, kg: str) -> None:
    bench = Bench()
    config = replace(SCALE, unit=unit, capacity_kg=Decimal(10**6))

    async def script() -> None:
        bench.line.feed(encode(Decimal(1560)))
        await bench.clock.settle()

    bench.drive(bench.weighbridge(config), script)
    assert [w.weight_kg for w in bench.weights()] == ([Decimal(kg)])


def test_a_weight_no_scale_of_this_size_shows_is_refused() -> None:
    bench = Bench()
    config = replace(SCALE, unit="t", capacity_kg=Decimal(80_000))

    async def script() -> None:
        bench.line.feed(encode(Decimal(160)) + encode(Decimal(161)))
        await bench.clock.settle()

    bench.drive(bench.weighbridge(config), script)
    assert [w.weight_kg for w in bench.weights()] == [160_000]


def test_after_a_reconnect_counting_and_decoding_begin_anew() -> None:
    bench, driver = Bench(), list[WeighbridgeDriver]()

    def build(transport: Transport, clock: FakeClock) -> Driver:
        driver[:] = driver or [WeighbridgeDriver(SCALE, transport, clock)]
        return driver[0]

    async def half() -> None:
        bench.line.feed(encode(Decimal(1560))[:6])
        await bench.clock.settle()

    async def rest() -> None:
        bench.line.feed(encode(Decimal(1560))[6:])
        await bench.clock.advance(1)

    bench.drive(build, half)
    bench.line.plug()
    bench.drive(build, rest)
    assert bench.weights() == []
    assert bench.statuses()[-1].bytes == 6


def test_raw_bytes_are_logged_on_the_wire_logger_only_when_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def script() -> None:
        bench.line.feed(b"\x02\xff")
        await bench.clock.settle()

    for level, lines in ((logging.INFO, []), (logging.DEBUG, ["wb-1 02ff"])):
        bench = Bench()
        with caplog.at_level(level, logger="edile.wire"):
            bench.drive(bench.weighbridge(), script)
        assert [record.getMessage() for record in caplog.records] == lines


def test_a_card_names_a_vehicle_by_its_number() -> None:
    bench = Bench()

    def build(transport: Transport, clock: FakeClock) -> Driver:
        return CardReaderDriver(CardReaderConfig("rd-1", "serial:/dev/ttyUSB1"), transport, clock)

    async def script() -> None:
        bench.line.feed(b"\x00" + card_reader.encode("0001234567") + b"\x02junk")
        await bench.clock.advance(1)

    bench.drive(build, script)
    cards = [r for r in bench.readings if isinstance(r, VehicleReading)]
    assert [(c.device, c.vehicle.plate, c.vehicle.source) for c in cards] == [
        ("rd-1", "0001234567", "rfid")
    ]
    assert bench.statuses()[-1].readings == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_can_be_configured_and_gets_the_settings_it_knows(dialect: str) -> None:
    config = replace(SCALE, dialect=dialect, unit="t", decimals=2, data_bits=7)
    settings = DIALECTS[dialect].settings(**config.indicator())
    assert (settings.capacity, settings.division) == (80, Decimal("0.02"))
    assert (settings.unit, settings.decimals, settings.data_bits) == ("t", 2, 7)


def test_what_only_one_dialect_knows_reaches_it() -> None:
    toledo = replace(SCALE, dialect="toledo-continuous", checksum="no", fixed_zero="multiply")
    assert toledo.indicator()["checksum"] == "no"
    assert (
        replace(SCALE, dialect="mt-sics", trust_motion=False).indicator()["trust_motion"] is False
    )
    asked = replace(SCALE, dialect="yaohua-cmd", address="C", ask_for="net").indicator()
    assert (asked["address"], asked["ask_for"]) == ("C", "net")
    assert replace(SCALE, dialect="plain-line", decimal_comma=True).indicator()["decimal_comma"]


@pytest.mark.parametrize(
    ("dialect", "key", "value", "who"),
    [
        ("yaohua-tf0", "fixed_zero", "as-is", "toledo-continuous"),
        ("yaohua-tf0", "address", "B", "yaohua-cmd"),
        ("toledo-continuous", "decimal_comma", True, "plain-line"),
        ("st-gs-line", "trust_motion", False, "mt-sics"),
    ],
)
def test_a_key_that_the_dialect_does_not_understand_is_refused(
    dialect: str, key: str, value: object, who: str
) -> None:
    with pytest.raises(ValueError, match=f"^{key}: only with .*{who}.*; {dialect} has no such"):
        replace(SCALE, dialect=dialect, **{key: value})


@pytest.mark.parametrize(
    ("dialect", "address"),
    [("yaohua-cmd", "1"), ("keli-xk3118k9", "AB"), ("st-gs-line", "A"), ("st-gs-line", "001")],
)
def test_an_address_is_what_the_dialect_calls_one(dialect: str, address: str) -> None:
    with pytest.raises(ValueError, match=r"^address: (one letter from A to Z|two digits)"):
        replace(SCALE, dialect=dialect, address=address)


def asked(bench: Bench, config: WeighbridgeConfig, script: Callable[[], Awaitable[None]]) -> bytes:
    bench.drive(bench.weighbridge(config), script)
    return bytes(bench.line.sent)


ASKED = replace(SCALE, dialect="keli-xk3118k9", ask_every_s=0.5)
QUESTION = bytes.fromhex("024142303303")  # gross weight of address A: XK3190-A9+ manual p. 11


def test_an_indicator_that_must_be_asked_is_asked_while_the_line_is_quiet() -> None:
    bench = Bench()

    async def script() -> None:
        await bench.clock.advance(1.9)

    assert asked(bench, ASKED, script) == QUESTION * 4
    assert [round(s.moment.mono_ns / 1e9) for s in bench.statuses()] == [1, 2]


def test_one_that_goes_on_by_itself_is_asked_once() -> None:
    bench = Bench()
    answer = DIALECTS["mt-sics"].encode(Shown(Decimal(1560)))

    async def script() -> None:
        for _ in range(10):
            await bench.clock.advance(0.1)
            bench.line.feed(answer)

    assert asked(bench, replace(SCALE, dialect="mt-sics"), script) == b"SIR\r\n"
    assert [w.weight_kg for w in bench.weights()] == [1560] * 10


def test_told_not_to_ask_it_sends_no_byte() -> None:
    bench = Bench()
    answer = DIALECTS["keli-xk3118k9"].encode(Shown(Decimal(1560)))

    async def script() -> None:
        await bench.clock.advance(2)
        bench.line.feed(QUESTION + answer)  # what the other program asks is heard, too
        await bench.clock.advance(1)

    assert asked(bench, replace(ASKED, ask=False), script) == b""
    assert [w.weight_kg for w in bench.weights()] == [1560]
    assert bench.statuses()[-1].refused == 0


def test_an_indicator_that_sends_by_itself_is_never_asked() -> None:
    bench = Bench()

    async def script() -> None:
        await bench.clock.advance(3)

    assert asked(bench, SCALE, script) == b""


def test_a_converter_that_says_its_name_first_costs_one_line() -> None:
    """USR-type converters send a registration packet, and the first line may share it (khusan2006/
    logistics-crm, public file 70940610663)."""
    bench = Bench()

    async def script() -> None:
        bench.line.feed(b"TRZ-0123456789ABCDEFGHIJwn001.17")
        await bench.clock.settle()
        bench.line.feed(b"1kg\r\n" + b"wn001.171kg\r\n" * 5)
        await bench.clock.advance(1)

    bench.drive(bench.weighbridge(replace(SCALE, dialect="wn-line")), script)
    assert [w.weight_kg for w in bench.weights()] == [Decimal("1.171")] * 5
    assert bench.statuses()[-1].refused == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_line_without_end_is_counted_and_not_kept(dialect: str) -> None:
    bench = Bench()
    good = DIALECTS[dialect].encode(Shown(Decimal(1560)))

    async def script() -> None:
        for _ in range(50):
            bench.line.feed(b"8" * 20_000)
            await bench.clock.settle()
        bench.line.feed(b"\r\n" + good * 2 + b"\r\n")
        await bench.clock.advance(1)

    bench.drive(bench.weighbridge(replace(SCALE, dialect=dialect)), script)
    assert bench.weights()
    assert {w.weight_kg for w in bench.weights()} == {1560}
    assert bench.statuses()[-1].bytes > 1_000_000
