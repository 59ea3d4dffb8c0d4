"""Whether a camera still shows what it is meant to show, from small grey pictures. Pure but for memory.

judge       one picture against the reference views: good, dark, covered, defocused, turned
ViewWatch   what lasts: judges now and then, and sees frozen and looped pictures by themselves

Measures are chosen against the weather: edges, not brightness, are compared with the reference, tile by
tile; a tile without edges on either side says nothing. A cover takes edges and coarse shapes away, a lost
focus the edges only, a turn leaves edges but none in its place. What was replayed bit by bit is
found; what was filmed and encoded again is not. Night falls slowly and ends in the morning: what is dark
at once out of a bright picture, or for longer than any night, is covered.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.config.devices.camera import ViewConfig
from edge_agent.vision.frames import Image

GOOD, DARK, COVERED, DEFOCUSED, TURNED = "good", "dark", "covered", "defocused", "turned"
FROZEN, LOOPED = "frozen", "looped"
TILES = (6, 8)  # rows, columns
EDGE_TILES = (15, 20)  # pixels of a tile
LEAST_TILES = 4
LEAST_SEEN = 0.4  # of a tile that says something
TILE_MATCH = 0.35
TEXTURE = 6.0  # mean gradient of a tile that says something; in a dim picture its own mean
NOISE = 0.8  # mean gradient that a good sensor shows of nothing
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
JUDGE_S, DOUBT_S = 10.0, 2.0  # how often a view is judged that is settled, and one that is not
LOOP_RUN = 12  # pictures that repeat one after the other at one distance
LOOP_STRAYS = 3  # that do not, in between: a frame lost in the line
MOST_HASHES = 6_000
BRIGHTNESS_STEP = 48  # grey levels between references kept

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`in_place`: the part of the reference's tiles that was found where it was; None: nothing to
    compare."""

    state: str
    detail: str = ""
    in_place: float | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """What of a picture is compared. `tiles`: one row each, without its mean and of length 1."""

    shape: tuple[int, ...]
    edges: Floats
    edge_mean: float
    contrast: float
    sharpness: float
    coarse: Floats
    tiles: Floats
    tile_means: Floats


def features(grey: Image, seen: Image | None = None) -> Features:
    """`seen`: what does not lie behind a mask, as `Shape.seen` has it: the border of a mask is an edge that is
    always sharp and always in place."""
    edges = _edges(grey)
    if seen is not None:
        edges = _floats(cv2.bitwise_and(edges, edges, mask=seen))
        grey = np.where(seen > 0, grey, np.uint8(cv2.mean(grey, seen)[0]))
    small: Any = cv2.resize(edges, (EDGE_TILES[1] * TILES[1], EDGE_TILES[0] * TILES[0]),
                            interpolation=cv2.INTER_AREA)  # fmt: skip
    soft: Any = cv2.blur(small, (3, 3))  # a mast that sways by a pixel has not turned
    tiles, shares = _tiled(soft), _tiled(_shares(seen, soft.shape))
    coarse: Any = cv2.resize(grey, (16, 9), interpolation=cv2.INTER_AREA)
    shown = (
        np.ones((9, 16), np.float32)
        if seen is None
        else _floats(cv2.resize(seen, (16, 9), interpolation=cv2.INTER_AREA) >= 128).astype(
            np.float32
        )
    )
    edge_mean = float(cv2.mean(edges, seen)[0])
    contrast = max(4.0, float(cv2.meanStdDev(grey, mask=seen)[1][0][0]))
    return Features(
        shape=grey.shape,
        edges=edges,
        edge_mean=edge_mean,
        contrast=contrast,
        sharpness=_strongest(edges, seen) / contrast,
        coarse=_unit(coarse.astype(np.float32).reshape(1, -1), shown.reshape(1, -1)),
        tiles=_unit(tiles, shares),
        tile_means=np.where(shares.mean(axis=1) < LEAST_SEEN, 0.0, _means(tiles, shares)[:, 0]),
    )


def _tiled(picture: Floats) -> Floats:
    """One row each tile."""
    (rows, columns), (high, wide) = TILES, EDGE_TILES
    return picture.reshape(rows, high, columns, wide).swapaxes(1, 2).reshape(rows * columns, -1)


