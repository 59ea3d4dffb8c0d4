"""People on their way: where they are, how they stand and what they hold at a moment. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np

PACE_M_S = 1.25
STRIDE_RAD_M = 4.4  # a step of 0.7 m is half a turn
PHASES = 10  # poses that a walk is cut into: a camera at 5 pictures a second shows no more


@dataclass(frozen=True, slots=True)
class Pose:
    """`phase` of the walk (0..`PHASES`, `PHASES` = standing); `reach` and `bend` in tenths."""

    phase: int
    reach: int = 0
    bend: int = 0
    holds: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """At `t` at (x, y); between two marks one walks straight, or stands where both are the same."""

    t: float
    x: float
    y: float


@dataclass(slots=True)
class Walk:
    """A way over marks; `acts` are spans of time with a pose of the arms and `looks` a direction to turn
    to while standing."""

    seed: int
    marks: list[Mark]
    acts: list[tuple[float, float, int, int]] = field(default_factory=list)
    holding: list[tuple[float, float, str]] = field(default_factory=list)
    looks: float = np.pi / 2

    @property
    def begins(self) -> float:
        return self.marks[0].t

    @property
    def ends(self) -> float:
        return self.marks[-1].t

    def at(self, t: float) -> tuple[float, float, float]:
        """x, y, and the direction turned to."""
        after = bisect_right(self.marks, t, key=lambda mark: mark.t)
        if after == 0 or after == len(self.marks):
            mark = self.marks[0 if after == 0 else -1]
            return mark.x, mark.y, self.looks
        a, b = self.marks[after - 1], self.marks[after]
        part = (t - a.t) / max(b.t - a.t, 1e-6)
        x, y = a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part
        still = abs(b.x - a.x) + abs(b.y - a.y) < 1e-3
        return x, y, self.looks if still else float(np.arctan2(b.y - a.y, b.x - a.x))

    def pose(self, t: float) -> Pose:
        after = bisect_right(self.marks, t, key=lambda mark: mark.t)
        phase = PHASES
        if 0 < after < len(self.marks):
            a, b = self.marks[after - 1], self.marks[after]
            way = float(np.hypot(b.x - a.x, b.y - a.y)) * (t - a.t) / max(b.t - a.t, 1e-6)
            if np.hypot(b.x - a.x, b.y - a.y) > 1e-3:
                phase = int(way * STRIDE_RAD_M / (2 * np.pi) * PHASES) % PHASES
        reach, bend = next(((r, d) for a, b, r, d in self.acts if a <= t < b), (0, 0))
        holds = next((what for a, b, what in self.holding if a <= t < b), None)
        return Pose(phase, reach, bend, holds)

    def go(self, x: float, y: float, pace: float = PACE_M_S) -> float:
        """Adds a way to a place; returns when one is there."""
        last = self.marks[-1]
        t = last.t + float(np.hypot(x - last.x, y - last.y)) / pace
        self.marks.append(Mark(t, x, y))
        return t

    def wait(self, seconds: float) -> float:
        last = self.marks[-1]
        self.marks.append(Mark(last.t + seconds, last.x, last.y))
        return last.t + seconds

    def cut(self, t: float) -> None:
        """Forgets what was planned after `t`: one has changed one's mind."""
        x, y, _ = self.at(t)
        self.marks = [mark for mark in self.marks if mark.t <= t] + [Mark(t, x, y)]
        self.acts = [act for act in self.acts if act[0] <= t]
        self.holding = [(a, min(b, t), what) for a, b, what in self.holding if a <= t]
