"""The file `tracks.db`: positions and pins. Synchronous, one connection, one thread; every method is
one transaction. Bounded by bytes and by age: the oldest go first, and are counted.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import apsw

from edge_agent.errors import StoreFull, StoreRefused
from edge_agent.ports import Pin
from edge_agent.readings import PositionReading
from edge_agent.store.schema import PAGE_BYTES, Connect, connect
from edge_agent.store.tracks.encoding import Row, reading_of, row_of, slot_of
from edge_agent.store.tracks.opening import (
    FILE,
    ORDINAL_BITS,
    generation,
    generation_at,
    open_tracks,
    set_aside,
)
from edge_agent.store.tracks.pins import read_pins, write_pins

LOG = logging.getLogger("edile.tracks")
STEP = 20  # rows that go at once where space is short: a step's log must fit
PRUNE_ROWS, PRUNE_STEPS = 500, 20
FULL_SHARE = 0.9  # of the allowed bytes: above it what is old goes
_INSERT = (
    "INSERT OR IGNORE INTO {} (n, slot, terminal, key, came_ns, body) VALUES (?, ?, ?, ?, ?, ?)"
)
_FIND = "SELECT n FROM position WHERE slot = ? AND terminal = ? AND key = ?"
_TABLES = ("position", "apart")
Pair = tuple[PositionReading, bool]


@dataclass(frozen=True)
class TrackLimits:
    """`hours`: how long a position is kept at most. `apart_rows`: of terminals nobody vouches for."""

    db_bytes: int = 512 * 1024 * 1024
    hours: int = 14 * 24
    apart_rows: int = 50_000


class TrackStore:
    """Open it with `TrackStore.open`. `dropped`: positions that went to make room; `damaged`: files
    that were set aside since the start."""

    def __init__(
        self, con: apsw.Connection, path: Path, limits: TrackLimits, connect: Connect
    ) -> None:
        self.dropped = 0
        self.damaged: list[Path] = []
        self._path, self._limits, self._connect = path, limits, connect
        self._adopt(con)
        self._sure = self._next - 1  # up to here whoever asked was told

    @classmethod
    def open(
        cls,
        data_dir: Path,
        limits: TrackLimits,
        *,
        connect: Connect = connect,
        unclean: bool,
        utc_ns: int = 0,
    ) -> TrackStore:
        """A corrupt file is set aside and a fresh one begun at once; StoreRefused when the path holds
        something else. `utc_ns`: now, 0 when the clock is not set."""
        path, damaged = data_dir / FILE, []
        try:
            con = open_tracks(path, limits.db_bytes, connect, unclean=unclean, utc_ns=utc_ns)
        except (apsw.CorruptError, apsw.NotADBError) as error:
            damaged.append(_put_aside(path, error, generation_at(utc_ns)))
            con = open_tracks(path, limits.db_bytes, connect, unclean=False, utc_ns=utc_ns)
        except (apsw.CantOpenError, apsw.ReadOnlyError) as error:
            raise StoreRefused(f"{path} cannot be opened: check who owns {data_dir}") from error
        store = cls(con, path, limits, connect)
        for aside in damaged:
            store._carry_pins(aside)
        return store

    def _adopt(self, con: apsw.Connection) -> None:
        self._con = con
        self.generation = generation(con)
        base = self.generation << ORDINAL_BITS
        last = next(con.execute("SELECT max(n) FROM position"))[0]
        apart = next(con.execute("SELECT max(n) FROM apart"))[0]
        self._next, self._next_apart = (last or base) + 1, (apart or 0) + 1
        self._lost = False

    # -- writing

    def keep(self, pairs: Sequence[Pair], pins: Mapping[str, Pin] = {}) -> list[int]:
        """Durable when it returns. The second of each pair: in quarantine. An ordinal for each, 0 for
        what was there already or is in quarantine. StoreFull when the disk is, or fails: nothing of
        it is kept then."""
        rows = [(row_of(one), apart) for one, apart in pairs]
        try:
            if self._lost:
                self._reopen()
            return self._kept(rows, pins)
        except apsw.FullError:
            return self._kept_in_little(rows, pins)
        except apsw.IOError as error:
            LOG.error("the disk failed (%s); opening the tracks again and trying once more", error)  # noqa: TRY400
            return self._kept_once_more(rows, pins)
        except apsw.CorruptError as error:
            self._begin_anew(error)
            return self._kept(rows, pins)

    def _kept(self, rows: Sequence[tuple[Row, bool]], pins: Mapping[str, Pin]) -> list[int]:
        """One transaction."""
        con = self._con
        ordinals: list[int] = []
        after, after_apart = self._next, self._next_apart
        con.execute("BEGIN IMMEDIATE")
        try:
            for row, apart in rows:
                n = after_apart if apart else after
                con.execute(_INSERT.format(_TABLES[apart]), (n, *row))
                if not con.changes():
                    n = 0 if apart else self._found(row, ordinals)
                elif apart:
                    after_apart, n = after_apart + 1, 0
                else:
                    after += 1
                ordinals.append(n)
            write_pins(con, pins)
            dropped = self._make_room(2 * len(rows), after_apart)
            con.execute("COMMIT")
        except BaseException:
            if not con.get_autocommit():
                con.execute("ROLLBACK")
            raise
        self._next, self._next_apart, self._sure = after, after_apart, after - 1
        self.dropped += dropped
        return ordinals

    def _found(self, row: Row, ordinals: Sequence[int]) -> int:
        """0, unless it got in with an attempt that nobody saw the end of: then it is news."""
        if self._sure == self._next - 1:
            return 0
        (n,) = next(self._con.execute(_FIND, row[:3]))
        return int(n) if self._sure < n < self._next and n not in ordinals else 0

    def _make_room(self, count: int, after_apart: int) -> int:
        """Inside the transaction: as much goes as comes, and more, while the file is nearly full."""
        last = after_apart - 1 - self._limits.apart_rows
        if last > 0:
            self._con.execute("DELETE FROM apart WHERE n <= ?", (last,))
        return self._drop(max(count, STEP)) if self._used() > FULL_SHARE else 0

    def _drop(self, count: int) -> int:
        """The oldest; never the newest of all, which says where the ordinals stand."""
        (last,) = next(self._con.execute("SELECT max(n) FROM position"))
        self._con.execute(
            "DELETE FROM position WHERE n < ? AND n IN (SELECT n FROM position ORDER BY n LIMIT ?)",
            (last, count),
        )
        return self._con.changes()

    def _kept_in_little(
        self, rows: Sequence[tuple[Row, bool]], pins: Mapping[str, Pin]
    ) -> list[int]:
        """The log may be what fills the disk: its pages go home. Where our own limit was reached what
        is old goes, in steps; where others filled the disk nothing of ours would help them."""
        for _ in range(1 + len(rows) // STEP * 4 + 4):
            try:
                self._con.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
                return self._kept(rows, pins)
            except apsw.FullError as error:
                if self._used() < FULL_SHARE:
                    raise StoreFull("there is no room for positions on the disk") from error
                with suppress(apsw.FullError), self._con:
                    self.dropped += self._drop(STEP)
        raise StoreFull("the tracks are full and making room did not help")

    def _kept_once_more(
        self, rows: Sequence[tuple[Row, bool]], pins: Mapping[str, Pin]
    ) -> list[int]:
        """Nobody knows whether the transaction got in; in a fresh connection the disk says."""
        try:
            self._reopen()
            return self._kept(rows, pins)
        except apsw.IOError as error:
            raise StoreFull(f"the disk fails ({type(error).__name__})") from error
        except apsw.FullError as error:
            raise StoreFull("there is no room for positions on the disk") from error
        except apsw.CorruptError as error:
            self._begin_anew(error)
            return self._kept(rows, pins)

    def _reopen(self) -> None:
        self._lost = True
        with suppress(apsw.IOError):  # closing wants to write, too
            self._con.close(force=True)
        con = open_tracks(self._path, self._limits.db_bytes, self._connect, unclean=False, utc_ns=0)
        # What the log holds is written again, to the file itself, and flushed: after a failed flush
        # nobody else vouches for it.
        try:
            con.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.Error:
            with suppress(apsw.IOError):
                con.close(force=True)
            raise
        self._adopt(con)

    def _begin_anew(self, error: apsw.Error) -> None:
        with suppress(apsw.Error):
            self._con.close(force=True)
        aside, limits = _put_aside(self._path, error, self.generation), self._limits
        self._adopt(
            open_tracks(self._path, limits.db_bytes, self._connect, unclean=False, utc_ns=0)
        )
        self._carry_pins(aside)

    def _carry_pins(self, aside: Path) -> None:
        """What can still be read: a terminal in quarantine must not become a stranger again."""
        self.damaged.append(aside)
        old = self._connect(str(aside))
        with suppress(apsw.Error):
            pins = read_pins(old)
            with self._con:
                write_pins(self._con, pins)
        old.close(force=True)

    def forget_before(self, utc_ns: int) -> None:
        """What came too long before `utc_ns`, in small steps."""
        if self._lost:
            return
        before = utc_ns - self._limits.hours * 3_600_000_000_000
        with suppress(apsw.FullError, apsw.IOError):  # the next `keep` finds out and tells
            for _ in range(PRUNE_STEPS):
                self._prune(before)

    def _prune(self, before_ns: int) -> None:
        (last,) = next(
            self._con.execute(
                "SELECT max(n) FROM (SELECT n, came_ns FROM position ORDER BY n LIMIT ?) "
                "WHERE came_ns BETWEEN 1 AND ?",
                (PRUNE_ROWS, before_ns),
            )
        )
        if last is None:
            return
        with self._con:  # never the newest, as in `_drop`
            self._con.execute("DELETE FROM position WHERE n <= min(?, ?)", (last, self._next - 2))

    # -- reading

    def since(self, ordinal: int, limit: int) -> list[PositionReading]:
        """In the order of keeping, those behind `ordinal`; all, when that is another file's."""
        if ordinal >> ORDINAL_BITS != self.generation:
            ordinal = 0
        rows = self._con.execute(
            "SELECT n, terminal, body FROM position WHERE n > ? ORDER BY n LIMIT ?",
            (ordinal, limit),
        )
        return [reading_of(*row) for row in rows]

    def track(self, terminal: str, begin_ns: int, end_ns: int, limit: int) -> list[PositionReading]:
        """One terminal's positions by its own time, oldest first; begin included, end not."""
        rows = self._con.execute(
            "WITH RECURSIVE wanted (slot) AS "
            "(VALUES (?) UNION ALL SELECT slot + 1 FROM wanted WHERE slot < ?) "
            "SELECT n, terminal, body FROM wanted CROSS JOIN position USING (slot) "
            "WHERE terminal = ?",
            (slot_of(begin_ns), slot_of(end_ns), terminal),
        )
        found = [reading_of(*row) for row in rows]
        within = [one for one in found if begin_ns <= (one.at_ns or 0) < end_ns]
        return sorted(within, key=lambda one: (one.at_ns, one.ordinal))[:limit]

    def apart(self, limit: int) -> list[PositionReading]:
        """The newest of terminals that nobody vouches for, oldest first; without ordinals."""
        rows = self._con.execute(
            "SELECT terminal, body FROM apart ORDER BY n DESC LIMIT ?", (limit,)
        )
        return [replace(reading_of(0, *row), ordinal=0) for row in rows][::-1]

    def count(self) -> int:
        return int(next(self._con.execute("SELECT count(*) FROM position"))[0])

    def pins(self) -> dict[str, Pin]:
        return read_pins(self._con)

    def close(self) -> None:
        self._con.close()

    def _used(self) -> float:
        """Share of the allowed pages in use; pages freed are used again."""
        pages, free = self._con.pragma("page_count"), self._con.pragma("freelist_count")
        return float((pages - free) * PAGE_BYTES / self._limits.db_bytes)


def _put_aside(path: Path, error: apsw.Error, at_least: int) -> Path:
    aside = set_aside(path, at_least)
    LOG.warning(
        "the tracks are corrupt (%s): set aside as %s, a fresh file begun", error, aside.name
    )
    return aside
