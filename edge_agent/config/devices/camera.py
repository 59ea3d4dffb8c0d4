"""A camera in gw.toml: where its pictures come from, what must stay unseen, where things may not lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from edge_agent.config.devices.camera_source import SOURCE_DOC, parse_source, placed_source
from edge_agent.config.devices.fields import ID

MIN_CORNERS = 3
PART = {"min": 0.0, "max": 1.0, "doc": "parts of the upright picture, 0 to 1"}
CORNERS_DOC = "corners [[x, y], …] in parts (0..1) of the upright picture"
CUTTING_S = 5.0  # an order and a cut take a while
Bystanders = Literal["persons", "all-but-things", "none"]


def check_polygon(points: Iterable[tuple[float, ...]]) -> None:
    """ValueError saying what was expected."""
    corners = list(points)
    if len(corners) < MIN_CORNERS:
        raise ValueError(f"points: at least {MIN_CORNERS} {CORNERS_DOC}")
    for corner in corners:
        check_point("points", corner)


def check_point(key: str, point: tuple[float, ...]) -> None:
    if len(point) != 2 or not all(0.0 <= part <= 1.0 for part in point):
        raise ValueError(f"{key}: [x, y], each from 0 to 1, in parts of the upright picture")


def check_box(key: str, box: tuple[float, ...]) -> None:
    """x1, y1, x2, y2 in parts, not empty."""
    inside = len(box) == 4 and all(0.0 <= part <= 1.0 for part in box)
    if not inside or box[0] >= box[2] or box[1] >= box[3]:
        raise ValueError(
            f"{key}: [x1, y1, x2, y2] in parts (0..1) of the picture, x1 < x2, y1 < y2"
        )


@dataclass(frozen=True)
class MaskConfig:
    """What nobody may see: covered before anything looks at the picture. A face at a window is not
    the city's business."""

    name: str = field(metadata={"pattern": ID, "doc": 'such as "windows-no-7"'})
    points: tuple[tuple[float, ...], ...] = field(metadata={"doc": CORNERS_DOC})

    def __post_init__(self) -> None:
        check_polygon(self.points)


@dataclass(frozen=True)
class ZoneConfig:
    """A piece of ground. A thing is in it when its foot is. `preset`: seen only from there."""

    name: str = field(metadata={"pattern": ID, "doc": 'such as "pavement"'})
    points: tuple[tuple[float, ...], ...] = field(metadata={"doc": CORNERS_DOC})
    preset: str | None = None

    def __post_init__(self) -> None:
        check_polygon(self.points)


@dataclass(frozen=True)
class LineConfig:
    """A line on the ground from `a` to `b`: crossing it from its left to its right is `NAME:out`, the
    other way `NAME:in`, as one stands at `a` and looks to `b`."""

    name: str = field(metadata={"pattern": ID, "doc": 'such as "gate"'})
    a: tuple[float, ...] = field(metadata={"doc": "[x, y] in parts of the picture"})
    b: tuple[float, ...] = field(metadata={"doc": "[x, y] in parts of the picture"})
    preset: str | None = None

    def __post_init__(self) -> None:
        check_point("a", self.a)
        check_point("b", self.b)
        if self.a == self.b:
            raise ValueError("b: another point than a")


@dataclass(frozen=True)
class PresetConfig:
    """A view that can be asked for by name. `token`: what the camera itself calls the position (ONVIF);
    without one it is a part of the fixed picture, `box`. `labels`: what is looked for there; empty =
    everything that the model knows."""

    name: str = field(metadata={"pattern": ID, "doc": 'such as "shop-fronts"'})
    token: str | None = None
    box: tuple[float, ...] = field(
        default=(0.0, 0.0, 1.0, 1.0), metadata={"doc": "[x1, y1, x2, y2] in parts of the picture"}
    )
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_box("box", self.box)


@dataclass(frozen=True)
class PtzConfig:
    """The head of a camera that turns, by ONVIF. `home`: the preset at which it stands otherwise."""

    url: str = field(
        metadata={
            "pattern": r"https?://[^\s@]+",
            "doc": "such as http://10.0.0.7/onvif/device_service",
        }
    )
    profile: str | None = None
    home: str | None = None
    settle_s: float = field(default=2.0, metadata={"min": 0, "max": 30})
    move_s: float = field(default=20.0, metadata={"min": 1, "max": 120, "doc": "longest move"})


@dataclass(frozen=True)
class ViewConfig:
    """When a view is no longer believed. 0 switches a test off. `lamps`: the place has no other light
    and they are switched off; elsewhere darkness that comes at once is a covered lens."""

    dark_below: float = field(default=12.0, metadata={"min": 0, "max": 255, "doc": "mean grey"})
    lamps: bool = False
    frozen_s: float = field(default=30.0, metadata={"min": 0, "max": 3600})
    loop_s: float = field(default=600.0, metadata={"min": 0, "max": 3600, "doc": "longest loop"})
    turned_below: float = field(
        default=0.45, metadata={"min": 0, "max": 1, "doc": "part of the reference found in place"}
    )
    blurred_below: float = field(
        default=0.6, metadata={"min": 0, "max": 1, "doc": "sharpness against the reference"}
    )
    settle_s: float = field(
        default=5.0, metadata={"min": 0, "max": 600, "doc": "how long a change must last"}
    )


