"""A satellite receiver: where this gateway is, told as often as the receiver does.

Positions stay in the gateway and are not kept: they say where a picture was taken.
"""

from __future__ import annotations

from collections import Counter

from edge_agent.config.devices.gnss import GnssConfig
from edge_agent.drivers.listening import Line
from edge_agent.drivers.parts import KeepRaw
from edge_agent.ports import Clock, Emit, Transport
from edge_agent.readings import Moment, PositionReading
from firmware_bridges.nmea import Epochs, Fix, Gga, NmeaDecoder, NmeaRefused, Rmc

RECKONED = "reckoned"


class GnssDriver:
    """`counts` grows while it runs: frames (sound sentences), readings (fixes), refused, and
    `no-fix` where the receiver says that it does not know."""

    def __init__(
        self,
        config: GnssConfig,
        transport: Transport,
        clock: Clock,
        keep_raw: KeepRaw | None = None,
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self._config, self._transport = config, transport
        self._clock, self._keep_raw = clock, keep_raw

    async def run(self, emit: Emit) -> None:
        link = await self._transport.open()
        self.counts.clear()
        decoder, epochs = NmeaDecoder(), Epochs()
        line = Line(self.device, self._clock, self._keep_raw, self.counts)

        async def handle(data: bytes, moment: Moment) -> None:
            for answer in decoder.feed(data):
                if isinstance(answer, NmeaRefused):
                    self.counts["refused"] += 1
                    self.counts[f"refused.{answer.reason}"] += 1
                    continue
                self.counts["frames"] += 1
                for fix in epochs.take(answer) if isinstance(answer, Rmc | Gga) else ():
                    self.counts["readings" if fix.valid else "no-fix"] += 1
                    await emit(self._reading(fix, moment))

        try:
            await line.listen(link, emit, handle)
        finally:
            await link.close()

    def _reading(self, fix: Fix, moment: Moment) -> PositionReading:
        accuracy = None if fix.hdop is None else round(fix.hdop * self._config.range_error_m, 2)
        return PositionReading(
            device=self.device,
            moment=moment,
            terminal=self.device,
            at_ns=fix.utc_ns,
            lon=fix.lon,
            lat=fix.lat,
            fix=fix.valid,
            speed_kmh=fix.speed_kmh,
            course_deg=fix.course_deg,
            altitude_m=fix.altitude_m,
            accuracy_m=accuracy,
            satellites=fix.satellites,
            flags=(RECKONED,) if fix.reckoned else (),
            raw=fix.raw,
        )
