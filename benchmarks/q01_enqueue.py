"""1: what durable enqueue costs beside bare SQLite doing the same inserts and commits.

Ours: `Store.commit` of groups of 100, WAL and FULL, with encoding and chain. Bare: the same bodies,
made beforehand, into the same table under the same keys by executemany in the same groups. Both use
apsw's SQLite and the same pragmas. Written bytes and flushes are counted by a VFS under either, in
runs of their own.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import apsw

from benchmarks.rows import Row
from contract.envelope import Moment, encode_event
from contract.names import EventId, Lane
from contract.payloads.base import Payload
from edge_agent.ports import Conclusion, Work
from edge_agent.store.database import Limits, Store
from edge_agent.store.schema import Connect, configure, connect

GROUP = 100
TURN = 500
LANE = 2 << 40  # the same keys and table as ours: the same inserts
EVENT_TABLE = (
    "CREATE TABLE event (id INTEGER PRIMARY KEY, body BLOB NOT NULL, upto INTEGER NOT NULL DEFAULT 0) "
    "STRICT"
)
LIMITS = Limits(db_bytes=1 << 30)
_names = count(1)
_epochs = count(1)


@dataclass
class Counts:
    written: int = 0
    flushes: int = 0

    def zero(self) -> None:
        self.written = self.flushes = 0


class CountingFile(apsw.VFSFile):
    def __init__(self, vfs: str, name: object, flags: list[int], counts: Counts) -> None:
        super().__init__(vfs, name, flags)  # type: ignore[arg-type]
        self._counts = counts

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - apsw's name
        self._counts.written += len(data)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - apsw's name
        self._counts.flushes += 1
        super().xSync(flags)


class CountingVfs(apsw.VFS):
    """The system's VFS, counting. Shared memory is not passed through: exclusive locking."""

    def __init__(self) -> None:
        self.name, self.counts = f"counting-{next(_names)}", Counts()
        super().__init__(self.name, "")

    def xOpen(  # noqa: N802 - apsw's name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return CountingFile("", name, flags, self.counts)

    def connect(self, path: str) -> apsw.Connection:
        con = apsw.Connection(path, vfs=self.name)
        con.pragma("locking_mode", "exclusive")
        return con


class Sample(Payload, frozen=True, kw_only=True):
    """As small as makes the whole event 300 bytes."""

    wire_type: ClassVar[str] = "edile.bench.sample.v1"
    lane: ClassVar[Lane] = "routine"
    v: int


def moment(number: int) -> Moment:
    return Moment(
        "0b0f9c1e", 10**12 + number * 10**7, 1_790_000_000 * 10**9 + number * 10**7, "ntp"
    )


def open_store(folder: Path, how: Connect = connect) -> Store:
    return Store.open(
        folder,
        connect=how,
        limits=LIMITS,
        entropy=lambda bits: next(_epochs) % (1 << bits),
        source="/baiyun/cs-017",
        moment=moment(0),
        unclean=False,
        versions={},
    )


def works(events: int) -> list[Work]:
    return [
        Work(moment(n), (Conclusion(Sample(v=n), "air/ammonia-sensor-north"),))
        for n in range(events)
    ]


def enqueue(store: Store, all_works: list[Work]) -> None:
    for start in range(0, len(all_works), GROUP):
        store.commit(all_works[start : start + GROUP])


def bare(con: apsw.Connection, bodies: list[bytes], first: int = 0) -> None:
    for start in range(0, len(bodies), GROUP):
        con.execute("BEGIN IMMEDIATE")
        con.executemany(
            "INSERT INTO event (id, body) VALUES (?, ?)",
            [
                (LANE | (first + start + n + 1), body)
                for n, body in enumerate(bodies[start : start + GROUP])
            ],
        )
        con.execute("COMMIT")


def open_bare(folder: Path, how: Connect = connect) -> apsw.Connection:
    con = how(str(folder / "bare.db"))
    configure(con, LIMITS)
    con.execute(EVENT_TABLE)
    return con


def bodies_like_ours(events: int) -> list[bytes]:
    """The very bytes our side will make (but for the epoch)."""
    return [
        encode_event(
            Sample(v=n),
            event_id=EventId("0C9K2TQ7M4XWZ", "routine", n + 1),
            source="/baiyun/cs-017",
            subject="air/ammonia-sensor-north",
            moment=moment(n),
        )
        for n in range(events)
    ]


def timed(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def one_round(bodies: list[bytes], all_works: list[Work]) -> tuple[float, float]:
    """Events per second, ours and bare: both open side by side, taking turns every few groups, so
    that what else the machine does falls on both."""
    spent = [0.0, 0.0]
    with TemporaryDirectory() as name:
        con, store = open_bare(Path(name)), open_store(Path(name))
        for start in range(0, len(bodies), TURN):
            theirs, mine = bodies[start : start + TURN], all_works[start : start + TURN]
            turns = [(0, partial(enqueue, store, mine)), (1, partial(bare, con, theirs, start))]
            for side, act in turns if start // TURN % 2 else reversed(turns):
                spent[side] += timed(act)
        con.close()
        store.close()
    return len(bodies) / spent[0], len(bodies) / spent[1]


def counted(bodies: list[bytes], all_works: list[Work]) -> tuple[Counts, Counts]:
    with TemporaryDirectory() as name:
        folder, ours, theirs = Path(name), CountingVfs(), CountingVfs()
        con = open_bare(folder, theirs.connect)
        theirs.counts.zero()
        bare(con, bodies)
        con.close()
        store = open_store(folder, ours.connect)
        ours.counts.zero()
        enqueue(store, all_works)
        store.close()
    return ours.counts, theirs.counts


def measure(*, quick: bool) -> list[Row]:
    events, rounds = (20_000, 3) if quick else (50_000, 7)
    bodies, all_works = bodies_like_ours(events), works(events)
    gc.freeze()  # both sides' input is no part of what is measured
    one_round(bodies[: events // 10], all_works[: events // 10])  # warm up
    pairs = [one_round(bodies, all_works) for _ in range(rounds)]
    ours = statistics.median(pair[0] for pair in pairs)
    theirs = statistics.median(pair[1] for pair in pairs)
    ratio = statistics.median(pair[0] / pair[1] for pair in pairs)
    mine, other = counted(bodies, all_works)
    size = round(sum(map(len, bodies)) / events)
    written, baseline = mine.written / events, other.written / events
    flushes = mine.flushes / events
    name = "bare sqlite, same inserts and commits"
    return [
        Row("1 durable enqueue", f"events/s, groups of 100, {size}-byte events", ours, "events/s",
            theirs, name, ratio, ">= 0.55x", ratio >= 0.55),
        Row("1 durable enqueue", "bytes written per event", written, "B", baseline, name,
            written / baseline, "<= 1.2x", written / baseline <= 1.2),
        Row("1 durable enqueue", "flushes (fsync) per event", flushes, "fsync",
            other.flushes / events, name, None, "<= 0.011", flushes <= 0.011),
    ]  # fmt: skip
