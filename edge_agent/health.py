"""How each device is doing, from what its driver says. Pure: time arrives in the readings."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.payloads.gateway import DeviceHealth, DeviceState
from contract.timestamps import rfc3339
from edge_agent.readings import (
    LineStatus,
    LookAsked,
    Moment,
    Reading,
    SensorFault,
    Tick,
    TrackReading,
)

SILENT_AFTER_S = 10.0


@dataclass
class _Line:
    """What is known of one device. `good` and `heard` are the last reading and the last byte."""

    lost: bool = False
    heard: Moment | None = None
    good: Moment | None = None
    opened: Moment | None = None
    totals: dict[str, int] = field(default_factory=dict)
    losses: int = 0


class DeviceHealthBook:
    """One entry for each configured device, from start to end."""

    def __init__(self, devices: tuple[str, ...], *, silent_after_s: float = SILENT_AFTER_S) -> None:
        self._lines = {device: _Line() for device in devices}
        self._silent_ns = int(silent_after_s * 1e9)

    def note(self, reading: Reading) -> None:
        if isinstance(reading, Tick | SensorFault | TrackReading | LookAsked):
            return  # neither a fault nor a memory nor a question is a sign of health
        line = self._lines[reading.device]
        line.opened = line.opened or reading.moment
        status = reading if isinstance(reading, LineStatus) else None
        if status is None or status.passive:
            line.good = line.heard = reading.moment
        if status is not None and status.connected and (status.bytes or not status.passive):
            _count(line, status)

    def lost(self, device: str) -> None:
        line = self._lines[device]
        line.lost, line.opened, line.heard = True, None, None
        line.losses += 1

    def back(self, device: str) -> None:
        self._lines[device].lost = False

    def state(self, device: str, now: Moment) -> DeviceState:
        line = self._lines[device]
        if line.lost:
            return "lost"
        if line.opened is None:
            return "starting"
        if _older(line.heard or line.opened, now, self._silent_ns):
            return "silent"
        if line.good is None or _older(line.good, now, self._silent_ns):
            return "garbled" if line.heard else "starting"
        return "up"

    def report(self, now: Moment) -> dict[str, DeviceHealth]:
        return {
            device: DeviceHealth(
                state=self.state(device, now),
                last_seen=rfc3339(line.good.utc_ns) if line.good else None,
                counts={**line.totals, **({"losses": line.losses} if line.losses else {})},
            )
            for device, line in self._lines.items()
        }


def _count(line: _Line, status: LineStatus) -> None:
    if status.bytes > line.totals.get("bytes", 0):
        line.heard = status.moment
    line.totals = {
        "bytes": status.bytes,
        "frames": status.frames,
        "readings": status.readings,
        "refused": status.refused,
        **({"dropped": status.dropped} if status.dropped else {}),
    }


def _older(then: Moment, now: Moment, limit_ns: int) -> bool:
    return now.mono_ns - then.mono_ns > limit_ns


class DiskWatch:
    """Says once that the disk is low, and again only after it had room in between."""

    def __init__(self, low_bytes: int) -> None:
        self._low_bytes, self._low = low_bytes, False

    def became_low(self, free_bytes: int) -> bool:
        before = self._low
        limit = self._low_bytes * 5 // 4 if before else self._low_bytes
        self._low = free_bytes < limit
        return self._low and not before
