"""The byte ledger: what went over the link, per class and direction (contract §4, metered links).

It is data: added to after each exchange, written with the store's settings, read by the status page
and the health event.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from contract.sync import IDLE_SYNC_S

Traffic = Literal["urgent", "live", "backlog", "heartbeat", "evidence", "desired", "time"]
SETTING = "ledger"
DAY_S = 86_400
# Idle budgets, bytes a day both ways together (contract §4).
IDLE_BUDGET = {300: 600_000, 1_800: 120_000}


class Count(msgspec.Struct):
    """Bytes and exchanges of one class since the ledger began."""

    up: int = 0
    down: int = 0
    exchanges: int = 0


class _Written(msgspec.Struct):
    counts: dict[Traffic, Count]


class Ledger:
    """Totals since the ledger began; survives restarts through `dump` and `restore`."""

    def __init__(self, counts: dict[Traffic, Count] | None = None) -> None:
        self._counts: dict[Traffic, Count] = counts or {}

    @classmethod
    def restore(cls, written: bytes | None) -> Ledger:
        """Figures only: an unreadable ledger starts again rather than stop the agent."""
        try:
            return cls(msgspec.json.decode(written, type=_Written).counts) if written else cls()
        except msgspec.DecodeError:
            return cls()

    def dump(self) -> bytes:
        return msgspec.json.encode(_Written(self._counts))

    def add(self, traffic: Traffic, up: int, down: int) -> None:
        count = self._counts.setdefault(traffic, Count())
        count.up += up
        count.down += down
        count.exchanges += 1

    def up(self) -> dict[str, int]:
        return {traffic: count.up for traffic, count in self._counts.items()}

    def down(self) -> dict[str, int]:
        return {traffic: count.down for traffic, count in self._counts.items()}

    def idle_bytes_per_day(self, interval_s: float = IDLE_SYNC_S) -> float | None:
        """What a day without events costs, from the heartbeats so far; None before the first."""
        beats = self._counts.get("heartbeat")
        if beats is None or not beats.exchanges:
            return None
        return (beats.up + beats.down) / beats.exchanges * DAY_S / interval_s
