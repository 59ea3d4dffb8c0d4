"""The Modbus line in memory: answers, noise, echoes, wrong CRCs, silence. The frames are documents'."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from edge_agent.errors import DeviceUnreachable
from edge_agent.transports.memory import MemoryLine, MemoryTransport
from edge_agent.transports.modbus import (
    BusFault,
    ModbusBus,
    ModbusBuses,
    Registers,
    Written,
    quiet_time_s,
)
from tests.fakes.clock import FakeClock

# SonBest SM7901 user manual, 1 (raw on the wire): 53.6 dB
ASKED = bytes.fromhex("01 03 00 00 00 01 84 0A")
ANSWER = bytes.fromhex("01 03 02 02 18 B9 2E")
# MODBUS Application Protocol V1.1b3, 7: function + 80h and a code; CRC by MODBUS over Serial Line V1.02, 6.2.2
REFUSED = bytes.fromhex("01 83 02 C0 F1")
# A Modbus MP3 module's product page: plays track 1; the answer is the request itself
PLAY = bytes.fromhex("01 06 00 03 00 01 B8 0A")
Script = Callable[["Desk"], Awaitable[Any]]


class Desk:
    """A bus on a line in memory, and a device that answers what it is told to."""

    def __init__(self, *, echo: bool = False) -> None:
        self.clock, self.line = FakeClock(), MemoryLine()
        transport = MemoryTransport(self.line, self.clock)
        self.bus = ModbusBus(transport, quiet_s=0.004, echo=echo)

    def play(self, script: Script) -> Any:
        async def attached() -> Any:
            async with self.bus.attached():
                return await script(self)

        return asyncio.run(attached())

    async def exchange(self, call: Awaitable[Any], *pieces: bytes) -> Any:
        """Sends the pieces once the request is out, a tenth of a second apart."""
        running = asyncio.ensure_future(call)
        await self.clock.advance(0.01)
        for piece in pieces:
            self.line.feed(piece)
            await self.clock.advance(0.1)
        while not running.done():
            await self.clock.advance(0.1)
        return running.result()

    async def read(self, *pieces: bytes, count: int = 1) -> Registers | BusFault:
        call = self.bus.read(1, 3, 0, count, timeout_s=1.0)
        found: Registers | BusFault = await self.exchange(call, *pieces)
        return found


def read(*pieces: bytes, echo: bool = False) -> Registers | BusFault:
    found: Registers | BusFault = Desk(echo=echo).play(lambda desk: desk.read(*pieces))
    return found


def test_the_request_is_the_documents_and_its_answer_gives_the_registers() -> None:
    desk = Desk()
    assert desk.play(lambda one: one.read(ANSWER)) == Registers((536,), ANSWER, ANSWER)
    assert bytes(desk.line.sent) == ASKED


@pytest.mark.parametrize("cut", range(1, len(ANSWER)))
def test_an_answer_may_come_in_any_two_pieces(cut: int) -> None:
    assert read(ANSWER[:cut], ANSWER[cut:]) == Registers((536,), ANSWER, ANSWER)


def test_an_answer_may_come_byte_by_byte() -> None:
    found = read(*(ANSWER[at : at + 1] for at in range(len(ANSWER))))
    assert isinstance(found, Registers)
    assert found.values == (536,)


@pytest.mark.parametrize("noise", ["00", "FF FF 00", "01", "01 03", "03 01 83", "01 03 02 02 18"])
def test_noise_before_an_answer_does_no_harm(noise: str) -> None:
    found = read(bytes.fromhex(noise) + ANSWER)
    assert isinstance(found, Registers)
    assert (found.values, found.raw) == ((536,), ANSWER)


def test_silence_is_a_timeout() -> None:
    found = read()
    assert isinstance(found, BusFault)
    assert (found.reason, found.heard, found.answered) == ("timeout", b"", False)


def test_noise_alone_is_a_timeout_and_says_so() -> None:
    found = read(b"\x00\xff\x55")
    assert isinstance(found, BusFault)
    assert (found.reason, found.detail) == ("timeout", "only noise: 00 ff 55")


def test_half_an_answer_is_a_timeout() -> None:
    found = read(ANSWER[:5])
    assert isinstance(found, BusFault)
    assert found.reason == "timeout"
    assert "half way" in found.detail


@pytest.mark.parametrize("at", range(3, len(ANSWER)))
def test_a_wrong_bit_is_a_checksum_fault_and_never_a_value(at: int) -> None:
    hurt = bytearray(ANSWER)
    hurt[at] ^= 0x10
    found = read(bytes(hurt))
    assert isinstance(found, BusFault)
    assert found.reason == "checksum"


def test_another_devices_answer_is_no_answer() -> None:
    other = bytes.fromhex("02 03 02 02 18 FD 2E")
    found = read(other)
    assert isinstance(found, BusFault)
    assert found.reason == "timeout"


def test_an_error_answer_is_an_exception_in_words_and_the_device_is_there() -> None:
    found = read(REFUSED)
    assert isinstance(found, BusFault)
    assert (found.reason, found.answered) == ("exception", True)
    assert found.detail == "the device answers exception 2 (illegal data address)"


def test_an_answer_of_another_length_is_refused() -> None:
    found = Desk().play(lambda desk: desk.read(ANSWER, count=2))
    assert isinstance(found, BusFault)
    assert found.reason == "wrong-answer"


def test_a_late_answer_is_not_taken_for_the_next_question() -> None:
    async def script(desk: Desk) -> Registers | BusFault:
        assert isinstance(await desk.read(), BusFault)
        desk.line.feed(bytes.fromhex("01 03 02 00 79 79 A6"))  # SM7901 manual: 12.1 dB
        return await desk.read(ANSWER)

    found = Desk().play(script)
    assert isinstance(found, Registers)
    assert found.values == (536,)


@pytest.mark.parametrize(
    "pieces", [(ASKED + ANSWER,), (ASKED, ANSWER), (ASKED[:3], ASKED[3:] + ANSWER)]
)
@pytest.mark.parametrize("echo", [True, False])
def test_an_adapter_that_echoes_is_read_through(echo: bool, pieces: tuple[bytes, ...]) -> None:
    found = read(*pieces, echo=echo)
    assert isinstance(found, Registers)
    assert found.values == (536,)


def test_a_write_is_confirmed_by_its_own_bytes() -> None:
    desk = Desk()

    def write(one: Desk, *pieces: bytes) -> Awaitable[Any]:
        return one.exchange(one.bus.write_register(1, 3, 1, timeout_s=1.0), *pieces)

    assert isinstance(desk.play(lambda one: write(one, PLAY)), Written)
    assert bytes(desk.line.sent) == PLAY
    other = bytes.fromhex("01 06 00 03 00 02 F8 0B")
    assert Desk().play(lambda one: write(one, other)).reason == "wrong-answer"


def test_an_echo_is_no_confirmation() -> None:
    def write(desk: Desk, *pieces: bytes) -> Awaitable[Any]:
        return desk.exchange(desk.bus.write_register(1, 3, 1, timeout_s=1.0), *pieces)

    assert Desk(echo=True).play(lambda desk: write(desk, PLAY)).reason == "timeout"
    assert isinstance(Desk(echo=True).play(lambda desk: write(desk, PLAY + PLAY)), Written)


def test_a_coil_is_switched_with_ff00() -> None:
    # MODBUS Application Protocol V1.1b3, 6.5: output 173 on (ACh), CRC by Serial Line V1.02, 6.2.2
    desk, on = Desk(), bytes.fromhex("01 05 00 AC FF 00 4C 1B")
    written = desk.play(
        lambda one: one.exchange(one.bus.write_coil(1, 0xAC, True, timeout_s=1.0), on)
    )
    assert isinstance(written, Written)
    assert bytes(desk.line.sent) == on


def test_devices_take_turns() -> None:
    async def script(desk: Desk) -> list[bytes]:
        first = asyncio.ensure_future(desk.bus.read(1, 3, 0, 1, timeout_s=1.0))
        second = asyncio.ensure_future(desk.bus.read(2, 3, 0, 1, timeout_s=1.0))
        await desk.clock.advance(0.5)
        asked = [bytes(desk.line.sent)]
        desk.line.feed(ANSWER)
        await desk.clock.advance(0.5)
        asked.append(bytes(desk.line.sent[8:]))
        desk.line.feed(bytes.fromhex("02 03 02 02 18 FD 2E"))
        await desk.clock.advance(0.5)
        assert (await first).values == (await second).values == (536,)
        return asked

    assert Desk().play(script) == [ASKED, bytes.fromhex("02 03 00 00 00 01 84 39")]


def test_a_line_that_goes_away_is_unreachable_for_everybody_until_it_is_opened_again() -> None:
    async def script(desk: Desk) -> None:
        desk.line.unplug()
        with pytest.raises(DeviceUnreachable, match="unplugged"):
            await desk.read()
        with pytest.raises(DeviceUnreachable, match="lost"):
            await desk.read()
        desk.line.plug()
        async with desk.bus.attached():
            assert isinstance(await desk.read(ANSWER), Registers)

    Desk().play(script)


def test_a_line_that_never_falls_silent_ends_a_call_all_the_same() -> None:
    async def script(desk: Desk) -> BusFault:
        running = asyncio.ensure_future(desk.bus.read(1, 3, 0, 1, timeout_s=1.0))
        for _ in range(2000):
            if running.done():
                break
            desk.line.feed(b"\x01\x03\xff")
            await desk.clock.advance(0.001)
        found = await running
        assert isinstance(found, BusFault)
        return found

    assert Desk().play(script).reason in ("timeout", "checksum")


def test_the_line_opens_for_the_first_and_closes_after_the_last() -> None:
    class Counting(MemoryTransport):
        opened = closed = 0

        async def open(self) -> Any:
            Counting.opened += 1
            link = await super().open()

            async def close() -> None:
                Counting.closed += 1

            link.close = close  # type: ignore[method-assign]
            return link

    async def script() -> None:
        desk = Desk()
        bus = ModbusBus(Counting(desk.line, desk.clock), quiet_s=0.004, echo=False)
        async with bus.attached():
            async with bus.attached():
                pass
            assert (Counting.opened, Counting.closed) == (1, 0)
        assert (Counting.opened, Counting.closed) == (1, 1)

    asyncio.run(script())


def test_devices_that_name_one_link_share_its_bus() -> None:
    buses, desk = ModbusBuses(), Desk()

    def transport_of(text: str) -> MemoryTransport:
        return MemoryTransport(desk.line, desk.clock)

    one = buses.bus("serial:/dev/ttyUSB0?baud=4800", transport_of)
    assert buses.bus("serial:/dev/ttyUSB0?baud=4800", transport_of) is one
    assert buses.bus("tcp:10.0.0.7:502", transport_of) is not one


def test_the_silence_before_a_request_is_three_and_a_half_characters() -> None:
    assert quiet_time_s("serial:/dev/ttyUSB0?baud=1200") == pytest.approx(0.0321, abs=1e-4)
    assert quiet_time_s("serial:/dev/ttyUSB0?baud=115200") == 0.004
