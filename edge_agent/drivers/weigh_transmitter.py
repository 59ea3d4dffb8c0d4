"""A weigh transmitter on a Modbus line: its registers several times a second, in kilograms.

An answer that is none (no answer, a wrong CRC, an error answer, "data not good") gives no weight and
is counted; several silences in a row lose the device. `raw` of a reading is the whole answer.
"""

from __future__ import annotations

from collections import Counter

from edge_agent.config.devices import KG_PER_UNIT
from edge_agent.config.devices.weigh_transmitter import WeighTransmitterConfig
from edge_agent.drivers.listening import STATUS_S, Line
from edge_agent.drivers.parts import KeepRaw
from edge_agent.errors import DeviceUnreachable
from edge_agent.ports import Clock, Emit
from edge_agent.readings import WeightReading
from edge_agent.transports.modbus import BusFault, ModbusBus
from firmware_bridges.weighbridge.indicator import IndicatorWeight
from firmware_bridges.weighbridge.modbus_registers import ModbusScaleSettings, weight_of

LEAST_PAUSE_S = 0.001  # a pause that rounding makes nothing of would spin


class WeighTransmitterDriver:
    """`keep_raw` gets what was heard after each request; `counts` grows while it runs."""

    def __init__(
        self,
        config: WeighTransmitterConfig,
        bus: ModbusBus,
        clock: Clock,
        keep_raw: KeepRaw | None = None,
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self._config, self._place, self._bus, self._clock = config, config.place(), bus, clock
        self._settings = ModbusScaleSettings(**config.settings())
        self._line = Line(config.id, clock, keep_raw, self.counts)
        self._missed = 0
        self._answered = False

    async def run(self, emit: Emit) -> None:
        async with self._bus.attached():
            self.counts.clear()
            self._missed, self._answered = 0, False
            due_s = status_s = self._clock.monotonic_s()
            while True:
                if self._clock.monotonic_s() >= due_s:
                    await self._ask(emit)
                    due_s = max(due_s + self._config.every_s, self._clock.monotonic_s())
                # Silent until it has answered once: trying again is not being back.
                if self._answered and self._clock.monotonic_s() >= status_s:
                    await emit(self._line.status(self._clock.moment()))
                    status_s = self._clock.monotonic_s() + STATUS_S
                pause_s = due_s - self._clock.monotonic_s()
                await self._clock.sleep(max(LEAST_PAUSE_S, pause_s))

    async def _ask(self, emit: Emit) -> None:
        place = self._place
        first, count = place.map.request
        found = await self._bus.read(
            place.address, place.map.function, first, count, self._config.timeout_s
        )
        now = self._clock.moment()
        if found.heard:
            self._line.note_raw(now, found.heard)
        if isinstance(found, BusFault):
            self._refuse(found.reason)
            self._miss(found)
            return
        self._missed, self._answered = 0, True
        self.counts["frames"] += 1
        answer = weight_of(found.raw, place.map, self._settings, place.word_order)
        if not isinstance(answer, IndicatorWeight):
            self._refuse(answer.reason)
            return
        self.counts["readings"] += 1
        await emit(
            WeightReading(
                device=self.device,
                moment=now,
                weight_kg=answer.weight * KG_PER_UNIT[self._config.unit],
                stable=answer.stable,
                net=answer.net,
                overload=answer.overload,
                underload=answer.underload,
                raw=answer.raw,
            )
        )

    def _refuse(self, reason: str) -> None:
        self.counts["refused"] += 1
        self.counts[f"refused.{reason}"] += 1

    def _miss(self, found: BusFault) -> None:
        """DeviceUnreachable when that is too much."""
        if found.answered:
            self._missed, self._answered = 0, True
            self.counts["frames"] += 1
            return
        self._missed += 1
        if self._missed >= self._config.lost_after:
            where = f"{self._place.link.partition('?')[0]} address {self._place.address}"
            raise DeviceUnreachable(f"{where}: {found.detail}")
