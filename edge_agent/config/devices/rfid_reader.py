"""A UHF RFID reader in gw.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.links import parse_link
from firmware_bridges.rfid import RFID_READERS


def known_protocol(text: str) -> None:
    """ValueError saying what was expected."""
    if text not in RFID_READERS:
        raise ValueError(f"one of {', '.join(RFID_READERS)}")


@dataclass(frozen=True)
class RfidReaderConfig:
    """A reader of windscreen tags. `ask = false` for one that was set to report by itself: then no
    byte is sent to it."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "uhf-1"'})
    link: str = field(metadata={"doc": LINK_DOC, "check": parse_link})
    protocol: str = field(
        metadata={"check": known_protocol, "doc": f"one of {', '.join(RFID_READERS)}"}
    )
    address: int = field(default=0, metadata={"min": 0, "max": 255, "doc": "the reader's own"})
    ask: bool = True
    every_s: float = field(
        default=0.2, metadata={"min": 0.05, "max": 60, "doc": "pause between two rounds"}
    )
    answer_s: float = field(
        default=1.0, metadata={"min": 0.1, "max": 10, "doc": "a round without an end is over then"}
    )
    again_s: float = field(
        default=2.0,
        metadata={"min": 0, "max": 3600, "doc": "a tag in the field is told this often"},
    )
    driver: Literal["rfid-reader"] = "rfid-reader"
