"""Is the indicator heard? No bytes: silent. Bytes, but hardly a reading among them: garbled.

Judged from the line's running totals, which come every second, so that a lucky frame in a stream of
rubbish does not count as health. A line that is not connected is the supervisor's matter
(`device-lost`) and neither opens nor ends anything here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from edge_agent.readings import LineStatus, Moment, elapsed_s

UNWATCHED_S = 5.0  # statuses come every second; after a longer pause nothing is known

Trouble = Literal["indicator-silent", "indicator-garbled"]


@dataclass(frozen=True, slots=True)
class LineLimits:
    """Seconds of silence or garble before it is told, and of health before it is over."""

    silent_s: float
    garbled_s: float
    recover_s: float


@dataclass(frozen=True, slots=True)
class Line:
    """`quiet`, `bad`, `good`: since when the line has been without bytes, with bytes but few
    readings, with readings; each None when it is not so. `trouble` is what is open."""

    last: LineStatus | None = None
    quiet: Moment | None = None
    bad: Moment | None = None
    good: Moment | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class LineChange:
    """Something began or ended. `after_s`: how long the line had been so."""

    kind: Trouble
    phase: Literal["opened", "ended"]
    after_s: float


def step(
    state: Line, status: LineStatus, limits: LineLimits
) -> tuple[Line, tuple[LineChange, ...]]:
    if not status.connected:
        return Line(trouble=state.trouble), ()
    line = _watched(state, status)
    if line.trouble is not None:
        return _ending(line, line.trouble, status.moment, limits)
    return _opening(line, status.moment, limits)


def _watched(state: Line, status: LineStatus) -> Line:
    last, now = state.last, status.moment
    if last is not None and (elapsed_s(last.moment, now) or UNWATCHED_S) >= UNWATCHED_S:
        state = Line(trouble=state.trouble)  # nobody watched meanwhile
    if last is None or status.bytes < last.bytes:  # the driver has just begun to count
        last = LineStatus(status.device, now, 0, 0, 0, 0)
    heard = status.bytes > last.bytes
    readings, refused = status.readings - last.readings, status.refused - last.refused
    fine = heard and readings > refused
    return replace(
        state,
        last=status,
        quiet=None if heard else state.quiet or now,
        bad=(state.bad or now) if heard and not fine else None,
        good=(state.good or now) if fine else None,
    )


def _opening(line: Line, now: Moment, limits: LineLimits) -> tuple[Line, tuple[LineChange, ...]]:
    watched: tuple[tuple[Trouble, Moment | None, float], ...] = (
        ("indicator-silent", line.quiet, limits.silent_s),
        ("indicator-garbled", line.bad, limits.garbled_s),
    )
    for kind, since, limit_s in watched:
        for_s = _since(since, now)
        if for_s is not None and for_s >= limit_s:
            return replace(line, trouble=kind), (LineChange(kind, "opened", for_s),)
    return line, ()


def _ending(
    line: Line, kind: Trouble, now: Moment, limits: LineLimits
) -> tuple[Line, tuple[LineChange, ...]]:
    """Readings end either trouble. Silence that turns into rubbish, or the reverse, is another."""
    good_s, bad_s, quiet_s = (_since(m, now) for m in (line.good, line.bad, line.quiet))
    if good_s is not None and good_s >= limits.recover_s:
        return replace(line, trouble=None), (LineChange(kind, "ended", good_s),)
    if kind == "indicator-silent" and bad_s is not None and bad_s >= limits.garbled_s:
        return _swapped(line, kind, "indicator-garbled", bad_s)
    if kind == "indicator-garbled" and quiet_s is not None and quiet_s >= limits.silent_s:
        return _swapped(line, kind, "indicator-silent", quiet_s)
    return line, ()


def _swapped(
    line: Line, old: Trouble, new: Trouble, for_s: float
) -> tuple[Line, tuple[LineChange, ...]]:
    ended, opened = LineChange(old, "ended", for_s), LineChange(new, "opened", for_s)
    return replace(line, trouble=new), (ended, opened)


def _since(then: Moment | None, now: Moment) -> float | None:
    return None if then is None else elapsed_s(then, now)
