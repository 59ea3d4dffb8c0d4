"""Clips that a camera was told to keep: asked for, waited for, given up. Bounded in number and time. What
came together is one clip, however many problems it is of.

The vision process answers when the clip is cut and masked, which may take a while; whoever ordered it
does not wait, and hears of it as a reading.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count

from edge_agent.config.devices.camera import CameraConfig, ClipConfig
from edge_agent.drivers.camera.readings_of import Times
from edge_agent.errors import DeviceRefused
from edge_agent.ports import Clock, Film
from edge_agent.readings import ClipReading, Moment
from edge_agent.vision.words import AskClip, Clip

MOST_CLIPS = 4
HOUR_S = 3600.0
ANSWER_S = 120.0  # after its last second
MOST_OF_ONE = 32
SAME_NS = 10**9
LATE_S = 2.0  # an order is on its way for a moment
NO_ANSWER = "no answer"


@dataclass(frozen=True)
class _Ordered:
    """Who wants what lies between."""

    orders: list[Film]
    until_s: float
    begin_ns: int
    end_ns: int


class Filming:
    """`clock` for how many an hour, and for how long one is waited for."""

    def __init__(self, config: CameraConfig, clock: Clock) -> None:
        self._camera, self._clip, self._clock = config.id, config.clip, clock
        self._ordered: dict[str, _Ordered] = {}
        self._taken: deque[float] = deque()
        self._numbers = count(1)

    def ask(self, order: Film, now_ns: int) -> AskClip | None:
        """`now_ns` of the boot clock. None: that clip is awaited already. DeviceRefused."""
        clip, now_s = self._clip, self._clock.monotonic_s()
        if clip is None:
            raise DeviceRefused(f"{self._camera} keeps no clips: gw.toml has no `clip` for it")
        begin_ns, end_ns = span(clip, now_ns, _age_ns(order.came, self._clock.moment()))
        for known in self._ordered.values():
            if abs(known.end_ns - end_ns) <= SAME_NS and len(known.orders) < MOST_OF_ONE:
                known.orders.append(order)
                return None
        while self._taken and now_s - self._taken[0] >= HOUR_S:
            self._taken.popleft()
        if len(self._taken) >= clip.most_an_hour or len(self._ordered) >= MOST_CLIPS:
            raise DeviceRefused(
                f"{self._camera} has taken {len(self._taken)} clips in an hour, "
                f"{len(self._ordered)} of them are awaited"
            )
        key = f"clip-{next(self._numbers)}"
        self._taken.append(now_s)
        wait_s = max(0.0, (end_ns - now_ns) / 1e9) + ANSWER_S
        self._ordered[key] = _Ordered([order], now_s + wait_s, begin_ns, end_ns)
        return AskClip(camera=self._camera, key=key, begin_ns=begin_ns, end_ns=end_ns)

    def forget(self, key: str) -> None:
        """It could not be asked for."""
        self._ordered.pop(key, None)

    def answered(self, word: Clip, times: Times) -> list[ClipReading]:
        """One for each order that it answers."""
        ordered = self._ordered.pop(word.key, None)
        return [self._reading(one, word, times) for one in ordered.orders] if ordered else []

    def _reading(self, order: Film, word: Clip, times: Times) -> ClipReading:
        begin = times.moment(word.begin_ns) if word.frames else times.moment()
        return ClipReading(
            device=self._camera,
            moment=times.moment(),
            occasion=order.occasion,
            problem_id=order.problem_id,
            begin=begin,
            end=times.moment(word.end_ns) if word.frames else begin,
            frames=word.frames,
            original=word.original,
            masked=word.masked,
            original_sha256=word.sha256,
            reason=word.reason,
        )

    def overdue(self, times: Times) -> list[ClipReading]:
        """Those that will not come: the process was another, or its answer was lost."""
        now_s = self._clock.monotonic_s()
        late = [key for key, one in self._ordered.items() if now_s >= one.until_s]
        words = (Clip(camera=self._camera, key=key, frames=0, reason=NO_ANSWER) for key in late)
        return [one for word in words for one in self.answered(word, times)]


def span(clip: ClipConfig, now_ns: int, age_ns: int | None) -> tuple[int, int]:
    """Around the moment when it came, `age_ns` ago, if the memory reaches back as far; else around now."""
    reach_ns = int((clip.reach_s + LATE_S) * 1e9)
    came_ns = now_ns - age_ns if age_ns is not None and 0 <= age_ns <= reach_ns else now_ns
    return came_ns - int(clip.before_s * 1e9), came_ns + int(clip.after_s * 1e9)


def _age_ns(came: Moment, now: Moment) -> int | None:
    return now.mono_ns - came.mono_ns if came.boot_id == now.boot_id else None
