"""The loop of every driver that listens on a line: bytes as they come, a status every second."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from edge_agent.drivers.parts import KeepRaw
from edge_agent.ports import ByteLink, Clock, Emit
from edge_agent.readings import LineStatus, Moment

WIRE = logging.getLogger("edile.wire")
STATUS_S = 1.0


@dataclass
class Line:
    """`counts` grows while it is listened to: bytes, and what the driver counts (frames, readings,
    refused are what a LineStatus tells)."""

    device: str
    clock: Clock
    keep_raw: KeepRaw | None
    counts: Counter[str]

    async def listen(
        self, link: ByteLink, emit: Emit, handle: Callable[[bytes, Moment], Awaitable[None]]
    ) -> None:
        """For ever: `handle` gets every chunk; DeviceUnreachable when the line is gone."""
        due_s = self.clock.monotonic_s()
        while True:
            left_s = due_s - self.clock.monotonic_s()
            data = await link.read(left_s) if left_s > 0 else b""
            moment = self.clock.moment()
            if data:
                self.note_raw(moment, data)
                await handle(data, moment)
            if self.clock.monotonic_s() >= due_s:
                due_s = self.clock.monotonic_s() + STATUS_S
                await emit(self.status(moment))

    def note_raw(self, moment: Moment, data: bytes) -> None:
        self.counts["bytes"] += len(data)
        if self.keep_raw:
            self.keep_raw(self.device, moment, data)
        if WIRE.isEnabledFor(logging.DEBUG):
            WIRE.debug("%s %s", self.device, data.hex())

    def status(self, moment: Moment) -> LineStatus:
        counts = self.counts
        return LineStatus(
            device=self.device,
            moment=moment,
            bytes=counts["bytes"],
            frames=counts["frames"],
            readings=counts["readings"],
            refused=counts["refused"],
        )
