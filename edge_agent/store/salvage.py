"""After corruption: set the file aside, go on in a fresh one, bring over every row that still reads.

The walk goes by rowid: forward until a page fails, then by doubling jumps to the next key that
reads, and back by halving to the first one. Recovered events keep epoch, lane and sequence, so the
hub drops what it already has; ranges that are gone become tombstones and `gap` notices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import apsw
import msgspec

from contract.names import Lane, lane_key, parse_event_id
from contract.payloads.gateway import GatewayNotice
from contract.sync import Tombstone
from edge_agent.ports import Conclusion
from edge_agent.store.evidence import ALIBI, Blob, EvidenceFolder, Said
from edge_agent.store.files import sync_folder
from edge_agent.store.outbox import SEQ_BITS, SEQ_MASK, LaneRow, Outbox
from edge_agent.store.schema import Connect

GATEWAY = "gateway"
_DONE = ".salvaged"
_DAMAGE = (apsw.CorruptError, apsw.NotADBError, apsw.IOError, apsw.SQLError)
_CURSOR = "salvage"
SLICE_ROWS = 5_000
PROBES = 100_000  # in one gap; a larger gap is probed at as many places
_OF_ORIGINALS = ", sealed, given, parent, problem, open, taken_ns, since_ns"
Row = tuple[int, bytes, int]


class Cursor(msgspec.Struct):
    """How far a walk has come; a setting, committed with the rows it brought. `lanes`: id of a lane in
    the old file -> its id here, 0 for one that was here already."""

    file: str
    at: int = 0
    lanes: dict[int, int] = {}
    recovered: int = 0


def set_aside(folder: Path, name: str, epoch: str) -> Path:
    """Renames the database with its log; the new name of the database."""
    aside = folder / f"{name}.corrupt-{epoch}"
    for tail in ("", "-wal", "-shm"):
        part = folder / f"{name}{tail}"
        if part.exists():
            part.replace(folder / f"{name}.corrupt-{epoch}{tail}")
    sync_folder(folder)
    return aside


def set_aside_notice(aside: Path) -> Conclusion:
    text = f"the store was corrupt; it is kept as {aside.name} and being salvaged"
    return Conclusion(GatewayNotice(kind="salvage", detail=text), GATEWAY)


def pending(folder: Path) -> list[Path]:
    """Set-aside files that were not yet walked, oldest first."""
    return sorted(
        path
        for path in folder.glob("*.corrupt-*")
        if not path.name.endswith(("-wal", "-shm", _DONE))
    )


def carry_over(con: apsw.Connection, aside: Path, connect: Connect) -> None:
    """Role state and settings, at once: the weighing that was under way goes on with them."""
    old = connect(str(aside))
    try:
        for table in ("role_state", "setting"):
            for row in _readable(old, f"SELECT * FROM {table}"):  # noqa: S608 - two names above
                con.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", row)  # noqa: S608
        # A walk that the old file was in the middle of brought its rows to the old file.
        con.execute("DELETE FROM setting WHERE key = ?", (_CURSOR,))
    finally:
        old.close(force=True)


def take_slice(
    folder: Path, connect: Connect, outbox: Outbox, evidence: EvidenceFolder, con: apsw.Connection
) -> tuple[list[Conclusion], Path | None]:
    """A slice of the oldest set-aside file, inside the store's transaction: what to record, and the
    file's path once it has been walked to its end (`finish` it after the commit)."""
    waiting = pending(folder)
    if not waiting:
        return [], None
    old = connect(str(waiting[0]))
    try:
        taking = _Taking(old, con, outbox, evidence, _cursor(con, waiting[0].name))
        done = taking.slice()
        return (taking.conclude(), waiting[0]) if done else ([], None)
    finally:
        old.close(force=True)


def _cursor(con: apsw.Connection, name: str) -> Cursor:
    row = con.execute("SELECT value FROM setting WHERE key = ?", (_CURSOR,)).fetchone()
    kept = None if row is None else msgspec.json.decode(row[0], type=Cursor)
    return kept if kept is not None and kept.file == name else Cursor(name)


