"""What the outputs of a model mean, told by shape and rank first and then by the values that it answers to
the self-test pictures; or as declared. The reasons are kept for `edile models inspect`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_agent.errors import ModelRefused
from edge_agent.vision.findings import Kind
from edge_agent.vision.models.graph import NMS_V4, NMS_V5, SOFTMAX, SSD_POSTPROCESS, Graph
from edge_agent.vision.models.label_map import (
    LabelMap,
    map_characters,
    map_classifier,
    map_detector,
)
from edge_agent.vision.models.labels import Names
from edge_agent.vision.models.manifest import OutputDeclared
from edge_agent.vision.models.runtime import TensorFact
from edge_agent.vision.models.shapes import Shape, by_shape, plain
from edge_agent.vision.models.ssd_order import Order, order_of
from edge_agent.vision.postprocess.boxes import Units, units_of
from edge_agent.vision.postprocess.classifier import ClassifierHead
from edge_agent.vision.postprocess.ctc import CtcHead
from edge_agent.vision.postprocess.finished import FinishedHead, columns
from edge_agent.vision.postprocess.ssd import RawSsdHead, SsdHead, anchors_for
from edge_agent.vision.postprocess.tensors import Array, Floats, Output
from edge_agent.vision.postprocess.yolo import YoloHead

Head = YoloHead | SsdHead | RawSsdHead | FinishedHead | ClassifierHead | CtcHead
Sample = Sequence[Output]
KINDS: dict[str, Kind] = {"classifier": "classifier", "ctc": "text"}
BLANK_NAMES = ("-", "_", "<blank>", "blank", "[blank]", "<b>", "ε", "")
COARSE_STEP = 0.25
COCO_80, COCO_CLASSES = 80, 90
OTHER_TASKS = frozenset({"segment", "pose", "obb"})


@dataclass(frozen=True)
class Evidence:
    """All that is known of a model's outputs. `samples`: one list of outputs a self-test picture."""

    outputs: list[TensorFact]
    size: tuple[int, int]
    graph: Graph
    names: Names
    declared: OutputDeclared
    samples: list[list[Output]]

    def real(self, place: int) -> list[Floats]:
        return [sample[place].real() for sample in self.samples]


@dataclass(frozen=True)
class Convention:
    """`zeros`: what was answered to every self-test picture when it was nothing at all, else empty."""

    name: str
    kind: Kind
    head: Head
    labels: LabelMap
    why: tuple[str, ...]
    zeros: str = ""
    classes: int | None = None


def recognise(evidence: Evidence, wanted: str = "auto") -> Convention:
    """ModelRefused when the outputs fit no convention, or not the one that is wanted."""
    if wanted in {"auto", "yolov8", "yolov5", "nms"} and evidence.names.task in OTHER_TASKS:
        raise ModelRefused(
            f"expected a detector or classifier, found one for {evidence.names.task!r} "
            f"({evidence.names.source})"
        )
    guess = by_shape(evidence.outputs, evidence.size, evidence.graph, evidence.names)
    if wanted != "auto":
        guess = _as_wanted(guess, wanted, evidence)
    if isinstance(guess, str):
        found = "; ".join(f"{one.name} {one.described()}" for one in evidence.outputs)
        raise ModelRefused(f"expected outputs of a known convention, found {guess} ({found})")
    return BUILDERS[guess.name](guess, evidence)


def _as_wanted(guess: Shape | str, wanted: str, evidence: Evidence) -> Shape | str:
    if isinstance(guess, Shape) and guess.name == wanted:
        return guess
    shapes = [plain(one.shape) for one in evidence.outputs]
    return WANTED[wanted](shapes, f"{wanted}: declared", evidence)


def _wanted_yolo(objectness: bool) -> Callable[[list[tuple[int, ...]], str, Evidence], Shape | str]:
    def made(shapes: list[tuple[int, ...]], why: str, _: Evidence) -> Shape | str:
        if len(shapes) != 1 or len(shapes[0]) != 2 or min(shapes[0]) < 5 + objectness:
            return f"no YOLO grid in {[list(one) for one in shapes]}"
        first = shapes[0][1] > shapes[0][0]
        name = "yolov5" if objectness else "yolov8"
        return Shape(name, why, first, objectness, min(shapes[0]) - 4 - objectness)

    return made


