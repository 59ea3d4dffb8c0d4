"""One frozen class for each device family: what `[[devices]]` may say (contract section 9)."""

from __future__ import annotations

from edge_agent.config.devices.card_reader import CardReaderConfig
from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.devices.weighbridge import (
    KG_PER_UNIT,
    Unit,
    WeighbridgeConfig,
)

__all__ = [
    "ID",
    "KG_PER_UNIT",
    "LINK_DOC",
    "CardReaderConfig",
    "Unit",
    "WeighbridgeConfig",
]
