"""Modbus slaves on one bus: requests in, answers out, and what was answered. Pure: time is data.

The answers are made with our own RTU module, not with the library that the gateway asks through, so
that the two cannot agree on a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from firmware_bridges.checked_frames import CheckedFramer
from firmware_bridges.frames import Frame
from firmware_bridges.modbus_maps import Point, RegisterMap, write_point
from firmware_bridges.modbus_rtu import (
    DEVICE_FAILURE,
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ReadRequest,
    exception_answer,
    parse,
    read_answer,
    rtu_framer,
)
from simulators.sensors.incidents import Incident
from simulators.sensors.signals import value_at

STALE_REQUESTS = 16  # of one read; a master that asks more at once is none


@dataclass(frozen=True, slots=True)
class SensorSlave:
    """One instrument on the bus. `name` is what the truth calls it."""

    name: str
    address: int
    map: RegisterMap


@dataclass(frozen=True, slots=True)
class Sample:
    """A value that went out as it should, as the registers say it."""

    sensor: str
    quantity: str
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Reply:
    """`sent`: the bytes on the wire, b"" = silence. `samples`: the good values among them."""

    sent: bytes
    samples: tuple[Sample, ...] = ()


class SensorBus:
    """All slaves of a line. A connection has a framer of its own (`framer`)."""

    def __init__(
        self, sensors: Sequence[SensorSlave], incidents: Sequence[Incident], seed: int
    ) -> None:
        self._sensors = {sensor.address: sensor for sensor in sensors}
        self._incidents, self._seed = incidents, seed

    def framer(self) -> CheckedFramer:
        return rtu_framer()

    def hear(self, framer: CheckedFramer, data: bytes, t: float) -> Iterator[Reply]:
        """The replies to all requests that are whole now."""
        frames = [one.raw for one in framer.feed(data) if isinstance(one, Frame)]
        for frame in frames[:STALE_REQUESTS]:
            sensor = self._sensors.get(frame[0])
            if sensor is not None:
                yield self._reply(sensor, frame, t)

    def _reply(self, sensor: SensorSlave, frame: bytes, t: float) -> Reply:
        request = parse(frame)
        if not isinstance(request, ReadRequest):
            return Reply(exception_answer(sensor.address, frame[1] & 0x7F, ILLEGAL_FUNCTION))
        now = [
            one for one in self._incidents if one.sensor == sensor.name and one.t <= t < one.until
        ]
        kinds = {one.kind for one in now}
        if "no-answer" in kinds:
            return Reply(b"")
        if "exception" in kinds:
            return Reply(exception_answer(sensor.address, request.function, DEVICE_FAILURE))
        registers, samples = self._registers(sensor, request, now, t)
        if registers is None:
            return Reply(exception_answer(sensor.address, request.function, ILLEGAL_ADDRESS))
        answer = read_answer(sensor.address, request.function, registers)
        if "wrong-crc" in kinds:
            return Reply(answer[:-1] + bytes((answer[-1] ^ 0x55,)))
        return Reply(answer, tuple(samples))

    def _registers(
        self, sensor: SensorSlave, request: ReadRequest, now: Sequence[Incident], t: float
    ) -> tuple[list[int] | None, list[Sample]]:
        """None when the request touches a register that this instrument does not have."""
        held: dict[int, int] = {}
        samples = []
        for point in sensor.map.points:
            if point.function != request.function:
                continue
            words, sample = self._point(sensor, point, now, t)
            first = sensor.map.wire_address(point)
            held.update({first + index: word for index, word in enumerate(words)})
            if sample is not None and request.first <= first < request.first + request.count:
                samples.append(sample)
        wanted = range(request.first, request.first + request.count)
        if not all(register in held for register in wanted):
            return None, []
        return [held[register] for register in wanted], samples

    def _point(
        self, sensor: SensorSlave, point: Point, now: Sequence[Incident], t: float
    ) -> tuple[tuple[int, ...], Sample | None]:
        kinds = {one.kind for one in now if one.quantity == point.quantity}
        order = sensor.map.word_order
        if "sentinel" in kinds and point.no_value:
            pattern = point.no_value[0].to_bytes(2 if point.kind[1:] == "16" else 4, "big")
            words = tuple(
                int.from_bytes(pattern[at : at + 2], "big") for at in range(0, len(pattern), 2)
            )
            return words, None
        if "out-of-range" in kinds and point.high is not None:
            return write_point(point, point.high + abs(point.scale) * 100, order), None
        peaking = "air-alarm" in kinds
        raw = value_at(self._seed, sensor.name, point.quantity, t, peaking=peaking)
        value = _resolved(point, raw)
        sample = Sample(sensor.name, point.quantity, value, point.unit)
        return write_point(point, value, order), sample


def _resolved(point: Point, value: float) -> Decimal:
    """As the instrument would show it: within its range, in whole steps of its register."""
    number = Decimal(f"{value:.4f}")
    if point.low is not None:
        number = max(number, point.low)
    if point.high is not None:
        number = min(number, point.high)
    if point.kind == "f32":
        return Decimal(f"{number:.5g}")
    steps = ((number - point.offset) / point.scale).to_integral_value()
    return steps * point.scale + point.offset
