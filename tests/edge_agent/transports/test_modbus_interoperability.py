"""Our master against pymodbus's own server, on a real pty and over TCP."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from edge_agent.config.links import SerialLink, TcpLink
from edge_agent.errors import DeviceUnreachable
from edge_agent.ports import Transport
from edge_agent.transports.modbus import BusFault, ModbusBus, Registers, Written
from edge_agent.transports.serial_port import SerialTransport
from edge_agent.transports.tcp import TcpTransport

TIMEOUT_S = 5.0  # of a machine that has better things to do; nothing waits for it to pass
Script = Callable[[ModbusBus], Awaitable[None]]


def devices() -> list[SimDevice]:
    """Address 1 with ten registers from 0 that a read of either kind gives; address 9 has three."""
    ten = SimData(0, values=[536, 2, 3, 4, 5, 6, 7, 8, 9, 0xFF9B], datatype=DataType.REGISTERS)
    three = SimData(100, values=[1000, 2000, 3000], datatype=DataType.REGISTERS)
    return [SimDevice(1, simdata=[ten]), SimDevice(9, simdata=[three])]


@asynccontextmanager
async def wire() -> AsyncIterator[tuple[str, str]]:
    """Two ptys back to back: what is written into one comes out of the other."""
    loop = asyncio.get_running_loop()
    ends = [pty.openpty() for _ in range(2)]
    (one, near), (other, far) = ends
    for _, slave in ends:
        tty.setraw(slave)
    loop.add_reader(one, lambda: os.write(other, os.read(one, 4096)))
    loop.add_reader(other, lambda: os.write(one, os.read(other, 4096)))
    try:
        yield os.ttyname(near), os.ttyname(far)
    finally:
        for master, slave in ends:
            loop.remove_reader(master)
            os.close(master)
            os.close(slave)


@asynccontextmanager
async def bus_of(transport: Transport) -> AsyncIterator[ModbusBus]:
    bus = ModbusBus(transport, quiet_s=0.004, echo=False)
    async with bus.attached():
        yield bus


async def over_serial(script: Script) -> None:
    async with wire() as (near, far):
        server = ModbusSerialServer(devices(), framer=FramerType.RTU, port=far, baudrate=9600)
        await server.serve_forever(background=True)
        try:
            async with bus_of(SerialTransport(SerialLink(near))) as bus:
                await script(bus)
        finally:
            await server.shutdown()


async def over_tcp(script: Script) -> None:
    server = ModbusTcpServer(devices(), framer=FramerType.RTU, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    try:
        port: int = server.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        async with bus_of(TcpTransport(TcpLink("127.0.0.1", port))) as bus:
            await script(bus)
    finally:
        await server.shutdown()


LINES = pytest.mark.parametrize("line", [over_serial, over_tcp])
Line = Callable[[Script], Awaitable[None]]


@LINES
def test_registers_are_read_from_each_device_by_either_function(line: Line) -> None:
    async def script(bus: ModbusBus) -> None:
        for function in (3, 4):
            found = await bus.read(1, function, 0, 10, TIMEOUT_S)
            assert isinstance(found, Registers)
            assert found.values == (536, 2, 3, 4, 5, 6, 7, 8, 9, 0xFF9B)
        other = await bus.read(9, 3, 101, 2, TIMEOUT_S)
        assert isinstance(other, Registers)
        assert other.values == (2000, 3000)

    asyncio.run(line(script))


@LINES
def test_a_register_that_is_not_there_is_an_exception(line: Line) -> None:
    async def script(bus: ModbusBus) -> None:
        found = await bus.read(1, 3, 500, 2, TIMEOUT_S)
        assert isinstance(found, BusFault)
        assert found.detail == "the device answers exception 2 (illegal data address)"

    asyncio.run(line(script))


@LINES
def test_what_was_written_is_read_back(line: Line) -> None:
    async def script(bus: ModbusBus) -> None:
        assert isinstance(await bus.write_register(9, 100, 4711, TIMEOUT_S), Written)
        found = await bus.read(9, 3, 100, 1, TIMEOUT_S)
        assert isinstance(found, Registers)
        assert found.values == (4711,)

    asyncio.run(line(script))


@LINES
def test_many_questions_at_once_get_their_own_answers(line: Line) -> None:
    async def script(bus: ModbusBus) -> None:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(bus.read(1, 3, at, 1, TIMEOUT_S)) for at in range(10)]
        found = [task.result() for task in asked]
        values = [one.values[0] for one in found if isinstance(one, Registers)]
        assert values == [536, 2, 3, 4, 5, 6, 7, 8, 9, 0xFF9B]

    asyncio.run(line(script))


def test_a_port_that_is_not_there_is_unreachable() -> None:
    async def script() -> None:
        bus = ModbusBus(SerialTransport(SerialLink("/dev/no-such-port")), quiet_s=0, echo=False)
        with pytest.raises(DeviceUnreachable, match="there is no such port"):
            async with bus.attached():
                pass

    asyncio.run(script())
