"""The looks that must be made: one at a time for each camera, each with a result."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from contract.payloads.gateway import GatewayNotice, NoticeKind
from edge_agent.config.devices.speaker import quiet_minutes, zone_minutes
from edge_agent.config.streetscape import ScheduledLookConfig, StreetscapeConfig
from edge_agent.ports import Conclusion, DeviceOrder, Look
from edge_agent.readings import LineStatus, LookReading, Moment, Reading, Tick
from edge_agent.roles.streetscape.results import Results
from edge_agent.roles.streetscape.state import StreetscapeState
from edge_agent.rules import day_hours, look_schedule
from edge_agent.rules.day_hours import Hours
from edge_agent.rules.look_schedule import Planned

NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Line:
    config: ScheduledLookConfig
    hours: Hours

    @property
    def where(self) -> str:
        return f"preset {self.config.preset}" if self.config.preset else "the view"


class Schedule:
    """`watched`: the labels that count as something seen; `results` hears of each look. `out` and `orders` are
    what the last reading led to."""

    def __init__(
        self, config: StreetscapeConfig, watched: Collection[str], results: Results
    ) -> None:
        self.out: list[Conclusion] = []
        self.orders: list[DeviceOrder] = []
        self._config, self._watched, self._results = config, frozenset(watched), results
        self._zone_min = zone_minutes(config.zone)
        self._lines: Mapping[str, Line] = {
            one.name: Line(one, tuple(quiet_minutes(text) for text in one.hours))
            for one in config.schedule
        }
        self._lost: set[str] = set()
        self._state = StreetscapeState()

    def adopt(self, state: StreetscapeState) -> None:
        """Works on this state from now on. What is no longer in the file is forgotten."""
        self._state = state
        state.schedule = {name: state.schedule.get(name) or Planned() for name in self._lines}

    def take(self, reading: Reading) -> bool:
        """Whether the state is worth keeping now."""
        self.out, self.orders = [], []
        if isinstance(reading, Tick):
            return self._tick(reading.moment)
        if isinstance(reading, LookReading):
            return self._answered(reading)
        if isinstance(reading, LineStatus):
            return self._line(reading)
        return False

    def _tick(self, now: Moment) -> bool:
        changed = False
        for name, line in self._lines.items():
            one = self._state.schedule[name]
            if look_schedule.is_late(one, now, self._config.answer_s):
                self._missed(line, one, NO_ANSWER, now)
                changed = True
        for name, line in self._lines.items():
            changed = self._ask_if_due(line, self._state.schedule[name], now) or changed
        return changed

    def _ask_if_due(self, line: Line, one: Planned, now: Moment) -> bool:
        """Heads turn one way at a time; a camera that is away has nothing to ask for until it is back,
        or the look is missed."""
        every_s, retry_s = line.config.every_min * 60, self._config.retry_min * 60
        if not look_schedule.is_due(one, now, every_s, retry_s):
            return False
        if self._is_busy(line.config.camera):
            return False
        if day_hours.within(now, line.hours, self._zone_min) is not True:
            return False
        look_schedule.ask(one, self._state.next_look(), now)
        if line.config.camera in self._lost:
            self._missed(line, one, "unreachable", now)
        elif one.look is not None:
            order = Look(one.look, line.config.preset)
            self.orders.append(DeviceOrder(line.config.camera, order))
        return True

    def _is_busy(self, camera: str) -> bool:
        return any(
            self._state.schedule[name].look is not None
            for name, line in self._lines.items()
            if line.config.camera == camera
        )

    def _answered(self, reading: LookReading) -> bool:
        for name, line in self._lines.items():
            one = self._state.schedule[name]
            if one.look != reading.look or line.config.camera != reading.device:
                continue
            if not reading.done:
                self._missed(line, one, reading.reason or "no reason given", reading.moment)
                return True
            seen = self._has_seen(reading)
            self._results.note(name, "seen" if seen else "not-seen", None, reading.moment)
            if look_schedule.done(one, seen=seen):
                self._notice("view-back", line, f"looks at {line.where} again")
            return True
        return False

    def _has_seen(self, reading: LookReading) -> bool:
        return any(one.label in self._watched for one in reading.things)

    def _line(self, status: LineStatus) -> bool:
        if status.connected:
            self._lost.discard(status.device)
            return False
        self._lost.add(status.device)
        changed = False
        for name, line in self._lines.items():
            one = self._state.schedule[name]
            if line.config.camera == status.device and one.look is not None:
                self._missed(line, one, "unreachable", status.moment)
                changed = True
        return changed

    def _missed(self, line: Line, one: Planned, reason: str, now: Moment) -> None:
        self._results.note(line.config.name, "could-not-look", reason, now)
        if look_schedule.missed(one, reason):
            self._notice("view-lost", line, f"missed its look at {line.where}: {reason}")

    def _notice(self, kind: NoticeKind, line: Line, detail: str) -> None:
        name = line.config.name
        notice = GatewayNotice(
            kind=kind, device=line.config.camera, part=f"look {name}", detail=detail
        )
        self.out.append(Conclusion(notice, f"camera/{line.config.camera}"))
