"""What the uplink says of itself, for the status page and `edile agent status`."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.envelope import Moment
from contract.names import Lane


@dataclass(frozen=True)
class UplinkStatus:
    """A snapshot. Times are boot time; `next_try_mono_s` None = an exchange is under way.

    `refused` lines need a person: what the hub will not take, and why. `offset_ns` is UTC minus
    boot time as the hub signed it, None while the box's own clock is good enough.
    """

    last_success: Moment | None = None
    last_error: str | None = None
    failures: int = 0
    next_try_mono_s: float | None = None
    depth: dict[Lane, int] = field(default_factory=dict)
    offset_ns: int | None = None
    hub_generation: str | None = None
    bytes_per_s: float | None = None
    idle_bytes_per_day: float | None = None
    refused: tuple[str, ...] = ()
    quarantined: int = 0
