"""A card reader at the deck: each card read says which vehicle stands there.

The reader knows only card numbers; which plate a number belongs to is the role's knowledge, so the
number travels as the vehicle's name with source `rfid`.
"""

from __future__ import annotations

from collections import Counter

from contract.payloads.weigh import Vehicle
from edge_agent.config.devices import CardReaderConfig
from edge_agent.drivers.listening import Line
from edge_agent.drivers.parts import KeepRaw
from edge_agent.ports import Clock, Emit, Transport
from edge_agent.readings import Moment, VehicleReading
from firmware_bridges.card_reader import CardRead, CardReaderDecoder


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
        decoder = CardReaderDecoder()
        line = Line(self.device, self._clock, self._keep_raw, self.counts)

        async def handle(data: bytes, moment: Moment) -> None:
            for answer in decoder.feed(data):
                self.counts["frames"] += 1
                if not isinstance(answer, CardRead):
                    self.counts["refused"] += 1
                    self.counts[f"refused.{answer.reason}"] += 1
                    continue
                self.counts["readings"] += 1
                vehicle = Vehicle(plate=answer.tag, source="rfid")
                await emit(VehicleReading(self.device, moment, vehicle))

        try:
            await line.listen(link, emit, handle)
        finally:
            await link.close()
