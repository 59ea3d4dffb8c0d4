"""After corruption: set the file aside, go on in a fresh one, bring over every row that still reads.

The walk goes by rowid: forward until a page fails, then by doubling jumps to the next key that
reads, and back by halving to the first one. Recovered events keep epoch, lane and sequence, so the
hub drops what it already has; ranges that are gone become tombstones and `gap` notices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import apsw
import msgspec

from contract.names import Lane, lane_key
from contract.payloads.gateway import GatewayNotice
from contract.sync import Tombstone
from edge_agent.ports import Conclusion
from edge_agent.store.evidence import ALIBI, Blob, EvidenceFolder
from edge_agent.store.files import sync_folder
from edge_agent.store.outbox import SEQ_BITS, SEQ_MASK, LaneRow, Outbox
from edge_agent.store.schema import Connect

GATEWAY = "gateway"
_DONE = ".salvaged"
_DAMAGE = (apsw.CorruptError, apsw.NotADBError, apsw.IOError, apsw.SQLError)
Row = tuple[int, bytes, int]


@dataclass
class Found:
    """What one set-aside file still gave."""

    path: Path
    lanes: list[LaneRow] = field(default_factory=list)
    events: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    evidence: list[tuple[str, str, int, int, int]] = field(default_factory=list)


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
    finally:
        old.close(force=True)


def slice_of(folder: Path, connect: Connect) -> Found | None:
    """Walks the oldest set-aside file; None when there is none. Read-only."""
    waiting = pending(folder)
    if not waiting:
        return None
    found = Found(waiting[0])
    con = connect(str(waiting[0]))
    try:
        columns = "id, epoch, lane, last_seq, last_head, stored, archived, base, base_head"
        query = f"SELECT {columns} FROM lane"  # noqa: S608 - our own columns
        found.lanes = [LaneRow(*row) for row in _readable(con, query)]
        found.events = {key: (body, upto) for key, body, upto in walk(con)}
        query = "SELECT sha256, media_type, size, event_id, sent FROM evidence WHERE shed = 0"
        found.evidence = list(_readable(con, query))
    finally:
        con.close(force=True)
    return found


def _readable(con: apsw.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    try:
        yield from con.execute(query)
    except _DAMAGE:
        return


def walk(con: apsw.Connection) -> Iterator[Row]:
    """Every event row on a page that reads, in the order of keys."""
    top = (1 << 62) - 1
    at = 0
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
    """The smallest key behind the damage at `bad` that reads: jumps double, then halve back."""
    step = 1
    while (hit := _reads(con, bad + step)) is None:
        step *= 2
        if bad + step > top:
            return None
    if hit == 0:
        return None
    low, high = bad + step // 2, bad + step
    while low + 1 < high:
        middle = (low + high) // 2
        if (one := _reads(con, middle)) is None or one == 0:
            low = middle
        else:
            high, hit = middle, one
    return hit


def take_in(
    outbox: Outbox, evidence: EvidenceFolder, con: apsw.Connection, found: Found
) -> list[Conclusion]:
    """Puts what was found into the fresh store, inside its transaction; the notices to record."""
    notices: list[Conclusion] = []
    recovered = lost = 0
    known = {row.id: row for row in found.lanes}
    for lane_id in sorted({key >> SEQ_BITS for key in found.events} | set(known)):
        old = known.get(lane_id) or _guessed(found, lane_id)
        if old is None or lane_key(old.epoch, old.lane) in outbox.rows:
            continue
        items = {k & SEQ_MASK: v for k, v in found.events.items() if k >> SEQ_BITS == lane_id}
        row, gaps = _restore(outbox, con, old, items)
        recovered += len(items)
        lost += sum(last - first + 1 for first, last in gaps)
        notices += [_gap_notice(row, gap) for gap in gaps]
        for sha, media, size, event_id, sent in found.evidence:
            if event_id >> SEQ_BITS == lane_id and evidence.has(sha):
                evidence.adopt(Blob(sha, media, size, row.key(event_id & SEQ_MASK), None), sent)
    _adopt_unnamed(outbox, evidence)
    counts = {"recovered": recovered, "lost": lost}
    done = GatewayNotice(kind="salvage", detail=f"{found.path.name} walked", counts=counts)
    return [*notices, Conclusion(done, GATEWAY)]


def _guessed(found: Found, lane_id: int) -> LaneRow | None:
    """The lane table did not read: the events themselves name their epoch and lane."""
    for key, (body, upto) in found.events.items():
        if key >> SEQ_BITS == lane_id and not upto:
            epoch, lane, _ = msgspec.json.decode(body)["id"].split(".")
            last = max(k & SEQ_MASK for k in found.events if k >> SEQ_BITS == lane_id)
            return LaneRow(lane_id, epoch, lane, last, bytes(32), 0, 0, 0, bytes(32))
    return None


def _restore(
    outbox: Outbox, con: apsw.Connection, old: LaneRow, items: dict[int, tuple[bytes, int]]
) -> tuple[LaneRow, list[tuple[int, int]]]:
    """The lane in the fresh store, every missing range bridged; those ranges."""
    fresh = outbox.add_lane(old.epoch, old.lane)
    last = max([old.last_seq, *(upto or seq for seq, (_, upto) in items.items())])
    gaps, expected = [], old.base + 1
    for seq in [*sorted(items), last + 1]:
        if seq > expected:
            gaps.append((expected, seq - 1))
        expected = max(expected, (items[seq][1] or seq) + 1 if seq in items else expected)
    rows = [(fresh.key(seq), body, upto) for seq, (body, upto) in items.items()]
    for first, end in gaps:
        body = msgspec.json.encode(Tombstone(gap=(first, end), reason="corruption"))
        rows.append((fresh.key(first), body, end))
    con.executemany("INSERT INTO event (id, body, upto) VALUES (?, ?, ?)", rows)
    con.execute("UPDATE lane SET last_seq = ? WHERE id = ?", (last, fresh.id))
    row = replace(old, id=fresh.id, last_seq=last, stored=max(old.stored, old.base))
    outbox.update(row)
    outbox.relink(row)
    return outbox.rows[lane_key(row.epoch, row.lane)], gaps


def _gap_notice(row: LaneRow, gap: tuple[int, int]) -> Conclusion:
    detail = f"{row.epoch}.{row.lane}: sequences {gap[0]} to {gap[1]} were on damaged pages"
    counts = {"first": gap[0], "last": gap[1]}
    return Conclusion(GatewayNotice(kind="gap", detail=detail, counts=counts), GATEWAY)


def _adopt_unnamed(outbox: Outbox, evidence: EvidenceFolder) -> None:
    """Files whose row did not read: better uploaded twice than lost."""
    lane: Lane = "routine"
    key = outbox.current(lane).key(outbox.current(lane).last_seq)
    for path in evidence.unnamed():
        head = path.read_bytes()[:8]
        media = "image/jpeg" if head[:2] == b"\xff\xd8" else "application/octet-stream"
        media = ALIBI if head[:1] == b"{" else media
        evidence.adopt(Blob(path.name, media, path.stat().st_size, key, None))


def finish(folder: Path, found: Found) -> None:
    """The walked file keeps its bytes under a name that is not walked again."""
    found.path.replace(found.path.with_name(found.path.name + _DONE))
    sync_folder(folder)
