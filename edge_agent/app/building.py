"""Puts the agent together: every part made once, here, and handed to the ones that need it."""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import apsw

from contract.names import source_of
from contract.timestamps import rfc3339
from edge_agent import commands as command_log
from edge_agent import desired as desired_state
from edge_agent import ledger as byte_ledger
from edge_agent.app.accepting_views import Acceptance, accept_view, confirmed
from edge_agent.app.auditing import audit_cameras, audit_roles
from edge_agent.app.discretion import DiscreetTracks
from edge_agent.app.executing import executors
from edge_agent.app.giving_originals import send_original
from edge_agent.app.giving_tracks import send_track
from edge_agent.app.hosting import Roster
from edge_agent.app.linking import hub_link
from edge_agent.app.lock import FolderLock
from edge_agent.app.looking_again import relook
from edge_agent.app.taking_photos import photo
from edge_agent.app.vitals import Vitals, versions
from edge_agent.clock import ScaledClock, SystemClock, read_floor
from edge_agent.commands import Commands, Executor
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.gateway import GatewayConfig
from edge_agent.desired import DesiredState
from edge_agent.drivers.parts import DriverParts
from edge_agent.drivers.table import DRIVERS, build_driver, transport_of
from edge_agent.errors import StoreFull
from edge_agent.health import DeviceHealthBook, DiskWatch
from edge_agent.identity import load_command_key, load_identity
from edge_agent.ledger import Ledger
from edge_agent.ports import Clock, HubLink
from edge_agent.store.database import Limits, Store
from edge_agent.store.raw_ring import RawRing
from edge_agent.store.tracks import TrackKeeper, TrackLimits, TrackStore
from edge_agent.store.writer import Writer
from edge_agent.supervisor import RETRY_CAP_S, STATE, Attached, Retry, Supervisor
from edge_agent.uplink.loop import Uplink
from edge_agent.watchdog import Watchdog

MIB = 1024 * 1024
LINE_RETRY_CAP_S = 3.0
"""For a line: a truck is on the deck for ten seconds, and to open the line again costs nothing."""
STUCK_S = 10.0  # a tick that has not come round for so long means a role or the writer hangs


