"""Boxes around what can be seen, from who owns which pixel. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulators.scenes.arrays import Flags, Floats, Numbers, Whole
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.scene import Label

STRAY = 0.002  # of a thing's pixels at each side: a thrown-off cup does not stretch its heap's box


def owners(face: Whole, thing: Whole) -> Whole:
    """Per pixel the number of the thing seen there, 0 = the street."""
    flat = np.where(face >= 0, thing[np.maximum(face, 0)], 0) if len(thing) else np.zeros_like(face)
    return flat.astype(np.int32)


def boxes(
    seen: Whole, covers: Flags | None, outside: Sequence[float], names: Sequence[str | None]
) -> list[Label]:
    """`seen` rows × columns of thing numbers from 1, `covers` per thing the pixels it would have with
    nothing in front, `outside` and `names` per thing; None is no label."""
    found = list[Label]()
    for at, name in enumerate(names):
        if name is None or covers is None or at >= len(covers):
            continue
        mine = seen == at + 1
        shown, whole = int(mine.sum()), int(covers[at].sum())
        box = extents(mine)
        if box is None or not whole:
            continue
        hidden = max(0.0, 1.0 - shown / whole)
        found.append(Label(name, box, round(hidden, 3), round(outside[at], 3), at))
    return found


def extents(mine: Flags) -> tuple[float, float, float, float] | None:
    """The box x1, y1, x2, y2 around those pixels but for a few strays; None without any."""
    if not mine.any():
        return None
    (x1, x2), (y1, y2) = _extent(mine.sum(0)), _extent(mine.sum(1))
    return x1, y1, x2, y2


def _extent(counts: Numbers) -> tuple[float, float]:
    total = int(counts.sum())
    limit = STRAY * total
    grown = np.cumsum(counts)
    first = int(np.searchsorted(grown, limit, side="right"))
    last = int(np.searchsorted(grown, total - limit, side="left"))
    return float(first), float(min(last, len(counts) - 1) + 1)


def share_outside(camera: Pinhole, points: Floats) -> float:
    """How much of a thing's whole box lies beyond the picture's edge."""
    at = camera.screen(points)
    if (at[:, 2] < 0.15).any():
        return 0.5
    flat = at[:, :2] / at[:, 2:]
    low, high = flat.min(0), flat.max(0)
    limit = np.array([camera.width, camera.height], np.float32)
    inside = np.maximum(np.minimum(high, limit) - np.maximum(low, 0), 0)
    whole = np.maximum(high - low, 1e-3)
    return float(1 - (inside / whole).prod())
