"""How full the database is, of the pages it may have."""

from __future__ import annotations

import apsw

from edge_agent.store.schema import PAGE_BYTES, Limits

SLACK_PAGES = 64  # nearer to its limit than this, a full database is taken to be its own fault


class Fullness:
    """Asking SQLite costs as much as ten inserts: after each look a quarter of what was free is
    written before the next."""

    def __init__(self, con: apsw.Connection, limits: Limits) -> None:
        self._con, self._limits = con, limits
        self._unlooked = -1  # bytes to write until the next look

    def wrote(self, size: int) -> None:
        self._unlooked -= size

    def is_filling(self) -> bool:
        """Whether the share for routine events may be reached."""
        if self._unlooked < 0:
            free = (self._limits.routine - self.used()) * self._limits.db_bytes
            self._unlooked = int(free / 4)
        return self._unlooked <= 0

    def used(self) -> float:
        """Share of the page budget in use, free pages not counted."""
        pages = self._ask("page_count") - self._ask("freelist_count")
        return pages * PAGE_BYTES / self._limits.db_bytes

    def has_room(self) -> bool:
        """When a write finds no room all the same, it is the disk that has none."""
        return self._ask("page_count") < self._limits.db_bytes // PAGE_BYTES - SLACK_PAGES

    def _ask(self, what: str) -> int:
        (answer,) = next(self._con.execute(f"PRAGMA {what}"))
        return int(answer)
