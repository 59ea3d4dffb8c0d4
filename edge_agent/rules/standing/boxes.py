"""Boxes in parts (0..1) of the upright picture: x1, y1, x2, y2. Which of them are one thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
SAME_IOU, SAME_COVER = 0.45, 0.7
PLACE_IOU, PLACE_APART = 0.15, 0.5
BESIDE = 0.4  # of the smaller one's side along which two lie beside each other


def area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def common(a: Box, b: Box) -> float:
    """The area of what both cover."""
    return area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


def iou(a: Box, b: Box) -> float:
    shared = common(a, b)
    whole = area(a) + area(b) - shared
    return shared / whole if whole > 0 else 0.0


def covered(inner: Box, outer: Box) -> float:
    """The share of `inner` that lies in `outer`; a box without area counts by its middle."""
    if area(inner) > 0:
        return common(inner, outer) / area(inner)
    x, y = middle(inner)
    return 1.0 if outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3] else 0.0


def middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def around(boxes: Iterable[Box]) -> Box:
    """At least one."""
    every = list(boxes)
    return (
        min(one[0] for one in every), min(one[1] for one in every),
        max(one[2] for one in every), max(one[3] for one in every),
    )  # fmt: skip


def one_thing(a: Box, b: Box, gap: float) -> bool:
    """Two boxes of one look. With a `gap` (parts of the smaller one's longer side) also those that lie
    so near: a heap has no outline, and every look cuts it into other pieces. What only meets at the corners
    stands one behind the other on the ground, and is two."""
    if iou(a, b) >= SAME_IOU or max(covered(a, b), covered(b, a)) >= SAME_COVER:
        return True
    reach = gap * min(_side(a), _side(b))
    return gap > 0 and _apart(a, b) <= reach and _beside(a, b, reach) >= BESIDE


def same_place(a: Box, b: Box, gap: float) -> float:
    """How much two boxes of different looks are at one place: 0 = not at all."""
    shared = max(iou(a, b), min(covered(a, b), covered(b, a)))
    if shared >= PLACE_IOU:
        return shared
    (ax, ay), (bx, by) = middle(a), middle(b)
    near = PLACE_APART * min(_side(a), _side(b))
    if max(abs(ax - bx), abs(ay - by)) <= near or one_thing(a, b, gap):
        return PLACE_IOU / 2
    return 0.0


def heaps(boxes: Sequence[Box], gap: float) -> list[list[int]]:
    """The boxes of one look, by place in the row, put together where they are one thing."""
    groups: list[list[int]] = []
    for place, box in enumerate(boxes):
        mine = [one for one in groups if any(one_thing(box, boxes[at], gap) for at in one)]
        groups = [one for one in groups if one not in mine]
        groups.append(sorted([place, *(at for one in mine for at in one)]))
    return sorted(groups)


def _side(box: Box) -> float:
    return max(box[2] - box[0], box[3] - box[1])


def _beside(a: Box, b: Box, reach: float) -> float:
    """How much of the smaller one's width or height the other shares, or would with that much more."""
    shares = []
    for low in (0, 1):
        shared = min(a[low + 2], b[low + 2]) - max(a[low], b[low]) + reach
        shares.append(shared / max(1e-9, min(a[low + 2] - a[low], b[low + 2] - b[low])))
    return max(shares)


def _apart(a: Box, b: Box) -> float:
    """Between their edges, the longer of across and down; 0 where they touch."""
    across = max(0.0, a[0] - b[2], b[0] - a[2])
    down = max(0.0, a[1] - b[3], b[1] - a[3])
    return max(across, down)
