"""A card or tag reader at the deck in gw.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.links import parse_link


@dataclass(frozen=True)
class CardReaderConfig:
    """A card or tag reader at the deck, ten digits a card."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "rd-1"'})
    link: str = field(metadata={"doc": LINK_DOC, "check": parse_link})
    driver: Literal["card-reader"] = "card-reader"
