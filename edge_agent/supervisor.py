"""Runs the devices and feeds the roles. Alone retries devices: capped, with full jitter.

A reading passes in one piece: health book, then the roles that asked for the device, one step at a
time, each step's conclusions and state recorded together before the driver may go on.
A device that fails is reported once, and once again when it has stayed for a while; what was
reported is itself state, so a restart does not repeat it. Any other exception ends the process.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

import msgspec

from contract.payloads.gateway import GatewayNotice, NoticeKind
from edge_agent.errors import AlreadyRunning, DeviceRefused, DeviceUnreachable, StoreFull
from edge_agent.health import DeviceHealthBook
from edge_agent.ports import (
    CatchUp,
    Clock,
    Commanded,
    Conclusion,
    DeviceOrder,
    Driver,
    Look,
    LooksAgain,
    Order,
    Recall,
    Recorder,
    Role,
    RoleStep,
    Tracks,
    Work,
)
from edge_agent.readings import (
    ClipReading,
    LineStatus,
    LookAsked,
    LookReading,
    Moment,
    PositionReading,
    Reading,
    ReferenceLearned,
    TerminalDoubt,
    Tick,
    TrackReading,
    ViewReading,
)
from edge_agent.rules.footage import conclusion_of

LOG = logging.getLogger("edile.devices")
STATE = "supervisor"
TICK_S = 0.25
STEADY_S = 3.0  # how long a link must last before its device counts as back
MOST_ORDERS = 8  # that wait for one device
KEPT_WORKS = 1_000  # conclusions kept in memory while the disk is full
MOST_RECALLED = 200_000  # positions in one answer to a role
FULL_PAUSE_S = 2.0
GOOD_VIEW, DARK_VIEW = "good", "dark"
COMMANDED = "command/"  # looks that no role asked for
LEARNED = "is its reference view now: there was none, and nobody has accepted it"
RETRY_BASE_S, RETRY_CAP_S = 0.5, 30.0


@dataclass(frozen=True)
class Retry:
    """Full jitter: anything from 0 to the cap of this attempt; `random` gives 0 to 1."""

    random: Callable[[], float]
    base_s: float = RETRY_BASE_S
    cap_s: float = RETRY_CAP_S

    def pause_s(self, failures: int, cap_s: float = RETRY_CAP_S) -> float:
        return self.random() * min(cap_s, self.cap_s, self.base_s * 2.0 ** min(failures, 20))


@dataclass
class Hosted:
    """A role and the devices it listens to. Its steps never overlap."""

    role: Role
    devices: frozenset[str]
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True)
class Attached:
    """A driver, the device's name on the wire (`weighbridge/wb-1`), and the longest pause between two tries."""

    driver: Driver
    subject: str
    retry_cap_s: float = RETRY_CAP_S


class _Lost(msgspec.Struct, omit_defaults=True):
    """The supervisor's own state: devices reported lost and not yet back, and what is the matter with
    the views of cameras, as reported."""

    devices: list[str] = []
    views: dict[str, str] = {}


@dataclass
class Progress:
    """Monotonic seconds at which the tick last went through every role."""

    ticked_s: float | None = None