def _wanted_rank(
    name: str, outputs: tuple[int, ...], fits: Callable[[tuple[int, ...]], bool]
) -> Callable[[list[tuple[int, ...]], str, Evidence], Shape | str]:
    def made(shapes: list[tuple[int, ...]], why: str, evidence: Evidence) -> Shape | str:
        if len(shapes) not in outputs or not any(fits(one) for one in shapes):
            return f"{[list(one) for one in shapes]}, which cannot be {name}"
        if name == "ctc":
            count = len(evidence.names)
            first = abs(shapes[0][0] - count) <= 1 or shapes[0][0] > shapes[0][1]
            return Shape(name, why, first, classes=shapes[0][0] if first else shapes[0][-1])
        return Shape(name, why)

    return made


WANTED: dict[str, Callable[[list[tuple[int, ...]], str, Evidence], Shape | str]] = {
    "yolov5": _wanted_yolo(True),
    "yolov8": _wanted_yolo(False),
    "ssd": _wanted_rank("ssd", (3, 4), lambda one: 4 in one),
    "ssd-raw": _wanted_rank("ssd-raw", (2,), lambda one: 4 in one),
    "nms": _wanted_rank("nms", (1,), lambda one: len(one) == 2 and one[1] in {6, 7}),
    "classifier": _wanted_rank("classifier", (1,), lambda one: len(one) <= 1),
    "ctc": _wanted_rank("ctc", (1,), lambda one: len(one) == 2),
}


def _yolo(guess: Shape, evidence: Evidence) -> Convention:
    boxes = scores = 0
    if len(evidence.outputs) == 2:
        boxes = _boxes_of_two(evidence)
        scores = 1 - boxes
    first = 0 if boxes != scores else 4
    said = [guess.why]
    grids = [_rows(one, guess) for one in evidence.real(scores)]
    classes = [one[:, first:] for one in grids]
    logits = evidence.declared.logits
    if logits is None:
        logits = any(_beyond_one(one) for one in classes)
        said += ["scores beyond 0..1: a sigmoid is applied"] if logits else []
    centres = np.concatenate([_rows(one, guess)[:, :2] for one in evidence.real(boxes)])
    units = _units(centres, evidence, said)  # sides of 0..1 reach 2.3 in v5, centres do not
    head = YoloHead(boxes, scores, guess.channels_first, guess.objectness, logits, units)
    labels = map_detector(evidence.names, guess.classes)
    zeros = "" if logits else _zeros(classes, evidence.outputs[scores])
    return Convention(
        guess.name, "detector", head, labels, (*said, labels.why), zeros, guess.classes
    )


def _rows(values: Floats, guess: Shape) -> Floats:
    while values.ndim > 2:
        values = values[0] if values.shape[0] == 1 else values.reshape(values.shape[0], -1)
    rows = values.reshape(-1, 1) if values.ndim == 1 else values
    return rows.T if guess.channels_first else rows


def _ssd(guess: Shape, evidence: Evidence) -> Convention:
    order = order_of(evidence.outputs, evidence.samples, evidence.graph, evidence.declared.order)
    if isinstance(order, str):
        raise ModelRefused(f"expected boxes, classes, scores and count, found {order}")
    said = [guess.why, order.why]
    scores = [one.ravel() for one in evidence.real(order.scores)]
    boxes = np.concatenate([one.reshape(-1, 4) for one in evidence.real(order.boxes)])
    units = _units(boxes[np.concatenate(scores) > 0], evidence, said)
    count = _classes_of_postprocess(evidence.graph)
    seen = max((float(one.max(initial=0)) for one in evidence.real(order.classes)), default=0)
    if count is None and len(evidence.names) == COCO_80 and COCO_80 <= seen < COCO_CLASSES:
        count = COCO_CLASSES
    labels = map_detector(evidence.names, count)
    head = SsdHead(order.boxes, order.classes, order.scores, order.number, units)
    zeros = _zeros(scores, evidence.outputs[order.scores])
    return Convention("ssd", "detector", head, labels, (*said, labels.why), zeros, count)


def _classes_of_postprocess(graph: Graph) -> int | None:
    """Without the background: the operator's second input is [1, places, classes + 1]."""
    found = next((one for one in graph.operators if one.custom == SSD_POSTPROCESS), None)
    if found is None or len(found.inputs) < 2:
        return None
    shape = graph.tensors[found.inputs[1]].shape
    return shape[-1] - 1 if len(shape) == 3 and shape[-1] > 1 else None


