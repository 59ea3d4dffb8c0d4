"""What is wrong with a document about owners."""

from __future__ import annotations

from hub.faults import Fault, Refused

__all__ = ["Fault", "OwnersRefused"]


class OwnersRefused(Refused):
    """Of units, areas, rosters, or of what they make together."""
