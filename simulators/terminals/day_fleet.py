"""A simulated district day (`simulators.attendance`) over real sockets: every badge a terminal, a clone a
second one with the same number. What a message says is of the simulated day; when it is sent, too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TextIO

from simulators.attendance.day import FIRST_NUMBER, AttendanceDay
from simulators.attendance.receiver import Fixes
from simulators.attendance.truth import truth_lines
from simulators.chance import chance
from simulators.terminals.devices import Jt808Device, Report
from simulators.terminals.fleet import CLONE_HOME, Fleet, Plan
from simulators.terminals.mover import Fix
from simulators.terminals.terminal import Terminal

_SOON_S = 0.002
_NEVER_NS = 1 << 62


@dataclass(frozen=True, slots=True)
class Saying:
    """One report and when it is measured. `held`: the network is away then."""

    at_ns: int
    held: bool
    report: Report


class DayClock:
    """The simulated day's time: it is `begin_ns` when `start` is called (None: what it really is then),
    and passes `speed` times as fast as the loop's."""

    def __init__(self, begin_ns: int | None, speed: float) -> None:
        self.begin_ns = time.time_ns() if begin_ns is None else begin_ns
        self.speed = speed
        self._is_real = begin_ns is None
        self._started_s: float | None = None

    def start(self) -> None:
        self._started_s = asyncio.get_running_loop().time()
        if self._is_real:
            self.begin_ns = time.time_ns()

    def now_ns(self) -> int:
        if self._started_s is None:
            return self.begin_ns
        passed_s = asyncio.get_running_loop().time() - self._started_s
        return self.begin_ns + round(passed_s * self.speed * 1e9)

    def wait_s(self, until_ns: int) -> float:
        return (until_ns - self.now_ns()) / 1e9 / self.speed


class DayTerminal(Terminal):
    """Says what is due, in order; while the network is away it is not connected and remembers. Its rows
    are made when the first one is near."""

    def __init__(
        self,
        fleet: DayFleet,
        device: Jt808Device,
        rows: Callable[[], Iterator[Saying]],
        first_ns: int,
        *,
        home: str | None,
    ) -> None:
        super().__init__(fleet, device, chance(0, device.number), truck=False, home=home)
        self._day_fleet, self._rows, self._due_ns = fleet, rows, first_ns
        self._coming: Iterator[Saying] | None = None
        self._next: Saying | None = None
        self._away = False

    def may_connect(self, now_s: float) -> bool:
        return not self._away and super().may_connect(now_s)

    def _report(self) -> None:
        now_ns = self._day_fleet.day_clock.now_ns()
        if self._coming is None and now_ns >= self._due_ns:
            self._coming = self._rows()
            self._step()
        while self._next is not None and self._next.at_ns <= now_ns:
            self._said(self._next)
            self._step()
        if self._coming is None or self._next is not None:
            wait_s = self._day_fleet.day_clock.wait_s(self._due_ns)
            self._timer = asyncio.get_running_loop().call_later(max(_SOON_S, wait_s), self._report)

    def _step(self) -> None:
        self._next = None if self._coming is None else next(self._coming, None)
        self._due_ns = _NEVER_NS if self._next is None else self._next.at_ns

    def _said(self, row: Saying) -> None:
        if row.held and not self._away:
            self.drop()
        self._away = row.held
        self.say(row.report)


class DayFleet(Fleet):
    """All badges of a day, played from `begin_ns` of its time on, `speed` times as fast as real time."""

    def __init__(
        self,
        day: AttendanceDay,
        host: str,
        port: int,
        truth: TextIO | None,
        tell: Callable[[str], None],
        *,
        begin_ns: int | None,
        speed: float,
    ) -> None:
        self._day = day
        self._numbers = {badge: int(badge) - FIRST_NUMBER for badge in day.badges}
        self._cloned = {
            badge: begins_ns
            for badge in day.badges
            if (begins_ns := day.clone_begins_ns(badge)) is not None
        }
        self.day_clock = DayClock(begin_ns, speed)
        plan = Plan(
            "jt808",
            len(day.badges),
            min(1.0, day.times.interval_s / day.times.scale / speed),
            (day.ends_ns - self.day_clock.begin_ns) / 1e9 / speed,
            day.seed,
            storms=0,
            blind=0.0,
            clones=0,
        )
        super().__init__(plan, host, port, truth, tell, now_s=time.time)
        self.clones = [
            self._terminal(day.badges.index(badge), clone=True) for badge in self._cloned
        ]

    def _terminal(self, number: int, *, clone: bool = False) -> Terminal:
        badge = self._day.badges[number]
        if clone:
            rows, first_ns = self._clone_rows, self._cloned[badge]
        else:
            rows, first_ns = self._own_rows, self._day.first_ns(badge)
        home = CLONE_HOME if clone else None
        return DayTerminal(self, self._device(badge), lambda: rows(badge), first_ns, home=home)

    def _own_rows(self, badge: str) -> Iterator[Saying]:
        return sayings(badge, self._day.own_fixes(badge))

    def _clone_rows(self, badge: str) -> Iterator[Saying]:
        fixes = self._day.clone_fixes(badge)
        return iter(()) if fixes is None else sayings(badge, fixes)

    def _device(self, badge: str) -> Jt808Device:
        number = self._numbers[badge]
        return Jt808Device(number, (2013, 2019, 2011)[number % 3], truck=False)

    def _mishaps(self) -> list[tuple[float, Callable[[], None]]]:
        """The day begins now; clones come when they come."""
        self.day_clock.start()
        rows: list[tuple[float, Callable[[], None]]] = []
        for begins_ns, clone in zip(self._cloned.values(), self.clones, strict=True):

            def comes(clone: Terminal = clone) -> None:
                self.connect_first(clone)

            rows.append((max(0.0, self.day_clock.wait_s(begins_ns)), comes))
        return sorted(rows, key=lambda row: row[0])

    def _write(self, report: Report, kind: str, **more: object) -> None:
        """Positions of a whole day would be gigabytes; the day can be made again from its seed."""

    def _line(self, row: dict[str, object]) -> None:
        if self._truth is None:
            return
        if row["kind"] == "end":
            super()._line(row)
        elif row["kind"] == "truth":
            for line in truth_lines(self._day):
                if '"kind": "end"' not in line:
                    self._truth.write(line + "\n")
            self._truth.flush()


def sayings(badge: str, fixes: Fixes) -> Iterator[Saying]:
    """In the order in which they are said: live ones when they arrive, held ones when they are measured."""
    due = [
        arrived if live else at
        for arrived, at, live in zip(
            fixes.arrived_ns.tolist(), fixes.at_ns.tolist(), fixes.live.tolist(), strict=True
        )
    ]
    for row in sorted(range(len(fixes)), key=due.__getitem__):
        fix = Fix(
            lat=float(fixes.lat[row]),
            lon=float(fixes.lon[row]),
            speed_kmh=float(fixes.speed_kmh[row]),
            course_deg=int(fixes.course_deg[row]),
            fix=bool(fixes.fix[row]),
            satellites=int(fixes.satellites[row]),
        )
        report = Report(
            badge,
            int(fixes.at_ns[row]) // 1_000_000_000,
            fix,
            row,
            sos=bool(fixes.sos[row]),
            low=bool(fixes.low[row]),
        )
        yield Saying(due[row], not fixes.live[row], report)
