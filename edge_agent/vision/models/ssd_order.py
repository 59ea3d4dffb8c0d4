"""Which of the finished SSD outputs is which: they come in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edge_agent.vision.models.graph import SSD_POSTPROCESS, Graph
from edge_agent.vision.models.runtime import TensorFact
from edge_agent.vision.models.shapes import plain
from edge_agent.vision.postprocess.tensors import Floats, Output

ROLES = ("boxes", "classes", "scores", "count")


class Order(NamedTuple):
    """Places among the outputs; `number` is that of the count, None when there is none."""

    boxes: int
    classes: int
    scores: int
    number: int | None
    why: str


def order_of(
    outputs: list[TensorFact],
    samples: Sequence[Sequence[Output]],
    graph: Graph,
    declared: Sequence[str],
) -> Order | str:
    """Declared; by the operator that makes them, whose outputs have a fixed order; by shape and value;
    by name. Else what is ambiguous."""
    if declared:
        return _declared(declared, len(outputs))
    return _by_operator(graph) or _by_values(outputs, samples)


def _declared(roles: Sequence[str], outputs: int) -> Order | str:
    places = {role: place for place, role in enumerate(roles)}
    if len(roles) != outputs or not {"boxes", "classes", "scores"} <= places.keys():
        return f"[output] order = {list(roles)} for {outputs} outputs"
    return _made(places, "order: declared")


def _by_operator(graph: Graph) -> Order | None:
    """detection_postprocess.cc: output 0 boxes, 1 classes, 2 scores, 3 count."""
    made = next((one for one in graph.operators if one.custom == SSD_POSTPROCESS), None)
    if made is None or len(made.outputs) != len(ROLES):
        return None
    if not set(made.outputs) <= set(graph.outputs):
        return None
    places = {
        role: graph.outputs.index(tensor) for role, tensor in zip(ROLES, made.outputs, strict=True)
    }
    return _made(places, f"order: {SSD_POSTPROCESS} writes {', '.join(ROLES)}")


def _by_values(outputs: list[TensorFact], samples: Sequence[Sequence[Output]]) -> Order | str:
    shapes = [plain(one.shape) for one in outputs]
    boxes = next((i for i, one in enumerate(shapes) if one[-1:] == (4,)), None)
    if boxes is None:
        return f"no boxes among {[list(one) for one in shapes]}"
    number = shapes[boxes][0] if len(shapes[boxes]) == 2 else 1
    others = [place for place in range(len(outputs)) if place != boxes]
    values = {
        place: np.concatenate([sample[place].real().ravel() for sample in samples])
        for place in others
    }
    count = None
    if len(others) == 3:
        count = _count(others, values, shapes, number)
        if count is None:
            return "three outputs of one number, of which none is a count"
        others.remove(count)
    told = _classes_and_scores(others, values, outputs)
    if isinstance(told, str):
        return told
    classes, scores, why = told
    places = {"boxes": boxes, "classes": classes, "scores": scores}
    if count is not None:
        places["count"] = count
    return _made(places, why)


def _count(
    others: list[int], values: dict[int, Floats], shapes: list[tuple[int, ...]], number: int
) -> int | None:
    """The one of another shape; among outputs of one number, the one that is 1 or 0 throughout."""
    single = [place for place in others if shapes[place] in {(), (1,)}]
    if number > 1:
        return single[0] if len(single) == 1 else None
    whole = [place for place in single if set(np.unique(values[place])) <= {0.0, 1.0}]
    return whole[-1] if whole else None


def _classes_and_scores(
    others: list[int], values: dict[int, Floats], outputs: list[TensorFact]
) -> tuple[int, int, str] | str:
    may_be_scores = [
        place for place in others if values[place].min() >= 0 and values[place].max() <= 1.01
    ]
    whole = [place for place in others if np.all(values[place] == np.rint(values[place]))]
    for classes, scores in (others, others[::-1]):
        differ = scores not in whole or classes not in may_be_scores
        if scores in may_be_scores and classes in whole and differ:
            return classes, scores, "order: classes are whole numbers, scores are of 0..1"
    by_name = _by_name(others, outputs)
    if by_name:
        return *by_name, "order: by the names of the outputs"
    return "two outputs that might be classes or scores; say [output] order in a model.toml"


def _by_name(others: list[int], outputs: list[TensorFact]) -> tuple[int, int] | None:
    """Their own words, else the numbers that TFLite_Detection_PostProcess's outputs are given."""
    for classes, scores in (others, others[::-1]):
        first, second = outputs[classes].name.lower(), outputs[scores].name.lower()
        if "class" in first and "score" in second:
            return classes, scores
        ends = first.rpartition(":")[2], second.rpartition(":")[2]
        if SSD_POSTPROCESS.lower() in first and ends == ("1", "2"):
            return classes, scores
    return None


def _made(places: dict[str, int], why: str) -> Order:
    return Order(places["boxes"], places["classes"], places["scores"], places.get("count"), why)