class Supervisor:
    """`drops` counts what a full disk cost, `state` is what an earlier run recorded as STATE. `tracks`:
    where roles find what was kept; None where nothing is."""

    def __init__(
        self,
        *,
        devices: Sequence[Attached],
        roles: Sequence[Hosted],
        recorder: Recorder,
        clock: Clock,
        retry: Retry,
        book: DeviceHealthBook,
        state: bytes | None = None,
        tracks: Tracks | None = None,
    ) -> None:
        self._tracks = tracks
        self._recalls: asyncio.Queue[tuple[Hosted, Recall | CatchUp]] = asyncio.Queue()
        self.drops: dict[str, int] = {}
        self.progress = Progress()
        self._devices, self._roles = devices, roles
        self._recorder, self._clock, self._retry = recorder, clock, retry
        self._book = book
        self._waiting: deque[Work] = deque()
        self._retry_at_s = 0.0
        able: dict[str, object] = {one.driver.device: one.driver for one in devices}
        self._commanded = {name: one for name, one in able.items() if isinstance(one, Commanded)}
        self._looks: dict[str, LookReading | None] = {}
        self._look_numbers = count(1)
        self._orders = {name: asyncio.Queue[Order](MOST_ORDERS) for name in self._commanded}
        names = {one.driver.device for one in devices}
        known = msgspec.json.decode(state, type=_Lost) if state else _Lost()
        self._lost = {device for device in known.devices if device in names}
        self._views = {device: view for device, view in known.views.items() if device in names}

    async def run(self) -> None:
        """For ever; ends only with an exception."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tick(), name="tick")
            group.create_task(self._remember(), name="recalls")
            for device in self._devices:
                group.create_task(self._keep(device), name=f"device {device.driver.device}")
            for name, orders in self._orders.items():
                group.create_task(self._obey(name, orders), name=f"orders for {name}")

    async def _tick(self) -> None:
        while True:
            await self._feed(Tick(self._clock.moment()), self._roles)
            await self._retry_waiting()
            self.progress.ticked_s = self._clock.monotonic_s()
            await self._clock.sleep(TICK_S)

    async def _keep(self, attached: Attached) -> None:
        driver, failures = attached.driver, 0
        while True:
            link = _Link(self._clock.monotonic_s())

            async def emit(reading: Reading, link: _Link = link) -> None:
                await self._handle(reading, attached, link)

            try:
                await driver.run(emit)
                reason = "the driver ended"
            except (DeviceUnreachable, AlreadyRunning) as error:  # the latter: taken while we ran
                reason = str(error)
            failures = 0 if link.steady else failures
            await self._report_lost(attached, reason)
            await self._clock.sleep(self._retry.pause_s(failures, attached.retry_cap_s))
            failures += 1

    async def _handle(self, reading: Reading, attached: Attached, link: _Link) -> None:
        self._book.note(reading)
        if isinstance(reading, ClipReading):
            await self._keep_clip(reading)
            return
        if isinstance(reading, LookReading) and reading.look in self._looks:
            self._looks[reading.look] = reading
        await self._feed(reading, self._listeners(attached.driver.device))
        if isinstance(reading, TerminalDoubt):
            await self._tell_doubt(reading)
        if isinstance(reading, ViewReading):
            await self._tell_view(reading, attached)
        if isinstance(reading, ReferenceLearned):
            detail = f"what it sees{f' at {reading.stands}' if reading.stands else ''} {LEARNED}"
            await self._notice("config-applied", attached, reading.moment, detail)
        link.steady = link.steady or self._clock.monotonic_s() - link.since_s >= STEADY_S
        if link.steady and attached.driver.device in self._lost:
            await self._report_back(attached)

    def _listeners(self, device: str) -> list[Hosted]:
        return [one for one in self._roles if device in one.devices]

    async def _feed(self, reading: Reading, listeners: Sequence[Hosted]) -> None:
        for hosted in listeners:
            async with hosted.lock:
                step = hosted.role.step(reading)
                states = _states(hosted.role.name, step)
                if step.conclusions or states:
                    await self._record(Work(reading.moment, step.conclusions, states))
                for one in step.orders:
                    self._give(one)
                for wanted in step.recalls:
                    self._recalls.put_nowait((hosted, wanted))

    async def _remember(self) -> None:
        """Answers what roles want to see again, one after the other."""
        while True:
            hosted, wanted = await self._recalls.get()
            found = await self._recalled(wanted)
            await self._feed(found, [hosted])

    async def _recalled(self, wanted: Recall | CatchUp) -> TrackReading:
        found: list[PositionReading] = []
        complete = True
        if self._tracks is not None and isinstance(wanted, CatchUp):
            found += await self._tracks.since(wanted.ordinal, wanted.limit)
            complete = len(found) < wanted.limit
        elif self._tracks is not None and isinstance(wanted, Recall):
            for terminal in wanted.terminals:
                left = MOST_RECALLED - len(found)
                found += await self._tracks.track(terminal, wanted.begin_ns, wanted.end_ns, left)
            complete = len(found) < MOST_RECALLED
        return TrackReading(self._clock.moment(), wanted.key, tuple(found), complete)

    def _give(self, wanted: DeviceOrder) -> None:
        """An order for now: what cannot be begun soon is counted and not kept."""
        try:
            self._orders[wanted.device].put_nowait(wanted.order)
        except (KeyError, asyncio.QueueFull):
            self.drops["order"] = self.drops.get("order", 0) + 1

    async def ask(self, asked: LookAsked) -> bool:
        """Whether a role took the question; it has it by then."""
        for hosted in self._roles:
            if isinstance(hosted.role, LooksAgain) and hosted.role.takes(asked):
                await self._feed(asked, [hosted])
                return True
        return False

    async def perform(self, device: str, order: Order) -> None:
        """At once, for whoever commands the gateway. DeviceRefused, DeviceUnreachable."""
        if device not in self._commanded:
            able = ", ".join(sorted(self._commanded)) or "none"
            raise DeviceRefused(f"{device!r} takes no orders; devices that do: {able}")
        await self._commanded[device].perform(order)

    async def look(self, device: str, preset: str | None) -> LookReading:
        """What a camera sees now, for whoever commands the gateway; roles hear it too. DeviceRefused,
        DeviceUnreachable."""
        name = f"{COMMANDED}{next(self._look_numbers)}"
        self._looks[name] = None
        try:
            await self.perform(device, Look(name, preset))
            reading = self._looks[name]
        finally:
            del self._looks[name]
        if reading is None:
            raise DeviceRefused(f"{device} does not look")
        return reading

    def view_of(self, device: str) -> str | None:
        """What was told to be the matter with a camera's view; None: nothing."""
        return self._views.get(device)

    async def _obey(self, device: str, orders: asyncio.Queue[Order]) -> None:
        """A role's orders, one after the other; a refusal is counted, not retried."""
        while True:
            order = await orders.get()
            try:
                await self.perform(device, order)
            except (DeviceRefused, DeviceUnreachable) as error:
                self.drops["order"] = self.drops.get("order", 0) + 1
                LOG.debug("%s did not obey: %s", device, error)

    async def _report_lost(self, attached: Attached, reason: str) -> None:
        device, now = attached.driver.device, self._clock.moment()
        self._book.lost(device)
        await self._feed(
            LineStatus(device, now, 0, 0, 0, 0, connected=False), self._listeners(device)
        )
        if device not in self._lost:
            self._lost.add(device)
            LOG.warning("%s lost: %s", device, reason)
            await self._notice("device-lost", attached, now, reason)

    async def _report_back(self, attached: Attached) -> None:
        device = attached.driver.device
        self._lost.discard(device)
        self._book.back(device)
        LOG.info("%s back", device)
        await self._notice("device-back", attached, self._clock.moment(), None)

    async def _tell_doubt(self, doubt: TerminalDoubt) -> None:
        detail = (
            f"terminal {doubt.terminal}: {doubt.reason}; its positions are kept apart until the "
            f'roster says accept = "{doubt.fingerprint}"'
        )
        notice = GatewayNotice(kind="clone-suspected", device=doubt.device, detail=detail)
        subject = f"terminal/{doubt.terminal}"
        await self._record(Work(doubt.moment, (Conclusion(notice, subject),)))

    async def _tell_view(self, view: ViewReading, attached: Attached) -> None:
        """A camera that does not show what it should. Dark is no fault: night comes every day."""
        if view.state == DARK_VIEW:
            return
        state = None if view.state == GOOD_VIEW else view.state
        if state == self._views.get(view.device):
            return
        if state is None:
            del self._views[view.device]
            await self._notice("view-back", attached, view.moment, "the view is good again")
            return
        self._views[view.device] = state
        detail = f"the view is {state}" + (f": {view.detail}" if view.detail else "")
        await self._notice("view-lost", attached, view.moment, detail)

    async def _notice(
        self, kind: NoticeKind, attached: Attached, now: Moment, detail: str | None
    ) -> None:
        notice = GatewayNotice(kind=kind, device=attached.driver.device, detail=detail)
        state = msgspec.json.encode(_Lost(sorted(self._lost), self._views))
        await self._record(Work(now, (Conclusion(notice, attached.subject),), {STATE: state}))

    async def _keep_clip(self, clip: ClipReading) -> None:
        """Too large to wait in memory: what finds no room is counted and gone."""
        conclusion = conclusion_of(clip)
        reason = clip.reason or "the disk is full"
        if conclusion is not None and not self._waiting:
            try:
                await self._recorder.record(Work(clip.moment, (conclusion,)))
            except StoreFull as error:
                reason = str(error)
            else:
                return
        self.drops["clip"] = self.drops.get("clip", 0) + 1
        LOG.info("%s: no clip of %s: %s", clip.device, clip.occasion, reason)

    async def _record(self, work: Work) -> None:
        """A full disk must not stop the weighing: works wait in memory, in order, and the oldest
        beyond the limit are counted and gone."""
        if not self._waiting:
            try:
                await self._recorder.record(work)
            except StoreFull as error:
                LOG.warning("nothing more can be recorded, keeping it in memory: %s", error)
            else:
                return
        self._waiting.append(work)
        if len(self._waiting) > KEPT_WORKS:
            lost = len(self._waiting.popleft().conclusions)
            self.drops["store-full"] = self.drops.get("store-full", 0) + lost

    async def _retry_waiting(self) -> None:
        """Runs in the tick alone, so nothing is recorded twice."""
        if not self._waiting or self._clock.monotonic_s() < self._retry_at_s:
            return
        self._retry_at_s = self._clock.monotonic_s() + FULL_PAUSE_S
        try:
            while self._waiting:
                await self._record_first(self._waiting[0])
        except StoreFull:
            return
        LOG.info("the disk has room again, everything kept in memory is recorded")

    async def _record_first(self, work: Work) -> None:
        """It stays first in the queue meanwhile, so that whatever comes later queues behind it."""
        await self._recorder.record(work)
        if self._waiting and self._waiting[0] is work:
            self._waiting.popleft()


def _states(role: str, step: RoleStep) -> Mapping[str, bytes]:
    """What the store is to keep of the step, by its names there."""
    keyed = {f"{role}/{key}": state for key, state in step.keyed.items()}
    return keyed if step.state is None else {**keyed, role: step.state}


@dataclass
class _Link:
    """One stretch of a driver's run: since when, and whether it has lasted."""

    since_s: float
    steady: bool = False
