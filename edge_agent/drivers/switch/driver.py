"""A relay that can be told to go on or off. It falls back to off: at the start, at the end, when its
time is over, and whenever the link was lost and found again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from edge_agent.config.devices.switch import SwitchConfig
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import Clock, Emit, Order, Switch
from edge_agent.readings import LineStatus

STATUS_S = 1.0
STEP_S = 0.05  # how late it may fall back


class Contact(Protocol):
    """What switches. DeviceUnreachable when it does not."""

    async def open(self) -> None: ...

    async def set(self, *, on: bool) -> None: ...

    async def close(self) -> None: ...


class SwitchDriver:
    """`counts`: on, off."""

    def __init__(
        self, config: SwitchConfig, open_contact: Callable[[], Contact], clock: Clock
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self._config, self._open, self._clock = config, open_contact, clock
        self._contact: Contact | None = None
        self._turn = asyncio.Lock()
        self._off_at_s: float | None = None

    async def perform(self, order: Order) -> None:
        """Returns when it was switched."""
        if not isinstance(order, Switch):
            raise DeviceRefused(f"{self.device} is a relay; it can only be switched")
        if self._contact is None:
            raise DeviceUnreachable(f"{self.device} is not connected")
        limits = [s for s in (order.for_s, self._config.most_s) if s is not None]
        async with self._turn:
            await self._set(self._contact, on=order.on)
            on_for_s = min(limits) if order.on and limits else None
            now_s = self._clock.monotonic_s()
            self._off_at_s = None if on_for_s is None else now_s + on_for_s

    async def run(self, emit: Emit) -> None:
        contact = self._open()
        await contact.open()
        self.counts.clear()
        try:
            await self._set(contact, on=False)
            self._contact, due_s = contact, self._clock.monotonic_s()
            while True:
                await self._fall_back(contact)
                if self._clock.monotonic_s() >= due_s:
                    due_s = self._clock.monotonic_s() + STATUS_S
                    await emit(self._status())
                await self._clock.sleep(STEP_S)
        finally:
            self._contact, self._off_at_s = None, None
            await self._leave(contact)

    async def _fall_back(self, contact: Contact) -> None:
        async with self._turn:
            if self._off_at_s is not None and self._clock.monotonic_s() >= self._off_at_s:
                self._off_at_s = None
                await self._set(contact, on=False)

    async def _set(self, contact: Contact, *, on: bool) -> None:
        await contact.set(on=on)
        self.counts["on" if on else "off"] += 1

    async def _leave(self, contact: Contact) -> None:
        try:
            await contact.set(on=False)
        except DeviceUnreachable:
            self.counts["left-on"] += 1  # it is gone; nothing can be switched any more
        finally:
            await contact.close()

    def _status(self) -> LineStatus:
        done = self.counts["on"] + self.counts["off"]
        return LineStatus(self.device, self._clock.moment(), 0, done, done, 0, passive=True)
