"""How a picture is to be fed: declared in the manifest or the file's metadata, else told from the file's
quantisation or its first operator, else what models of this convention usually expect. Says why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edge_agent.errors import ModelRefused
from edge_agent.vision.models import graph as g
from edge_agent.vision.models.graph import Graph
from edge_agent.vision.models.manifest import InputDeclared
from edge_agent.vision.models.preprocess import Colour, Fit, InputPlan
from edge_agent.vision.models.runtime import TensorFact

Three = tuple[float, float, float]


class Scaling(NamedTuple):
    """value = (pixel - mean) / std, channels in the order red, green, blue."""

    name: str
    mean: Three
    std: Three

    def ends(self) -> tuple[float, float]:
        low = min(-m / s for m, s in zip(self.mean, self.std, strict=True))
        return low, max((255 - m) / s for m, s in zip(self.mean, self.std, strict=True))


def _same(name: str, mean: float, std: float) -> Scaling:
    return Scaling(name, (mean, mean, mean), (std, std, std))


UNIT, SIGNED = _same("0..1", 0, 255), _same("-1..1", 127.5, 127.5)
RAW, RAW_SIGNED = _same("0..255", 0, 1), _same("-128..127", 128, 1)
HALF = _same("-0.5..0.5", 127.5, 255)
IMAGENET = Scaling("imagenet", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
CAFFE = Scaling("imagenet mean, not divided", (123.68, 116.779, 103.939), (1.0, 1.0, 1.0))
BY_NAME = {one.name: one for one in (UNIT, SIGNED, RAW, RAW_SIGNED, IMAGENET)}
BY_RANGE = (UNIT, SIGNED, RAW, RAW_SIGNED, HALF, IMAGENET, CAFFE)
TOLERANCE = 0.08  # of the range's width: calibration pictures seldom reach its ends
LETTERBOXED = frozenset({"yolov5", "yolov8", "nms"})
SIGNED_BY_HABIT = frozenset({"ssd", "ssd-raw", "classifier", "ctc"})
ULTRALYTICS = "Ultralytics "  # whose classifiers are fed 0..1, the middle of the picture
INPUT_TYPES = ("uint8", "int8", "int16", "float32", "float16")


def plan_input(
    fact: TensorFact, graph: Graph, declared: InputDeclared, convention: str, *, task: str = ""
) -> tuple[InputPlan, list[str]]:
    """ModelRefused when no picture fits the input. `task`: what Ultralytics' metadata says, if any."""
    height, width, channels, first = _shape(fact)
    said: list[str] = [f"input {fact.described()}"]
    colour = _colour(declared, channels, convention, said)
    convention = f"{ULTRALYTICS}{convention}" if task else convention
    fit = _fit(declared, convention, said)
    scaling, why, as_bytes = _scaling(fact, graph, declared, convention, channels_first=first)
    said.append(why)
    if scaling is CAFFE and declared.colour is None and colour == "rgb":
        colour = "bgr"
        said.append("colour bgr: files of this range are trained on it")
    scale, zero = (fact.scale, fact.zero_point) if fact.quantised else (0.0, 0)
    if as_bytes:
        scale, zero = 1.0, 0 if fact.dtype == np.uint8 else -128
    mean, std = scaling.mean, scaling.std
    if colour == "bgr":
        mean, std = mean[::-1], std[::-1]
    plan = InputPlan(width, height, first, colour, fit, mean, std, fact.dtype, scale, zero)
    return plan, said


def open_size(fact: TensorFact, declared: InputDeclared) -> tuple[int, ...] | None:
    """The shape to ask for where the file leaves height or width open; None = it is fixed."""
    if len(fact.free) != 4 or not any(size < 0 for size in fact.free):
        return None
    free = [1 if place == 0 and size < 0 else size for place, size in enumerate(fact.free)]
    open_places = [place for place, size in enumerate(free) if size < 0]
    if open_places and not declared.size:
        raise ModelRefused(
            f"expected an input of a fixed size, found {list(fact.free)}; say [input] size = "
            "[width, height] in a model.toml"
        )
    if open_places not in ([], [1, 2], [2, 3]):
        raise ModelRefused(f"expected height and width left open, found {list(fact.free)}")
    for place, size in zip(open_places, reversed(declared.size), strict=False):
        free[place] = size
    return tuple(free)


def _shape(fact: TensorFact) -> tuple[int, int, int, bool]:
    """Height, width, channels, channels first."""
    shape = fact.shape
    if fact.dtype.name not in INPUT_TYPES:
        raise ModelRefused(
            f"expected pictures as {', '.join(INPUT_TYPES)}, found {fact.dtype.name}"
        )
    if len(shape) == 4 and shape[0] == 1 and min(shape) > 0:
        if shape[3] in {1, 3}:
            return shape[1], shape[2], shape[3], False
        if shape[1] in {1, 3}:
            return shape[2], shape[3], shape[1], True
    raise ModelRefused(
        f"expected one picture [1, height, width, 3] or [1, 3, height, width], found an input "
        f"{list(shape)}"
    )


