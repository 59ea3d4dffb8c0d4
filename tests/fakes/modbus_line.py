"""A Modbus line in memory whose far end answers at once, under a clock moved by hand."""

from __future__ import annotations

from collections.abc import Callable

from edge_agent.errors import DeviceUnreachable
from edge_agent.ports import Clock

Answer = Callable[[bytes], bytes]


class AnsweringLine:
    """Transport and ByteLink in one. `answer` gets each request and gives what comes back."""

    def __init__(self, clock: Clock, answer: Answer) -> None:
        self.answer, self.asked = answer, list[bytes]()
        self.plugged, self.opened = True, 0
        self._clock, self._waiting = clock, b""

    async def open(self) -> AnsweringLine:
        if not self.plugged:
            raise DeviceUnreachable("memory line: there is no such port")
        self.opened += 1
        return self

    async def read(self, timeout_s: float) -> bytes:
        if not self._waiting:
            await self._clock.sleep(timeout_s)
        if not self.plugged:
            raise DeviceUnreachable("memory line: unplugged")
        data, self._waiting = self._waiting, b""
        return data

    async def write(self, data: bytes) -> None:
        if not self.plugged:
            raise DeviceUnreachable("memory line: unplugged")
        self.asked.append(data)
        self._waiting += self.answer(data)

    async def close(self) -> None:
        self._waiting = b""
