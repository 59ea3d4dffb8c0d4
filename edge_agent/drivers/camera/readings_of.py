"""Words of the vision process as readings. Its times are those of the boot clock, ours are moments."""

from __future__ import annotations

import time

from edge_agent.ports import Clock
from edge_agent.readings import (
    LineStatus,
    LookReading,
    Moment,
    Picture,
    Reading,
    ReferenceLearned,
    SceneReading,
    ViewReading,
)
from edge_agent.vision.words import Counts, Heard, Learned, Looked, Seen, TakenPicture, View


class Times:
    """`exact`: keep the distance to now even if it lies ahead (a file read faster than it was filmed)."""

    def __init__(self, clock: Clock, *, exact: bool = False) -> None:
        self._clock, self._exact = clock, exact
        self.frames = 0

    @staticmethod
    def now_ns() -> int:
        """The clock of the vision process."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def moment(self, captured_ns: int | None = None) -> Moment:
        """When it was captured; None = now."""
        now = self._clock.moment()
        if captured_ns is None:
            return now
        age_ns = self.now_ns() - captured_ns
        if not self._exact:
            age_ns = max(0, age_ns)
        return now._replace(mono_ns=now.mono_ns - age_ns, utc_ns=now.utc_ns - age_ns)


def reading_of(word: Heard, device: str, times: Times) -> Reading | None:
    """None for words that are no news of the street."""
    if isinstance(word, Seen):
        return _scene(word, device, times)
    if isinstance(word, Looked):
        return _look(word, device, times)
    if isinstance(word, View):
        return ViewReading(device, times.moment(word.captured_ns), word.state, word.detail)
    if isinstance(word, Learned):
        return ReferenceLearned(device, times.moment(word.captured_ns), word.stands)
    if isinstance(word, Counts):
        return _status(word, device, times)
    return None


def _scene(word: Seen, device: str, times: Times) -> SceneReading:
    return SceneReading(
        device=device,
        moment=times.moment(word.captured_ns),
        things=word.things,
        gone=word.gone,
        full=word.full,
        preset=word.preset,
        picture=_picture(word.picture, times),
        model=word.model,
        lon=word.lon,
        lat=word.lat,
    )


def _look(word: Looked, device: str, times: Times) -> LookReading:
    return LookReading(
        device=device,
        moment=times.moment(word.captured_ns),
        look=word.look,
        preset=word.preset,
        done=word.done,
        reason=word.reason,
        things=word.things,
        picture=_picture(word.picture, times),
        model=word.model,
    )


def _picture(taken: TakenPicture | None, times: Times) -> Picture | None:
    if taken is None:
        return None
    return Picture(
        moment=times.moment(taken.captured_ns),
        original=taken.original,
        masked=taken.masked,
        thumbnail=taken.thumbnail,
        parent_sha256=taken.parent_sha256,
    )


def _status(word: Counts, device: str, times: Times) -> LineStatus:
    """A quiet street gives no readings: that frames go on coming is its sign of health."""
    came, times.frames = word.frames > times.frames, word.frames
    return LineStatus(
        device,
        times.moment(),
        bytes=word.bytes,
        frames=word.frames,
        readings=word.looks,
        refused=word.refused,
        passive=came,
        dropped=word.dropped,
    )
