"""The driver of a terminal server: one socket, thousands of terminals.

What a session hands over is kept in the tracks, then told to the roles, and only then acknowledged to
the terminal: it deletes what was acknowledged. Positions of a doubted or unknown terminal are kept
apart and told to nobody.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from edge_agent.config.devices.speaker import zone_minutes
from edge_agent.config.devices.terminals import (
    KnownTerminal,
    TerminalServerConfig,
    roster_of,
)
from edge_agent.drivers.terminals import trust
from edge_agent.drivers.terminals.session import Answer
from edge_agent.drivers.terminals.trust import Seen, Verdict
from edge_agent.errors import DeviceRefused, DeviceUnreachable, StopError, StoreFull
from edge_agent.ports import Clock, Emit, Pin, TerminalTracks
from edge_agent.readings import LineStatus, PositionReading, Reading, TerminalDoubt

LOG = logging.getLogger("edile.terminals")
STATUS_S = 1.0
ROSTER_S = 5.0  # how often its file is looked at
MOST_WAITING = 20_000  # positions between socket and disk; more are not taken, so not acknowledged
CODE_BYTES = 6


class _Work(NamedTuple):
    pairs: list[tuple[PositionReading, bool]]
    answer: Answer


class TerminalServer:
    """Post of the sessions. `listen` (of a subclass's module) opens the sockets and gives their close."""

    def __init__(
        self, config: TerminalServerConfig, clock: Clock, tracks: TerminalTracks | None
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self.config, self.clock = config, clock
        self._tracks = tracks
        self._roster: dict[str, KnownTerminal] = roster_of(config)
        self._roster_mark = self._file_mark()
        self._pins: dict[str, Pin] = {}
        self._here: dict[str, Any] = {}
        self._work: list[_Work] = []
        self._waiting = 0
        self._arrived = asyncio.Event()
        self._news: list[Reading] = []
        self._changed: dict[str, Pin] = {}

    # -- what sessions ask of it

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] += by

    def mint(self, terminal: str) -> str:
        pin = self._pins.get(terminal) or Pin()
        if pin.code is None:
            pin = msgspec.structs.replace(pin, code=secrets.token_hex(CODE_BYTES))
            self._put(terminal, pin)
        return pin.code or ""

    def introduce(self, session: Any, terminal: str, seen: Seen) -> bool:
        """See `Post`."""
        known = self._roster.get(terminal)
        if known is None and self.config.unknown == "refuse":
            self.counts["refused.unknown"] += 1
            return False
        session.doubted = known is None
        session.zone_s = known.zone_s if known else None
        if session.zone_s is None and self.config.zone is not None:
            session.zone_s = zone_minutes(self.config.zone) * 60
        session.model = known.model if known else None
        self._judge(session, terminal, seen, known)
        return True

    def keep(self, session: Any, positions: list[PositionReading], answer: Answer) -> None:
        """See `Post`."""
        if self._waiting + len(positions) > MOST_WAITING:
            self.counts["refused.overload"] += len(positions)
            return
        self._waiting += len(positions)
        self._work.append(_Work([(one, session.doubted) for one in positions], answer))
        self._arrived.set()

    def left(self, session: Any) -> None:
        """Its connection ended."""
        terminal: str | None = session.terminal
        if terminal is not None and self._here.get(terminal) is session:
            del self._here[terminal]

    # -- trust

    def _judge(self, session: Any, terminal: str, seen: Seen, known: KnownTerminal | None) -> None:
        pin = self._pins.get(terminal)
        other = self._here.get(terminal)
        if other is not None and other is not session:
            if other.network == session.network:
                other.close("the same terminal connected again")
            else:
                self._take(session, terminal, trust.twice(pin, terminal))
                other.doubted = session.doubted
                self._here[terminal] = session
                return
        self._take(session, terminal, trust.judge(pin, seen, known))
        self._here[terminal] = session

    def _take(self, session: Any, terminal: str, verdict: Verdict) -> None:
        if verdict.pin is not None:
            self._put(terminal, verdict.pin)
        if verdict.doubt is None:
            return
        session.doubted = True
        reason, mark = verdict.doubt
        self.counts["doubted"] += 1
        if verdict.tell:
            LOG.warning(
                "%s: terminal %s in quarantine: %s (%s)", self.device, terminal, reason, mark
            )
            moment = self.clock.moment()
            self._news.append(TerminalDoubt(self.device, moment, terminal, reason, mark))
            self._arrived.set()

    def _put(self, terminal: str, pin: Pin) -> None:
        self._pins[terminal] = self._changed[terminal] = pin
        self._arrived.set()

    # -- running

    async def serve(self, emit: Emit, listen: Callable[[], Any]) -> None:
        """Until the sockets fail. `listen()` opens them: an async context manager."""
        if self._tracks is None:
            raise DeviceUnreachable(f"{self.device}: there is no track store")
        self.counts.clear()
        self._pins = await self._tracks.pins()
        self._here.clear()
        try:
            async with listen(), asyncio.TaskGroup() as group:
                group.create_task(self._pump(emit, self._tracks), name=f"{self.device} pump")
                group.create_task(self._watch(emit), name=f"{self.device} watch")
        except OSError as error:
            where = self.config.listen
            raise DeviceUnreachable(f"{where}: {error.strerror or error}") from error
        finally:
            for work in self._work:
                self._waiting -= len(work.pairs)
            self._work.clear()

    async def _pump(self, emit: Emit, tracks: TerminalTracks) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            await self._keep_pins(tracks)
            work, self._work = self._work, []
            await self._keep_work(work, emit, tracks)
            news, self._news = self._news, []
            for one in news:
                await emit(one)

    async def _keep_pins(self, tracks: TerminalTracks) -> None:
        """Before the positions that were judged by them."""
        changed, self._changed = self._changed, {}
        for terminal, pin in changed.items():
            await tracks.put_pin(terminal, pin)

    async def _keep_work(self, work: list[_Work], emit: Emit, tracks: TerminalTracks) -> None:
        pairs = [pair for one in work for pair in one.pairs]
        if not work:
            return
        try:
            await tracks.keep_pairs(pairs)
        except StoreFull:
            self.counts["refused.store-full"] += len(pairs)
            return
        finally:
            self._waiting -= len(pairs)
        self.counts["readings"] += len(pairs)
        for one in work:
            one.answer()
        for reading, doubted in pairs:
            if not doubted:
                await emit(reading)

    async def _watch(self, emit: Emit) -> None:
        due_s = 0.0
        while True:
            now_s = self.clock.monotonic_s()
            if now_s >= due_s:
                due_s = now_s + ROSTER_S
                self._read_roster_again()
            self.each_second(now_s)
            await emit(self._status())
            await self.clock.sleep(STATUS_S)

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
            passive=not self._here,
        )

    def _file_mark(self) -> tuple[int, int] | None:
        if self.config.roster_file is None:
            return None
        try:
            about = self.config.roster_file.stat()
        except OSError:
            return None
        return about.st_mtime_ns, about.st_size

    def _read_roster_again(self) -> None:
        """A wrong file leaves the old roster in force and is told once."""
        mark = self._file_mark()
        if mark is None or mark == self._roster_mark:
            return
        self._roster_mark = mark
        try:
            self._roster = roster_of(self.config)
        except StopError as error:
            LOG.error("%s: the roster stays as it was: %s", self.device, error)  # noqa: TRY400
            return
        LOG.info("%s: the roster names %d terminals", self.device, len(self._roster))
        for terminal, session in list(self._here.items()):
            known = self._roster.get(terminal)
            pin = self._pins.get(terminal)
            if known is None and self.config.unknown == "refuse":
                session.close("no longer in the roster")
            elif pin is not None and pin.doubt and known and known.accept == pin.doubt[1]:
                session.close("accepted by the roster; it connects again as itself")
            else:
                session.doubted = known is None or bool(pin and pin.doubt)

    async def say(self, terminal: str, text: str) -> None:
        """A text to one terminal, now. DeviceRefused when it is not connected."""
        session = self._here.get(terminal.lstrip("0") or "0")
        if session is None:
            raise DeviceRefused(f"terminal {terminal} is not connected to {self.device}")
        session.say(text)
