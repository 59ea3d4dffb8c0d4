"""Events on their way to the hub: lanes, gapless sequences, chain heads, watermarks.

Runs inside the store's transactions. A lane's newest head and the head at its base (everything up to
the base is gone from here) are kept; heads in between are recomputed when a batch needs one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import apsw
import msgspec

from contract.chain import GENESIS, extend, link
from contract.names import LANES, Lane, lane_key
from contract.sync import Tombstone

SEQ_BITS = 40
SEQ_MASK = (1 << SEQ_BITS) - 1
HEADS_KEPT = 64
DAY_NS = 86_400 * 10**9


@dataclass(frozen=True)
class LaneProgress:
    """Sequences of one lane: the last made, the last the hub stored, the last it archived."""

    epoch: str
    lane: Lane
    last_seq: int
    stored: int
    archived: int
    is_current: bool


@dataclass(frozen=True)
class Batch:
    """Contiguous items of one lane; a tombstone is one item that stands for several sequences."""

    epoch: str
    lane: Lane
    first: int
    last: int
    items: tuple[bytes, ...]
    chain_head_after: bytes


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A row of table `lane`, as last committed or as this transaction has it."""

    id: int
    epoch: str
    lane: Lane
    last_seq: int
    last_head: bytes
    stored: int
    archived: int
    base: int
    base_head: bytes
    receipt: str | None = None
    stored_utc_ns: int | None = None

    def key(self, seq: int) -> int:
        return self.id << SEQ_BITS | seq


_COLUMNS = "id, epoch, lane, last_seq, last_head, stored, archived, base, base_head, receipt, stored_utc_ns"