def _colour(declared: InputDeclared, channels: int, convention: str, said: list[str]) -> Colour:
    if channels == 1:
        return "grey"
    if declared.colour is not None and declared.colour != "grey":
        said.append(f"colour {declared.colour}: declared")
        return declared.colour
    if convention == "ctc":
        said.append("colour bgr: LPRNet and its kin are trained on OpenCV's order")
        return "bgr"
    said.append("colour rgb: not declared, the usual order of TFLite models")
    return "rgb"


def _fit(declared: InputDeclared, convention: str, said: list[str]) -> Fit:
    if declared.fit is not None or declared.letterbox is not None:
        fit: Fit = declared.fit or ("letterbox" if declared.letterbox else "stretch")
        said.append(f"{fit}: declared")
        return fit
    fit = "letterbox" if convention.removeprefix(ULTRALYTICS) in LETTERBOXED else "stretch"
    fit = "crop" if convention == f"{ULTRALYTICS}classifier" else fit
    said.append(f"{fit}: as models of this convention are trained")
    return fit


def _scaling(
    fact: TensorFact,
    graph: Graph,
    declared: InputDeclared,
    convention: str,
    *,
    channels_first: bool,
) -> tuple[Scaling, str, bool]:
    """The scaling, why, and whether bytes go in as they are."""
    said = _declared(fact, declared)
    if said is not None:
        return said
    ends = _ends(graph)
    if graph.mean and graph.std and all(graph.std):
        made = _made(graph.mean, graph.std)
        if ends is None or _within(made.ends(), ends):
            numbers = f"mean {_short(graph.mean)}, std {_short(graph.std)}"
            return made, f"{numbers}: the file's metadata", False
    if ends is not None:
        return _by_range(fact, ends)
    if fact.dtype.kind in "iu":
        return RAW, "bytes as they are: the input is not quantised", True
    return _first_operator(graph) or _habit(convention, channels_first=channels_first)


def _declared(fact: TensorFact, declared: InputDeclared) -> tuple[Scaling, str, bool] | None:
    if declared.values == "bytes":
        return RAW, "bytes as they are: declared", fact.dtype.kind != "f"
    if declared.values:
        return BY_NAME[declared.values], f"values {declared.values}: declared", False
    if declared.mean:
        return _made(declared.mean, declared.std), "mean and std: declared", False
    return None


def _habit(convention: str, *, channels_first: bool) -> tuple[Scaling, str, bool]:
    if convention == "classifier" and channels_first:
        return IMAGENET, "values imagenet: not declared, the habit of channels-first files", False
    if convention in SIGNED_BY_HABIT:
        return SIGNED, f"values -1..1: not declared, the habit of {convention} files", False
    return UNIT, f"values 0..1: not declared, the habit of {convention or 'YOLO'} files", False


def _by_range(fact: TensorFact, ends: tuple[float, float]) -> tuple[Scaling, str, bool]:
    said = f"quantised for {ends[0]:.3g}..{ends[1]:.3g}"
    for one in BY_RANGE:
        if _near(one.ends(), ends):
            # Bytes are what files of these ranges were made for; only per-channel means differ.
            plain = fact.dtype == np.uint8 and one not in {IMAGENET, CAFFE}
            return (RAW if plain else one), f"values {one.name}: {said}", plain
    if fact.dtype.kind in "iu":
        return RAW, f"bytes as they are: {said}, no range that is known", True
    return UNIT, f"values 0..1: {said}, no range that is known", False


def _ends(graph: Graph) -> tuple[float, float] | None:
    """The real numbers that the (first) quantised form of the input can hold."""
    known = graph.input_quantisation()
    if known is None:
        return None
    scale, zero, kind = known
    limits = np.iinfo(kind)
    return (int(limits.min) - zero) * scale, (int(limits.max) - zero) * scale


def _near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    slack = TOLERANCE * (one[1] - one[0])
    return all(abs(a - b) <= slack for a, b in zip(one, other, strict=True))


def _within(inner: tuple[float, float], outer: tuple[float, float]) -> bool:
    slack = TOLERANCE * (outer[1] - outer[0])
    return inner[0] >= outer[0] - slack and inner[1] <= outer[1] + slack


def _made(mean: Sequence[float], std: Sequence[float]) -> Scaling:
    return Scaling("declared", _three(mean), _three(std))


def _three(numbers: Sequence[float]) -> Three:
    red, green, blue = [*numbers] * 3 if len(numbers) == 1 else numbers[:3]
    return red, green, blue


def _short(numbers: Sequence[float]) -> str:
    return "/".join(f"{one:.6g}" for one in numbers)


def _first_operator(graph: Graph) -> tuple[Scaling, str, bool] | None:
    """Whether the graph itself scales the picture: then it wants it as it was before that."""
    first = graph.first_reader()
    if first is None or first.code not in {g.ADD, g.SUB, g.MUL, g.DIV}:
        return None
    sizes = [abs(one) for place in first.inputs for one in graph.constants(place)]
    if not sizes:
        return None
    size = max(sizes)
    if first.code == g.MUL:
        bytes_in = size <= 0.05  # 1/255, 1/127.5, 1/58.4
    elif first.code == g.DIV:
        bytes_in = size >= 20  # 255, 127.5, 58.4
    else:
        bytes_in = size >= 20  # 127.5, 123.675
    if bytes_in:
        return RAW, f"values 0..255: the graph itself scales them by {size:.4g}", False
    return UNIT, f"values 0..1: the graph itself moves them by {size:.4g}", False
