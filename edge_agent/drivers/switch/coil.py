"""A relay on a Modbus board: one coil, function 05."""

from __future__ import annotations

from contextlib import AsyncExitStack

from edge_agent.errors import DeviceUnreachable
from edge_agent.transports.modbus import BusFault, ModbusBus

ANSWER_S = 1.0


class CoilContact:
    """`coil` counted from 0."""

    def __init__(self, bus: ModbusBus, address: int, coil: int) -> None:
        self._bus, self._address, self._coil = bus, address, coil
        self._open = AsyncExitStack()

    async def open(self) -> None:
        await self._open.enter_async_context(self._bus.attached())

    async def close(self) -> None:
        await self._open.aclose()

    async def set(self, *, on: bool) -> None:
        done = await self._bus.write_coil(self._address, self._coil, on, ANSWER_S)
        if isinstance(done, BusFault):
            raise DeviceUnreachable(f"the relay did not confirm: {done.detail}")
