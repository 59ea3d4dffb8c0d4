"""A card reader at the deck: each card read says which vehicle stands there.

The reader knows only card numbers; which plate a number belongs to is the role's knowledge, so the
number travels as the vehicle's name with source `rfid`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from contract.payloads.weigh import Vehicle
from edge_agent.config.devices import CardReaderConfig
from edge_agent.ports import ByteLink, Clock, Emit, Transport
from edge_agent.readings import LineStatus, Moment, VehicleReading
from firmware_bridges.card_reader import CardRead, CardReaderDecoder

WIRE = logging.getLogger("edile.wire")
STATUS_S = 1.0

KeepRaw = Callable[[str, Moment, bytes], None]


class CardReaderDriver:
    """`keep_raw` gets every chunk as read; `counts` grows while it runs."""

    def __init__(
        self,
        config: CardReaderConfig,
        transport: Transport,
        clock: Clock,
        keep_raw: KeepRaw | None = None,
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self._transport, self._clock, self._keep_raw = transport, clock, keep_raw

    async def run(self, emit: Emit) -> None:
        link = await self._transport.open()
        self.counts.clear()
        try:
            await self._listen(link, CardReaderDecoder(), emit)
        finally:
            await link.close()

    async def _listen(self, link: ByteLink, decoder: CardReaderDecoder, emit: Emit) -> None:
        due_s = self._clock.monotonic_s()
        while True:
            left_s = due_s - self._clock.monotonic_s()
            data = await link.read(left_s) if left_s > 0 else b""
            moment = self._clock.moment()
            if data:
                self.counts["bytes"] += len(data)
                if self._keep_raw:
                    self._keep_raw(self.device, moment, data)
                if WIRE.isEnabledFor(logging.DEBUG):
                    WIRE.debug("%s %s", self.device, data.hex())
            for answer in decoder.feed(data):
                self.counts["frames"] += 1
                if isinstance(answer, CardRead):
                    self.counts["readings"] += 1
                    vehicle = Vehicle(plate=answer.tag, source="rfid")
                    await emit(VehicleReading(self.device, moment, vehicle))
                else:
                    self.counts["refused"] += 1
            if self._clock.monotonic_s() >= due_s:
                due_s = self._clock.monotonic_s() + STATUS_S
                await emit(self._status(moment))

    def _status(self, moment: Moment) -> LineStatus:
        return LineStatus(
            device=self.device,
            moment=moment,
            bytes=self.counts["bytes"],
            frames=self.counts["frames"],
            readings=self.counts["readings"],
            refused=self.counts["refused"],
        )
