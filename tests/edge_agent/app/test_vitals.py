"""The gateway about itself: health at its pace, a low disk told once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

from contract.payloads.gateway import GatewayHealth
from edge_agent.app.vitals import Vitals, temperatures, versions
from edge_agent.clock import FLOOR_FILE
from edge_agent.health import DeviceHealthBook, DiskWatch
from edge_agent.ledger import Ledger
from edge_agent.store.writer import Writer
from tests.fakes.clock import FakeClock
from tests.fakes.recorder import ListRecorder


class Depths(ListRecorder):
    """A recorder that also answers what vitals ask of the store."""

    def __init__(self) -> None:
        super().__init__()
        self.maintained = 0

    async def call(self, fn: Any) -> Any:
        return fn(self)

    def depth(self) -> dict[str, int]:
        return {"urgent": 2, "routine": 5}

    def maintain(self, moment: object) -> None:
        self.maintained += 1


def vitals(recorder: Depths, clock: FakeClock, folder: Path, *, low: int = 1) -> Vitals:
    return Vitals(
        writer=cast("Writer", recorder),
        clock=clock,
        book=DeviceHealthBook(("wb-1",)),
        ledger=Ledger(),
        drops={"store-full": 3},
        data_dir=folder,
        every_s=300,
        disk=DiskWatch(low),
        started_s=clock.monotonic_s(),
    )


def run(task: Any, clock: FakeClock, seconds: float) -> None:
    async def scene() -> None:
        running = asyncio.create_task(task())
        await clock.advance(seconds)
        running.cancel()

    asyncio.run(scene())


def test_health_is_told_soon_after_the_start_and_then_at_its_pace(tmp_path: Path) -> None:
    recorder, clock = Depths(), FakeClock()
    run(vitals(recorder, clock, tmp_path).report, clock, 10 + 2 * 300)
    told = [one for one in recorder.payloads() if isinstance(one, GatewayHealth)]
    assert [one.uptime_s for one in told] == [10, 310, 610]
    assert told[0].outbox == {"urgent": 2, "routine": 5}
    assert told[0].drops == {"store-full": 3}
    assert told[0].devices["wb-1"].state == "starting"
    assert told[0].versions == versions()
    assert told[0].disk_total_bytes >= told[0].disk_free_bytes > 0


def test_a_low_disk_is_told_once(tmp_path: Path) -> None:
    recorder, clock = Depths(), FakeClock()
    run(vitals(recorder, clock, tmp_path, low=10**18).watch_disk, clock, 300)
    kinds = [getattr(one, "kind", None) for one in recorder.payloads()]
    assert kinds == ["disk-low"]


def test_a_disk_must_have_room_before_it_can_be_low_again() -> None:
    watch = DiskWatch(100)
    free = [200, 99, 50, 110, 124, 99, 125, 200, 99]
    assert [watch.became_low(one) for one in free] == [False, True, *[False] * 6, True]


def test_housekeeping_goes_on_and_remembers_the_time(tmp_path: Path) -> None:
    recorder, clock = Depths(), FakeClock()
    run(vitals(recorder, clock, tmp_path).keep_house, clock, 60)
    assert recorder.maintained == 13
    assert int((tmp_path / FLOOR_FILE).read_text()) < clock.utc_ns


def test_temperatures_carry_the_names_of_the_kernel(tmp_path: Path) -> None:
    for number, (name, value) in enumerate([("cpu-thermal", "48312"), ("broken", "-")]):
        zone = tmp_path / f"thermal_zone{number}"
        zone.mkdir()
        (zone / "type").write_text(f"{name}\n")
        (zone / "temp").write_text(f"{value}\n")
    assert temperatures(tmp_path) == {"cpu-thermal": 48.312}
    assert temperatures(tmp_path / "none") == {}
