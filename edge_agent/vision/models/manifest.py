"""`model.toml`: what a model is and, where the file cannot tell it, how it is to be fed and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from edge_agent.config.document import read_document
from edge_agent.errors import ConfigError
from edge_agent.vision.findings import Kind
from edge_agent.vision.postprocess.boxes import Units

ConventionName = Literal["auto", "ssd", "ssd-raw", "yolov5", "yolov8", "nms", "classifier", "ctc"]
Values = Literal["0..1", "-1..1", "0..255", "-128..127", "imagenet", "bytes"]
CONVENTIONS: tuple[str, ...] = get_args(ConventionName)
FREE_TABLES = ("trained", "measured", "about")
DEFAULT_MIN_SCORE, DEFAULT_MAX_OVERLAP = 0.25, 0.45


@dataclass(frozen=True)
class InputDeclared:
    """How a picture is fed. What is None is told from the file.

    size       width and height, only for files that leave them open
    values     the range that pixels are brought to; or `mean` and `std` in pixel values 0..255:
               (pixel - mean) / std, one number or one for each of red, green, blue
    letterbox  true = the picture keeps its shape and is padded; false = it is stretched
    fit        as `letterbox`, and "crop" = the middle square
    """

    size: tuple[int, ...] = field(default=(), metadata={"min": 1, "max": 8192})
    colour: Literal["rgb", "bgr", "grey"] | None = None
    values: Values | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    letterbox: bool | None = None
    fit: Literal["letterbox", "stretch", "crop"] | None = None

    def __post_init__(self) -> None:
        if len(self.size) not in {0, 2}:
            raise ValueError("size: width and height, for example [320, 320]")
        for name in ("mean", "std"):
            if len(getattr(self, name)) not in {0, 1, 3}:
                raise ValueError(f"{name}: a list of one number or of three")
        if bool(self.mean) != bool(self.std):
            given = "mean" if self.mean else "std"
            raise ValueError(f"{given}: mean and std together, or neither")
        if not all(self.std[:3]) or any(one <= 0 for one in self.std):
            raise ValueError("std: numbers above 0")
        if self.values and self.mean:
            raise ValueError("values: either this or mean and std")
        if self.fit is not None and self.letterbox is not None:
            raise ValueError("fit: either this or letterbox")


@dataclass(frozen=True)
class OutputDeclared:
    """How the answer is read. What is None is told from the file. `alike`: groups of labels of which a thing
    has only one: of overlapping boxes of a group the best is kept."""

    min_score: float = field(default=DEFAULT_MIN_SCORE, metadata={"min": 0.001, "max": 0.999})
    max_overlap: float = field(default=DEFAULT_MAX_OVERLAP, metadata={"min": 0.01, "max": 1.0})
    units: Units = "auto"
    order: tuple[Literal["boxes", "classes", "scores", "count"], ...] = ()
    logits: bool | None = None
    blank: int | None = field(default=None, metadata={"min": 0})
    anchors: Path | None = None
    alike: tuple[tuple[str, ...], ...] = field(
        default=(), metadata={"doc": 'such as [["bag_food", "bag_residual"]]'}
    )

    def __post_init__(self) -> None:
        named = [label for group in self.alike for label in group]
        if len(set(named)) < len(named):
            raise ValueError("alike: each label in one group, once")


@dataclass(frozen=True)
class ModelManifest:
    """`file`, `labels` are paths; `trained`, `measured`, `about` are for people and reports."""

    name: str = field(metadata={"pattern": r"[a-z0-9][a-z0-9.-]{0,63}"})
    version: int = field(metadata={"min": 1})
    file: Path
    sha256: str = field(metadata={"pattern": r"[0-9a-f]{64}", "doc": "SHA-256 in hex"})
    kind: Kind
    licence: str
    convention: ConventionName = "auto"
    labels: Path | None = None
    input: InputDeclared = InputDeclared()
    output: OutputDeclared = OutputDeclared()
    trained: Mapping[str, Any] = field(default_factory=dict, init=False)
    measured: Mapping[str, Any] = field(default_factory=dict, init=False)
    about: Mapping[str, Any] = field(default_factory=dict, init=False)
    folder: Path = field(default=Path(), init=False)


def read_manifest(path: Path) -> ModelManifest:
    """`path`: the file or its folder. ConfigError with file, line and expectation; StopError when it
    cannot be read."""
    file = path / "model.toml" if path.is_dir() else path
    document = read_document(file)
    values = dict(document.values)
    free = {name: values.pop(name) for name in FREE_TABLES if name in values}
    manifest = document.findings.read(ModelManifest, values, ())
    if manifest is None or document.findings.mistakes:
        raise ConfigError(document.findings.mistakes)
    free = {name: one if isinstance(one, dict) else {"text": one} for name, one in free.items()}
    for name, one in {**free, "folder": file.absolute().parent}.items():
        object.__setattr__(manifest, name, one)
    return manifest
