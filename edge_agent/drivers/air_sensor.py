"""A sensor on a Modbus line: its registers every few seconds, each a sample or a fault.

A fault is never a value: no answer, a wrong CRC, an error answer, a register that says "no value", a
value outside the instrument's range. A sensor that does not answer several times in a row is
unreachable; until it has answered once, nothing at all is told of it, so that trying again every few
seconds does not count as being back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import cast

from contract.payloads.air import Quantity
from edge_agent.config.devices.air_sensor import AirSensorConfig
from edge_agent.config.devices.modbus_bus import BusPlace
from edge_agent.drivers.listening import STATUS_S, Line
from edge_agent.drivers.parts import KeepRaw
from edge_agent.errors import DeviceUnreachable
from edge_agent.ports import Clock, Emit
from edge_agent.readings import Moment, SensorFault, SensorReading
from edge_agent.transports.modbus import BusFault, ModbusBus, Registers
from firmware_bridges.modbus_maps import BadValue, Block, Point, RegisterMap, blocks, read_point

LEAST_PAUSE_S = 0.001  # a pause that rounding makes nothing of would spin


class AirSensorDriver:
    """`keep_raw` gets what was heard after each request; `counts` grows while it runs."""

    def __init__(
        self,
        config: AirSensorConfig,
        place: BusPlace[RegisterMap],
        bus: ModbusBus,
        clock: Clock,
        keep_raw: KeepRaw | None = None,
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self._config, self._place, self._bus, self._clock = config, place, bus, clock
        self._blocks = blocks(place.map)
        self._line = Line(config.id, clock, keep_raw, self.counts)
        self._missed = 0
        self._fine = False  # the last poll gave a value

    async def run(self, emit: Emit) -> None:
        async with self._bus.attached():
            self.counts.clear()
            self._missed = 0
            while not await self._answers():
                pass
            poll_s = status_s = self._clock.monotonic_s()
            while True:
                if self._clock.monotonic_s() >= poll_s:
                    await self._poll(emit)
                    poll_s = max(poll_s + self._config.every_s, self._clock.monotonic_s())
                if self._clock.monotonic_s() >= status_s:
                    # Between two polls it says nothing because nobody asks: that is no silence.
                    status = self._line.status(self._clock.moment())
                    await emit(replace(status, passive=self._fine))
                    status_s = self._clock.monotonic_s() + STATUS_S
                pause_s = min(poll_s, status_s) - self._clock.monotonic_s()
                await self._clock.sleep(max(LEAST_PAUSE_S, pause_s))

    async def _answers(self) -> bool:
        """It is there. DeviceUnreachable after so many tries."""
        found = await self._ask(self._blocks[0])
        self._note(found)
        return self._missed == 0

    async def _poll(self, emit: Emit) -> None:
        """Every quantity gives a reading or a fault. A device that misses one question is not asked
        the others: on a shared line the neighbours wait for each timeout."""
        missing: BusFault | None = None
        before = self.counts["readings"]
        for block in self._blocks:
            found = missing or await self._ask(block)
            if isinstance(found, BusFault) and not found.answered:
                missing = found
            for point in block.points:
                await self._tell(emit, block, point, found)
        self._fine = self.counts["readings"] > before
        self._note(missing)

    async def _ask(self, block: Block) -> Registers | BusFault:
        found = await self._bus.read(
            self._place.address,
            block.function,
            block.address,
            block.count,
            self._config.timeout_s,
        )
        if found.heard:
            self._line.note_raw(self._clock.moment(), found.heard)
            self.counts["frames"] += isinstance(found, Registers) or found.answered
        return found

    def _note(self, found: Registers | BusFault | None) -> None:
        """Counts what was missed in a row; DeviceUnreachable when that is too much."""
        if not isinstance(found, BusFault) or found.answered:
            self._missed = 0
            return
        self._missed += 1
        if self._missed >= self._config.lost_after:
            where = f"{self._place.link.partition('?')[0]} address {self._place.address}"
            raise DeviceUnreachable(f"{where}: {found.detail}")

    async def _tell(
        self, emit: Emit, block: Block, point: Point, found: Registers | BusFault
    ) -> None:
        now = self._clock.moment()
        if isinstance(found, BusFault):
            await self._fault(emit, point, now, found.reason, found.detail)
            return
        at = self._place.map.wire_address(point)
        registers = block.of(point, at, found.values)
        answer = read_point(point, registers, self._place.word_order)
        if isinstance(answer, BadValue):
            await self._fault(emit, point, now, answer.reason, answer.detail)
            return
        self.counts["readings"] += 1
        quantity = cast("Quantity", point.quantity)
        await emit(
            SensorReading(self.device, now, quantity, float(answer.value), answer.point.unit)
        )

    async def _fault(self, emit: Emit, point: Point, now: Moment, reason: str, detail: str) -> None:
        self.counts["refused"] += 1
        self.counts[f"refused.{reason}"] += 1
        quantity = cast("Quantity", point.quantity)
        await emit(SensorFault(self.device, now, quantity, reason, detail))