@dataclass
class Agent:
    """All parts of a running gateway."""

    config: GatewayConfig
    clock: Clock
    writer: Writer
    roster: Roster
    supervisor: Supervisor
    uplink: Uplink
    link: HubLink
    vitals: Vitals
    ring: RawRing
    tracks: TrackKeeper | None
    acceptance: Acceptance

    def tasks(self, watchdog: Watchdog) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What runs for ever, by name."""
        return {
            "supervisor": self.supervisor.run,
            "uplink": self.uplink.run,
            "roles": lambda: self.roster.follow(self.writer, self.audit),
            "health": self.vitals.report,
            "disk": self.vitals.watch_disk,
            "housekeeping": self.vitals.keep_house,
            "watchdog": watchdog.run,
        }

    async def audit(self, serial: int | None = None) -> None:
        """What cameras may see, and when roles speak up, as it is in force now. `serial`: of the hub's
        document, where that changed it."""
        await audit_cameras(self.config.devices, self.writer, self.clock)
        await audit_roles(self.roster.watching(), self.writer, self.clock, serial=serial)

    async def probe(self) -> None:
        """Work gets through: a row committed just now, and the tick came round the roles. A full
        disk is told otherwise; starting again would not empty it."""
        with suppress(StoreFull, apsw.FullError):
            await self.writer.call(lambda store: store.put_setting("probe", b"1"))
        ticked = self.supervisor.progress.ticked_s
        age = None if ticked is None else self.clock.monotonic_s() - ticked
        if age is not None and age > STUCK_S * self.config.gateway.time_scale:
            raise TimeoutError(f"no tick went through the roles for {age:.0f} s")

    async def status(self) -> Mapping[str, Any]:
        """For the status page and `edile agent status`: plain values only."""
        health, uplink = await self.vitals.health(), await self.uplink.status()
        part, now = self.config.gateway, self.clock.moment()
        last, due_s = uplink.last_success, uplink.next_try_mono_s
        next_s = None if due_s is None else round(max(0.0, due_s - self.clock.monotonic_s()), 1)
        return {
            "slot": part.slot,
            "district": part.district,
            "pid": os.getpid(),
            "time": rfc3339(now.utc_ns),
            "clock": now.clock,
            "uptime_s": health.uptime_s,
            "disk_free_mib": health.disk_free_bytes // MIB,
            "devices": {name: one.state for name, one in health.devices.items()},
            **await self._cameras(),
            "outbox": dict(health.outbox),
            "hub": {
                "url": self.config.hub.url,
                "last_success": rfc3339(last.utc_ns) if last else None,
                "last_error": uplink.last_error,
                "failures": uplink.failures,
                "next_try_s": next_s,
                "generation": uplink.hub_generation,
                "refused": "; ".join(uplink.refused) or None,
                "quarantined": uplink.quarantined,
            },
            "bytes up": dict(health.bytes_up),
            "bytes down": dict(health.bytes_down),
            "drops": dict(health.drops),
            "versions": dict(health.versions),
        }

    async def _cameras(self) -> Mapping[str, Any]:
        """Views that somebody accepted, or that are not what they should be."""
        told: dict[str, str] = {}
        for name, config in cameras_of(self.config).items():
            wrong = self.supervisor.view_of(name)
            accepted = await confirmed(config, lambda key: _setting(self.writer, key))
            words = [f"the view is {wrong}" if wrong else None, accepted]
            if any(words):
                told[name] = "; ".join(one for one in words if one)
        return {"cameras": told} if told else {}


def cameras_of(config: GatewayConfig) -> dict[str, CameraConfig]:
    return {one.id: one for one in config.devices if isinstance(one, CameraConfig)}


def clocks(config: GatewayConfig) -> tuple[SystemClock, Clock]:
    """The real clock, and the one that everything but the watchdog goes by."""
    system = SystemClock(floor_ns=read_floor(config.gateway.data_dir))
    scale = config.gateway.time_scale
    return system, system if scale == 1 else ScaledClock(system, scale)


def open_store(config: GatewayConfig, lock: FolderLock, clock: Clock) -> Store:
    part = config.gateway
    return Store.open(
        part.data_dir,
        limits=Limits(
            db_bytes=part.store_mb * MIB,
            evidence_bytes=part.evidence_mb * MIB,
            sealed_bytes=part.sealed_mb * MIB,
            sealed_clip_bytes=part.sealed_clips_mb * MIB,
            sealed_hours=part.sealed_hours,
            sealed_open_hours=part.sealed_open_hours,
        ),
        entropy=secrets.randbits,
        source=source_of(part.district, part.slot),
        moment=clock.moment(),
        unclean=lock.unclean,
        versions=versions(),
    )


def open_tracks(config: GatewayConfig, clock: Clock, *, unclean: bool) -> TrackKeeper | None:
    """None when no device of this gateway reports positions."""
    if not any(DRIVERS[device.driver].tracks for device in config.devices):
        return None
    part, now = config.gateway, clock.moment()
    limits = TrackLimits(part.tracks_mb * MIB, part.tracks_hours)
    utc_ns = 0 if now.clock == "unset" else now.utc_ns
    return TrackKeeper(TrackStore.open(part.data_dir, limits, unclean=unclean, utc_ns=utc_ns))


async def assemble(
    config: GatewayConfig,
    store: Store,
    writer: Writer,
    clock: Clock,
    *,
    adopt: Callable[[int, int], None],
    restart: Callable[[], None],
    unclean: bool = False,
) -> Agent:
    """Everything from the file and the store. `restart` ends the process in order; whoever started
    it (systemd) starts it again; `adopt` hears of the hub's time (nanoseconds, milliseconds)."""
    part = config.gateway
    roster = Roster(config)
    desired = DesiredState(
        slot=part.slot,
        key=load_command_key(config.hub.command_key),
        validate=roster.validate,
        written=await _setting(writer, desired_state.SETTING),
        announce=roster.announce,
    )
    await roster.start(writer, desired.in_force)
    ring = RawRing(part.data_dir / "raw", max_bytes=part.raw_mb * MIB, max_hours=part.raw_hours)
    store.shed_raw = ring.shed
    book = DeviceHealthBook(tuple(device.id for device in config.devices))
    tracks = open_tracks(config, clock, unclean=unclean)
    kept = DiscreetTracks(tracks, roster.may_keep) if tracks else None
    parts = DriverParts(clock, transport_of, ring.append, kept, part.data_dir)
    supervisor = Supervisor(
        devices=_attached(config, parts),
        roles=list(roster.hosted.values()),
        recorder=writer,
        clock=clock,
        retry=Retry(random.random),
        book=book,
        state=await writer.call(lambda store: store.role_state(STATE)),
        tracks=tracks,
    )
    ledger = Ledger.restore(await _setting(writer, byte_ledger.SETTING))
    acceptance = Acceptance(supervisor, cameras_of(config), writer, clock)
    giving = send_track(lambda: [one.role for one in roster.hosted.values()], tracks, writer, clock)
    more = {"send-track": giving, **_looking(supervisor, acceptance, writer, clock)}
    able, link = executors(restart, supervisor.perform, more), hub_link(config, clock)
    uplink = await _uplink(
        config, writer, clock, link, desired=desired, ledger=ledger, adopt=adopt, able=able
    )
    vitals = Vitals(
        writer=writer,
        clock=clock,
        book=book,
        ledger=ledger,
        drops=supervisor.drops,
        data_dir=part.data_dir,
        every_s=part.health_every_s,
        disk=DiskWatch(part.disk_low_mb * MIB),
        started_s=clock.monotonic_s(),
        tracks=tracks,
    )
    made = (config, clock, writer, roster, supervisor, uplink, link, vitals, ring, tracks)
    return Agent(*made, acceptance)


