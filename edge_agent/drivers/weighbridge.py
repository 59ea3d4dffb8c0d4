"""A weighbridge indicator that sends continuously: bytes in, weights in kilograms out."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from edge_agent.config.devices import KG_PER_UNIT, WeighbridgeConfig
from edge_agent.ports import ByteLink, Clock, Emit, Transport
from edge_agent.readings import LineStatus, Moment, WeightReading
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import (
    Answer,
    Decoder,
    IndicatorWeight,
)

WIRE = logging.getLogger("edile.wire")
STATUS_S = 1.0
NOT_FRAMED = ("length", "truncated")

KeepRaw = Callable[[str, Moment, bytes], None]


class WeighbridgeDriver:
    """`keep_raw` gets every chunk as read, also what is no frame; `counts` grows while it runs."""

    def __init__(
        self,
        config: WeighbridgeConfig,
        transport: Transport,
        clock: Clock,
        keep_raw: KeepRaw | None = None,
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self._config, self._transport, self._clock = config, transport, clock
        self._keep_raw = keep_raw

    async def run(self, emit: Emit) -> None:
        link = await self._transport.open()
        self.counts.clear()
        dialect = DIALECTS[self._config.dialect]
        decoder = dialect.decoder(dialect.settings(**self._config.indicator()))
        try:
            await self._listen(link, decoder, emit)
        finally:
            await link.close()

    async def _listen(self, link: ByteLink, decoder: Decoder, emit: Emit) -> None:
        due_s = self._clock.monotonic_s()
        while True:
            left_s = due_s - self._clock.monotonic_s()
            data = await link.read(left_s) if left_s > 0 else b""
            moment = self._clock.moment()
            if data:
                self._note_raw(moment, data)
                for answer in decoder.feed(data):
                    await self._handle(answer, moment, emit)
            if self._clock.monotonic_s() >= due_s:
                due_s = self._clock.monotonic_s() + STATUS_S
                await emit(self._status(moment))

    def _note_raw(self, moment: Moment, data: bytes) -> None:
        self.counts["bytes"] += len(data)
        if self._keep_raw:
            self._keep_raw(self.device, moment, data)
        if WIRE.isEnabledFor(logging.DEBUG):
            WIRE.debug("%s %s", self.device, data.hex())

    async def _handle(self, answer: Answer, moment: Moment, emit: Emit) -> None:
        if not isinstance(answer, IndicatorWeight):
            self.counts["refused"] += 1
            self.counts[f"refused.{answer.reason}"] += 1
            return
        self.counts["readings"] += 1
        unit = answer.unit or self._config.unit
        await emit(
            WeightReading(
                device=self.device,
                moment=moment,
                weight_kg=answer.weight * KG_PER_UNIT[unit],
                stable=answer.stable,
                net=answer.net,
                overload=answer.overload,
                underload=answer.underload,
                raw=answer.raw,
            )
        )

    def _status(self, moment: Moment) -> LineStatus:
        counts = self.counts
        unframed = sum(counts[f"refused.{reason}"] for reason in NOT_FRAMED)
        return LineStatus(
            device=self.device,
            moment=moment,
            bytes=counts["bytes"],
            frames=counts["readings"] + counts["refused"] - unframed,
            readings=counts["readings"],
            refused=counts["refused"],
        )