def _raw_ssd(guess: Shape, evidence: Evidence) -> Convention:
    shapes = [plain(one.shape) for one in evidence.outputs]
    boxes = _boxes_of_two(evidence)
    number = shapes[boxes][0]
    anchors, why = _anchors(number, evidence)
    logits = evidence.declared.logits
    scores = evidence.real(1 - boxes)
    if logits is None:
        logits = any(_beyond_one(one) for one in scores)
    said = [guess.why, why, "scores beyond 0..1: a sigmoid is applied" if logits else "scores 0..1"]
    head = RawSsdHead(boxes, 1 - boxes, logits, anchors)
    count = shapes[1 - boxes][-1] - 1
    labels = map_detector(evidence.names, count)
    zeros = "" if logits else _zeros(scores, evidence.outputs[1 - boxes])
    return Convention("ssd-raw", "detector", head, labels, (*said, labels.why), zeros, count)


def _boxes_of_two(evidence: Evidence) -> int:
    """Which output is the boxes. Four scores are as wide as a box: then scores are what lies in 0..1,
    else the names tell."""
    shapes = [plain(one.shape) for one in evidence.outputs]
    if evidence.declared.order:
        return 0 if evidence.declared.order[0] == "boxes" else 1
    likely = [place for place, one in enumerate(shapes) if len(one) == 2 and 4 in one]
    if len(likely) == 2:
        beyond = [
            place for place in likely if any(_beyond_one(one) for one in evidence.real(place))
        ]
        named = [place for place in likely if "box" in evidence.outputs[place].name.lower()]
        likely = beyond if len(beyond) == 1 else named
    if len(likely) != 1:
        raise ModelRefused(
            f"expected boxes and scores, found two outputs {[list(one) for one in shapes]} that might "
            'be either; say [output] order = ["boxes", "scores"] in a model.toml'
        )
    return likely[0]


def _anchors(number: int, evidence: Evidence) -> tuple[Floats, str]:
    declared = evidence.declared.anchors
    made = read_anchors(declared) if declared else anchors_for(*evidence.size)
    if len(made) != number:
        raise ModelRefused(
            f"expected {number} anchors, found {len(made)} "
            + (f"in {declared}" if declared else "for SSD MobileNet of this input; name a file of "
               "them as [output] anchors in a model.toml")
        )  # fmt: skip
    return made, f"{number} anchors: {declared or 'those of SSD MobileNet for this input'}"


def read_anchors(path: Path) -> Floats:
    """Rows of four numbers a place, or four rows (box_priors.txt): centre y, centre x, height, width."""
    try:
        numbers = np.loadtxt(path, dtype=np.float32, ndmin=2, max_rows=100_000)
    except (OSError, ValueError) as error:
        raise ModelRefused(f"{path}: expected rows of four numbers, found {error}") from error
    if numbers.shape[1] == 4:
        return numbers
    if numbers.shape[0] == 4:
        return np.ascontiguousarray(numbers.T)
    raise ModelRefused(f"{path}: expected rows of four numbers, found {list(numbers.shape)}")


def _finished(guess: Shape, evidence: Evidence) -> Convention:
    said = [guess.why]
    samples = [one.reshape(-1, one.shape[-1]) for one in evidence.real(0)]
    rows = np.concatenate(samples)
    first, score, label = (1, 6, 5) if rows.shape[1] == 7 else (0, 4, 5)
    if rows.shape[1] == 6:
        told = columns(rows)
        score, label = told or (score, label)
        said.append(
            f"column {score} is the score" + ("" if told else ": by habit, values do not tell")
        )
    units = _units(rows[rows[:, score] > 0][:, first : first + 4], evidence, said)
    head = FinishedHead(0, first, score, label, units)
    labels = map_detector(evidence.names, None)
    zeros = _zeros([rows[:, score]], evidence.outputs[0])
    if zeros and evidence.graph.has(NMS_V4, NMS_V5) and not np.any(rows):
        said.append("nothing found on the self-test pictures; the graph suppresses by itself")
        zeros = ""
    return Convention("nms", "detector", head, labels, (*said, labels.why), zeros)