def _looking(
    supervisor: Supervisor, acceptance: Acceptance, writer: Writer, clock: Clock
) -> Mapping[str, Executor]:
    """Commands about what cameras see and saw."""
    return {
        "send-original": send_original(writer, clock),
        "relook": relook(supervisor.ask, writer, clock),
        "photo": photo(supervisor.look, writer, clock),
        "accept-view": accept_view(acceptance),
    }


def _attached(config: GatewayConfig, parts: DriverParts) -> list[Attached]:
    """Every device of the file with its driver."""
    return [
        Attached(
            build_driver(device, parts),
            f"{device.driver}/{device.id}",
            LINE_RETRY_CAP_S if is_line(device) else RETRY_CAP_S,
        )
        for device in config.devices
    ]


def is_line(device: object) -> bool:
    """Whether it hangs on a line, of this box or of a serial server. Brokers and cameras ask for a login."""
    return str(getattr(device, "link", None) or "").startswith(("serial:", "tcp:"))


async def _uplink(
    config: GatewayConfig,
    writer: Writer,
    clock: Clock,
    link: HubLink,
    *,
    desired: DesiredState,
    ledger: Ledger,
    adopt: Callable[[int, int], None],
    able: Mapping[str, Executor],
) -> Uplink:
    command_key = load_command_key(config.hub.command_key)
    commands = Commands(
        slot=config.gateway.slot,
        key=command_key,
        recorder=writer,
        clock=clock,
        executors=able,
        written=await _setting(writer, command_log.SETTING),
    )
    return Uplink(
        writer=writer,
        link=link,
        identity=load_identity(config.identity.kid, config.identity.key_file),
        clock=clock,
        hub_id=config.hub.id,
        command_key=command_key,
        desired=desired,
        commands=commands,
        ledger=ledger,
        random=random.random,
        idle_s=config.hub.idle_s,
        adopt=adopt,
    )


async def _setting(writer: Writer, key: str) -> bytes | None:
    return await writer.call(lambda store: store.setting(key))