def _readable(con: apsw.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    try:
        yield from con.execute(query)
    except _DAMAGE:
        return


def walk(con: apsw.Connection, at: int = 0) -> Iterator[Row]:
    """Every event row from key `at` on that is on a page that reads, in the order of keys."""
    top = (1 << 62) - 1
    while at <= top:
        last = None
        try:
            for row in con.execute(
                "SELECT id, body, upto FROM event WHERE id >= ? ORDER BY id", (at,)
            ):
                last = row[0]
                yield row
        except _DAMAGE:
            at = at if last is None else last + 1
            reachable = _next_readable(con, at, top)
            if reachable is None:
                return
            at = reachable
            continue
        return


def _reads(con: apsw.Connection, at: int) -> int | None:
    """The first key >= `at`, 0 when there is none any more, None when that page is bad."""
    sql = "SELECT id, body, upto FROM event WHERE id >= ? ORDER BY id LIMIT 1"
    try:
        row = con.execute(sql, (at,)).fetchone()
    except _DAMAGE:
        return None
    return 0 if row is None else int(row[0])


def _next_readable(con: apsw.Connection, bad: int, top: int) -> int | None:
    """The smallest key behind the damage at `bad` that reads: jumps double, then halve back. A jump
    may pass over sound pages between two damaged ones; `_probed` finds those by single keys."""
    step = 1
    while (hit := _reads(con, bad + step)) is None:
        step *= 2
        if bad + step > top:
            return None
    low, high = bad + step // 2, bad + step
    while low + 1 < high:
        middle = (low + high) // 2
        if (one := _reads(con, middle)) is None:
            low = middle
        else:
            high, hit = middle, one
    return hit or None


def _probed(con: apsw.Connection, first: int, last: int) -> Iterator[Row]:
    """Rows of the keys `first`..`last` that read one by one."""
    sql = "SELECT id, body, upto FROM event WHERE id = ?"
    for key in range(first, last + 1, 1 + (last - first) // PROBES):
        try:
            yield from con.execute(sql, (key,))
        except _DAMAGE:
            continue


@dataclass
class _Taking:
    """Rows from `old` into the fresh store. Until `conclude` the lanes they belong to look empty, so
    that nothing is sent of them."""

    old: apsw.Connection
    con: apsw.Connection
    outbox: Outbox
    evidence: EvidenceFolder
    cursor: Cursor

    def slice(self) -> bool:
        """At most SLICE_ROWS events; whether the walk is over."""
        if self.cursor.at == 0:
            for row in self._old_lanes().values():
                self._lane(row.id, row.epoch, row.lane)
        rows = list(islice(walk(self.old, self.cursor.at), SLICE_ROWS))
        taken = [new for row in rows if (new := self._moved(row)) is not None]
        self._insert(taken)
        self.cursor.recovered += len(taken)
        self.cursor.at = rows[-1][0] + 1 if rows else self.cursor.at
        value = msgspec.json.encode(self.cursor)
        self.con.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_CURSOR, value))
        return len(rows) < SLICE_ROWS

    def _old_lanes(self) -> dict[int, LaneRow]:
        columns = "id, epoch, lane, last_seq, last_head, stored, archived, base, base_head"
        rows = _readable(self.old, f"SELECT {columns} FROM lane")  # noqa: S608 - our own columns
        return {row[0]: LaneRow(*row) for row in rows}

    def _lane(self, old_id: int, epoch: str, lane: Lane) -> None:
        here = lane_key(epoch, lane) in self.outbox.rows
        self.cursor.lanes[old_id] = 0 if here else self.outbox.add_lane(epoch, lane).id

    def _moved(self, row: Row) -> Row | None:
        key, body, upto = row
        old_id = key >> SEQ_BITS
        if old_id not in self.cursor.lanes:
            if upto:
                return None  # the lane table did not read, and a tombstone does not name its lane
            eid = parse_event_id(msgspec.json.decode(body)["id"])
            self._lane(old_id, eid.epoch, eid.lane)
        fresh = self.cursor.lanes[old_id]
        return (fresh << SEQ_BITS | key & SEQ_MASK, body, upto) if fresh else None

    def conclude(self) -> list[Conclusion]:
        """Bridges what is missing, opens the lanes to the uplink; what to record of it."""
        notices, lost, known = [], 0, self._old_lanes()
        by_id = {row.id: row for row in self.outbox.rows.values()}
        for old_id, fresh_id in self.cursor.lanes.items():
            if fresh_id:
                row, gaps = self._opened(old_id, by_id[fresh_id], known.get(old_id))
                notices += [_gap_notice(row, gap) for gap in gaps]
                lost += sum(last - first + 1 for first, last in gaps)
        self._evidence_rows()
        _adopt_unnamed(self.outbox, self.evidence)
        self.con.execute("DELETE FROM setting WHERE key = ?", (_CURSOR,))
        counts = {"recovered": self.cursor.recovered, "lost": lost}
        told = GatewayNotice(kind="salvage", detail=f"{self.cursor.file} walked", counts=counts)
        return [*notices, Conclusion(told, GATEWAY)]

    def _opened(
        self, old_id: int, fresh: LaneRow, old: LaneRow | None
    ) -> tuple[LaneRow, list[tuple[int, int]]]:
        """Without the old row nobody knows what was sent: everything is sent again."""
        was = fresh if old is None else old
        missing, _ = self._gaps(fresh, was)
        for first, end in missing:
            span = (old_id << SEQ_BITS | first, old_id << SEQ_BITS | end)
            late = [new for row in _probed(self.old, *span) if (new := self._moved(row))]
            self._insert(late)
            self.cursor.recovered += len(late)
        gaps, last = self._gaps(fresh, was)
        self._insert([(fresh.key(first), _stone(first, end), end) for first, end in gaps])
        self.con.execute("UPDATE lane SET last_seq = ? WHERE id = ?", (last, fresh.id))
        row = replace(was, id=fresh.id, last_seq=last, stored=max(was.stored, was.base))
        self.outbox.update(row)
        self.outbox.relink(row)
        return self.outbox.rows[lane_key(row.epoch, row.lane)], gaps

    def _insert(self, rows: list[Row]) -> None:
        self.con.executemany("INSERT INTO event (id, body, upto) VALUES (?, ?, ?)", rows)

    def _gaps(self, fresh: LaneRow, was: LaneRow) -> tuple[list[tuple[int, int]], int]:
        """Ranges of the lane that are not here, and its last sequence."""
        span = (fresh.key(0), fresh.key(SEQ_MASK))
        query = "SELECT id, upto FROM event WHERE id BETWEEN ? AND ? ORDER BY id"
        gaps, expected = [], was.base + 1
        for key, upto in self.con.execute(query, span):
            if key & SEQ_MASK > expected:
                gaps.append((expected, (key & SEQ_MASK) - 1))
            expected = (upto or key & SEQ_MASK) + 1
        if expected <= was.last_seq:
            gaps.append((expected, was.last_seq))
        return gaps, max(was.last_seq, expected - 1)

    def _evidence_rows(self) -> None:
        """Rows of the first schema have nothing to say of originals."""
        found = _readable(self.old, "PRAGMA table_info(evidence)")
        more = _OF_ORIGINALS if any(one[1] == "sealed" for one in found) else ", 0"
        columns = f"sha256, media_type, size, event_id, sent{more}"
        query = f"SELECT {columns} FROM evidence WHERE shed = 0"  # noqa: S608 - our own columns
        for sha, media, size, event_id, sent, sealed, *rest in _readable(self.old, query):
            fresh = self.cursor.lanes.get(event_id >> SEQ_BITS, 0)
            if fresh and self.evidence.has(sha, sealed=bool(sealed)):
                key = fresh << SEQ_BITS | event_id & SEQ_MASK
                blob = Blob(sha, media, size, key, None, bool(sealed))
                self.evidence.adopt(blob, sent, Said(*rest))


