"""What a terminal was told is kept is there, at every instant at which the power may go: a terminal
deletes what was acknowledged, so nobody else has it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import apsw
import pytest

from edge_agent.ports import Pin
from edge_agent.store.tracks import TrackLimits, TrackStore
from edge_agent.store.tracks.opening import ORDINAL_BITS
from tests.edge_agent.store.tracks.positions import position, reports
from tests.fault.powercut import Aftermath, Disk, DiskVfs, Image, Judged

STATES = 2_100
LIMITS = TrackLimits(apart_rows=12)
_names = count(1)


@dataclass(frozen=True)
class Sloppiness:
    """Ways to be wrong that the checks must notice."""

    synchronous: int = 2
    ack_first: bool = False


@dataclass
class Shift:
    """Groups of positions, some of them repeated, some of strangers, with pins; what each made."""

    folder: Path
    seed: int
    sloppy: Sloppiness = Sloppiness()
    kept: list[set[tuple[str, int]]] = field(default_factory=list)
    pinned: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vfs = DiskVfs(f"tracks-cut-{next(_names)}")
        self.rng = random.Random(self.seed)

    def open(self, *, unclean: bool) -> TrackStore:
        store = TrackStore.open(self.folder, LIMITS, connect=self.vfs.connect, unclean=unclean)
        store._con.pragma("wal_autocheckpoint", 12)  # a short shift sees many checkpoints
        if self.sloppy.synchronous != 2:
            store._con.pragma("synchronous", self.sloppy.synchronous)
        return store

    def run(self, groups: int) -> None:
        disk, made = self.vfs.disk, 0
        disk.note(done=False, number=0)
        store = self.open(unclean=False)
        disk.note(done=True, number=0)
        self.kept.append(set())
        self.pinned.append(-1)
        for number in range(1, groups):
            fresh = self.rng.choice((1, 3, 20))
            old = [self.rng.randrange(made) for _ in range(3)] if made else []
            pairs = [(position(n), False) for n in (*old, *range(made, made + fresh))]
            pairs += [(position(number, "stranger"), True)] * self.rng.randint(0, 2)
            disk.note(done=False, number=number)
            if self.sloppy.ack_first:
                disk.note(done=True, number=number)
            store.keep(pairs, {"13912345678": Pin(code=str(number))})
            disk.note(done=True, number=number)
            made += fresh
            self.kept.append({("13912345678", n) for n in range(made - fresh, made)})
            self.pinned.append(number)
            if number % 29 == 28:
                store.close()
                store = self.open(unclean=False)

    def violations(self, image: Image, *, started: int, done: int) -> Iterator[str]:
        self.vfs.disk = Disk(image)
        try:
            store = self.open(unclean=True)
        except apsw.Error as error:
            yield f"the tracks do not open: {error!r}"
            return
        if store.damaged:
            yield "an honest disk looks corrupt"
        found = store.since(0, 10**6)
        ordinals = [one.ordinal for one in found]
        if ordinals != sorted(set(ordinals)):
            yield "ordinals do not rise"
        there = reports(found)
        if len(set(there)) < len(there):
            yield "a report is there twice"
        promised = set().union(*self.kept[: done + 1])
        possible = set().union(*self.kept[: started + 1])
        if lost := promised - set(there):
            yield f"{len(lost)} acknowledged reports are lost"
        if set(there) - possible:
            yield "reports are there that nobody made"
        number = int(store.pins().get("13912345678", Pin(code="-1")).code or -1)
        if done >= 0 and not max(self.pinned[done], -1) <= number <= started:
            yield f"the pin is of group {number}, promised was {self.pinned[done]}"
        (ordinal,) = store.keep([(position(10**6), False)])
        if ordinal <= max(ordinals, default=store.generation << ORDINAL_BITS):
            yield "a new ordinal is not above the old ones"
        store.close()


def cut_everywhere(shift: Shift, states: int, groups: int, *, stop_after: int = 1) -> list[str]:
    shift.run(groups)
    disk, rng = shift.vfs.disk, random.Random(shift.seed + 1)
    aftermath, judged, tried, bad = Aftermath(disk), Judged(), 0, []
    for place in range(len(disk.journal)):
        aftermath.step()
        due = states * (place + 1) // len(disk.journal) - tried
        if due <= 0 or aftermath.started < 0:
            continue
        for image in aftermath.images(rng, due):
            tried += 1
            if judged.again(image, started=aftermath.started, done=aftermath.done):
                continue
            where = f"seed {shift.seed}, group {aftermath.started}, journal entry {place}"
            found = shift.violations(image, started=aftermath.started, done=aftermath.done)
            bad += [f"{where}: {what}" for what in found]
            if len(bad) >= stop_after:
                return bad
    assert tried >= states * 0.9
    return bad


def test_whatever_instant_the_power_goes_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    assert cut_everywhere(Shift(tmp_path, 21), STATES, 120) == []


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(200, 210))
def test_nothing_acknowledged_is_lost_in_many_more_states(tmp_path: Path, seed: int) -> None:
    assert cut_everywhere(Shift(tmp_path, seed), 20_000, 300) == []


@pytest.mark.parametrize(
    "sloppy",
    [Sloppiness(synchronous=1), Sloppiness(ack_first=True)],
    ids=["synchronous is NORMAL", "told before commit"],
)
def test_the_same_checks_find_tracks_that_are_sloppy(tmp_path: Path, sloppy: Sloppiness) -> None:
    found = cut_everywhere(Shift(tmp_path, 5, sloppy), 800, 60)
    assert any("are lost" in one for one in found), found
