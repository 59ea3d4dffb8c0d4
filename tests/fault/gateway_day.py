"""A gateway's day on a disk that may lose its power: the real store, a mix of its operations, and a
record of what was promised when; then, for any disk a cut may leave, whether the promises hold."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import apsw

from contract.envelope import decode_event
from contract.names import LANES, lane_key
from contract.payloads.air import AirSummary
from contract.payloads.base import PhotoRef
from contract.payloads.evidence import EvidenceOriginal
from contract.payloads.gateway import CommandResult
from edge_agent.ports import Conclusion, NewEvidence, Work
from edge_agent.store.database import Store
from edge_agent.store.originals import Original
from edge_agent.store.outbox import SEQ_BITS, SEQ_MASK
from tests.fakes.clock import FakeClock
from tests.fault.powercut import Aftermath, Disk, DiskFiles, DiskVfs, Image, Judged

FOLDER = "edile-fault"
_vfs_names = count(1)


@dataclass(frozen=True)
class Sloppiness:
    """Ways to be wrong, each of which the checker must notice."""

    synchronous: int = 2
    ack_first: bool = False
    fixed_epoch: bool = False
    forget_folder_flush: bool = False


@dataclass
class History:
    """What each operation made, and what the disk looked like to the one that ran it."""

    disk: Disk
    seed: int
    kinds: list[str] = field(default_factory=list)
    made_by: dict[int, int] = field(default_factory=dict)  # event key -> operation
    bodies: dict[int, bytes] = field(default_factory=dict)
    heads: dict[int, bytes] = field(default_factory=dict)
    photos: dict[str, int] = field(default_factory=dict)  # sha256 -> operation
    originals: set[str] = field(default_factory=set)  # those of `photos` that are sealed
    given: dict[str, int] = field(default_factory=dict)  # sha256 -> operation that gave it out
    archived: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    lanes: dict[int, str] = field(default_factory=dict)  # lane id -> its name


class ForgetfulFiles(DiskFiles):
    """Renames without flushing the folder."""

    def flush_folder(self, folder: Path) -> None: ...


class Day:
    """Runs operations; `history` is complete when `run` returns."""

    def __init__(self, tmp: Path, seed: int, sloppy: Sloppiness = Sloppiness()) -> None:
        self.vfs = DiskVfs(f"cut-{next(_vfs_names)}")
        self.folder, self.sloppy = tmp / FOLDER, sloppy
        self.rng, self.clock = random.Random(seed), FakeClock()
        self.history = History(self.vfs.disk, seed)
        self.files = (ForgetfulFiles if sloppy.forget_folder_flush else DiskFiles)(self.vfs)
        self.con: apsw.Connection | None = None
        self.store: Store | None = None

    def connect(self, path: str) -> apsw.Connection:
        self.con = self.vfs.connect(path)
        return self.con

    def open(self, *, unclean: bool, rng: random.Random) -> Store:
        store = Store.open(
            self.folder,
            connect=self.connect,
            files=self.files,
            entropy=(lambda bits: 7) if self.sloppy.fixed_epoch else rng.getrandbits,
            source="/baiyun/cs-017",
            moment=self.clock.moment(),
            unclean=unclean,
            versions={"agent": "1"},
        )
        assert self.con is not None
        # Small logs: a day of a few hundred events sees many checkpoints.
        self.con.pragma("wal_autocheckpoint", 24)
        if self.sloppy.synchronous != 2:
            self.con.pragma("synchronous", self.sloppy.synchronous)
        return store

    def run(self, operations: int) -> History:
        self._do("open", self._reopen)
        choices = ["commit"] * 10 + ["reply"] * 3 + ["upload", "rewind", "setting", "maintain"]
        choices += ["give"]
        for number in range(1, operations):
            kind = self.rng.choice(choices)
            if not self.sloppy.fixed_epoch and number % 37 == 36:
                kind = "open"
            step = self._reopen if kind == "open" else getattr(self, f"_{kind}")
            self._do(kind, step)
        return self.history

    def _do(self, kind: str, step: Callable[[int], None]) -> None:
        number = len(self.history.kinds)
        self.history.kinds.append(kind)
        self.vfs.disk.note(done=False, number=number)
        if self.sloppy.ack_first:
            self.vfs.disk.note(done=True, number=number)
        self.clock.tick(1)
        step(number)
        self.vfs.disk.note(done=True, number=number)
        self._observe(number)

    def _observe(self, number: int) -> None:
        assert self.con is not None
        for key, body in self.con.execute("SELECT id, body FROM event"):
            if key not in self.history.made_by:
                self.history.made_by[key] = number
                self.history.bodies[key] = body
        query = "SELECT id, epoch, lane, last_seq, last_head FROM lane"
        for lane, epoch, name, seq, head in self.con.execute(query):
            self.history.heads[lane << SEQ_BITS | seq] = head
            self.history.lanes[lane] = lane_key(epoch, name)

    def _reopen(self, number: int) -> None:
        if self.store is not None:
            self.store.close()
        self.store = self.open(unclean=False, rng=self.rng)

    def _live(self) -> Store:
        assert self.store is not None
        return self.store

    def _commit(self, number: int) -> None:
        works = []
        for part in range(self.rng.choice((1, 1, 2, 6))):
            found: list[Conclusion] = []
            if self.rng.random() < 0.3:
                found.append(
                    Conclusion(CommandResult(command=f"{number}.{part}", outcome="done"), "gateway")
                )
            found += [
                Conclusion(_summary(f"{number}.{part}.{line}"), "sensor/a")
                for line in range(self.rng.choice((0, 1, 2)))
            ]
            works.append(Work(self.clock.moment(), tuple(found)))
        if self.rng.random() < 0.4:
            photo = self.rng.randbytes(self.rng.choice((300, 3000)))
            self.history.photos[sha256(photo).hexdigest()] = number
            evidence: tuple[NewEvidence, ...] = (NewEvidence(photo, "image/jpeg"),)
            if self.rng.random() < 0.5:
                original = photo[::-1]
                name = sha256(original).hexdigest()
                self.history.photos[name] = number
                self.history.originals.add(name)
                evidence += (NewEvidence(original, "image/jpeg", sealed=True),)
            one = Conclusion(_summary(f"{number}.p"), "camera/c", evidence=evidence)
            works.append(Work(self.clock.moment(), (one,)))
        state = {"station": str(number).encode()}
        works.append(Work(self.clock.moment(), (), state, {"ledger": str(number).encode()}))
        self._live().commit(works)

    def _reply(self, number: int) -> None:
        stored, archived = {}, {}
        for lane in self._live().lanes():
            key = lane_key(lane.epoch, lane.lane)
            stored[key] = self.rng.randint(lane.stored, lane.last_seq)
            archived[key] = self.rng.randint(lane.archived, max(lane.archived, stored[key]))
            self.history.archived.setdefault(key, []).append((number, archived[key]))
        generation = "g2" if number > 100 else "g1"
        self._live().apply_reply(
            stored=stored,
            archived=archived,
            generation=generation,
            receipt="r",
            moment=self.clock.moment(),
        )

    def _rewind(self, number: int) -> None:
        lanes = self._live().lanes()
        self._live().rewind(
            {lane_key(x.epoch, x.lane): self.rng.randint(x.archived, x.last_seq) for x in lanes}
        )

    def _setting(self, number: int) -> None:
        self._live().put_setting("desired", str(number).encode())

    def _upload(self, number: int) -> None:
        upload = self._live().next_upload()
        if upload is not None:
            half = upload.sent + upload.size // 2 + 1
            self._live().evidence_progress(
                upload.sha256, min(half, upload.size), done=half >= upload.size
            )

    def _give(self, number: int) -> None:
        sealed = sorted(self.history.originals - self.history.given.keys())
        if not sealed:
            return
        name = self.rng.choice(sealed)
        self.history.given[name] = number
        self._live().give_original(name, self.clock.moment(), _asked)

    def _maintain(self, number: int) -> None:
        self._live().maintain(self.clock.moment())


def _asked(original: Original) -> Conclusion:
    payload = EvidenceOriginal(
        evidence=(PhotoRef(sha256=original.sha256),), size_bytes=original.size,
        requested_by="li-na", reason="why",
    )  # fmt: skip
    return Conclusion(payload, f"evidence/{original.sha256}")


def _summary(name: str) -> AirSummary:
    return AirSummary(
        sensor=name, quantity="pm10", unit="ug/m3", window_s=300, n=30, min="1", max="9", mean="5",
        p95="8", last="5",
    )  # fmt: skip


class Inspector:
    """Starts the real store on what a cut left, and says what does not hold."""

    def __init__(self, day: Day) -> None:
        self.day, self.history = day, day.history
        self._archived_to: dict[tuple[str, int], int] = {}
        self._rng = random.Random(day.history.seed + 1)

    def violations(self, image: Image, *, started: int, done: int) -> Iterator[str]:
        self.day.vfs.disk = Disk(image)
        try:
            store = self.day.open(unclean=True, rng=self._rng)
        except (apsw.Error, AssertionError) as error:
            yield f"the store does not open: {error!r}"
            return
        con = self.day.con
        assert con is not None
        yield from self._check(store, con, started, done)
        store.close()

    def _check(self, store: Store, con: apsw.Connection, started: int, done: int) -> Iterator[str]:
        commits = [
            n for n, kind in enumerate(self.history.kinds[: started + 1]) if kind == "commit"
        ]
        sure = max((n for n in commits if n <= done), default=-1)
        state = int(store.role_state("station") or -1)
        if state != int(store.setting("ledger") or -1):
            yield "role state and settings of one transaction differ"
        if not (state == sure or state == commits[-1] if commits else state == -1):
            yield f"role state is of operation {state}, promised was {sure}"
        lanes = {
            row[0]: row[1:]
            for row in con.execute(
                "SELECT id, epoch, lane, last_seq, last_head, archived, base FROM lane"
            )
        }
        found: dict[int, list[int]] = {lane: [] for lane in lanes}
        for key, body in con.execute("SELECT id, body FROM event ORDER BY id"):
            lane, seq = key >> SEQ_BITS, key & SEQ_MASK
            found.setdefault(lane, []).append(seq)
            if lane in lanes and lanes[lane][0] == store.epoch:
                continue
            if self.history.bodies.get(key) != body:
                yield f"event {seq} of lane {lane} is not what was recorded"
            elif self.history.made_by[key] > started:
                yield f"event {seq} of lane {lane} is from the future"
            elif (
                self.history.kinds[self.history.made_by[key]] == "commit"
                and self.history.made_by[key] > state
            ):
                yield f"event {seq} of lane {lane} is there without the state that led to it"
        yield from self._lanes(store, lanes, found, started, done, state)
        yield from self._evidence(store, con, done, started, state)

    def _lanes(
        self,
        store: Store,
        lanes: dict[int, tuple[Any, ...]],
        found: dict[int, list[int]],
        started: int,
        done: int,
        state: int,
    ) -> Iterator[str]:
        ends: dict[str, tuple[int, str]] = {}
        for lane, (epoch, name, last, head, archived, base) in lanes.items():
            if found[lane] != list(range(base + 1, last + 1)):
                yield f"lane {lane} has gaps or strays: {found[lane]} with base {base}, last {last}"
            if epoch == store.epoch:
                continue
            ends[lane_key(epoch, name)] = (last, head.hex())
            if last and self.history.heads.get(lane << SEQ_BITS | last) != head:
                yield f"lane {lane}: the chain head after {last} is not the recorded one"
            claims = self.history.archived.get(lane_key(epoch, name), [])
            if base > max((seq for n, seq in claims if n <= started), default=0):
                yield f"lane {lane}: events up to {base} were pruned before they were archived"
            if archived < max((seq for n, seq in claims if n <= done), default=0):
                yield f"lane {lane}: the archived watermark fell back to {archived}"
        for key, number in self.history.made_by.items():
            if number > done and (number > started or number != state):
                continue
            row = lanes.get(key >> SEQ_BITS)
            gone = row is None and self._archived(key, started)  # nothing is left of a whole epoch
            if not gone and (row is None or row[2] < key & SEQ_MASK):
                yield f"event {key & SEQ_MASK} of lane {key >> SEQ_BITS} (operation {number}) is lost"
        yield from self._first_notice(store, ends)

    def _archived(self, key: int, started: int) -> bool:
        asked = self.history.lanes[key >> SEQ_BITS], started
        if asked not in self._archived_to:
            claims = self.history.archived.get(asked[0], [])
            self._archived_to[asked] = max((seq for n, seq in claims if n <= started), default=0)
        return self._archived_to[asked] >= key & SEQ_MASK

    def _first_notice(self, store: Store, ends: dict[str, tuple[int, str]]) -> Iterator[str]:
        batch = store.next_batch(store.epoch, "urgent", max_events=9, max_bytes=10**6)
        if batch is None or len(batch.items) != 1:
            yield f"a start makes one notice, found {batch and batch.items}"
            return
        data = json.loads(bytes(decode_event(batch.items[0]).data))
        told = data.get("previous")
        if (told is None) != (not ends):
            yield f"the started notice tells of {told}, there were {list(ends)}"
        elif told is not None:
            for lane in LANES:
                one = told["lanes"][lane]
                if (one["seq"], one["chain_head"]) != ends[lane_key(told["epoch"], lane)]:
                    yield f"the started notice tells another end of {told['epoch']}.{lane}"

    def _evidence(
        self, store: Store, con: apsw.Connection, done: int, started: int, state: int
    ) -> Iterator[str]:
        rows = {sha for (sha,) in con.execute("SELECT sha256 FROM evidence")}
        given = self.history.given
        unsealed = {sha for sha, number in given.items() if number <= started}
        leak = store.next_upload(skip=rows - (self.history.originals - unsealed))
        if leak is not None:
            yield f"the original {leak.sha256[:8]} would leave, and nobody asked for it"
        told = "SELECT sha256 FROM evidence WHERE given IS NOT NULL"
        kept = {sha for (sha,) in con.execute(told)}
        for sha, number in given.items():
            if number <= done and sha not in kept:
                yield f"the original {sha[:8]} was given, and is sealed again"
        for sha in rows:
            folder = "sealed" if sha in self.history.originals else "evidence"
            if f"{self.day.folder}/{folder}/{sha[:2]}/{sha}" not in self.day.vfs.disk.names:
                yield f"evidence {sha[:8]} has a row and no file"
            elif sha256(store.read_evidence(sha, 0, 10**6)).hexdigest() != sha:
                yield f"evidence {sha[:8]} is not whole"
        for sha, number in self.history.photos.items():
            if number <= max(done, state) and sha not in rows:
                yield f"evidence {sha[:8]} of operation {number} is lost"


@dataclass(frozen=True)
class Verdict:
    states: int
    violations: list[str]


def cut_everywhere(
    tmp: Path, seed: int, states: int, *, operations: int = 150, sloppy: Sloppiness = Sloppiness(),
    stop_after: int = 1,
) -> Verdict:  # fmt: skip
    """Runs a day, then cuts the power at every entry of its journal until `states` disks were tried.
    Violations name seed and operation, so that each can be played again."""
    day = Day(tmp, seed, sloppy)
    history = day.run(operations)
    disk, rng = history.disk, random.Random(seed + 2)
    inspector, judged, tried, bad = Inspector(day), Judged(), 0, []
    positions = len(disk.journal)
    aftermath = Aftermath(disk)
    for position in range(positions):
        aftermath.step()
        due = states * (position + 1) // positions - tried
        if due <= 0:
            continue
        for image in aftermath.images(rng, due):
            tried += 1
            if judged.again(image, started=aftermath.started, done=aftermath.done):
                continue
            for what in inspector.violations(image, started=aftermath.started, done=aftermath.done):
                at = max(aftermath.started, 0)
                bad.append(
                    f"seed {seed}, operation {at} ({history.kinds[at]}), journal entry {position}: {what}"
                )
            if len(bad) >= stop_after:
                return Verdict(tried, bad)
    return Verdict(tried, bad)