def _stone(first: int, last: int) -> bytes:
    return msgspec.json.encode(Tombstone(gap=(first, last), reason="corruption"))


def _gap_notice(row: LaneRow, gap: tuple[int, int]) -> Conclusion:
    detail = f"{row.epoch}.{row.lane}: sequences {gap[0]} to {gap[1]} were on damaged pages"
    counts = {"first": gap[0], "last": gap[1]}
    return Conclusion(GatewayNotice(kind="gap", detail=detail, counts=counts), GATEWAY)


def _adopt_unnamed(outbox: Outbox, evidence: EvidenceFolder) -> None:
    """Files whose row did not read: better uploaded twice than lost. Originals stay sealed, also one
    that had been asked for: who wants it asks again."""
    lane: Lane = "routine"
    key = outbox.current(lane).key(outbox.current(lane).last_seq)
    for path, sealed in evidence.unnamed():
        with path.open("rb") as file:
            head = file.read(8)
        media = "image/jpeg" if head[:2] == b"\xff\xd8" else "application/octet-stream"
        media = ALIBI if head[:1] == b"{" else media
        evidence.adopt(Blob(path.name, media, path.stat().st_size, key, None, sealed))


def finish(folder: Path, walked: Path) -> None:
    """The walked file keeps its bytes under a name that is not walked again."""
    walked.replace(walked.with_name(walked.name + _DONE))
    sync_folder(folder)