@dataclass(frozen=True)
class ClipConfig:
    """What a camera saw around the moment when something came: `before_s` and `after_s` of it, `fps`
    frames a second. A thing that becomes a problem only after it has stood for a while is shown as it
    came if the memory reaches back as far (`reach_s`). `classes`: codes of problems that are filmed, empty
    = all; `deposits`: also what went into the wrong bin. `leaves`: the masked clip goes to the hub by
    itself. `mb` of one clip, `ring_mb` of memory, `most_an_hour` clips."""

    before_s: float = field(default=10.0, metadata={"min": 0, "max": 120})
    after_s: float = field(default=5.0, metadata={"min": 0, "max": 60})
    reach_s: float = field(default=0.0, metadata={"min": 0, "max": 900})
    fps: float = field(default=2.0, metadata={"min": 0.1, "max": 15})
    classes: tuple[str, ...] = ()
    deposits: bool = False
    leaves: bool = False
    mb: int = field(default=8, metadata={"min": 1, "max": 24})
    ring_mb: int = field(default=24, metadata={"min": 1, "max": 512})
    most_an_hour: int = field(default=12, metadata={"min": 1, "max": 600})

    def __post_init__(self) -> None:
        if self.before_s + self.after_s <= 0:
            raise ValueError("before_s: some seconds before or after")

    @property
    def ring_s(self) -> float:
        """How far the memory reaches back: a clip is cut some seconds after its end."""
        return self.reach_s + self.before_s + self.after_s + CUTTING_S

    def films(self, class_code: str) -> bool:
        """Whether a problem of this class is filmed."""
        return not self.classes or class_code in self.classes


@dataclass(frozen=True)
class CameraConfig:
    """One camera. `fps`: frames looked at in a second; the rest is not even decoded where the source
    allows it."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "cam-1"'})
    source: str = field(
        repr=False, metadata={"doc": SOURCE_DOC, "check": parse_source, "place": placed_source}
    )
    user: str | None = None
    password_file: Path | None = None
    detector: str | None = field(
        default=None,
        metadata={"pattern": ID, "doc": "a model that ships, such as `edile models list`"},
    )
    detector_file: Path | None = field(default=None, metadata={"doc": "a .tflite or model.toml"})
    classifier: str | None = field(default=None, metadata={"pattern": ID})
    classifier_file: Path | None = field(default=None, metadata={"doc": "a .tflite or model.toml"})
    classify: tuple[str, ...] = field(
        default=(), metadata={"doc": "labels shown to the classifier"}
    )
    labels: tuple[str, ...] = field(default=(), metadata={"doc": "only these; empty = all"})
    threads: int = field(default=1, metadata={"min": 1, "max": 8})
    min_score: float = field(default=0.5, metadata={"min": 0.05, "max": 1.0})
    fps: float = field(default=5.0, metadata={"min": 0.1, "max": 60.0})
    paced: bool = field(default=True, metadata={"doc": "false: a file as fast as it can be read"})
    repeat: bool = field(
        default=False, metadata={"doc": "a file or folder begins again at its end"}
    )
    rotate: Literal[0, 90, 180, 270] = 0
    crop: tuple[float, ...] = field(
        default=(0.0, 0.0, 1.0, 1.0),
        metadata={"doc": "[x1, y1, x2, y2] of the picture as it comes"},
    )
    circle: tuple[float, ...] = field(
        default=(), metadata={"doc": "fisheye: [x, y, radius] in parts of the picture's width"}
    )
    masks: tuple[MaskConfig, ...] = ()
    zones: tuple[ZoneConfig, ...] = ()
    lines: tuple[LineConfig, ...] = ()
    presets: tuple[PresetConfig, ...] = ()
    ptz: PtzConfig | None = None
    view: ViewConfig = field(default_factory=ViewConfig)
    look_every_s: float = field(
        default=20.0,
        metadata={"min": 1, "max": 3600, "doc": "a full look, whether or not it moves"},
    )
    glances: int = field(
        default=2,
        metadata={
            "min": 1,
            "max": 2,
            "doc": "of a full look; 2: the detector sees the picture and its mirror image",
        },
    )
    moving: bool = field(default=False, metadata={"doc": "on a patrol car: nothing stands still"})
    track_file: Path | None = field(
        default=None, metadata={"doc": "positions beside the pictures: seconds,lat,lon or NMEA RMC"}
    )
    bystanders: Bystanders = "persons"
    mask_labels: tuple[str, ...] = ("person", "face", "plate", "car", "truck", "bus", "motorcycle")
    clip: ClipConfig | None = None
    driver: Literal["camera"] = "camera"

    def __post_init__(self) -> None:
        check_box("crop", self.crop)
        if self.circle and (len(self.circle) != 3 or min(self.circle) <= 0):
            raise ValueError(
                "circle: [x, y, radius], each above 0, in parts of the picture's width"
            )
        if self.detector and self.detector_file:
            raise ValueError("detector_file: not beside `detector`; one of the two")
        if self.classifier and self.classifier_file:
            raise ValueError("classifier_file: not beside `classifier`; one of the two")
        for key in ("masks", "zones", "lines", "presets"):
            names = [one.name for one in getattr(self, key)]
            if len(set(names)) < len(names):
                raise ValueError(f"{key}: each name once")
        self._check_presets()

    def _check_presets(self) -> None:
        known = {one.name for one in self.presets}
        for key in ("zones", "lines"):
            for one in getattr(self, key):
                if one.preset is not None and one.preset not in known:
                    raise ValueError(
                        f"{key}: {one.name!r} names the preset {one.preset!r}, which is none"
                    )
        turning = [one.name for one in self.presets if one.token is not None]
        if turning and self.ptz is None:
            raise ValueError(f"presets: {turning[0]!r} has a token, so `ptz` is needed")
        if self.ptz is not None and self.ptz.home is not None and self.ptz.home not in turning:
            raise ValueError("ptz: `home` is the name of a preset with a token")
