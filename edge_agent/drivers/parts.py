"""What a driver may be handed when it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edge_agent.ports import Clock, SayToTerminal, TerminalTracks, Transport
from edge_agent.readings import Moment
from edge_agent.transports.modbus import ModbusBuses
from edge_agent.vision.host import VisionHost

KeepRaw = Callable[[str, Moment, bytes], None]


@dataclass(frozen=True, slots=True)
class DriverParts:
    """`keep_raw(device, moment, bytes)` gets every chunk as read; `tracks` is there when a device
    of this gateway has terminals; `data_dir` is the gateway's folder. `voices`: terminal servers put
    in here, by their id, what speaks through a terminal. `buses`: Modbus lines by their link, each
    opened once however many devices share it. `vision`: the one process for all cameras, started by
    the first of them."""

    clock: Clock
    transport_of: Callable[[str], Transport]
    keep_raw: KeepRaw | None = None
    tracks: TerminalTracks | None = None
    data_dir: Path | None = None
    voices: dict[str, SayToTerminal] = field(default_factory=dict)
    buses: ModbusBuses = field(default_factory=ModbusBuses)
    vision: VisionHost = field(default_factory=VisionHost)
