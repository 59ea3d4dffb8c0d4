"""A pty between a simulator and a driver on which nobody waits by the clock.

Bytes written to a pty are at its other end when the kernel gets round to it: at once, or on a busy
machine many milliseconds later. Both ends count, so that "nothing came" is told from "not yet".
"""

from __future__ import annotations

import select
from collections.abc import Callable
from pathlib import Path

from edge_agent.config.links import SerialLink
from edge_agent.transports.serial_port import SerialByteLink, SerialTransport
from simulators.pty_line import PtyLine
from tests.fakes.clock import FakeClock

IDLE_S = 0.001  # real time given to the other tasks, and to a hang-up, while no byte is under way
PATIENCE_S = 60.0


class CountedLine(PtyLine):
    """Bytes `sent` to the driver, and `asked` by it through a CountedLink."""

    sent = asked = _heard = 0

    def plug(self) -> None:
        if not self.plugged:
            self.asked = self._heard  # what was under way when it was pulled is lost
        super().plug()

    def send(self, data: bytes) -> int:
        gone = super().send(data)
        self.sent += gone
        return gone

    def heard(self) -> bytes:
        """All that was asked, under way or not."""
        data = super().heard()
        while self._heard + len(data) < self.asked and self.attended:
            assert select.select([self], [], [], PATIENCE_S)[0], "bytes written were never heard"
            data += super().heard()
        self._heard += len(data)
        return data


class CountedLink:
    """The real port, on which waiting for nothing costs only the clock. `taken`: bytes read."""

    def __init__(
        self,
        link: SerialByteLink,
        line: CountedLine,
        clock: FakeClock,
        before_read: Callable[[], None],
    ) -> None:
        self._link, self._line, self._clock, self._before_read = link, line, clock, before_read
        self._before = line.sent
        self.taken = 0

    async def read(self, timeout_s: float) -> bytes:
        self._before_read()
        data = await self._link.read(PATIENCE_S if self._under_way else IDLE_S)
        if not data and self._under_way:  # sent while we idled
            data = await self._link.read(PATIENCE_S)
        self.taken += len(data)
        assert data or not self._under_way, "bytes sent never arrived"
        if not data:
            self._clock.tick(timeout_s)
        return data

    async def write(self, data: bytes) -> None:
        await self._link.write(data)
        self._line.asked += len(data)

    async def close(self) -> None:
        await self._link.close()

    @property
    def _under_way(self) -> bool:
        return self._line.sent - self._before > self.taken


class CountedTransport:
    """Opens the port at `path`, the line's; `before_read` is called whenever the driver reads."""

    def __init__(
        self,
        path: Path,
        line: CountedLine,
        clock: FakeClock,
        before_read: Callable[[], None] = lambda: None,
    ) -> None:
        self._real = SerialTransport(SerialLink(str(path)))
        self._line, self._clock, self._before_read = line, clock, before_read
        self.links: list[CountedLink] = []

    async def open(self) -> CountedLink:
        real = await self._real.open()
        self.links.append(CountedLink(real, self._line, self._clock, self._before_read))
        return self.links[-1]

    @property
    def taken(self) -> int:
        return self.links[-1].taken if self.links else 0
