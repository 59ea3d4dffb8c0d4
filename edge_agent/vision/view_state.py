"""Whether a camera still shows what it is meant to show, from small grey pictures. Pure but for memory.

judge       one picture against the reference views: good, dark, covered, defocused, turned
ViewWatch   what lasts: judges now and then, and sees frozen and looped pictures by themselves

Measures are chosen against the weather: edges, not brightness, are compared with the reference, tile by
tile (view_features); a tile without edges on either side says nothing. A cover takes edges and coarse
shapes away, a lost focus the edges only, a turn leaves edges but few in their place. What was replayed
bit by bit is found; what was filmed and encoded again is not. Night falls slowly and ends in the morning:
what is dark at once out of a bright picture, or for longer than any night, is covered.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from edge_agent.config.devices.camera import ViewConfig
from edge_agent.vision.frames import Image
from edge_agent.vision.view_features import Features, alike, features, in_place, shift, some

GOOD, DARK, COVERED, DEFOCUSED, TURNED = "good", "dark", "covered", "defocused", "turned"
FROZEN, LOOPED = "frozen", "looped"
BLANK = 2.5  # mean gradient of a picture in which nothing can be seen
DARK_PEAK = 60.0  # the brightest hundredth of a dark picture
BRIGHT = 60.0  # mean grey of a picture that does not become night from one minute to the next
AT_ONCE_S = 120.0
LONGEST_NIGHT_S = 18 * 3600.0  # 53 degrees north, from dusk to dawn
COARSE_MATCH = 0.5
WEAK_EDGES = 0.35  # of the reference's, in proportion to the contrast
SURE_PLACE = 0.5
FAINT_EDGES, FAINT_CONTRAST = (
    0.15,
    0.4,
)  # of the reference's: light through a cloth, not a lost focus
MOVED, UNMOVED = 1.5, 0.5  # times the limit for what is in place
JUDGE_S, DOUBT_S = 10.0, 2.0  # how often a view is judged that is settled, and one that is not
LOOP_RUN = 12  # pictures that repeat one after the other at one distance
LOOP_STRAYS = 3  # that do not, in between: a frame lost in the line
MOST_HASHES = 6_000
BRIGHTNESS_STEP = 48  # grey levels between references kept


@dataclass(frozen=True, slots=True)
class Verdict:
    """`in_place`: the part of the reference's tiles that was found where it was; None: nothing to
    compare."""

    state: str
    detail: str = ""
    in_place: float | None = None


def judge(
    grey: Image, references: Sequence[Features], limits: ViewConfig, seen: Image | None = None
) -> Verdict:
    if is_dark(grey, limits, seen):
        return Verdict(DARK, f"mean grey {float(cv2.mean(grey, seen)[0]):.0f} of 255")
    now = features(grey, seen)
    fitting = [one for one in references if one.shape == grey.shape]
    if not fitting:
        blank = now.edge_mean < BLANK
        return Verdict(COVERED, "nothing but an even surface") if blank else Verdict(GOOD)
    verdicts = [_against(now, one, limits) for one in fitting]
    telling = [one for one in verdicts if one.state != GOOD or one.in_place is not None]
    return max(
        telling, key=lambda one: (one.state == GOOD, one.in_place or 0.0), default=verdicts[0]
    )


def is_dark(grey: Image, limits: ViewConfig, seen: Image | None = None) -> bool:
    if float(cv2.mean(grey, seen)[0]) >= limits.dark_below:
        return False
    return float(np.percentile(some(grey, seen, 4), 99)) < DARK_PEAK


def _against(now: Features, then: Features, limits: ViewConfig) -> Verdict:
    sharpness = now.sharpness / max(1e-6, then.sharpness)
    edges = now.edge_mean / max(1e-6, then.edge_mean)
    shapes, share = alike(now, then), in_place(now, then)
    weak = edges < WEAK_EDGES * now.contrast / then.contrast or now.edge_mean < BLANK
    faint = edges < FAINT_EDGES and now.contrast < FAINT_CONTRAST * then.contrast
    there = share is not None and share >= SURE_PLACE  # dim, but the same street
    if not there and (faint or (weak and shapes < COARSE_MATCH)):
        return Verdict(COVERED, f"edges {edges:.0%} of the reference's, shapes {shapes:.2f}", share)
    if sharpness < limits.blurred_below:
        return Verdict(DEFOCUSED, f"sharpness {sharpness:.0%} of the reference's", share)
    turned = _turned(now, then, 1.0 if share is None else share, limits.turned_below)
    return Verdict(TURNED, turned, share) if turned else Verdict(GOOD, "", share)


def _turned(now: Features, then: Features, share: float, limit: float) -> str:
    """How, or nothing. Night, fog and a van take edges away without moving the others: where these say that
    nothing moved fewer of them are enough, where they say that all of it did more are needed."""
    if share >= limit * MOVED:
        return ""
    moved = shift(now, then)
    if share >= limit * (UNMOVED if moved.none else MOVED if moved.plain else 1.0):
        return ""
    detail = f"{share:.0%} of the reference in place"
    if moved.plain:
        detail += f", moved by about {moved.across:+.0%} across, {moved.down:+.0%} down"
    return detail


class ViewWatch:
    """One view. `take` gives a verdict when the state has changed and stayed so for `settle_s`, and once
    in any case (`told` False): who listens may believe something else from before."""

    def __init__(self, limits: ViewConfig, references: Sequence[Image] = ()) -> None:
        self.references = list(references)
        self._seen: Image | None = None
        self._known = self._features_of(references)
        self.state, self.learned, self.told = GOOD, False, False
        self._limits = limits
        self._candidate = GOOD
        self._since_ns: int | None = None
        self._judged_ns: int | None = None
        self._verdict = Verdict(GOOD)
        self._repeats, self._darkness = _Repeats(limits), _Darkness(limits)

    def take(
        self, grey: Image, at_ns: int, *, now: bool = False, seen: Image | None = None
    ) -> Verdict | None:
        """`now`: judge at once, and believe it at once. `seen`: as `Shape.seen` has it."""
        if seen is not None and not cv2.countNonZero(seen):
            seen = None  # nothing to be judged by
        if seen is not self._seen:
            self._seen = seen
            self._known = self._features_of(self.references)
        verdict = self._repeats.take(grey, at_ns)
        if verdict is not None and is_dark(grey, self._limits, self._seen):
            verdict = None  # black is black each time
        if verdict is None:
            if not (now or self._is_due(at_ns)):
                return None
            self._judged_ns = at_ns
            verdict = judge(grey, self._known, self._limits, self._seen)
            self._learn(grey, verdict, at_ns)
            verdict = self._darkness.told(verdict, self._light(grey), at_ns)
        self._verdict = verdict
        if verdict.state != self._candidate or self._since_ns is None:
            self._candidate, self._since_ns = verdict.state, at_ns
        lasting = at_ns - self._since_ns >= int(self._limits.settle_s * 1e9)
        at_once = now or verdict.state in {FROZEN, LOOPED}
        if (verdict.state == self.state and self.told) or not (lasting or at_once):
            return None
        self.state, self.told = verdict.state, True
        return verdict

    def _is_due(self, at_ns: int) -> bool:
        settled = self.told and bool(self.references) and self._candidate == self.state
        pause_s = JUDGE_S if settled else DOUBT_S
        return self._judged_ns is None or at_ns - self._judged_ns >= int(pause_s * 1e9)

    @property
    def detail(self) -> str:
        return self._verdict.detail

    def hurry(self) -> None:
        """Something happened to the whole picture: the next one is judged."""
        self._judged_ns = None

    def keep_as_reference(self, grey: Image) -> None:
        """A person says that this is the view."""
        self.hurry()
        self.references, self.learned = [grey.copy()], True
        self._known = self._features_of([grey])

    def _features_of(self, views: Sequence[Image]) -> list[Features]:
        seen = self._seen
        return [
            features(one, seen if seen is not None and one.shape == seen.shape else None)
            for one in views
        ]

    def _light(self, grey: Image) -> float:
        fits = self._seen is not None and grey.shape == self._seen.shape
        return float(cv2.mean(grey, self._seen if fits else None)[0])

    def _learn(self, grey: Image, verdict: Verdict, at_ns: int) -> None:
        """The first good view that lasts is the reference; another light adds one, if it is surely the
        same view."""
        if verdict.state != GOOD or self._candidate != GOOD:
            return
        if not self.references:
            since_ns = at_ns if self._since_ns is None else self._since_ns
            if at_ns - since_ns >= int(self._limits.settle_s * 1e9):
                self.keep_as_reference(grey)
            return
        means = [self._light(one) for one in self.references]
        other = all(abs(self._light(grey) - mean) >= BRIGHTNESS_STEP for mean in means)
        if other and len(self.references) < 4 and (verdict.in_place or 0.0) >= SURE_PLACE:
            self.references.append(grey.copy())
            self._known += self._features_of([grey])
            self.learned = True


class _Darkness:
    """Whether it is night, or something lies on the lens."""

    def __init__(self, limits: ViewConfig) -> None:
        self._limits = limits
        self._bright_ns: int | None = None
        self._since_ns: int | None = None
        self._at_once = False

    def told(self, verdict: Verdict, light: float, at_ns: int) -> Verdict:
        """Every verdict passes through here; one of darkness may become another. `light`: mean grey."""
        if verdict.state != DARK:
            self._since_ns = None
            if verdict.state == GOOD and light >= BRIGHT:
                self._bright_ns = at_ns
            return verdict
        if self._since_ns is None:
            bright_ns = self._bright_ns
            self._since_ns = at_ns
            self._at_once = bright_ns is not None and at_ns - bright_ns <= int(AT_ONCE_S * 1e9)
        if self._at_once and not self._limits.lamps:
            return Verdict(COVERED, f"bright, then dark at once ({verdict.detail})")
        if at_ns - self._since_ns >= int(LONGEST_NIGHT_S * 1e9):
            return Verdict(COVERED, f"dark for {LONGEST_NIGHT_S / 3600:.0f} hours, no night")
        return verdict


class _Repeats:
    """Pictures that come again: the same one all the time, or a row of them from earlier."""

    def __init__(self, limits: ViewConfig) -> None:
        self._limits = limits
        self._last: int | None = None
        self._same_since_ns = 0
        self._seen: OrderedDict[int, tuple[int, int]] = OrderedDict()  # mark: (ordinal, time)
        self._ordinal, self._lag, self._run, self._others = 0, 0, 0, 0

    def take(self, grey: Image, at_ns: int) -> Verdict | None:
        mark = zlib.crc32(np.ascontiguousarray(grey).data)
        if mark == self._last:
            same_s = (at_ns - self._same_since_ns) / 1e9
            if self._limits.frozen_s and same_s >= self._limits.frozen_s:
                return Verdict(FROZEN, f"the same picture for {same_s:.0f} s")
            return None
        self._last, self._same_since_ns = mark, at_ns
        return self._looped(mark, at_ns) if self._limits.loop_s else None

    def _looped(self, mark: int, at_ns: int) -> Verdict | None:
        """A row of different pictures, each at the same distance behind its like."""
        self._ordinal += 1
        before = self._seen.pop(mark, None)
        self._seen[mark] = (self._ordinal, at_ns)
        self._forget(at_ns)
        lag = 0 if before is None else self._ordinal - before[0]
        if lag > 1 and lag == self._lag:
            self._run, self._others = self._run + 1, 0
        elif lag == 0 and self._run >= LOOP_RUN and self._others < LOOP_STRAYS:
            self._others += 1
        else:
            self._lag, self._run, self._others = lag, int(lag > 1), 0
        if self._run < LOOP_RUN:
            return None
        return Verdict(LOOPED, f"the last {self._lag} different pictures come again and again")

    def _forget(self, at_ns: int) -> None:
        oldest_ns = at_ns - int(self._limits.loop_s * 1e9)
        while self._seen:
            ordinal, seen_ns = next(iter(self._seen.values()))
            if seen_ns >= oldest_ns and self._ordinal - ordinal < MOST_HASHES:
                return
            self._seen.popitem(last=False)
