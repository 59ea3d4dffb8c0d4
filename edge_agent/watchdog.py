"""Tells systemd that the agent is ready and alive - alive meaning that work gets through.

Protocol: sd_notify(3): datagrams `KEY=VALUE` to the AF_UNIX socket in NOTIFY_SOCKET; WATCHDOG_USEC
names the interval. Without them (no systemd) everything here does nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from edge_agent.ports import Clock

LOG = logging.getLogger("edile.watchdog")
Probe = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Notifier:
    """Where systemd listens (`address`, None = nobody) and how often it wants to hear."""

    address: str | None = None
    watchdog_s: float | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Notifier:
        """WATCHDOG_PID, where given, must be ours: the variables may be a parent's."""
        ours = environment.get("WATCHDOG_PID") in (None, str(os.getpid()))
        usec = environment.get("WATCHDOG_USEC", "") if ours else ""
        return cls(
            environment.get("NOTIFY_SOCKET") or None,
            int(usec) / 1e6 if usec.isdigit() and int(usec) else None,
        )

    def tell(self, **values: str | int) -> None:
        """One datagram. A listener that is gone is no reason to stop weighing."""
        if not self.address:
            return
        text = "\n".join(f"{key}={value}" for key, value in values.items())
        name = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            try:
                sender.sendto(text.encode(), name)
            except OSError as error:
                LOG.warning("systemd cannot be told %s: %s", text, error)


@dataclass(frozen=True)
class Watchdog:
    """Feeds systemd after `probe` came back: a row committed by the writer, the pipeline moving.
    A probe that hangs or raises TimeoutError starves it, and systemd starts us again."""

    notifier: Notifier
    clock: Clock
    probe: Probe

    async def run(self) -> None:
        if self.notifier.watchdog_s is None:
            return
        interval_s = self.notifier.watchdog_s / 3  # two chances before the time is up
        while True:
            await self.feed(interval_s)
            await self.clock.sleep(interval_s)

    async def feed(self, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                await self.probe()
        except TimeoutError as error:
            reason = str(error) or f"the writer has not committed for {within_s:.0f} s"
            LOG.warning("no progress: %s", reason)
            self.notifier.tell(STATUS=f"no progress: {reason}")
        else:
            self.notifier.tell(WATCHDOG=1)
