"""Which convention the shapes of the outputs speak of. Values are looked at elsewhere."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from edge_agent.vision.models.graph import SSD_POSTPROCESS, Graph
from edge_agent.vision.models.labels import Names
from edge_agent.vision.models.runtime import TensorFact

STANDARD_STRIDES = (8, 16, 32)
OTHER_STRIDES = ((16, 32), (8, 16, 32, 64), (4, 8, 16, 32), (4, 8, 16), (8, 16), (4, 8))
ANCHORS_A_PLACE = 3  # YOLOv5 and its kin
MAX_FINISHED = 1000
USUAL_FINISHED = frozenset({10, 20, 25, 50, 100, 200, 300, 500, 1000})
MAX_STEPS, MAX_CHARACTERS = 256, 20_000
FEW_PLACES = 20


class Shape(NamedTuple):
    """A guess by shape. `channels_first`, `objectness` and `classes` are for YOLO grids and text."""

    name: str
    why: str
    channels_first: bool = False
    objectness: bool = False
    classes: int | None = None


def by_shape(
    outputs: list[TensorFact], size: tuple[int, int], graph: Graph, names: Names
) -> Shape | str:
    """The guess, or what speaks against every convention. `size`: height and width of the input."""
    shapes = [plain(one.shape) for one in outputs]
    if any(one.custom == SSD_POSTPROCESS for one in graph.operators) and len(outputs) >= 3:
        return Shape("ssd", f"the graph ends in {SSD_POSTPROCESS}")
    if len(outputs) in {3, 4} and four_outputs(shapes):
        return Shape("ssd", "boxes [n, 4] and two outputs of n numbers")
    if len(outputs) == 2:
        return _pair(shapes, size)
    if len(outputs) == 1:
        return _single(shapes[0], size, names)
    return f"{len(outputs)} outputs that are no boxes, classes, scores and count"


def plain(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Without the batch, which some files leave out, and without dimensions of one in between:
    [1, 1917, 1, 4] is (1917, 4)."""
    rest = shape[1:] if shape[:1] == (1,) else shape
    return tuple(size for size in rest if size != 1)


def places(size: tuple[int, int], strides: tuple[int, ...]) -> int:
    """How many places a grid of these strides has for this input."""
    return sum(ceil(size[0] / stride) * ceil(size[1] / stride) for stride in strides)


def grid(number: int, size: tuple[int, int]) -> tuple[tuple[int, ...], bool] | None:
    """The strides whose places are so many, and whether each has three anchors."""
    for strides in (STANDARD_STRIDES, *OTHER_STRIDES):
        count = places(size, strides)
        if number in {count, ANCHORS_A_PLACE * count}:
            return strides, number != count
    return None


def four_outputs(shapes: list[tuple[int, ...]]) -> bool:
    boxes = [one for one in shapes if _is_boxes(one)]
    if len(boxes) != 1:
        return False
    number = boxes[0][0] if len(boxes[0]) == 2 else 1
    rows = [one for one in shapes if one in {(number,), ()}]
    return len(rows) == len(shapes) - 1


def _is_boxes(shape: tuple[int, ...]) -> bool:
    return shape == (4,) or (len(shape) == 2 and shape[1] == 4)


def _pair(shapes: list[tuple[int, ...]], size: tuple[int, int]) -> Shape | str:
    """Boxes and scores apart: raw SSD, or a YOLO grid that was split."""
    said = f"two outputs {[list(one) for one in shapes]} that are not boxes and scores of one grid"
    widths = [one for one in shapes if len(one) in {1, 2}]
    boxes = next((one for one in widths if len(one) == 2 and 4 in one), None)
    if len(widths) != 2 or boxes is None:
        return said
    number = boxes[0] if boxes[1] == 4 else boxes[1]
    scores = shapes[1 - shapes.index(boxes)]
    if number not in scores:
        return said
    first = boxes[1] != 4
    classes = 1 if len(scores) == 1 else scores[0] if first else scores[1]
    found = grid(number, size)
    if first or (found is not None and not found[1]):
        return Shape(
            "yolov8", f"boxes and scores of {number} places, apart", first, classes=classes
        )
    return Shape("ssd-raw", f"box encodings and scores of {number} places", classes=classes - 1)


