"""A line inside this process: tests and simulations put bytes in at the far end."""

from __future__ import annotations

import asyncio

from edge_agent.errors import DeviceUnreachable
from edge_agent.ports import Clock


class MemoryLine:
    """The far end. `feed` is what the device sends, `sent` what it was sent, `unplug` ends it."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self._waiting = bytearray()
        self._changed = asyncio.Event()
        self.plugged = True

    def feed(self, data: bytes) -> None:
        self._waiting += data
        self._changed.set()

    def unplug(self) -> None:
        self.plugged = False
        self._changed.set()

    def plug(self) -> None:
        self.plugged = True

    async def changed(self) -> None:
        await self._changed.wait()

    def take(self) -> bytes:
        """What waits, and b"" when nothing does. DeviceUnreachable once unplugged and empty."""
        data = bytes(self._waiting)
        self._waiting.clear()
        if not data and not self.plugged:
            raise DeviceUnreachable("memory line: unplugged")
        if self.plugged:
            self._changed.clear()
        return data


class MemoryTransport:
    """Opens a MemoryLine; `clock` decides when a read has waited long enough."""

    def __init__(self, line: MemoryLine, clock: Clock) -> None:
        self._line, self._clock = line, clock

    async def open(self) -> MemoryByteLink:
        if not self._line.plugged:
            raise DeviceUnreachable("memory line: there is no such port; is it plugged in?")
        return MemoryByteLink(self._line, self._clock)


class MemoryByteLink:
    """The near end of a MemoryLine."""

    def __init__(self, line: MemoryLine, clock: Clock) -> None:
        self._line, self._clock = line, clock

    async def read(self, timeout_s: float) -> bytes:
        if data := self._line.take():
            return data
        changed = asyncio.ensure_future(self._line.changed())
        waited = asyncio.ensure_future(self._clock.sleep(timeout_s))
        try:
            await asyncio.wait({changed, waited}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
            waited.cancel()
        return self._line.take()

    async def write(self, data: bytes) -> None:
        if not self._line.plugged:
            raise DeviceUnreachable("memory line: unplugged")
        self._line.sent += data

    async def close(self) -> None:
        """Nothing to let go of."""
