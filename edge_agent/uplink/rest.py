"""Pauses between exchanges, which a commit may cut short."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from contract.names import Lane
from edge_agent.ports import Clock

_INSTANT_S = 1e-3


@dataclass(frozen=True)
class Pause:
    """`urgent_s` / `routine_s`: how much longer to wait once an event of that lane is committed; None
    = a commit changes nothing (the hub named a time)."""

    seconds: float
    urgent_s: float | None = None
    routine_s: float | None = None


ON = Pause(0.0)


class Rest:
    """Remembers commits between `begin` and `take`, so that none falls between two looks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._committed: set[Lane] = set()
        self._stirred = asyncio.Event()

    @property
    def urgent_waits(self) -> bool:
        return "urgent" in self._committed

    def committed(self, lanes: frozenset[Lane]) -> None:
        self._committed |= lanes
        self._stirred.set()

    def begin(self) -> None:
        """The outbox is about to be looked at: what was committed so far will be seen."""
        self._committed.clear()
        self._stirred.clear()

    async def take(self, pause: Pause) -> None:
        deadline = self._clock.monotonic_s() + pause.seconds
        while True:
            now = self._clock.monotonic_s()
            if pause.urgent_s is not None and "urgent" in self._committed:
                deadline = min(deadline, now + pause.urgent_s)
                pause = replace(pause, urgent_s=None)
            if pause.routine_s is not None and "routine" in self._committed:
                deadline = min(deadline, now + pause.routine_s)
                pause = replace(pause, routine_s=None)
            if deadline - now < _INSTANT_S:
                return
            self._stirred.clear()
            await self._sleep_or_stir(deadline - now)

    async def _sleep_or_stir(self, seconds: float) -> None:
        waits = [
            asyncio.create_task(self._clock.sleep(seconds)),
            asyncio.create_task(self._stirred.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
