"""A Modbus sound module: writing a track's number into one register plays it.

Modules confirm by echoing the request (function 06), as the Yengear Y121 and its relatives do.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import Prompt
from edge_agent.transports.modbus import BusFault, ModbusBus

ANSWER_S = 1.0


class ModbusMp3:
    """`register` takes the track."""

    def __init__(self, bus: ModbusBus, address: int, register: int) -> None:
        self._bus, self._address, self._register = bus, address, register
        self._open = AsyncExitStack()

    async def open(self) -> None:
        await self._open.enter_async_context(self._bus.attached())

    async def close(self) -> None:
        await self._open.aclose()

    async def say(self, prompt: Prompt) -> None:
        if prompt.track is None:
            raise DeviceRefused(f"prompt {prompt.name!r} has no track")
        done = await self._bus.write_register(self._address, self._register, prompt.track, ANSWER_S)
        if not isinstance(done, BusFault):
            return
        if done.reason == "exception":
            raise DeviceRefused(f"the sound module says: {done.detail}")
        raise DeviceUnreachable(f"the sound module did not confirm: {done.detail}")
