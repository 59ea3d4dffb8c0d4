"""What one connection may ask of us. Pure: time arrives as data."""

from __future__ import annotations


class Allowance:
    """Bytes: `rate` a second, and `burst` saved up at most."""

    __slots__ = ("_burst", "_left", "_rate", "_since_s")

    def __init__(self, rate: float, burst: float, now_s: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._since_s = burst, now_s

    def take(self, count: int, now_s: float) -> bool:
        """False when there is not so much left; then nothing is taken."""
        self._left = min(self._burst, self._left + (now_s - self._since_s) * self._rate)
        self._since_s = now_s
        if count > self._left:
            return False
        self._left -= count
        return True
