"""What a camera may see is a matter of record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import msgspec

from contract.payloads.gateway import GatewayNotice
from edge_agent.app.auditing import MOST_DETAIL, audit_cameras, audit_roles
from edge_agent.config.devices import CardReaderConfig
from edge_agent.config.devices.camera import CameraConfig, ClipConfig, MaskConfig, ViewConfig
from edge_agent.config.streetscape import StreetscapeConfig
from edge_agent.errors import StoreFull
from edge_agent.ports import Work
from edge_agent.store.writer import Writer
from tests.fakes.clock import FakeClock

CAMERA = CameraConfig(id="cam-1", source="rtsp://me:secret@10.0.0.7/one")
WINDOW = MaskConfig("window", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
DOOR = MaskConfig("door", ((0.0, 0.0), (0.2, 0.0), (0.2, 0.2)))


class Shelf:
    """Keeps settings as the store does."""

    def __init__(self) -> None:
        self.settings: dict[str, bytes] = {}
        self.works: list[Work] = []
        self.full = False

    async def call(self, fn: Any) -> Any:
        return fn(self)

    def setting(self, key: str) -> bytes | None:
        return self.settings.get(key)

    async def record(self, work: Work) -> tuple[str, ...]:
        if self.full:
            raise StoreFull("no room")
        self.works.append(work)
        self.settings.update(work.settings)
        return ()


def told(shelf: Shelf, *devices: object) -> list[tuple[str | None, str]]:
    """Device and detail of each new notice."""
    before = len(shelf.works)
    asyncio.run(audit_cameras(devices, cast("Writer", shelf), FakeClock()))
    notices = [one.payload for work in shelf.works[before:] for one in work.conclusions]
    assert all(isinstance(one, GatewayNotice) and one.kind == "config-applied" for one in notices)
    return [(one.device, one.detail or "") for one in notices if isinstance(one, GatewayNotice)]


def roles_told(
    shelf: Shelf, street: StreetscapeConfig, serial: int | None = None
) -> list[tuple[str | None, str]]:
    """Part and detail of each new notice."""
    before = len(shelf.works)
    writer = cast("Writer", shelf)
    asyncio.run(audit_roles({"streetscape": street}, writer, FakeClock(), serial=serial))
    notices = [one.payload for work in shelf.works[before:] for one in work.conclusions]
    return [(one.part, one.detail or "") for one in notices if isinstance(one, GatewayNotice)]


def test_a_camera_is_told_when_it_is_put_up_and_not_again_at_each_start() -> None:
    shelf = Shelf()
    ((device, detail),) = told(shelf, CAMERA, CardReaderConfig(id="rd-1", link="serial:/dev/x"))
    assert device == "cam-1"
    assert detail.startswith("put up with masks []")
    assert "secret" not in detail
    assert b"secret" not in b"".join(shelf.settings.values())
    assert told(shelf, CAMERA) == []


def test_a_mask_that_is_gone_and_a_threshold_that_moved_are_told_with_what_was_before() -> None:
    shelf = Shelf()
    masked = replace(CAMERA, masks=(WINDOW, DOOR), min_score=0.5, clip=ClipConfig())
    told(shelf, masked)
    smaller = replace(WINDOW, points=((0.0, 0.0), (0.5, 0.0), (0.5, 0.5)))
    view = ViewConfig(dark_below=20.0)
    changed = replace(masked, masks=(smaller,), min_score=0.6, view=view, clip=None)
    ((_, detail),) = told(shelf, changed)
    assert detail.startswith(
        "changed: masks[window].points [[0.0,0.0],[1.0,0.0],[1.0,1.0]] -> "
        "[[0.0,0.0],[0.5,0.0],[0.5,0.5]], "
        'masks[door] gone, it was {"name":"door","points":[[0.0,0.0],[0.2,0.0],[0.2,0.2]]}, '
        "min_score 0.5 -> 0.6, view.dark_below 12.0 -> 20.0, clip {"
    )
    assert "-> null" in detail
    ((_, detail),) = told(shelf, replace(changed, masks=(smaller, DOOR)))
    assert detail.startswith('changed: masks[door] new: {"name":"door"')


def test_all_of_it_has_one_mark_and_a_long_change_is_cut() -> None:
    shelf = Shelf()
    names = [f"m{number}" for number in range(60)]
    points = tuple((number / 40, 0.123456789) for number in range(40))
    many = tuple(MaskConfig(name, points) for name in names)
    ((_, first),) = told(shelf, CAMERA)
    ((_, detail),) = told(shelf, replace(CAMERA, masks=many))
    assert len(detail) <= MOST_DETAIL
    assert "… (all of it: " in detail
    ((_, again),) = told(shelf, CAMERA)
    assert again.rpartition("(all of it: ")[2] == first.rpartition("(all of it: ")[2]
    assert again.rpartition("(all of it: ")[2] != detail.rpartition("(all of it: ")[2]


def test_a_setting_that_an_older_version_did_not_know_is_told_as_such() -> None:
    shelf = Shelf()
    told(shelf, CAMERA)
    key = "camera-settings/cam-1"
    known = msgspec.json.decode(shelf.settings[key], type=dict[str, str])
    shelf.settings[key] = msgspec.json.encode(
        {name: text for name, text in known.items() if name != "min_score"} | {"clip_s": "20.0"}
    )
    ((_, detail),) = told(shelf, CAMERA)
    assert detail.startswith("changed: min_score not known -> 0.5, clip_s 20.0 -> not known")


def test_a_role_s_thresholds_are_told_with_the_document_that_changed_them() -> None:
    shelf = Shelf()
    street = StreetscapeConfig(cameras=("cam-1",))
    assert [part for part, _ in roles_told(shelf, street)] == ["roles.streetscape"]
    assert roles_told(shelf, street) == []
    first = replace(street.classes[0], min_score=0.91)
    moved = replace(street, classes=(first, *street.classes[1:]))
    ((_, detail),) = roles_told(shelf, moved, serial=7)
    before = street.classes[0].min_score
    assert detail.startswith(f"changed: classes[{first.label}].min_score {before} -> 0.91 (all of")
    notice = shelf.works[-1].conclusions[0].payload
    assert isinstance(notice, GatewayNotice)
    assert (notice.serial, notice.device) == (7, None)
    assert shelf.works[-1].conclusions[0].subject == "role/streetscape"


def test_another_address_is_no_matter_of_record() -> None:
    shelf = Shelf()
    told(shelf, CAMERA)
    assert told(shelf, replace(CAMERA, source="rtsp://10.0.0.8/two", fps=2.0)) == []


def test_with_a_full_disk_it_is_told_at_the_next_start() -> None:
    shelf = Shelf()
    shelf.full = True
    assert told(shelf, CAMERA) == []
    shelf.full = False
    assert len(told(shelf, CAMERA)) == 1
