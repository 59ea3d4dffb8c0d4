"""What a driver may be handed when it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge_agent.ports import Clock, Tracks, Transport
from edge_agent.readings import Moment

KeepRaw = Callable[[str, Moment, bytes], None]


@dataclass(frozen=True, slots=True)
class DriverParts:
    """`keep_raw(device, moment, bytes)` gets every chunk as read; `tracks` is there when a device
    of this gateway has terminals; `data_dir` is the gateway's folder."""

    clock: Clock
    transport_of: Callable[[str], Transport]
    keep_raw: KeepRaw | None = None
    tracks: Tracks | None = None
    data_dir: Path | None = None
