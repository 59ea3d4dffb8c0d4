"""The driver of a terminal server: one socket, thousands of terminals.

What a session hands over is kept in the tracks and only then acknowledged to the terminal, which
deletes what was acknowledged; then it is told to the roles. Positions of a doubted or unknown terminal
are kept apart and told to nobody; one that was kept before is acknowledged and not told again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from edge_agent.config.devices.terminals import TerminalServerConfig
from edge_agent.drivers.terminals.bounds import MOST_IDS, MOST_PARTS
from edge_agent.drivers.terminals.gate import Gate
from edge_agent.drivers.terminals.session import Answer, Session
from edge_agent.drivers.terminals.trust import Seen
from edge_agent.errors import DeviceRefused, DeviceUnreachable, StoreFull
from edge_agent.ports import Clock, Emit, TerminalTracks
from edge_agent.readings import LineStatus, PositionReading

LOG = logging.getLogger("edile.terminals")
STATUS_S = 1.0
ROSTER_S = 5.0  # how often its file is looked at
MOST_WAITING = 20_000  # positions between socket and disk; more are not taken, so not acknowledged


class _Work(NamedTuple):
    pairs: list[tuple[PositionReading, bool]]
    answer: Answer


class TerminalServer:
    """Post of the sessions, exchange of the sockets. A protocol's server gives `serve` its listeners."""

    def __init__(
        self, config: TerminalServerConfig, clock: Clock, tracks: TerminalTracks | None
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self.config, self.clock = config, clock
        self._tracks = tracks
        self._gate = Gate(config, clock, self.count)
        self._work: list[_Work] = []
        self._waiting = self._held = 0
        self._arrived = asyncio.Event()
        self._full = False

    # -- what sessions ask of it

    def count(self, name: str, by: int = 1) -> None:
        if name.startswith("unknown.") and name not in self.counts:
            self.counts["unknown"] += 1
            if self.counts["unknown"] > MOST_IDS:
                return
        self.counts[name] += by

    def introduce(self, session: Session, terminal: str, seen: Seen) -> bool:
        accepted = self._gate.introduce(session, terminal, seen)
        if self._gate.changed:
            self._arrived.set()
        return accepted

    def mint(self, session: Session, terminal: str) -> str:
        code = self._gate.mint(session, terminal)
        self._arrived.set()
        return code

    def keep(self, session: Session, positions: list[PositionReading], answer: Answer) -> None:
        if self._waiting + len(positions) > MOST_WAITING:
            self.counts["refused.overload"] += len(positions)
            return
        self._waiting += len(positions)
        self._work.append(_Work([(one, session.doubted) for one in positions], answer))
        self._arrived.set()

    def hold(self, count: int) -> bool:
        if count > 0 and self._held + count > MOST_PARTS:
            self.counts["refused.parts"] += 1
            return False
        self._held += count
        return True

    def left(self, session: Session) -> None:
        self._gate.left(session)

    async def say(self, terminal: str, text: str) -> None:
        """A text to one terminal, now. DeviceRefused when it is not connected."""
        session = self._gate.here(terminal)
        if session is None:
            raise DeviceRefused(f"terminal {terminal} is not connected to {self.device}")
        session.say(text)

    # -- running

    async def serve(
        self, emit: Emit, listen: Callable[[], AbstractAsyncContextManager[None]]
    ) -> None:
        """Until the sockets fail. `listen()` opens them."""
        tracks = self._tracks
        if tracks is None:
            raise DeviceUnreachable(f"{self.device}: there is no track store")
        self.counts.clear()
        self._gate.begin(await tracks.pins())
        self._arrived.set()  # doubts that an earlier run did not get to tell
        try:
            async with listen(), asyncio.TaskGroup() as group:
                group.create_task(self._pump(emit, tracks), name=f"{self.device} pump")
                group.create_task(self._watch(emit), name=f"{self.device} watch")
        except OSError as error:
            where = self.config.listen
            raise DeviceUnreachable(f"{where}: {error.strerror or error}") from error
        finally:
            self._work.clear()
            self._waiting = 0

    async def _pump(self, emit: Emit, tracks: TerminalTracks) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            work, self._work = self._work, []
            await self._keep(work, emit, tracks)
            for one in self._gate.doubts(self.device):
                await emit(one)
                self._gate.told(one.terminal)
                self._arrived.set()

    async def _keep(self, work: list[_Work], emit: Emit, tracks: TerminalTracks) -> None:
        """What was judged goes to disk with what it was judged by."""
        pairs = [pair for one in work for pair in one.pairs]
        pins, self._gate.changed = self._gate.changed, {}
        try:
            ordinals = await tracks.keep_pairs(pairs, pins)
        except StoreFull as error:
            self._gate.changed = {**pins, **self._gate.changed}
            self.counts["refused.store-full"] += len(pairs)
            self._say_full(str(error))
            return
        finally:
            self._waiting -= len(pairs)
        if pairs:
            self._say_full(None)
        for one in work:
            one.answer()
        for (reading, doubted), ordinal in zip(pairs, ordinals, strict=True):
            if doubted:
                self.counts["apart"] += 1
            elif ordinal:
                self.counts["readings"] += 1
                object.__setattr__(reading, "ordinal", ordinal)  # nobody else has seen it yet
                await emit(reading)
            else:
                self.counts["repeated"] += 1

    def _say_full(self, reason: str | None) -> None:
        """Once when it begins, once when it is over."""
        if reason is not None and not self._full:
            LOG.error("%s: positions are not acknowledged: %s", self.device, reason)
        elif reason is None and self._full:
            LOG.info("%s: positions are kept again", self.device)
        self._full = reason is not None

    async def _watch(self, emit: Emit) -> None:
        due_s = 0.0
        while True:
            now_s = self.clock.monotonic_s()
            if now_s >= due_s:
                due_s = now_s + ROSTER_S
                await self._read_roster_again()
            if self._gate.changed:  # the disk was full
                self._arrived.set()
            self.each_second(now_s)
            await emit(self._status())
            await self.clock.sleep(STATUS_S)

    async def _read_roster_again(self) -> None:
        if not self._gate.roster_changed():
            return
        roster = await asyncio.to_thread(self._gate.load_roster)
        if roster is not None:
            self._gate.adopt_roster(roster)

    def each_second(self, now_s: float) -> None:
        """Sessions that wait for something, or are waited for in vain."""

    def _status(self) -> LineStatus:
        refused = sum(n for name, n in self.counts.items() if name.startswith("refused."))
        return LineStatus(
            device=self.device,
            moment=self.clock.moment(),
            bytes=self.counts["bytes"],
            frames=self.counts["frames"],
            readings=self.counts["readings"],
            refused=refused,
            passive=not self._gate.present,
        )
