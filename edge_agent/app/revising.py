"""Void and correct a ticket: an audited event of its own; the ticket itself is never edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_agent.ports import Clock
from edge_agent.store.writer import Writer


async def revise(writer: Writer, clock: Clock, wish: Mapping[str, Any]) -> Mapping[str, Any]:
    raise NotImplementedError
