"""A UHF reader: asked for a round of inventory again and again, or only listened to.

A tag that stays in the field is told once each `again_s`. Which vehicle a tag belongs to is the
role's knowledge: the EPC travels as the vehicle's name with source `rfid`.
"""

from __future__ import annotations

from collections import Counter

from contract.payloads.weigh import Vehicle
from edge_agent.config.devices.rfid_reader import RfidReaderConfig
from edge_agent.drivers.listening import STATUS_S, Line
from edge_agent.drivers.parts import KeepRaw
from edge_agent.ports import ByteLink, Clock, Emit, Transport
from edge_agent.readings import Moment, VehicleReading
from firmware_bridges.rfid import RFID_READERS
from firmware_bridges.rfid.tags import Answer, ReaderError, RfidDecoder, RoundEnd, TagRead

MOST_TAGS = 1_000  # remembered at once; a gate sees a handful


class RfidReaderDriver:
    """`counts` grows while it runs: frames, readings, refused, and `error.CODE` of the reader."""

    def __init__(
        self,
        config: RfidReaderConfig,
        transport: Transport,
        clock: Clock,
        keep_raw: KeepRaw | None = None,
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self._config, self._transport, self._clock = config, transport, clock
        self._spec = RFID_READERS[config.protocol]
        self._line = Line(config.id, clock, keep_raw, self.counts)
        self._told: dict[str, float] = {}

    async def run(self, emit: Emit) -> None:
        link = await self._transport.open()
        self.counts.clear()
        self._told.clear()
        decoder = self._spec.decoder()
        try:
            if self._config.ask:
                await self._ask(link, decoder, emit)
            else:
                await self._listen(link, decoder, emit)
        finally:
            await link.close()

    async def _listen(self, link: ByteLink, decoder: RfidDecoder, emit: Emit) -> None:
        async def handle(data: bytes, moment: Moment) -> None:
            for answer in decoder.feed(data):
                await self._handle(answer, moment, emit)

        await self._line.listen(link, emit, handle)

    async def _ask(self, link: ByteLink, decoder: RfidDecoder, emit: Emit) -> None:
        status_due_s = self._clock.monotonic_s()
        while True:
            await link.write(self._spec.ask(self._config.address))
            await self._round(link, decoder, emit)
            if self._clock.monotonic_s() >= status_due_s:
                status_due_s = self._clock.monotonic_s() + STATUS_S
                await emit(self._line.status(self._clock.moment()))
            await self._clock.sleep(self._config.every_s)

    async def _round(self, link: ByteLink, decoder: RfidDecoder, emit: Emit) -> None:
        """Until the reader says that the round is over, or says nothing more."""
        over_s = self._clock.monotonic_s() + self._config.answer_s
        while (left_s := over_s - self._clock.monotonic_s()) > 0:
            data = await link.read(left_s)
            moment = self._clock.moment()
            if not data:
                break
            self._line.note_raw(moment, data)
            answers = decoder.feed(data)
            for answer in answers:
                await self._handle(answer, moment, emit)
            if any(isinstance(answer, RoundEnd | ReaderError) for answer in answers):
                return
        for answer in decoder.flush():
            await self._handle(answer, self._clock.moment(), emit)

    async def _handle(self, answer: Answer, moment: Moment, emit: Emit) -> None:
        if isinstance(answer, TagRead):
            self.counts["frames"] += 1
            self.counts["readings"] += 1
            if self._is_news(answer.epc):
                vehicle = Vehicle(plate=answer.epc, source="rfid")
                await emit(VehicleReading(self.device, moment, vehicle))
        elif isinstance(answer, RoundEnd):
            self.counts["frames"] += 1
            self.counts["readings"] += 1  # an empty field is an answer, too
        elif isinstance(answer, ReaderError):
            self.counts["frames"] += 1
            self.counts[f"error.{answer.code:02X}"] += 1
        else:
            self.counts["refused"] += 1
            self.counts[f"refused.{answer.reason}"] += 1

    def _is_news(self, epc: str) -> bool:
        now_s = self._clock.monotonic_s()
        last_s = self._told.get(epc)
        if last_s is not None and now_s - last_s < self._config.again_s:
            return False
        if len(self._told) >= MOST_TAGS:
            self._told.clear()
        self._told[epc] = now_s
        return True