def _classifier(guess: Shape, evidence: Evidence) -> Convention:
    scores = [np.atleast_1d(np.squeeze(one)) for one in evidence.real(0)]
    producer = evidence.graph.producer(evidence.graph.outputs[0])
    logits = evidence.declared.logits
    if logits is None:
        logits, why = (
            any(_beyond_one(one) for one in scores),
            "scores beyond 0..1: softmax is applied",
        )
        if producer is not None and producer.code == SOFTMAX:
            logits = False
        why = why if logits else "scores 0..1 as they are"
    else:
        why = f"logits = {str(logits).lower()}: declared"
    labels = map_classifier(evidence.names, scores[0].size)
    zeros = "" if logits else _zeros(scores, evidence.outputs[0])
    said = (guess.why, why, labels.why)
    head = ClassifierHead(0, logits)
    return Convention("classifier", "classifier", head, labels, said, zeros, scores[0].size)


def _ctc(guess: Shape, evidence: Evidence) -> Convention:
    steps: list[Floats] = [one.reshape(one.shape[-2:]) for one in evidence.real(0)]
    steps = [one.T if guess.channels_first else one for one in steps]
    classes = guess.classes or steps[0].shape[-1]
    blank, why = _blank(classes, steps, evidence)
    declared = evidence.declared.logits
    logits = any(_beyond_one(one) for one in steps) if declared is None else declared
    names = map_characters(evidence.names)
    if blank == 0 and len(names.names) == classes - 1:
        moved = {number + 1: name for number, name in names.names.items()}
        names = LabelMap(moved, f"{names.why}; the blank is before them")
    head = CtcHead(0, guess.channels_first, blank, logits)
    zeros = "" if logits else _zeros(steps, evidence.outputs[0])
    return Convention("ctc", "text", head, names, (guess.why, why, names.why), zeros)


def _blank(classes: int, steps: list[Floats], evidence: Evidence) -> tuple[int, str]:
    """Declared; named; else the end at which most steps of pictures without text have their best."""
    if evidence.declared.blank is not None:
        return evidence.declared.blank, "blank: declared"
    names = evidence.names.by_id
    named = [
        number for number in (classes - 1, 0) if number in names and names[number] in BLANK_NAMES
    ]
    if len(named) == 1 and len(names) == classes:
        return named[0], f"the blank is class {named[0]}: its label is {names[named[0]]!r}"
    best = np.concatenate([one.argmax(axis=1) for one in steps])
    first, last = int(np.sum(best == 0)), int(np.sum(best == classes - 1))
    if first > last:
        return 0, f"the blank is class 0: the best of {first} steps without text"
    return classes - 1, f"the blank is class {classes - 1}, the last, as in LPRNet"


def _beyond_one(values: Array) -> bool:
    finite = values[np.isfinite(values)]
    return bool(finite.size) and (float(finite.min()) < -0.01 or float(finite.max()) > 1.05)


def _units(boxes: Floats, evidence: Evidence, said: list[str]) -> Units:
    if evidence.declared.units != "auto":
        said.append(f"box units {evidence.declared.units}: declared")
        return evidence.declared.units
    found = units_of(boxes)
    if found != "auto":
        words = "0..1" if found == "unit" else "pixels"
        said.append(f"box units {words}: the largest is {np.nanmax(boxes):.4g}")
    return found


def _zeros(scores: Sequence[Array], fact: TensorFact) -> str:
    """Empty unless no score of any self-test picture is above 0."""
    if any(np.any(np.nan_to_num(one, posinf=0) > 0) for one in scores):
        return ""
    if any(not np.all(np.isfinite(one)) for one in scores):
        return f"scores that are no numbers in output {fact.described()}"
    said = f"only zeros in output {fact.described()}"
    if fact.quantised and fact.scale >= COARSE_STEP:
        said += f"; its step of {fact.scale:.3g} is too coarse for scores of 0..1"
    return said


BUILDERS: dict[str, Callable[[Shape, Evidence], Convention]] = {
    "yolov5": _yolo,
    "yolov8": _yolo,
    "ssd": _ssd,
    "ssd-raw": _raw_ssd,
    "nms": _finished,
    "classifier": _classifier,
    "ctc": _ctc,
}

__all__ = ["KINDS", "Convention", "Evidence", "Head", "Order", "recognise"]