class Outbox:
    """`rows` mirrors table `lane`; `reload` after a rollback makes it true again."""

    def __init__(self, con: apsw.Connection, epoch: str) -> None:
        self._con, self.epoch = con, epoch
        self.rows: dict[str, LaneRow] = {}
        self._heads: dict[tuple[int, int], bytes] = {}
        self.reload()

    def reload(self) -> None:
        query = f"SELECT {_COLUMNS} FROM lane ORDER BY id"  # noqa: S608 - our own column list
        rows = [LaneRow(*row) for row in self._con.execute(query)]
        self.rows = {lane_key(row.epoch, row.lane): row for row in rows}
        self._heads.clear()

    def begin_epoch(self) -> None:
        for lane in LANES:
            self.add_lane(self.epoch, lane)

    def drop_finished(self, keep: str | None) -> None:
        """Lanes of older epochs go when nothing is left of them (but for epoch `keep`)."""
        gone = [
            row
            for row in self.rows.values()
            if row.epoch != keep and row.archived >= row.last_seq and row.base >= row.last_seq
        ]
        self._con.executemany("DELETE FROM lane WHERE id = ?", [(row.id,) for row in gone])
        for row in gone:
            del self.rows[lane_key(row.epoch, row.lane)]

    def add_lane(self, epoch: str, lane: Lane) -> LaneRow:
        sql = (
            "INSERT INTO lane (epoch, lane, last_head, base_head) VALUES (?, ?, ?, ?) RETURNING id"
        )
        (new,) = next(self._con.execute(sql, (epoch, lane, GENESIS, GENESIS)))
        row = LaneRow(new, epoch, lane, 0, GENESIS, 0, 0, 0, GENESIS)
        self.rows[lane_key(epoch, lane)] = row
        return row

    def current(self, lane: Lane) -> LaneRow:
        return self.rows[lane_key(self.epoch, lane)]

    def append(self, lane: Lane, bodies: Sequence[bytes]) -> None:
        """The next sequences of the running epoch; the caller made `bodies` with those ids."""
        row = self.current(lane)
        head = extend(row.last_head, lane, enumerate(bodies, row.last_seq + 1))
        seq = row.last_seq + len(bodies)
        rows = list(zip(range(row.key(row.last_seq + 1), row.key(seq) + 1), bodies, strict=True))
        self._con.executemany("INSERT INTO event (id, body) VALUES (?, ?)", rows)
        self._con.execute(
            "UPDATE lane SET last_seq = ?, last_head = ? WHERE id = ?", (seq, head, row.id)
        )
        self.rows[lane_key(self.epoch, lane)] = replace(row, last_seq=seq, last_head=head)

    def progress(self) -> list[LaneProgress]:
        return [
            LaneProgress(r.epoch, r.lane, r.last_seq, r.stored, r.archived, r.epoch == self.epoch)
            for r in sorted(self.rows.values(), key=lambda row: row.epoch == self.epoch)
            if r.archived < r.last_seq or r.epoch == self.epoch
        ]

    def depth(self) -> dict[Lane, int]:
        count: dict[Lane, int] = dict.fromkeys(LANES, 0)
        for row in self.rows.values():
            count[row.lane] += max(0, row.last_seq - row.stored)
        return count

    def batch(
        self, epoch: str, lane: Lane, *, max_events: int, max_bytes: int, after: int | None
    ) -> Batch | None:
        """At least one item where there is one, however large."""
        row = self.rows[lane_key(epoch, lane)]
        start = max(row.stored if after is None else after, row.base)
        items: list[bytes] = []
        head, size, last = self.head_at(row, start), 2, start
        for seq, upto, body in self._items(row, start, max_events):
            if items and size + len(body) + 1 > max_bytes:
                break
            last = upto or seq
            head = link(head, lane, last, body)
            items.append(body)
            size += len(body) + 1
        if not items:
            return None
        self._remember(row.id, last, head)
        return Batch(epoch, lane, start + 1, last, tuple(items), head)

    def _items(
        self, row: LaneRow, after: int, most: int | None = None
    ) -> Iterator[tuple[int, int, bytes]]:
        sql = "SELECT id, upto, body FROM event WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"
        span = (row.key(after + 1), row.key(row.last_seq), -1 if most is None else most)
        for key, upto, body in self._con.execute(sql, span):
            yield key & SEQ_MASK, upto, body

    def head_at(self, row: LaneRow, seq: int) -> bytes:
        """The chain head after `seq`, which is neither before the base nor inside a tombstone."""
        if seq == row.last_seq:
            return row.last_head
        if seq <= row.base:
            return row.base_head
        if (row.id, seq) in self._heads:
            return self._heads[row.id, seq]
        known = max((s for lane, s in self._heads if lane == row.id and s < seq), default=row.base)
        head = self._heads.get((row.id, known), row.base_head)
        for one, upto, body in self._items(row, known):
            if one > seq:
                break
            head = link(head, row.lane, upto or one, body)
        self._remember(row.id, seq, head)
        return head

    def _remember(self, lane_id: int, seq: int, head: bytes) -> None:
        while len(self._heads) >= HEADS_KEPT:
            self._heads.pop(next(iter(self._heads)))
        self._heads[lane_id, seq] = head

    def update(self, row: LaneRow) -> None:
        self._con.execute(
            "UPDATE lane SET stored = ?, archived = ?, base = ?, base_head = ?, receipt = ?, "
            "stored_utc_ns = ? WHERE id = ?",
            (
                row.stored,
                row.archived,
                row.base,
                row.base_head,
                row.receipt,
                row.stored_utc_ns,
                row.id,
            ),
        )
        before = self.rows[lane_key(row.epoch, row.lane)]
        self.rows[lane_key(row.epoch, row.lane)] = row
        if row.stored != before.stored:
            self._split_tombstone(row)

    def _split_tombstone(self, row: LaneRow) -> None:
        """`stored` may fall into the range of a tombstone (the hub had part of it before it was lost
        here). Two tombstones then: the next batch begins right behind `stored`."""
        sql = "SELECT id, upto, body FROM event WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1"
        found = self._con.execute(sql, (row.key(1), row.key(row.stored))).fetchone()
        if found is None or found[1] <= row.stored:
            return
        first, upto, stone = (
            found[0] & SEQ_MASK,
            found[1],
            msgspec.json.decode(found[2], type=Tombstone),
        )
        for begin, end in ((first, row.stored), (row.stored + 1, upto)):
            body = msgspec.json.encode(Tombstone(gap=(begin, end), reason=stone.reason))
            self._con.execute(
                "INSERT OR REPLACE INTO event (id, body, upto) VALUES (?, ?, ?)",
                (row.key(begin), body, end),
            )
        self._heads.clear()
        self.relink(row)

    def advance(
        self, stored: Mapping[str, int], archived: Mapping[str, int], utc_ns: int
    ) -> list[str]:
        """Moves watermarks up (never down here, never beyond what we made); names the lanes of which
        the hub claims more than we have: another box speaks as us, or an old image was put back."""
        beyond = []
        for key, row in list(self.rows.items()):
            claimed = max(stored.get(key, 0), archived.get(key, 0))
            if claimed > row.last_seq:
                beyond.append(key)
            up_to = min(max(row.stored, claimed), row.last_seq)
            safe = min(max(row.archived, archived.get(key, 0)), row.last_seq)
            if (up_to, safe) != (row.stored, row.archived):
                self.update(replace(row, stored=up_to, archived=safe, stored_utc_ns=utc_ns))
        return beyond

    def fall_back(self) -> None:
        """The hub was restored: what it had not archived may be gone there."""
        for row in list(self.rows.values()):
            if row.stored > row.archived:
                self.update(replace(row, stored=max(row.archived, row.base)))

    def rewind(self, stored: Mapping[str, int]) -> None:
        """The hub misses sequences behind our watermark. What we no longer have is bridged."""
        for key, seq in stored.items():
            row = self.rows.get(key)
            if row is None:
                continue
            if seq < row.base:
                self._bridge(row, seq)
                row = self.rows[key]
            self.update(replace(row, stored=min(max(seq, row.base), row.last_seq)))

    def _bridge(self, row: LaneRow, hub_has: int) -> None:
        """A tombstone over what was pruned here and lost there; the chain goes on from it."""
        body = msgspec.json.encode(Tombstone(gap=(hub_has + 1, row.base), reason="pruned"))
        self._con.execute(
            "INSERT OR REPLACE INTO event (id, body, upto) VALUES (?, ?, ?)",
            (row.key(hub_has + 1), body, row.base),
        )
        self._heads.clear()
        self.update(replace(row, base=hub_has, stored=hub_has, archived=min(row.archived, hub_has)))
        self.relink(self.rows[lane_key(row.epoch, row.lane)])

    def relink(self, row: LaneRow) -> None:
        """Recomputes the newest head after rows were put in or taken out above the base."""
        head = row.base_head
        for seq, upto, body in self._items(row, row.base):
            head = link(head, row.lane, upto or seq, body)
        self._con.execute("UPDATE lane SET last_head = ? WHERE id = ?", (head, row.id))
        self.rows[lane_key(row.epoch, row.lane)] = replace(row, last_head=head)

    def prunable(self, utc_ns: int, keep_days: int) -> list[tuple[LaneRow, int]]:
        """Lanes with rows that may go, and up to which sequence."""
        found = []
        for row in self.rows.values():
            old = row.stored_utc_ns is not None and utc_ns - row.stored_utc_ns > keep_days * DAY_NS
            up_to = max(row.archived, row.stored if old else 0)
            if up_to > row.base:
                found.append((row, up_to))
        return found

    def prune(self, row: LaneRow, up_to: int, most: int) -> int:
        """Deletes at most `most` items, oldest first, and moves the base; how many went."""
        head, base, keys = row.base_head, row.base, []
        for seq, upto, body in self._items(row, row.base, most):
            end = upto or seq
            if end > up_to:
                break
            head, base = link(head, row.lane, end, body), end
            keys.append((row.key(seq),))
        if not keys:
            return 0
        self._con.execute("DELETE FROM event WHERE id BETWEEN ? AND ?", (keys[0][0], keys[-1][0]))
        self.update(replace(row, base=base, base_head=head))
        return len(keys)
