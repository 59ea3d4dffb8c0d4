"""A weighbridge indicator: bytes in, weights in kilograms out. It is listened to; where its dialect
must be asked, it is asked whenever the line is quiet, unless the configuration says that another
program does that (`ask = false`): then no byte is ever sent.
"""

from __future__ import annotations

from collections import Counter

from edge_agent.config.devices import KG_PER_UNIT, WeighbridgeConfig
from edge_agent.drivers.listening import Line
from edge_agent.drivers.parts import KeepRaw
from edge_agent.ports import ByteLink, Clock, Emit, Transport
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
        settings = dialect.settings(**self._config.indicator())
        decoder = dialect.decoder(settings)
        line = Line(self.device, self._clock, self._keep_raw, self.counts)
        heard: ByteLink = link
        if dialect.poll is not None and self._config.ask:
            question = dialect.poll(settings)
            heard = _AskedLink(link, question, self._config.ask_every_s, self._clock)

        async def handle(data: bytes, moment: Moment) -> None:
            for answer in decoder.feed(data):
                await self._handle(answer, moment, emit)

        try:
            await line.listen(heard, emit, handle)
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


class _AskedLink:
    """A line that is asked when nothing has come for `every_s`: once for an indicator that then goes
    on by itself, again and again for one that answers once."""

    def __init__(self, link: ByteLink, question: bytes, every_s: float, clock: Clock) -> None:
        self._link, self._question = link, question
        self._every_s, self._clock = every_s, clock
        self._due_s = clock.monotonic_s()

    async def read(self, timeout_s: float) -> bytes:
        until_s = self._clock.monotonic_s() + timeout_s
        while (now_s := self._clock.monotonic_s()) < until_s:
            if now_s >= self._due_s:
                await self._link.write(self._question)
                self._due_s = now_s + self._every_s
            data = await self._link.read(min(until_s, self._due_s) - now_s)
            if data:
                self._due_s = self._clock.monotonic_s() + self._every_s
                return data
        return b""

    async def write(self, data: bytes) -> None:
        await self._link.write(data)

    async def close(self) -> None:
        await self._link.close()