def _shares(seen: Image | None, shape: tuple[int, ...]) -> Floats:
    """1 for pixels that count, 0 for those that a mask has a part in."""
    if seen is None:
        return np.ones(shape, np.float32)
    small: Any = cv2.resize(seen, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return _floats(cv2.erode((small == 255).astype(np.float32), np.ones((3, 3), np.uint8)))


def _means(rows: Floats, shares: Floats) -> Floats:
    """Of what counts in each row; a column."""
    counted = np.maximum(1.0, shares.sum(axis=1, keepdims=True))
    return _floats((rows * shares).sum(axis=1, keepdims=True) / counted)


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
    return float(np.percentile(_some(grey, seen, 4), 99)) < DARK_PEAK


def _against(now: Features, then: Features, limits: ViewConfig) -> Verdict:
    sharpness = now.sharpness / max(1e-6, then.sharpness)
    edges = now.edge_mean / max(1e-6, then.edge_mean)
    alike = float((now.coarse * then.coarse).sum())
    in_place = _in_place(now, then)
    weak = edges < WEAK_EDGES * now.contrast / then.contrast or now.edge_mean < BLANK
    faint = edges < FAINT_EDGES and now.contrast < FAINT_CONTRAST * then.contrast
    there = in_place is not None and in_place >= SURE_PLACE  # dim, but the same street
    if not there and (faint or (weak and alike < COARSE_MATCH)):
        return Verdict(
            COVERED, f"edges {edges:.0%} of the reference's, shapes {alike:.2f}", in_place
        )
    if sharpness < limits.blurred_below:
        return Verdict(DEFOCUSED, f"sharpness {sharpness:.0%} of the reference's", in_place)
    if limits.turned_below and in_place is not None and in_place < limits.turned_below:
        across, down = _shift(now.edges, then.edges)
        detail = f"{in_place:.0%} of the reference in place"
        if abs(across) + abs(down) > 0.01:
            detail += f", moved by about {across:+.0%} across, {down:+.0%} down"
        return Verdict(TURNED, detail, in_place)
    return Verdict(GOOD, "", in_place)


def _edges(grey: Image) -> Floats:
    soft: Any = cv2.GaussianBlur(grey, (3, 3), 0)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.25)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.25)
    return _floats(cv2.magnitude(across, down))


def _some(values: Any, seen: Image | None, step: int) -> Any:
    """Every so many-th of what is seen."""
    part = values[::step, ::step]
    return part.ravel() if seen is None else part[seen[::step, ::step] > 0]


def _strongest(edges: Floats, seen: Image | None) -> float:
    """The 98th percentile: noise has no strong edges, and what is out of focus has none either."""
    some = _some(edges, seen, 2)
    place = int(some.size * 0.98)
    return float(np.partition(some, place)[place])


def _in_place(now: Features, then: Features) -> float | None:
    """Of the tiles with edges on both sides, those whose edges lie where they lay."""
    telling = np.ones(len(now.tiles), bool)
    for one in (now, then):
        telling &= one.tile_means > max(NOISE, min(TEXTURE, one.edge_mean))
    if int(telling.sum()) < LEAST_TILES:
        return None
    matches = (now.tiles[telling] * then.tiles[telling]).sum(axis=1)
    return float((matches > TILE_MATCH).mean())


def _unit(rows: Floats, shares: Floats) -> Floats:
    """Each row without its mean, of length 1, 0 where nothing counts; an even row is all zeros."""
    centred = (rows - _means(rows, shares)) * shares
    lengths = np.sqrt((centred * centred).sum(axis=1, keepdims=True))
    return _floats(np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 1e-6))


def _floats(array: Any) -> Floats:
    """What the stubs of OpenCV and NumPy leave open."""
    return array  # type: ignore[no-any-return]


def _shift(now: Floats, then: Floats) -> tuple[float, float]:
    """In parts of the picture; (0, 0) where the pictures have too little in common."""
    window = cv2.createHanningWindow((now.shape[1], now.shape[0]), cv2.CV_32F)
    (across, down), response = cv2.phaseCorrelate(then, now, window)
    if response < 0.05:
        return 0.0, 0.0
    return across / now.shape[1], down / now.shape[0]


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
        if other and len(self.references) < 4 and (verdict.in_place or 0.0) >= 0.6:
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
