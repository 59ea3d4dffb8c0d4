"""What terminals reported: a database of its own, so that a flood of positions never fills the outbox."""

from __future__ import annotations

from edge_agent.store.tracks.keeper import TrackKeeper
from edge_agent.store.tracks.store import TrackLimits, TrackStore

__all__ = ["TrackKeeper", "TrackLimits", "TrackStore"]
