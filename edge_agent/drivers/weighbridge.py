"""A weighbridge indicator that sends continuously: bytes in, weights in kilograms out."""

from __future__ import annotations

from collections import Counter

from edge_agent.config.devices import KG_PER_UNIT, WeighbridgeConfig
from edge_agent.drivers.listening import Line
from edge_agent.drivers.parts import KeepRaw
from edge_agent.ports import Clock, Emit, Transport
from edge_agent.readings import Moment, WeightReading
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Answer, IndicatorWeight

NOT_FRAMED = ("length", "truncated")


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
        line = Line(self.device, self._clock, self._keep_raw, self.counts)

        async def handle(data: bytes, moment: Moment) -> None:
            for answer in decoder.feed(data):
                await self._handle(answer, moment, emit)

        try:
            await line.listen(link, emit, handle)
        finally:
            await link.close()

    async def _handle(self, answer: Answer, moment: Moment, emit: Emit) -> None:
        if not isinstance(answer, IndicatorWeight):
            self.counts["refused"] += 1
            self.counts[f"refused.{answer.reason}"] += 1
            self.counts["frames"] += answer.reason not in NOT_FRAMED
            return
        self.counts["frames"] += 1
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
