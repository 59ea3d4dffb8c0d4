"""What becomes of looks, for whoever wants to know that a camera looked: one event for each camera and
window."""

from __future__ import annotations

from contract.payloads.camera import CameraLooks, LookCount
from contract.payloads.waste import Window
from contract.timestamps import rfc3339
from edge_agent.config.streetscape import StreetscapeConfig
from edge_agent.ports import Conclusion
from edge_agent.readings import Moment
from edge_agent.roles.streetscape.state import StreetscapeState
from edge_agent.rules import look_tally
from edge_agent.rules.look_tally import NS, LineTally, Result, Tally


class Results:
    """`out` is what the last call of `expire` led to."""

    def __init__(self, config: StreetscapeConfig) -> None:
        self.out: list[Conclusion] = []
        self._config = config
        self._window_s = config.looks_window_min * 60
        self._state = StreetscapeState()

    def adopt(self, state: StreetscapeState) -> None:
        """Works on this state from now on."""
        self._state = state

    def note(self, line: str, result: Result, reason: str | None, now: Moment) -> None:
        """Of a look of the schedule."""
        lines = self._tally(now).lines
        look_tally.count(lines.setdefault(line, LineTally()), result, reason, now)

    def looked(self, camera: str, now: Moment) -> None:
        """At its whole view, by itself. Not worth a write: a restart may forget the last of them."""
        full = self._tally(now).full
        full[camera] = full.get(camera, 0) + 1

    def expire(self, now: Moment) -> bool:
        """Whether a window has ended."""
        self.out = []
        tally = self._state.tally
        if tally is not None:
            look_tally.date(tally, now, self._window_s)
        if tally is None or not look_tally.is_over(tally, now, self._window_s):
            return False
        self._state.tally = None
        for camera in self._config.cameras:
            self._tell(camera, tally)
        return True

    def _tell(self, camera: str, tally: Tally) -> None:
        looks = tuple(
            LookCount(
                every_min=one.every_min,
                preset=one.preset,
                hours=one.hours,
                seen=found.seen,
                not_seen=found.not_seen,
                could_not_look=found.could_not_look,
                reasons=found.reasons,
                last=found.last,
                last_at=_time(found.last_at),
            )
            for one in self._config.schedule
            if one.camera == camera and (found := tally.lines.get(one.name)) is not None
        )
        full = tally.full.get(camera, 0)
        if not (looks or full):
            return
        end_s = tally.start_s + self._window_s
        window = Window(start=rfc3339(tally.start_s * NS), end=rfc3339(end_s * NS))
        payload = CameraLooks(camera=camera, window=window, looks=looks, full_looks=full)
        self.out.append(Conclusion(payload, f"camera/{camera}"))

    def _tally(self, now: Moment) -> Tally:
        if self._state.tally is None:
            self._state.tally = look_tally.opened(now, self._window_s)
        return self._state.tally


def _time(moment: Moment | None) -> str | None:
    """None where nobody knew it."""
    return None if moment is None or moment.clock == "unset" else rfc3339(moment.utc_ns)
