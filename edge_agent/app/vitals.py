"""The gateway about itself: health events, a low disk, the housekeeping that has its own pace."""

from __future__ import annotations

import platform
import shutil
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import apsw

from contract.envelope import Moment
from contract.payloads.gateway import GatewayHealth, GatewayNotice
from edge_agent.clock import save_floor
from edge_agent.errors import StoreFull
from edge_agent.health import DeviceHealthBook, DiskWatch
from edge_agent.ledger import Ledger
from edge_agent.ports import Clock, Conclusion, Work
from edge_agent.store.tracks import TrackKeeper
from edge_agent.store.writer import Writer

SUBJECT = "gateway"
THERMAL = Path("/sys/class/thermal")
FIRST_HEALTH_S = 10.0
CHECK_DISK_S = 30.0
MAINTAIN_S = 5.0
SAVE_FLOOR_S = 600.0


def versions() -> dict[str, str]:
    return {
        "edile": version("edile"),
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
    }


def temperatures(folder: Path = THERMAL) -> dict[str, float]:
    """Degrees Celsius by the kernel's own name of the zone."""
    found: dict[str, float] = {}
    for zone in sorted(folder.glob("thermal_zone*")):
        try:
            name = (zone / "type").read_text().strip()
            found[name] = int((zone / "temp").read_text()) / 1000
        except (OSError, ValueError):
            continue
    return found


@dataclass
class Vitals:
    """`drops` counts what was given up, by reason. `every_s` between health events."""

    writer: Writer
    clock: Clock
    book: DeviceHealthBook
    ledger: Ledger
    drops: dict[str, int]
    data_dir: Path
    every_s: float
    disk: DiskWatch
    started_s: float
    tracks: TrackKeeper | None = None
    _told_damage: int = 0

    async def health(self) -> GatewayHealth:
        disk, now = shutil.disk_usage(self.data_dir), self.clock.moment()
        depth = await self.writer.call(lambda store: store.depth())
        return GatewayHealth(
            uptime_s=int(self.clock.monotonic_s() - self.started_s),
            disk_free_bytes=disk.free,
            disk_total_bytes=disk.total,
            outbox={str(lane): count for lane, count in depth.items()},
            clock=now.clock,
            devices=self.book.report(now),
            drops=self._drops(),
            versions=versions(),
            temperatures_c=temperatures(),
            bytes_up=self.ledger.up(),
            bytes_down=self.ledger.down(),
        )

    async def report(self) -> None:
        """One soon after the start, so that the hub sees the devices; then at the given pace."""
        await self.clock.sleep(min(FIRST_HEALTH_S, self.every_s))
        while True:
            await self._record(await self.health())
            await self.clock.sleep(self.every_s)

    async def watch_disk(self) -> None:
        while True:
            free = shutil.disk_usage(self.data_dir).free
            if self.disk.became_low(free):
                detail = (
                    f"{free // 2**20} MiB free where {self.data_dir} is; what is old goes first"
                )
                await self._record(GatewayNotice(kind="disk-low", detail=detail))
            await self.clock.sleep(CHECK_DISK_S)

    async def keep_house(self) -> None:
        floor_due_s = 0.0
        while True:
            moment = self.clock.moment()
            await self._maintain(moment)
            await self._tell_damage()
            if self.clock.monotonic_s() >= floor_due_s:
                floor_due_s = self.clock.monotonic_s() + SAVE_FLOOR_S
                save_floor(self.data_dir, moment)
            await self.clock.sleep(MAINTAIN_S)

    async def _maintain(self, now: Moment) -> None:
        """What is full stays full until the hub has taken something; the writer says so itself."""
        with suppress(StoreFull, apsw.FullError):
            await self.writer.call(lambda store: store.maintain(now))
        if self.tracks is not None and now.clock != "unset":
            await self.tracks.call(lambda store: store.forget_before(now.utc_ns))

    async def _tell_damage(self) -> None:
        """Once for each file of tracks that was set aside."""
        while self.tracks is not None and self._told_damage < len(self.tracks.damaged):
            name = self.tracks.damaged[self._told_damage]
            self._told_damage += 1
            detail = f"the tracks were corrupt; they are kept as {name}, a fresh file was begun"
            await self._record(GatewayNotice(kind="salvage", detail=detail))

    def _drops(self) -> dict[str, int]:
        dropped = 0 if self.tracks is None else self.tracks.dropped
        return {**self.drops, **({"position": dropped} if dropped else {})}

    async def _record(self, payload: GatewayHealth | GatewayNotice) -> None:
        """A report that finds no room is counted in the next one."""
        try:
            await self.writer.record(Work(self.clock.moment(), (Conclusion(payload, SUBJECT),)))
        except StoreFull:
            self.drops["report"] = self.drops.get("report", 0) + 1
