"""A barrier, lamp or siren on a relay in gw.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.devices.modbus_bus import OnLine
from edge_agent.config.links import parse_link

_NEEDS = {"gpio": ("pin",), "modbus-coil": ("link", "coil")}


@dataclass(frozen=True)
class SwitchConfig:
    """One relay. It is off when the agent starts, when it ends, and `most_s` after it went on."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "barrier-1"'})
    kind: Literal["gpio", "modbus-coil"] = field(metadata={"doc": "what switches"})
    pin: int | None = field(default=None, metadata={"min": 0, "max": 53, "doc": "BCM number"})
    active_high: bool = True
    link: str | None = field(default=None, metadata={"doc": LINK_DOC, "check": parse_link})
    address: int = field(default=1, metadata={"min": 1, "max": 247, "doc": "Modbus address"})
    coil: int | None = field(default=None, metadata={"min": 0, "max": 65_535, "doc": "0-based"})
    most_s: float | None = field(
        default=None, metadata={"min": 0.1, "max": 86_400, "doc": "never on for longer"}
    )
    driver: Literal["switch"] = "switch"

    echo: bool = field(default=False, metadata={"doc": "the adapter hears what it sends"})

    @property
    def on_bus(self) -> bool:
        """A relay board shares its line with sensors."""
        return self.kind == "modbus-coil"

    def place(self) -> OnLine:
        return OnLine(self.link or "", self.address)

    def __post_init__(self) -> None:
        for key in _NEEDS[self.kind]:
            if getattr(self, key) is None:
                raise ValueError(f"{key}: needed for kind {self.kind!r}")
