"""Air: what the sensors of a site measured in a window, and what went above a limit."""

from __future__ import annotations

from typing import ClassVar, Literal

from contract.names import Lane
from contract.payloads.base import Payload

Quantity = Literal[
    "pm1",
    "pm2_5",
    "pm10",
    "ammonia",
    "hydrogen-sulfide",
    "sulfur-dioxide",
    "nitrogen-dioxide",
    "carbon-monoxide",
    "carbon-dioxide",
    "ozone",
    "voc",
    "methane",
    "combustible-gas",
    "odour",
    "temperature",
    "humidity",
    "pressure",
    "noise",
    "wind-speed",
    "wind-direction",
    "illuminance",
    "rainfall",
    "soil-moisture",
    "soil-temperature",
]
AlarmPhase = Literal["raised", "cleared"]


class AirSummary(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One sensor and quantity over `window_s` seconds: `n` good samples and their statistics, all in
    `unit` as written on the sensor's sheet (`ug/m3`, `ppm`, `degC`). The window ends at the event's
    `observedtime`; faults and sentinels are not samples."""

    wire_type: ClassVar[str] = "edile.air.summary.v1"
    lane: ClassVar[Lane] = "routine"

    sensor: str
    quantity: Quantity
    unit: str
    window_s: int
    n: int
    min: float
    max: float
    mean: float
    p95: float
    last: float


class AirAlarm(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A quantity crossed `limit` for long enough, or came back; both in `unit`."""

    wire_type: ClassVar[str] = "edile.air.alarm.v1"
    lane: ClassVar[Lane] = "urgent"

    sensor: str
    quantity: Quantity
    value: float
    limit: float
    phase: AlarmPhase
    unit: str | None = None
    problem_id: str | None = None
