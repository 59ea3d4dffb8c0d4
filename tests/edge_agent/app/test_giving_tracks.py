"""A track leaves the gateway only for a shift that is known, for a person who says why, and no more of
it than the shift."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from contract.payloads.attendance import AttendanceTrack
from contract.rosters.shift import BadgeSpan, PlannedShift
from edge_agent.app.giving_tracks import send_track
from edge_agent.errors import DeviceRefused, StoreFull
from edge_agent.ports import Work
from edge_agent.readings import PositionReading, Reading
from edge_agent.roles.attendance.track_lines import read_track
from edge_agent.store.tracks import TrackKeeper, TrackLimits, TrackStore
from tests.edge_agent.store.tracks.positions import BEGIN_S, position, reports
from tests.fakes.clock import FakeClock

ASKED = {"shift": "w-1/2026-09-21/1", "requested_by": "Li Na", "reason": "w-1 says she was there"}
NS = 10**9


def at(second: int) -> int:
    return (BEGIN_S + second) * NS


PLAN = PlannedShift(
    key=ASKED["shift"],
    person="w-1",
    badges=(BadgeSpan("b-1", at(0), at(20)), BadgeSpan("b-2", at(20), at(60))),
    areas=("a-1",),
    start_ns=at(10),
    end_ns=at(30),
)


class Desk:
    """Records what it is given, or is full."""

    def __init__(self, full: bool = False) -> None:
        self.works: list[Work] = []
        self._full = full

    async def record(self, work: Work) -> tuple[str, ...]:
        if self._full:
            raise StoreFull("nothing more may be dropped")
        self.works.append(work)
        return tuple(f"event-{n}" for n, _ in enumerate(work.conclusions))

    async def flush(self) -> None:
        pass


class Deaf:
    """A role that has no part in this."""

    name = "station"

    def step(self, reading: Reading) -> Any:
        raise AssertionError(reading)

    def restore(self, state: bytes) -> None:
        raise AssertionError(state)


class Knowing(Deaf):
    """A role that knows one shift."""

    def plan_of(self, key: str) -> PlannedShift | None:
        return PLAN if key == PLAN.key else None


def ask(
    folder: Path,
    positions: Sequence[PositionReading],
    args: Mapping[str, Any] = ASKED,
    *,
    desk: Desk | None = None,
    roles: Sequence[Any] = (Deaf(), Knowing()),
) -> tuple[str | None, list[Work]]:
    """What was said, and what was recorded; DeviceRefused."""
    desk = desk or Desk()

    async def scene() -> str | None:
        tracks = TrackKeeper(TrackStore.open(folder, TrackLimits(), unclean=False))
        try:
            if positions:
                await tracks.keep(positions)
            give = send_track(lambda: list(roles), tracks, desk, FakeClock())
            return (await give(args)).detail
        finally:
            await tracks.close()

    return asyncio.run(scene()), desk.works


def test_only_the_shift_and_only_badges_while_they_were_this_persons(tmp_path: Path) -> None:
    both = [position(n, badge) for badge in ("b-1", "b-2", "b-3") for n in range(60)]
    said, (work,) = ask(tmp_path, both)
    assert said == f"20 positions of {PLAN.key}"
    (conclusion,) = work.conclusions
    payload, (kept,) = conclusion.payload, conclusion.evidence
    assert isinstance(payload, AttendanceTrack)
    expected = [("b-1", n) for n in range(10, 20)] + [("b-2", n) for n in range(20, 30)]
    assert reports(read_track(kept.content)) == expected
    assert (payload.shift, payload.person, payload.n) == (PLAN.key, "w-1", 20)
    assert (payload.requested_by, payload.reason) == (ASKED["requested_by"], ASKED["reason"])
    assert payload.badges == ("b-1", "b-2")
    assert conclusion.subject == "person/w-1"


def test_a_shift_of_which_nothing_is_kept_is_refused_instead_of_given_empty(tmp_path: Path) -> None:
    desk = Desk()
    around = [position(n, "b-1") for n in (0, 9, 20, 30)]
    with pytest.raises(DeviceRefused, match=f"nothing is kept .any more. of '{PLAN.key}'"):
        ask(tmp_path, around, desk=desk)
    assert desk.works == []


@pytest.mark.parametrize("roles", [(Deaf(), Knowing()), (Deaf(),), ()])
def test_a_shift_that_no_role_knows_is_refused(tmp_path: Path, roles: tuple[Any, ...]) -> None:
    desk = Desk()
    shift = "w-2/2026-09-21/1" if len(roles) > 1 else PLAN.key
    with pytest.raises(DeviceRefused, match=f"no shift '{shift}' has begun here"):
        ask(tmp_path, [position(15, "b-1")], ASKED | {"shift": shift}, desk=desk, roles=roles)
    assert desk.works == []


@pytest.mark.parametrize(
    "args",
    [
        {},
        {name: ASKED[name] for name in ("shift", "requested_by")},
        ASKED | {"reason": " "},
        ASKED | {"requested_by": ""},
        ASKED | {"shift": 7},
        ASKED | {"margin_s": 3600},
    ],
)
def test_without_who_and_why_nothing_is_given(tmp_path: Path, args: dict[str, Any]) -> None:
    desk = Desk()
    with pytest.raises(DeviceRefused, match="send-track: "):
        ask(tmp_path, [position(15, "b-1")], args, desk=desk)
    assert desk.works == []


def test_a_full_disk_is_told_to_whoever_asked(tmp_path: Path) -> None:
    with pytest.raises(DeviceRefused, match="the disk is full: nothing more may be dropped"):
        ask(tmp_path, [position(15, "b-1")], desk=Desk(full=True))


def test_a_gateway_without_tracks_refuses() -> None:
    async def scene() -> None:
        await send_track(lambda: [Knowing()], None, Desk(), FakeClock())(ASKED)

    with pytest.raises(DeviceRefused, match="no shift"):
        asyncio.run(scene())
