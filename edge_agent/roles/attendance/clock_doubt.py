"""Is our own clock wrong? Terminals have theirs from GPS: when most differ from ours, ours is wrong.

One badge with a wrong clock proves nothing, so each counts once in a while.
"""

from __future__ import annotations

from collections import deque
from statistics import median_low

from edge_agent.readings import PositionReading

FEWEST, MOST = 5, 101
_NS = 10**9


class ClockDoubt:
    """`limit_s`: how far apart is too far."""

    def __init__(self, limit_s: float) -> None:
        self._limit_ns = int(limit_s * _NS)
        self._apart: deque[tuple[str, int]] = deque(maxlen=MOST)

    def note(self, position: PositionReading) -> None:
        """A report as it came; only live ones say what time it is."""
        if position.live and position.at_ns is not None:
            apart_ns = position.at_ns - position.moment.utc_ns
            self._apart.append((position.terminal, apart_ns))

    def holds(self) -> bool:
        latest = dict(self._apart)
        return len(latest) >= FEWEST and abs(median_low(latest.values())) > self._limit_ns
