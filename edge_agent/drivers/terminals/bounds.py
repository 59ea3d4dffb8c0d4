"""What one connection may ask of us. Pure: time arrives as data."""

from __future__ import annotations

MOST_GARBAGE = 8_192
"""Bytes of a connection without any frame in them: eight times the longest frame of either protocol."""
MOST_UNSENT = 65_536
"""Bytes that wait for a terminal which does not read."""
MOST_PARTS = 64 * 1024 * 1024
"""Bytes of unfinished long messages of all connections together."""
MOST_IDS = 64
"""Message ids nobody knows that are counted one by one."""
TAKEOVERS, TAKEOVERS_S = 6, 60.0
"""A terminal that connects anew while it is connected, so often in so short a time: those are two."""


class Allowance:
    """Bytes: `rate` a second, and `burst` saved up at most."""

    __slots__ = ("_burst", "_left", "_rate", "_since_s")

    def __init__(self, rate: float, burst: float, now_s: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._since_s = burst, now_s

    def take(self, count: int, now_s: float) -> bool:
        """False when there is not so much left; then nothing is taken."""
        self._earn(now_s)
        if count > self._left:
            return False
        self._left -= count
        return True

    def spend(self, count: int, now_s: float) -> float:
        """Takes it in any case; for how many seconds nothing more should be taken."""
        self._earn(now_s)
        self._left -= count
        return max(0.0, -self._left / self._rate)

    def _earn(self, now_s: float) -> None:
        self._left = min(self._burst, self._left + (now_s - self._since_s) * self._rate)
        self._since_s = now_s
