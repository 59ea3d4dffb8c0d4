"""Roles that want to see again what was kept, and keep states under keys of their own."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge_agent.app.discretion import DiscreetTracks
from edge_agent.health import DeviceHealthBook
from edge_agent.ports import UNKEPT, CatchUp, Recall, RoleStep, Work
from edge_agent.readings import PositionReading, Reading, Tick, TrackReading
from edge_agent.store.database import Limits, Store
from edge_agent.store.tracks import TrackKeeper, TrackLimits, TrackStore
from edge_agent.supervisor import Hosted, Retry, Supervisor
from tests.fakes.clock import FakeClock


def position(terminal: str, at_s: int, *flags: str) -> PositionReading:
    moment = FakeClock().moment()
    return PositionReading("t", moment, terminal, at_s * 10**9, 113.2, 23.1, True, flags=flags)


class Asking:
    """Answers its first tick with what it wants; writes down what it gets."""

    name = "asking"

    def __init__(self, *wanted: Recall | CatchUp) -> None:
        self.wanted, self.got = wanted, list[TrackReading]()

    def step(self, reading: Reading) -> RoleStep:
        if isinstance(reading, TrackReading):
            self.got.append(reading)
            return RoleStep(keyed={reading.key: b"seen", "old": b""})
        wanted, self.wanted = self.wanted if isinstance(reading, Tick) else (), ()
        return RoleStep(recalls=wanted)

    def restore(self, state: bytes) -> None: ...


class Works:
    """A recorder that remembers."""

    def __init__(self) -> None:
        self.works: list[Work] = []
        self.second = asyncio.Event()

    async def record(self, work: Work) -> tuple[str, ...]:
        self.works.append(work)
        if len(self.works) > 1:
            self.second.set()
        return ()

    async def flush(self) -> None: ...


@pytest.fixture
def keeper(tmp_path: Path) -> TrackKeeper:
    return TrackKeeper(TrackStore.open(tmp_path, TrackLimits(), unclean=False))


def played(role: Asking, keeper: TrackKeeper, kept: Sequence[PositionReading]) -> Works:
    clock, works = FakeClock(), Works()
    supervisor = Supervisor(
        devices=[],
        roles=[Hosted(role, frozenset())],
        recorder=works,
        clock=clock,
        retry=Retry(lambda: 1.0),
        book=DeviceHealthBook(()),
        tracks=keeper,
    )

    async def scene() -> None:
        await keeper.keep(kept)
        running = asyncio.create_task(supervisor.run())
        await works.second.wait()
        running.cancel()
        await asyncio.wait([running])
        await keeper.close()

    asyncio.run(scene())
    return works


def test_a_role_gets_the_track_it_asked_for_and_its_keyed_states_are_recorded(
    keeper: TrackKeeper,
) -> None:
    kept = [position("7", at_s) for at_s in (30, 10, 20, 40)] + [position("8", 15)]
    role = Asking(Recall("a", ("7", "8"), 10 * 10**9, 40 * 10**9), CatchUp("b", 0, limit=2))
    works = played(role, keeper, kept)
    track, page = role.got
    assert [(one.terminal, (one.at_ns or 0) // 10**9) for one in track.positions] == [
        ("7", 10),
        ("7", 20),
        ("7", 30),
        ("8", 15),
    ]
    assert (track.key, track.complete) == ("a", True)
    assert [(one.at_ns or 0) // 10**9 for one in page.positions] == [30, 10]
    assert (page.key, page.complete) == ("b", False)
    assert [work.role_states for work in works.works] == [
        {"asking/a": b"seen", "asking/old": b""},
        {"asking/b": b"seen", "asking/old": b""},
    ]


def test_keyed_states_come_back_by_key_and_an_empty_one_is_forgotten(tmp_path: Path) -> None:
    moment = FakeClock().moment()

    def opened() -> Store:
        return Store.open(
            tmp_path,
            limits=Limits(),
            entropy=secrets.randbits,
            source="/baiyun/cs-017",
            moment=moment,
            unclean=False,
            versions={},
        )

    store = opened()
    states = {"asking": b"x", "asking/a": b"1", "asking/b": b"2", "asking0": b"no"}
    store.commit([Work(moment, role_states=states)])
    store.commit([Work(moment, role_states={"asking/a": b"", "asking/c": b"3"})])
    store.close()
    store = opened()
    assert store.keyed_states("asking") == {"b": b"2", "c": b"3"}
    assert store.role_state("asking") == b"x"
    store.close()


def test_a_position_that_may_not_be_kept_is_told_and_not_written(keeper: TrackKeeper) -> None:
    async def scene() -> tuple[Sequence[int], Sequence[PositionReading]]:
        tracks = DiscreetTracks(keeper, lambda one: one.terminal != "8")
        ordinals = await tracks.keep([position("7", 10), position("8", 10), position("7", 20)])
        kept = await tracks.since(0, 10)
        assert tracks.unkept == 1
        assert await tracks.track("8", 0, 10**12, 10) == []
        await keeper.close()
        return ordinals, kept

    ordinals, kept = asyncio.run(scene())
    assert (ordinals[1], [one.terminal for one in kept]) == (UNKEPT, ["7", "7"])
    assert 0 < ordinals[0] < ordinals[2]
