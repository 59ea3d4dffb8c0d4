"""Relays fall back to off, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from gpiozero.pins.mock import MockFactory

from edge_agent.config.devices.switch import SwitchConfig
from edge_agent.drivers.parts import DriverParts
from edge_agent.drivers.switch.choice import contact_of
from edge_agent.drivers.switch.driver import Contact, SwitchDriver
from edge_agent.drivers.switch.gpio import GpioContact
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import Say, Switch
from edge_agent.readings import Reading
from tests.fakes.clock import FakeClock
from tests.fakes.modbus_line import AnsweringLine

BARRIER = SwitchConfig("barrier-1", "gpio", pin=17)


class Relay:
    """A contact that remembers, and can be pulled off its wire."""

    def __init__(self) -> None:
        self.history: list[bool] = []
        self.there = True

    async def open(self) -> None: ...

    async def set(self, *, on: bool) -> None:
        if not self.there:
            raise DeviceUnreachable("pulled off")
        self.history.append(on)

    async def close(self) -> None: ...


class Gatehouse:
    def __init__(self, config: SwitchConfig = BARRIER, contact: Contact | None = None) -> None:
        self.clock, self.relay = FakeClock(), Relay()
        self.driver = SwitchDriver(config, lambda: contact or self.relay, self.clock)

    async def emit(self, reading: Reading) -> None: ...

    def play(self, script: Callable[[], Awaitable[None]]) -> None:
        async def both() -> None:
            running = asyncio.create_task(self.driver.run(self.emit))
            await self.clock.settle()
            await script()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        asyncio.run(both())


def test_it_is_off_at_the_start_and_at_the_end() -> None:
    house = Gatehouse()

    async def script() -> None:
        assert house.relay.history == [False]
        await house.driver.perform(Switch(on=True))

    house.play(script)
    assert house.relay.history == [False, True, False]


def test_it_falls_back_when_its_time_is_over() -> None:
    house = Gatehouse()

    async def script() -> None:
        await house.driver.perform(Switch(on=True, for_s=5))
        await house.clock.advance(4.9)
        assert house.relay.history == [False, True]
        await house.clock.advance(0.2)
        assert house.relay.history == [False, True, False]

    house.play(script)


def test_a_second_order_begins_its_time_anew() -> None:
    house = Gatehouse()

    async def script() -> None:
        await house.driver.perform(Switch(on=True, for_s=5))
        await house.clock.advance(3)
        await house.driver.perform(Switch(on=True, for_s=5))
        await house.clock.advance(3)
        assert house.relay.history[-1] is True

    house.play(script)


def test_nothing_keeps_it_on_for_longer_than_it_may() -> None:
    house = Gatehouse(SwitchConfig("siren-1", "gpio", pin=4, most_s=10))

    async def script() -> None:
        await house.driver.perform(Switch(on=True, for_s=3600))
        await house.clock.advance(10.1)
        assert house.relay.history[-1] is False

    house.play(script)


def test_it_only_switches_and_only_while_it_is_there() -> None:
    house = Gatehouse()

    async def script() -> None:
        with pytest.raises(DeviceRefused, match="can only be switched"):
            await house.driver.perform(Say("hello"))

    house.play(script)
    with pytest.raises(DeviceUnreachable, match="not connected"):
        asyncio.run(house.driver.perform(Switch(on=True)))


def test_a_relay_that_is_gone_ends_the_run_as_lost() -> None:
    house = Gatehouse()

    async def both() -> None:
        running = asyncio.create_task(house.driver.run(house.emit))
        await house.clock.settle()
        await house.driver.perform(Switch(on=True, for_s=1))
        house.relay.there = False
        await house.clock.advance(1.1)
        with pytest.raises(DeviceUnreachable, match="pulled off"):
            await running

    asyncio.run(both())
    assert house.driver.counts["left-on"] == 1


def test_a_coil_of_a_modbus_board_follows() -> None:
    # Modbus Application Protocol V1.1b3, 6.5: coil on is FF00, off is 0000; the answer is an echo.
    clock = FakeClock()
    line = AnsweringLine(clock, lambda request: request)
    config = SwitchConfig("lamp-1", "modbus-coil", link="serial:bus", address=3, coil=2)
    house = Gatehouse(config, contact_of(config, DriverParts(clock, lambda _link: line)))
    house.clock = clock
    house.driver = SwitchDriver(config, house.driver._open, clock)

    async def script() -> None:
        await clock.advance(1.0)
        switched = asyncio.create_task(house.driver.perform(Switch(on=True)))
        await clock.advance(1.0)
        await switched
        assert [request[:6] for request in line.asked] == [
            bytes.fromhex("030500020000"),
            bytes.fromhex("03050002FF00"),
        ]

    house.play(script)


@pytest.mark.parametrize("active_high", [True, False])
def test_a_pin_of_the_board_follows(*, active_high: bool) -> None:
    factory = MockFactory()
    house = Gatehouse(contact=GpioContact(17, active_high=active_high, factory=factory))

    async def script() -> None:
        pin = factory.pin(17)
        assert bool(pin.state) is not active_high
        await house.driver.perform(Switch(on=True))
        assert bool(pin.state) is active_high

    house.play(script)
    assert factory.pin(17).function == "input"  # let go of at the end


def test_a_board_without_pins_says_so() -> None:
    contact = GpioContact(17, active_high=True)
    with pytest.warns(match=""), pytest.raises(DeviceUnreachable, match="pin 17"):
        asyncio.run(contact.open())