def _single(shape: tuple[int, ...], size: tuple[int, int], names: Names) -> Shape | str:
    if len(shape) <= 1:
        return Shape("classifier", f"one row of {shape[0] if shape else 1} numbers")
    if len(shape) != 2:
        return f"one output {list(shape)}: a map (segmentation, keypoints) or a raw grid, not decoded here"
    if _is_spelt(shape, names):
        return _text(shape, names)
    rows, columns = shape
    if columns in {6, 7} and rows in USUAL_FINISHED:
        return Shape("nms", f"{rows} rows of {columns}, already suppressed")
    for place in (0, 1):
        found = grid(shape[place], size)
        if found is not None and shape[1 - place] >= 5:
            return _on_grid(shape, place, found, names)
    if columns in {6, 7} and rows <= MAX_FINISHED:
        return Shape("nms", f"{rows} rows of {columns}: too few for a grid, so already suppressed")
    if not names.by_id and size[1] >= 2 * size[0] and _may_be_text(shape):
        return _text(shape, names)
    return _off_grid(shape, names)


def _on_grid(
    shape: tuple[int, ...], place: int, found: tuple[tuple[int, ...], bool], names: Names
) -> Shape:
    """Three anchors a place speak of v5 and its objectness; so do labels that are one fewer."""
    strides, anchored = found
    columns = shape[1 - place]
    count = len(names)
    objectness = anchored
    why = f"{shape[place]} places = strides {strides}" + (" with 3 anchors" if anchored else "")
    if count in {columns - 4, columns - 5} and place == 0:
        objectness = count == columns - 5
        why += f", {columns} columns for {count} labels"
    return _yolo(place == 1, objectness, columns, why)


def _yolo(channels_first: bool, objectness: bool, columns: int, why: str) -> Shape:
    name = "yolov5" if objectness else "yolov8"
    return Shape(name, why, channels_first, objectness, columns - 4 - objectness)


def _may_be_text(shape: tuple[int, ...]) -> bool:
    return min(shape) <= MAX_STEPS and max(shape) <= MAX_CHARACTERS


def _is_spelt(shape: tuple[int, ...], names: Names) -> bool:
    """The labels are characters, as many as one side has."""
    characters = sum(len(name) == 1 for name in names.by_id.values())
    near = any(abs(one - len(names)) <= 1 for one in shape)
    return len(names) > 1 and characters >= 0.8 * len(names) and near and _may_be_text(shape)


def _text(shape: tuple[int, ...], names: Names) -> Shape:
    """The side that fits the labels is that of the characters, else the longer one."""
    count = len(names)
    off = [min(abs(one - count), 2) for one in shape]
    first = off[0] < off[1] if off[0] != off[1] else shape[0] >= shape[1]
    classes = shape[0] if first else shape[1]
    steps = shape[1] if first else shape[0]
    return Shape("ctc", f"{steps} steps of {classes} characters", first, classes=classes)


def _off_grid(shape: tuple[int, ...], names: Names) -> Shape | str:
    """No known strides: labels decide, else which side is longer."""
    first = shape[1] > shape[0]
    number, columns = max(shape), min(shape)
    if columns < 5 or number < FEW_PLACES:
        return f"one output {list(shape)}: neither a grid for this input nor rows of boxes nor text"
    extra = columns - len(names) if names.by_id else 0
    if extra in {4, 5}:
        return _yolo(first, extra == 5, columns, f"{columns} channels for {len(names)} labels")
    why = f"{number} places of no known grid, channels {'first' if first else 'last'}"
    return _yolo(first, not first and columns != 84, columns, why)
