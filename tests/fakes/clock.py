"""A clock that tests move by hand."""

from __future__ import annotations

import asyncio
import heapq

from contract.envelope import Moment
from contract.names import ClockState

START_UTC_NS = 1_790_000_000 * 10**9  # 2026-09-21


class FakeClock:
    """Monotonic and wall time move only by `advance`; sleepers wake in order of their time."""

    def __init__(
        self, *, boot_id: str = "boot-1", utc_ns: int = START_UTC_NS, state: ClockState = "ntp"
    ) -> None:
        self.boot_id, self.state = boot_id, state
        self.mono_ns, self.utc_ns = 10**9, utc_ns
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    def moment(self) -> Moment:
        return Moment(self.boot_id, self.mono_ns, self.utc_ns, self.state)

    def monotonic_s(self) -> float:
        return self.mono_ns / 1e9

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        self._count += 1
        due = self.mono_ns + max(1, int(seconds * 1e9))  # never no time at all: loops would not end
        heapq.heappush(self._sleepers, (due, self._count, future))
        await future

    def tick(self, seconds: float) -> Moment:
        """Move without waking anyone (for synchronous tests)."""
        self.mono_ns += int(seconds * 1e9)
        self.utc_ns += int(seconds * 1e9)
        return self.moment()

    async def advance(self, seconds: float) -> None:
        """Move in steps from sleeper to sleeper, letting each run."""
        end = self.mono_ns + int(seconds * 1e9)
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self.utc_ns += due - self.mono_ns
            self.mono_ns = due
            if not future.done():
                future.set_result(None)
            await self.settle()
        self.utc_ns += end - self.mono_ns
        self.mono_ns = end

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
