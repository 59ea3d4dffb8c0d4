"""The file `tracks.db`: positions and pins. Synchronous, one connection, one thread; every method is
one transaction. Bounded by bytes and by age: the oldest go first, and are counted.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import apsw

from edge_agent.errors import StoreFull, StoreRefused
from edge_agent.ports import Pin
from edge_agent.readings import PositionReading
from edge_agent.store.schema import BUSY_MS, PAGE_BYTES, Connect, connect
from edge_agent.store.tracks.encoding import reading_of, row_of
from edge_agent.store.tracks.pins import read_pins, write_pin

LOG = logging.getLogger("edile.tracks")
FILE = "tracks.db"
APPLICATION_ID = 0x45_54_52_4B  # "ETRK"
STEP = 500  # rows that go at once; a step's log must fit where little is free
_SCHEMA = f"""
CREATE TABLE position (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    terminal TEXT NOT NULL,
    key BLOB NOT NULL,
    at_ns INTEGER,
    came_ns INTEGER NOT NULL,
    doubted INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX position_once ON position (terminal, key);
CREATE TABLE pin (terminal TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
"""


@dataclass(frozen=True)
class TrackLimits:
    """`hours`: how long a position is kept at most."""

    db_bytes: int = 512 * 1024 * 1024
    hours: int = 14 * 24


class Kept(NamedTuple):
    """A position and its place in the order of arrival. `doubted`: its terminal was in quarantine."""

    n: int
    reading: PositionReading
    doubted: bool


class TrackStore:
    """Open it with `TrackStore.open`. `dropped`: positions that went to make room."""

    def __init__(self, con: apsw.Connection, limits: TrackLimits) -> None:
        self._con, self._limits = con, limits
        self.dropped = 0
        self.set_aside: Path | None = None

    @classmethod
    def open(
        cls, data_dir: Path, limits: TrackLimits, *, connect: Connect = connect, unclean: bool
    ) -> TrackStore:
        """A corrupt file is set aside and a fresh one begun at once; StoreRefused when the path holds
        something else."""
        path = data_dir / FILE
        try:
            return cls(_opened(str(path), limits, connect, unclean=unclean), limits)
        except (apsw.CorruptError, apsw.NotADBError) as error:
            aside = _aside(path)
            LOG.warning("the tracks are corrupt (%s): set aside as %s", error, aside.name)
            store = cls(_opened(str(path), limits, connect, unclean=False), limits)
            store.set_aside = aside
            return store
        except (apsw.CantOpenError, apsw.ReadOnlyError) as error:
            raise StoreRefused(f"{path} cannot be opened: check who owns {data_dir}") from error

    def keep(self, positions: Sequence[tuple[PositionReading, bool]]) -> None:
        """Durable when it returns. The second of each pair: in quarantine. StoreFull when the disk is."""
        rows = [(one.terminal, *_columns(one, doubted)) for one, doubted in positions]
        try:
            self._insert(rows)
        except apsw.FullError:
            self._drop_oldest(STEP)
            try:
                self._insert(rows)
            except apsw.FullError as error:
                raise StoreFull("there is no room for positions on the disk") from error
        if self._used() > 0.95:
            self._drop_oldest(max(STEP, 2 * len(rows)))

    def since(self, n: int, limit: int, *, doubted: bool = False) -> list[Kept]:
        """In order of arrival, those behind place `n`."""
        rows = self._con.execute(
            "SELECT n, terminal, body, doubted FROM position WHERE n > ? AND doubted <= ? "
            "ORDER BY n LIMIT ?",
            (n, int(doubted), limit),
        )
        return [Kept(row[0], reading_of(row[1], row[2]), bool(row[3])) for row in rows]

    def track(self, terminal: str, from_ns: int, to_ns: int, limit: int) -> list[Kept]:
        """One terminal's positions by its own time, oldest first."""
        rows = self._con.execute(
            "SELECT n, terminal, body, doubted FROM position "
            "WHERE terminal = ? AND at_ns BETWEEN ? AND ? ORDER BY at_ns, n LIMIT ?",
            (terminal, from_ns, to_ns, limit),
        )
        return [Kept(row[0], reading_of(row[1], row[2]), bool(row[3])) for row in rows]

    def count(self) -> int:
        return int(next(self._con.execute("SELECT count(*) FROM position"))[0])

    def forget_before(self, utc_ns: int) -> None:
        """Positions that came before, in small steps."""
        before = utc_ns - self._limits.hours * 3_600_000_000_000
        with self._con:
            self._con.execute(
                "DELETE FROM position WHERE n IN "
                "(SELECT n FROM position WHERE came_ns < ? ORDER BY n LIMIT ?)",
                (before, STEP),
            )

    def pins(self) -> dict[str, Pin]:
        return read_pins(self._con)

    def put_pin(self, terminal: str, pin: Pin) -> None:
        with self._con:
            write_pin(self._con, terminal, pin)

    def close(self) -> None:
        self._con.close()

    def _insert(self, rows: Sequence[tuple[object, ...]]) -> None:
        with self._con:
            self._con.executemany(
                "INSERT OR IGNORE INTO position (terminal, key, at_ns, came_ns, doubted, body) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )

    def _drop_oldest(self, count: int) -> None:
        with self._con:
            before = self._con.total_changes()
            self._con.execute(
                "DELETE FROM position WHERE n IN (SELECT n FROM position ORDER BY n LIMIT ?)",
                (count,),
            )
            self.dropped += self._con.total_changes() - before

    def _used(self) -> float:
        """Share of the allowed pages in use; pages freed are used again."""
        pages, free = self._con.pragma("page_count"), self._con.pragma("freelist_count")
        return float((pages - free) * PAGE_BYTES / self._limits.db_bytes)


def _columns(one: PositionReading, doubted: bool) -> tuple[object, ...]:
    key, body = row_of(one)
    return key, one.at_ns, one.moment.utc_ns, int(doubted), body


def _opened(path: str, limits: TrackLimits, connect: Connect, *, unclean: bool) -> apsw.Connection:
    con = connect(path)
    try:
        _prepare(con, path, limits, unclean=unclean)
    except BaseException:
        con.close(force=True)
        raise
    return con


def _prepare(con: apsw.Connection, path: str, limits: TrackLimits, *, unclean: bool) -> None:
    con.set_busy_timeout(BUSY_MS)
    if con.pragma("application_id") not in (0, APPLICATION_ID):
        raise StoreRefused(f"{path} is a database of something else; move it away")
    mode = con.pragma("journal_mode", "wal")
    con.pragma("synchronous", 2)
    con.pragma("max_page_count", max(64, limits.db_bytes // PAGE_BYTES))
    if str(mode).lower() != "wal" or con.pragma("synchronous") != 2:
        raise StoreRefused(f"{path}: WAL and full synchronisation cannot be had here")
    verdict = con.execute("PRAGMA quick_check(1)").fetchone() if unclean else None
    if verdict is not None and verdict[0] != "ok":
        raise apsw.CorruptError(str(verdict[0]))
    if con.pragma("user_version") == 0:
        with con:
            con.execute(_SCHEMA)


def _aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    path.rename(aside)
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    return aside
