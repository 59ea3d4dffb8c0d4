"""Samples gathered in windows of the clock: 12:00:00 to 12:05:00 and so on, UTC.

A window ends when time has passed its end, heard or unheard. A clock that is set back by less than
one window does not open the former one again; set further, forwards or backwards, the window ends
early and says with `n` how much it holds. Bounded: samples beyond `MOST` of one window count in
minimum, maximum, mean and last, and leave the percentile to the first ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge_agent.readings import Moment

MOST = 4_096
NS = 10**9


@dataclass(frozen=True, slots=True)
class Window:
    """The open one. `start_s` whole seconds UTC; `samples` in the order they came, rounded to what
    any of our sensors resolves; `heard` the moment of the last."""

    start_s: int
    samples: tuple[float, ...]
    n: int
    low: float
    high: float
    total: float
    last: float
    heard: Moment


@dataclass(frozen=True, slots=True)
class Summary:
    """One window. `ended`: its end on the clock of its last sample."""

    ended: Moment
    n: int
    low: float
    high: float
    mean: float
    p95: float
    last: float


def step(
    state: Window | None, value: float, now: Moment, window_s: int
) -> tuple[Window, Summary | None]:
    """A good sample; perhaps the window before it is over."""
    state, summary = expire(state, now, window_s)
    if state is None:
        start_s = now.utc_ns // NS // window_s * window_s
        return Window(start_s, (value,), 1, value, value, value, value, now), summary
    samples = (*state.samples, value) if len(state.samples) < MOST else state.samples
    grown = replace(
        state,
        samples=samples,
        n=state.n + 1,
        low=min(state.low, value),
        high=max(state.high, value),
        total=state.total + value,
        last=value,
        heard=now,
    )
    return grown, summary


def expire(
    state: Window | None, now: Moment, window_s: int
) -> tuple[Window | None, Summary | None]:
    """Time passed."""
    if state is None:
        return None, None
    into_s = now.utc_ns / NS - state.start_s
    if -window_s <= into_s < window_s:
        return state, None
    return None, _summary(state, window_s)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest sample that at least `share` of all samples do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _summary(window: Window, window_s: int) -> Summary:
    end_ns = (window.start_s + window_s) * NS
    heard = window.heard
    shifted = max(0, heard.mono_ns + end_ns - heard.utc_ns)
    return Summary(
        ended=Moment(heard.boot_id, shifted, end_ns, heard.clock),
        n=window.n,
        low=window.low,
        high=window.high,
        mean=window.total / window.n,
        p95=percentile(sorted(window.samples), 0.95),
        last=window.last,
    )
