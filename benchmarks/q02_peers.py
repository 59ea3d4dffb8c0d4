"""2: the outbox beside other durable queues for Python: enqueue, drain, bytes to the disk.

Every side stores the same 300-byte events and has each of them on disk when it says so: the outbox in
groups of 100 (its real use, bounded at 250 ms), the peers in their own way, one commit an item:
- persist-queue SQLiteAckQueue(auto_commit=True): get + ack drains
- litequeue LiteQueue: pop + done drains; PRAGMA synchronous=FULL set on its connection
- diskcache.Deque over a Cache with sqlite_synchronous=2 (FULL): popleft drains
Bytes are `write_bytes` of /proc/self/io (Linux): what the process made dirty, at page size.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Protocol

import diskcache
import litequeue
import persistqueue

from benchmarks.q01_enqueue import bodies_like_ours, enqueue, moment, open_store, timed, works
from benchmarks.rows import Row
from edge_agent.ports import Work

QUESTION = "2 against peers"
PEER_EVENTS = 300


class Queue(Protocol):
    def put_all(self) -> None: ...

    def drain_all(self) -> None: ...

    def close(self) -> None: ...


class Outbox:
    """Drained as the uplink does: batches of 1,000, each confirmed and pruned."""

    def __init__(self, folder: Path, all_works: list[Work]) -> None:
        self._store, self._works = open_store(folder), all_works

    def put_all(self) -> None:
        enqueue(self._store, self._works)

    def drain_all(self) -> None:
        store = self._store
        key = f"{store.epoch}.routine"
        while batch := store.next_batch(
            store.epoch, "routine", max_events=1000, max_bytes=4 * 1024 * 1024
        ):
            done = {key: batch.last}
            store.apply_reply(
                stored=done, archived=done, generation="g1", receipt=None, moment=moment(0)
            )

    def close(self) -> None:
        self._store.close()


class PersistQueue:
    def __init__(self, folder: Path, bodies: list[bytes]) -> None:
        self._queue = persistqueue.SQLiteAckQueue(str(folder), auto_commit=True)
        self._bodies = bodies

    def put_all(self) -> None:
        for body in self._bodies:
            self._queue.put(body)

    def drain_all(self) -> None:
        for _ in self._bodies:
            self._queue.ack(self._queue.get(block=False))

    def close(self) -> None:
        self._queue.close()


class LiteQueue:
    def __init__(self, folder: Path, bodies: list[bytes]) -> None:
        self._queue = litequeue.LiteQueue(str(folder / "lite.db"))
        self._queue.conn.execute("PRAGMA synchronous=FULL")
        self._bodies = bodies

    def put_all(self) -> None:
        for body in self._bodies:
            self._queue.put(body.decode())

    def drain_all(self) -> None:
        for _ in self._bodies:
            self._queue.done(self._queue.pop().message_id)

    def close(self) -> None:
        self._queue.close()


class DiskDeque:
    def __init__(self, folder: Path, bodies: list[bytes]) -> None:
        self._cache = diskcache.Cache(str(folder), sqlite_synchronous=2, eviction_policy="none")
        self._queue, self._bodies = diskcache.Deque.fromcache(self._cache), bodies

    def put_all(self) -> None:
        for body in self._bodies:
            self._queue.append(body)

    def drain_all(self) -> None:
        for _ in self._bodies:
            self._queue.popleft()

    def close(self) -> None:
        self._cache.close()


class Figures(NamedTuple):
    """Events per second in and out, bytes made dirty per event put."""

    enqueue: float
    drain: float
    bytes: float


@dataclass(frozen=True)
class Side:
    events: int
    open: Callable[[Path], Queue]


def dirtied_bytes() -> int:
    text = Path("/proc/self/io").read_text(encoding="ascii")
    return next(
        int(line.split()[1]) for line in text.splitlines() if line.startswith("write_bytes")
    )


def one_round(side: Side) -> Figures:
    with TemporaryDirectory() as name:
        queue = side.open(Path(name))
        before = dirtied_bytes()
        put_s = timed(queue.put_all)
        dirtied = dirtied_bytes() - before
        drain_s = timed(queue.drain_all)
        queue.close()
    return Figures(side.events / put_s, side.events / drain_s, dirtied / side.events)


def measure(*, quick: bool) -> list[Row]:
    events, rounds = (5_000, 3) if quick else (20_000, 5)
    all_works, few = works(events), bodies_like_ours(PEER_EVENTS)
    sides = {
        "outbox": Side(events, lambda folder: Outbox(folder, all_works)),
        "persist-queue": Side(PEER_EVENTS, lambda folder: PersistQueue(folder, few)),
        "litequeue": Side(PEER_EVENTS, lambda folder: LiteQueue(folder, few)),
        "diskcache": Side(PEER_EVENTS, lambda folder: DiskDeque(folder, few)),
    }
    took: dict[str, list[Figures]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            took[name].append(one_round(side))
    middle = {
        name: Figures(*map(statistics.median, zip(*f, strict=True))) for name, f in took.items()
    }
    ours = middle.pop("outbox")
    return [row for name, theirs in middle.items() for row in _rows(name, ours, theirs)]


def _rows(name: str, ours: Figures, theirs: Figures) -> list[Row]:
    bound = name == "persist-queue"
    put, drain = ours.enqueue / theirs.enqueue, ours.drain / theirs.drain
    share = ours.bytes / theirs.bytes if theirs.bytes else None
    less = None if share is None else share <= 0.1
    return [
        Row(QUESTION, f"durable enqueue, against {name}", ours.enqueue, "events/s", theirs.enqueue,
            name, put, ">= 10x" if bound else "report", put >= 10 if bound else None),
        Row(QUESTION, f"drain, against {name}", ours.drain, "events/s", theirs.drain, name, drain,
            "report", None),
        Row(QUESTION, f"bytes to disk per event, against {name}", ours.bytes, "B", theirs.bytes,
            name, share, "<= 0.1x" if bound else "report", less if bound else None),
    ]  # fmt: skip
