"""What one camera sees: from frames to words. No thread, no clock and no pipe of its own.

`take` gets every frame and answers with the job that is worth a detector's time, if any; the job is run
in the detector's thread, later, or never when a newer one takes its place. Words go out through
`say`, which tells whether there was room; what could not be said is said with the next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from edge_agent.config.devices.camera import CameraConfig, ClipConfig
from edge_agent.vision.boxes import WHOLE, Box, area, around, centre, grown
from edge_agent.vision.clips import ClipRing
from edge_agent.vision.frames import Frame, Image, Shape, Small, encoded
from edge_agent.vision.looking import Asked, Looking, Models, Say
from edge_agent.vision.outlook import Outlook, Outlooks, standing_at
from edge_agent.vision.tracks import Numbers
from edge_agent.vision.view_state import (
    COVERED,
    DARK,
    FROZEN,
    GOOD,
    LOOPED,
    TURNED,
    ViewWatch,
    judge,
)
from edge_agent.vision.words import Counts, Looked, Opened, View

BLIND = frozenset({COVERED, DARK, FROZEN, LOOPED})
LOOK_FRAMES = 3  # seen in two of them, a thing is there
LOOK_PATIENCE_S = 12.0  # for those frames
DOUBT_S = 3.0  # something that stood was not seen: look again so soon
LEAST_SIDE = 0.5  # of a part that is looked at: smaller, and things look larger than in training
LARGE_SHARE = 0.6  # a part this large is looked at as a whole picture
CLIP_QUALITY = 80
STALE_NS = 5 * 10**9


class Eye:
    """`watch_of` brings the reference views kept from earlier, by preset (None = where it stands)."""

    def __init__(
        self,
        config: CameraConfig,
        models: Models,
        say: Say,
        *,
        numbers: Numbers,
        watch_of: Callable[[str | None], ViewWatch],
    ) -> None:
        self.config, self.numbers = config, numbers
        self.ring = ring_of(config)
        self.bytes = self.frames = self.looks = self.refused = self.dropped = self.quiet = 0
        self.skipped = self.broken = 0  # as the source counts them
        self.models = models
        self._say, self._models, self._shape = say, models, Shape(config)
        self._outlooks = Outlooks(config, numbers, watch_of)
        self._stands = standing_at(config, None)
        self._head_moves = False
        self._asked: list[Asked] = []
        self._lock = threading.Lock()
        self._looking = Looking(config, models, say, self._lock)
        self._greeted = False
        self._view_owed: View | None = None
        self._last: tuple[int, Image] | None = None

    def take(self, frame: Frame) -> Callable[[], None] | None:
        """The job that this frame is worth."""
        self.frames += 1
        self.bytes += frame.size
        small = self._shape.small(frame)
        if small is None:
            self.refused += 1
            return None
        if not self._greeted:
            self._greet(frame)
        self._keep(frame)
        with self._lock:
            return self._judge(frame, small)

    def ask(self, look: str, preset: str | None, now_ns: int) -> None:
        """A fresh look, answered by one `Looked`, whatever happens."""
        with self._lock:
            if standing_at(self.config, preset) != self._stands:
                self._refuse(Asked(look, preset, now_ns), now_ns, "elsewhere")
                return
            until_ns = now_ns + int(LOOK_PATIENCE_S * 1e9)
            self._asked.append(Asked(look, preset, until_ns))

    def begin_again(self) -> None:
        """The source was away: what was known of the place stays, what came in between is not a motion."""
        with self._lock:
            self._greeted = self._head_moves = False
            for one in self._outlooks.made():
                one.gate.forget()
                one.last_full_ns, one.watch.told = None, False

    def stand(self, preset: str | None, *, moving: bool) -> None:
        """The head has turned, or begins to. What is known of each position is kept."""
        with self._lock:
            self._head_moves = moving
            if preset != self._stands:
                self._stands = preset
                self._outlooks.at(preset).gate.forget()

    def view_of(self, stands: str | None, now_ns: int) -> Image | str:
        """What it sees now from where it `stands` (a preset, None = it never turns); or why nobody can
        accept that as the view."""
        with self._lock:
            if stands != self._stands or self._head_moves:
                return "it does not stand there"
            last, state = self._last, self._outlooks.at(stands).watch.state
        if last is None or now_ns - last[0] > max(STALE_NS, int(3e9 / self.config.fps)):
            return "no picture"
        if state in {FROZEN, LOOPED}:
            return f"the view is {state}"
        verdict = judge(last[1], (), self.config.view)
        return (
            last[1] if verdict.state == GOOD else f"the view is {verdict.state}: {verdict.detail}"
        )

    def refer(self, stands: str | None, view: Image) -> None:
        """That, which is on disk already, becomes the reference of this position."""
        with self._lock:
            watch = self._outlooks.at(stands).watch
            watch.keep_as_reference(view)
            watch.learned = False

    def tick(self, now_ns: int) -> None:
        """Looks that got no frame in time are answered all the same."""
        with self._lock:
            late = [one for one in self._asked if now_ns >= one.until_ns]
            self._asked = [one for one in self._asked if now_ns < one.until_ns]
        for one in late:
            self._refuse(one, now_ns, "no picture")

    def end(self, now_ns: int, reason: str) -> None:
        """No frame will come any more."""
        with self._lock:
            self._refuse_all(now_ns, reason)

    def learned(self) -> dict[str | None, list[Image]]:
        """Reference views that are new since the last call, by preset."""
        with self._lock:
            fresh = [one for one in self._outlooks.made() if one.watch.learned]
            for one in fresh:
                one.watch.learned = False
            return {one.preset: list(one.watch.references) for one in fresh}

    def counts(self) -> Counts:
        return Counts(
            camera=self.config.id,
            bytes=self.bytes,
            frames=self.frames,
            looks=self.looks,
            refused=self.refused + self.broken,
            dropped=self.dropped,
            skipped=self.skipped,
            quiet=self.quiet,
        )

    def _greet(self, frame: Frame) -> None:
        upright = self._shape.colour(frame)
        if upright is None:
            return
        self._greeted = True
        high, wide = upright.shape[:2]
        self._say(Opened(camera=self.config.id, width=wide, height=high, model=self._models.mark))

    def _keep(self, frame: Frame) -> None:
        """Into the ring, encoded only if a frame is due."""
        if not self.ring.wants(frame.captured_ns):
            return
        if frame.jpeg is not None:
            self.ring.put(frame.captured_ns, frame.jpeg)
        elif frame.pixels is not None:
            self.ring.put(frame.captured_ns, encoded(frame.pixels, CLIP_QUALITY))

    def _judge(self, frame: Frame, small: Small) -> Callable[[], None] | None:
        if self._head_moves:
            return None
        grey, half = small.grey, small.half
        self._last = frame.captured_ns, grey
        outlook, at_ns = self._outlooks.at(self._stands), frame.captured_ns
        self._watch(outlook, grey, at_ns)
        if outlook.watch.state in BLIND:
            self._refuse_all(at_ns, outlook.watch.state)
            return None
        motion = outlook.gate.take(grey, at_ns, self._shape.seen(grey))
        if motion.calm_after_rebase:
            outlook.last_full_ns = None
            outlook.watch.hurry()
        full = bool(self._asked) or self.config.moving or self._full_is_due(outlook, at_ns)
        regions = (*motion.regions, *outlook.watched)
        wanted = self._models.detector is not None and (full or regions)
        if not (wanted or self._asked):
            self.quiet += 1
            return None
        region = WHOLE if full else _region(regions)
        times = self.config.glances if full and not self.config.moving else 1
        return lambda: self._look(outlook, frame, region, times, half)

    def _full_is_due(self, outlook: Outlook, at_ns: int) -> bool:
        last = outlook.last_full_ns
        if last is None or at_ns - last >= int(self.config.look_every_s * 1e9):
            return True
        return outlook.doubted and at_ns - outlook.last_look_ns >= int(DOUBT_S * 1e9)

    def _watch(self, outlook: Outlook, small: Image, at_ns: int) -> None:
        if self._view_owed is not None and self._say(self._view_owed):
            self._view_owed = None
        if self.config.moving:
            return
        before = outlook.watch.state
        asked, seen = bool(self._asked), self._shape.seen(small)
        verdict = outlook.watch.take(small, at_ns, now=asked, seen=seen)
        if verdict is None:
            return
        if TURNED in {verdict.state, before}:  # zones mean nothing in another view
            ground = self._outlooks.ground(outlook.preset) if verdict.state == GOOD else ((), ())
            outlook.tracker.leave_zones(*ground)
        word = View(
            camera=self.config.id, captured_ns=at_ns, state=verdict.state, detail=verdict.detail
        )
        if not self._say(word):
            self._view_owed = word

    def _look(
        self, outlook: Outlook, frame: Frame, region: Box, times: int, half: Image | None
    ) -> None:
        """In the detector's thread."""
        upright = self._shape.colour(frame)
        if upright is None:
            self.refused += 1
            return
        self.looks += 1
        with self._lock:
            asked = self._counted(frame.captured_ns) if region == WHOLE else []
        self._looking.look(outlook, frame, upright, region, asked, times=times, half=half)

    def _counted(self, at_ns: int) -> list[Asked]:
        """Looks whose last frame this is."""
        for one in self._asked:
            one.since_ns = at_ns if one.since_ns is None else one.since_ns
            one.frames += 1
        done = [one for one in self._asked if one.frames >= LOOK_FRAMES]
        self._asked = [one for one in self._asked if one.frames < LOOK_FRAMES]
        return done

    def _refuse_all(self, at_ns: int, reason: str) -> None:
        asked, self._asked = self._asked, []
        for one in asked:
            self._refuse(one, at_ns, reason)

    def _refuse(self, asked: Asked, at_ns: int, reason: str) -> None:
        self._say(
            Looked(
                camera=self.config.id,
                captured_ns=at_ns,
                look=asked.look,
                preset=asked.preset,
                done=False,
                reason=reason,
            )
        )


def ring_of(config: CameraConfig) -> ClipRing:
    """One that keeps nothing where no clips are wanted."""
    clip = config.clip or ClipConfig()
    seconds = clip.ring_s if config.clip else 0.0
    return ClipRing(seconds=seconds, max_bytes=clip.ring_mb * 1024 * 1024, fps=clip.fps)


def _region(regions: Sequence[Box]) -> Box:
    """One part of the picture around everything that moves or is watched, or all of it."""
    box = grown(around(tuple(regions)), 0.25)
    x, y = centre(box)
    half_wide = max(LEAST_SIDE, box[2] - box[0]) / 2
    half_high = max(LEAST_SIDE, box[3] - box[1]) / 2
    x = min(1.0 - half_wide, max(half_wide, x))
    y = min(1.0 - half_high, max(half_high, y))
    box = (x - half_wide, y - half_high, x + half_wide, y + half_high)
    return WHOLE if area(box) > LARGE_SHARE else box
