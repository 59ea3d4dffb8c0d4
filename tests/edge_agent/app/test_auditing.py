"""What a camera may see is a matter of record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

from contract.payloads.gateway import GatewayNotice
from edge_agent.app.auditing import audit_cameras
from edge_agent.config.devices import CardReaderConfig
from edge_agent.config.devices.camera import CameraConfig, MaskConfig, ViewConfig
from edge_agent.errors import StoreFull
from edge_agent.ports import Work
from edge_agent.store.writer import Writer
from tests.fakes.clock import FakeClock

CAMERA = CameraConfig(id="cam-1", source="rtsp://me:secret@10.0.0.7/one")
WINDOW = MaskConfig("window", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))


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
    masked = replace(CAMERA, masks=(WINDOW,), min_score=0.5)
    told(shelf, masked)
    ((_, detail),) = told(shelf, replace(CAMERA, min_score=0.6, view=ViewConfig(dark_below=20.0)))
    assert detail.startswith("changed: masks 1 (")
    assert ") -> [], min_score 0.5 -> 0.6, view (" in detail


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
