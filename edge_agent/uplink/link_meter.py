"""What the link carries, and how much of it backlog may take (70 %, contract §4). Pure.

The share is kept by pausing: an exchange that kept the link busy for t seconds is followed by at
least 0.43 t in which the link is free for everything else. Time in which the hub worked and the
line was silent counts as free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

BACKLOG_SHARE = 0.7
_WEIGHT = 0.3  # of the newest measurement
_TELLING_BYTES = 4_096  # smaller exchanges measure the round trip, not the rate
_LONGEST_EXCHANGE_S = 5.0
_PAUSE_CAP_S = 30.0


@dataclass(frozen=True)
class LinkMeter:
    """`bytes_per_s` is None until something large enough was sent."""

    bytes_per_s: float | None = None

    def observe(self, size: int, busy_s: float) -> LinkMeter:
        """`size` bytes kept the line busy for `busy_s`."""
        if size < _TELLING_BYTES or busy_s <= 0:
            return self
        rate = size / busy_s
        if self.bytes_per_s is None:
            return replace(self, bytes_per_s=rate)
        return replace(self, bytes_per_s=self.bytes_per_s + _WEIGHT * (rate - self.bytes_per_s))

    def fitting(self, most: int, least: int) -> int:
        """The size of one exchange that holds the line for at most 5 s, so that an alarm that comes
        up meanwhile waits no longer."""
        if self.bytes_per_s is None:
            return most
        return max(least, min(most, int(self.bytes_per_s * _LONGEST_EXCHANGE_S)))


def backlog_pause(busy_s: float, exchange_s: float) -> float:
    """How long the line must stay free after a backlog exchange of `exchange_s` seconds of which
    `busy_s` were spent sending."""
    free_already = max(0.0, exchange_s - busy_s)
    owed = busy_s * (1 - BACKLOG_SHARE) / BACKLOG_SHARE - free_already
    return max(0.0, min(_PAUSE_CAP_S, owed))
