"""Whether a frame is worth a look, from the small grey picture alone.

The picture is compared with a *base* that is never averaged: a part of it is exchanged only once a
detector has looked at that part and it stands still again. So nothing is absorbed unseen, however
slowly a pile grows. Where most of the picture changed at once (headlights, a cloud, a lamp, a shaken
mast) there is no event: the base is exchanged as a whole, and a full look is due once it is calm,
because what came in the same moment cannot be told from the light.

Cells of CELL pixels that have been restless for long without anything found there (leaves, a flag,
a fountain) need a greater change; the timed full looks see them all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.vision.frames import Image

Box = tuple[float, float, float, float]
CELL = 8
LEAST_CHANGE = 14.0  # grey levels; less is noise of good cameras
NOISE_FACTOR = 5.0  # beyond that times the noise that the picture itself shows
GLOBAL_SHARE = 0.6
CELL_SHARE = 0.12  # of a cell's pixels
STILL_S = 1.5
CALM_S = 1.0
RESTLESS_S = 45.0  # of change within about FORGET_S
FORGET_S = 600.0
RESTLESS_FACTOR = 2.5
MOST_REGIONS = 8
_BLUR = (5, 5)
_ONES = np.array([byte.bit_count() for byte in range(256)], np.uint8)  # a cell is eight pixels wide


@dataclass(frozen=True, slots=True)
class Motion:
    """`regions` in parts of the picture, what changed against the base; none: nothing to look at.
    `share`: of the whole picture, before any allowance. `rebased`: the whole picture changed, which is
    no event. `calm_after_rebase`: it has settled since, a full look is due."""

    regions: tuple[Box, ...] = ()
    share: float = 0.0
    rebased: bool = False
    calm_after_rebase: bool = False


class Gate:
    """Feed it every frame in order; tell it with `looked` what a detector has seen."""

    def __init__(self) -> None:
        self._base: Image | None = None
        self._before: Image | None = None
        self._before_ns = 0
        self._noise = LEAST_CHANGE / NOISE_FACTOR
        self._still_ns: npt.NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._busy_s: npt.NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._unsettled_since_ns: int | None = None

    @property
    def noise(self) -> float:
        """Grey levels between two frames where nothing moves."""
        return self._noise

    def take(self, grey: Image, at_ns: int, seen: Image | None = None) -> Motion:
        """`seen`: where something can be seen at all, as `Shape.seen` has it."""
        picture: Image = cv2.blur(grey, _BLUR)  # type: ignore[assignment]
        base, before = self._base, self._before
        if base is None or before is None or base.shape != picture.shape:
            self._begin(picture, at_ns)
            return Motion(rebased=True)
        step_s = max(0.0, (at_ns - self._before_ns) / 1e9)
        moving = self._moved(picture, before)
        self._before, self._before_ns = picture, at_ns
        self._still_ns[moving] = at_ns
        change: Image = cv2.absdiff(picture, base)  # type: ignore[assignment]
        limit = max(LEAST_CHANGE, NOISE_FACTOR * self._noise)
        share = _share_above(change, limit, seen)
        if share > GLOBAL_SHARE:
            self._base, self._unsettled_since_ns = picture, at_ns
            return Motion(share=share, rebased=True)
        if share == 0.0:
            self._busy_s *= np.float32(1.0 - min(1.0, step_s / FORGET_S))
            return Motion(calm_after_rebase=self._settled(at_ns))
        changed = self._changed(change, limit, step_s)
        return Motion(_regions(changed), share, False, self._settled(at_ns))

    def looked(self, at_ns: int, region: Box | None = None, found: tuple[Box, ...] = ()) -> None:
        """A detector has seen the frame of `at_ns`: what stands still there since is the new base.
        Where something was found, a cell is not restless but watched."""
        if self._base is None or self._before is None:
            return
        rows, columns = self._cells_of(region)
        settled = np.zeros(self._still_ns.shape, bool)
        now_still = self._before_ns - self._still_ns[rows, columns] >= int(STILL_S * 1e9)
        # A cell must have been still in the frame that was looked at, not only since.
        seen_still = self._still_ns[rows, columns] <= at_ns
        settled[rows, columns] = now_still & seen_still
        for box in found:
            own_rows, own_columns = self._cells_of(box)
            self._busy_s[own_rows, own_columns] = 0.0
        if settled.any():
            size = self._base.shape[1], self._base.shape[0]
            mask = cv2.resize(settled.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
            cv2.copyTo(self._before, mask, self._base)  # in place

    def forget(self) -> None:
        """The camera looks elsewhere: the next frame is the base."""
        self._base = self._before = None

    def _begin(self, picture: Image, at_ns: int) -> None:
        high, wide = picture.shape
        cells = (max(1, high // CELL), max(1, wide // CELL))
        self._base = self._before = picture
        self._before_ns, self._unsettled_since_ns = at_ns, at_ns
        self._still_ns = np.full(cells, at_ns, np.int64)
        self._busy_s = np.zeros(cells, np.float32)

    def _settled(self, at_ns: int) -> bool:
        """Once, CALM_S after the last global change."""
        since = self._unsettled_since_ns
        if since is None or at_ns - since < int(CALM_S * 1e9):
            return False
        self._unsettled_since_ns = None
        return True

    def _moved(self, picture: Image, before: Image) -> npt.NDArray[np.bool_]:
        """Cells that changed since the frame before; learns the noise from the rest."""
        step: Image = cv2.absdiff(picture, before)  # type: ignore[assignment]
        quiet = float(cv2.mean(step[::4, ::4])[0])
        if quiet < LEAST_CHANGE:
            self._noise += 0.05 * (min(quiet * 1.25, LEAST_CHANGE) - self._noise)
        limit = max(LEAST_CHANGE, NOISE_FACTOR * self._noise)
        return cell_shares(step, limit, self._still_ns.shape) > CELL_SHARE

    def _changed(self, change: Image, limit: float, step_s: float) -> npt.NDArray[np.bool_]:
        shares = cell_shares(change, limit, self._still_ns.shape)
        changed = shares > CELL_SHARE
        self._busy_s *= np.float32(1.0 - min(1.0, step_s / FORGET_S))
        self._busy_s[changed] += np.float32(step_s)
        restless = self._busy_s > RESTLESS_S
        if restless.any():
            strong = cell_shares(change, limit * RESTLESS_FACTOR, self._still_ns.shape) > CELL_SHARE
            changed = np.where(restless, strong, changed)
        return changed

    def _cells_of(self, box: Box | None) -> tuple[slice, slice]:
        if box is None:
            return slice(None), slice(None)
        high, wide = self._still_ns.shape
        x1, y1, x2, y2 = box
        return (
            slice(int(y1 * high), max(int(y1 * high) + 1, int(np.ceil(y2 * high)))),
            slice(int(x1 * wide), max(int(x1 * wide) + 1, int(np.ceil(x2 * wide)))),
        )


def _share_above(change: Image, limit: float, seen: Image | None) -> float:
    """Of what can be seen: behind masks nothing ever changes."""
    above = cv2.threshold(change, limit, 1, cv2.THRESH_BINARY)[1]
    visible = change.size if seen is None else max(1, cv2.countNonZero(seen))
    return min(1.0, float(cv2.countNonZero(above)) / visible)


def cell_shares(change: Image, limit: float, cells: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """For each cell, the part of its pixels that changed by more than `limit`. Where cells are whole bytes of
    a row of bits, the bits of a byte are counted at once: a third of the time."""
    above: Any = cv2.threshold(change, limit, 255, cv2.THRESH_BINARY)[1]
    full = 255
    if CELL * cells[1] == above.shape[1]:
        above, full = cv2.LUT(np.packbits(above, axis=1), _ONES), 8
    shares: Any = cv2.resize(
        above.astype(np.float32), (cells[1], cells[0]), interpolation=cv2.INTER_AREA
    )
    return np.asarray(shares, np.float32) / np.float32(full)


def _regions(changed: npt.NDArray[np.bool_]) -> tuple[Box, ...]:
    """Boxes of connected cells, grown by one cell, the largest first."""
    if not changed.any():
        return ()
    grown = cv2.dilate(changed.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    high, wide = changed.shape
    largest = sorted(range(1, count), key=lambda one: -int(stats[one, cv2.CC_STAT_AREA]))
    boxes = []
    for one in largest[:MOST_REGIONS]:
        x, y, w, h = (int(stats[one, column]) for column in range(4))
        boxes.append((x / wide, y / high, (x + w) / wide, (y + h) / high))
    return tuple(boxes)
