"""Somebody says that a camera's view is the right one: who, why, what it saw, which zones; on record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from contract.payloads.evidence import CameraView
from edge_agent.app.accepting_views import Acceptance, accept_view, confirmed
from edge_agent.config.devices.camera import CameraConfig, PresetConfig, PtzConfig, ZoneConfig
from edge_agent.errors import DeviceRefused, DeviceUnreachable, StoreFull
from edge_agent.ports import AcceptView, Order, Work
from edge_agent.readings import LookReading
from tests.edge_agent.rules.standing.street import looked, picture
from tests.fakes.clock import FakeClock

CORNERS = ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0))
PAVEMENT, SHOPS = ZoneConfig("pavement", CORNERS), ZoneConfig("shops", CORNERS, preset="left")
CAMERA = CameraConfig(id="cam-1", source="folder:x", zones=(PAVEMENT,))
TURNING = replace(
    CAMERA,
    presets=(
        PresetConfig("home", token="1"),
        PresetConfig("left", token="2"),
        PresetConfig("part"),
    ),
    ptz=PtzConfig(url="http://10.0.0.7/onvif", home="home"),
    zones=(PAVEMENT, SHOPS),
)
ARGS = {"camera": "cam-1", "requested_by": "token/li-na", "reason": "new mast"}


class Site:
    """A supervisor, a recorder and what was recorded."""

    def __init__(self, camera: CameraConfig = CAMERA, *, full: int = 0) -> None:
        self.camera, self.clock, self.full = camera, FakeClock(), full
        self.orders: list[tuple[str, Order]] = []
        self.works: list[Work] = []
        self.refusal: Exception | None = None
        self.look_error: Exception | None = None

    async def perform(self, device: str, order: Order) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.orders.append((device, order))

    async def look(self, device: str, preset: str | None) -> LookReading:
        if self.look_error is not None:
            raise self.look_error
        return looked(10, "command/1", preset=preset, picture=picture(10), device=device)

    def view_of(self, device: str) -> str | None:
        return "turned" if device == "cam-1" else None

    async def record(self, work: Work) -> tuple[str, ...]:
        if self.full:
            self.full -= 1
            raise StoreFull("no room")
        self.works.append(work)
        return ()

    async def flush(self) -> None:
        return

    async def setting(self, key: str) -> bytes | None:
        return next((one.settings[key] for one in self.works if key in one.settings), None)

    def accept(self, args: Mapping[str, Any] = ARGS) -> str:
        acceptance = Acceptance(self, {self.camera.id: self.camera}, self, self.clock)

        async def one() -> str:
            task = asyncio.create_task(accept_view(acceptance)(args))  # type: ignore[arg-type]
            await self.clock.settle()
            while not task.done():
                await self.clock.advance(5)
            return (await task).detail or ""

        return asyncio.run(one())

    def told(self) -> CameraView:
        ((conclusion,),) = [work.conclusions for work in self.works]
        assert isinstance(conclusion.payload, CameraView)
        return conclusion.payload

    def words(self, camera: CameraConfig | None = None) -> str | None:
        return asyncio.run(confirmed(camera or self.camera, self.setting))


def test_who_accepted_it_why_what_it_saw_and_which_zones_are_on_record() -> None:
    site = Site()
    assert site.accept() == "the view of cam-1 is accepted; zones confirmed: pavement"
    assert site.orders == [("cam-1", AcceptView(None))]
    told = site.told()
    assert (told.requested_by, told.reason, told.before) == ("token/li-na", "new mast", "turned")
    assert told.zones == ("pavement",)
    assert len(told.evidence) == 2
    evidence = site.works[0].conclusions[0].evidence
    assert [one.sealed for one in evidence] == [False, False, True]


def test_zones_are_as_confirmed_until_they_are_drawn_anew() -> None:
    site = Site()
    assert site.words() is None
    site.accept()
    said = site.words() or ""
    assert said.startswith("view accepted by token/li-na, 2026-")
    assert said.endswith("zones as confirmed")
    moved = replace(PAVEMENT, points=((0.0, 0.6), *CORNERS[1:]))
    assert (site.words(replace(CAMERA, zones=(moved,))) or "").endswith("zones changed since")


@pytest.mark.parametrize(
    ("preset", "stands", "zones"),
    [
        (None, "home", ["pavement"]),
        ("home", "home", ["pavement"]),
        ("part", "home", ["pavement"]),
        ("left", "left", ["shops"]),
    ],
)
def test_each_position_of_a_head_has_its_own_zones(
    preset: str | None, stands: str, zones: list[str]
) -> None:
    site = Site(TURNING)
    site.accept({**ARGS, "preset": preset})
    assert list(site.told().zones) == zones
    assert (site.words() or "").startswith(f"{stands}: view accepted")


def test_a_view_that_cannot_be_accepted_leaves_nothing_on_record() -> None:
    site = Site()
    for error in (DeviceRefused("the view is covered"), DeviceUnreachable("cam-1 was lost")):
        site.refusal = error
        with pytest.raises(type(error), match=str(error)):
            site.accept()
    site.refusal = None
    with pytest.raises(DeviceRefused, match="no camera 'cam-9'; there are cam-1"):
        site.accept({**ARGS, "camera": "cam-9"})
    for args in ({}, {**ARGS, "reason": ""}, {**ARGS, "force": True}):
        with pytest.raises(DeviceRefused, match="accept-view: "):
            site.accept(args)
    assert site.works == []


def test_what_is_in_force_is_told_also_without_a_photo_and_once_the_disk_has_room() -> None:
    site = Site(full=3)
    site.look_error = DeviceUnreachable("cam-1 was lost")
    site.accept()
    assert site.told().evidence == ()
    assert site.clock.mono_ns - 10**9 >= 15 * 10**9
    assert site.words() is not None


def test_on_a_disk_that_stays_full_it_is_said_that_it_is_not_on_record() -> None:
    site = Site(full=99)
    with pytest.raises(DeviceRefused, match="is accepted, but the disk is full"):
        site.accept()
    assert site.works == []
