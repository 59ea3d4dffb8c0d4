"""The demo's two cameras: a street and a disposal point, both simulated, seen by the model that ships.

The street's time goes faster than the clock, and its classes must stand for so much less; the people
at the bins walk as fast as people do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.street_classes import REFERENCE
from edge_agent.errors import StopError
from edge_agent.vision.models.catalogue import find, shipped_folder
from edile.demo.eye_card import POINT_CAMERA, STREET_CAMERA, Watch
from edile.demo.programs import Program
from edile.scoring.point_site import camera_of, point_config
from simulators.camera.point import DisposalPoint
from simulators.camera.table import PLACES, WEATHERS

MODEL = "city-appearance"
SPEAKER, POINT = "sp-1", "dp-1"
SIZE, HOUR, WEATHER = (512, 288), 10.0, "cloud"
STREET_SCALE, STREET_FPS, POINT_FPS = 4.0, 2.0, 4.0
STREET_LOOK_S, POINT_LOOK_S = 2.0, 5.0
STREET_AT, POINT_AT = (113.3051, 23.1042), (113.3087, 23.1060)
ERROR_M = 12
AREAS_M = 400.0  # around both places
METRES_PER_DEGREE = 111_320.0
WAIT_S: Mapping[str, float] = {one.class_code: one.open_s / STREET_SCALE for one in REFERENCE}
"""Seconds of the clock that a matter of each class must stand."""
CODES = frozenset(WAIT_S)
LABELS: Mapping[str, str] = {one.class_code: one.label for one in REFERENCE}
POLICIES = frozenset(
    {
        *("exposed-waste", "accumulated-waste", "bin-overflow", "illegal-stickers"),
        *("street-occupied", "unlicensed-vendor", "shop-outside", "bikes-misplaced"),
    }
)
"""Reference policies of what the cameras tell, which ask for a second look."""
WORDS = {
    "wrong": "请分类投放 Please sort: this belongs into another bin",
    "beside": "请投入桶内 Please put it into the bin",
}


@dataclass(frozen=True, slots=True)
class Eyes:
    """`detector`: a file, or the name of the model that ships; ports are on this machine only."""

    folder: Path
    seed: int
    detector: str
    street_port: int
    point_port: int

    @property
    def street_truth(self) -> Path:
        return self.folder / "street.jsonl"

    @property
    def point_truth(self) -> Path:
        return self.folder / "point.jsonl"

    def street(self, minutes: float) -> Program:
        """Until it is stopped: `minutes` of the clock and what comes after them."""
        fast = ("--scale", f"{STREET_SCALE:g}", "--fps", f"{STREET_FPS:g}")
        return self._camera("street", self.street_port, self.street_truth, minutes, fast)

    def point(self, minutes: float) -> Program:
        fast = ("--fps", f"{POINT_FPS:g}")
        return self._camera("disposal-point", self.point_port, self.point_truth, minutes, fast)

    def _camera(
        self, scene: str, port: int, truth: Path, minutes: float, fast: tuple[str, ...]
    ) -> Program:
        what = ("--scene", scene, "--http", f"127.0.0.1:{port}", "--seed", str(self.seed))
        view = ("--width", str(SIZE[0]), "--height", str(SIZE[1]), "--hour", f"{HOUR:g}")
        rest = (
            "--weather",
            WEATHER,
            "--truth",
            str(truth),
            "--labels",
            "--minutes",
            f"{minutes:g}",
        )
        return Program(scene, ("sim", "camera", *what, *view, *fast, *rest), self.folder)

    @property
    def watch(self) -> Watch:
        return Watch(STREET_CAMERA, STREET_SCALE, STREET_LOOK_S, WAIT_S, LABELS)

    def tidy_url(self, camera: str) -> str:
        port = self.street_port if camera == STREET_CAMERA else self.point_port
        return f"http://127.0.0.1:{port}/tidy"

    def write(self) -> None:
        """What the gateway's file names: the words of the voice."""
        for name, words in WORDS.items():
            (self.folder / f"{name}.txt").write_text(words, encoding="utf-8")

    def devices(self) -> str:
        seen = self._point_camera()
        zones = "\n".join(
            f'[[devices.zones]]\nname = "{zone.name}"\npoints = {_points(zone.points)}\n'
            for zone in seen.zones
        )
        player = f"{sys.executable} -m edile.demo.voice http://127.0.0.1:{self.point_port}/prompt"
        prompts = "\n".join(
            f'[[devices.prompts]]\nname = "{name}"\nfile = "{name}.txt"\nseconds = 2.0\n'
            for name in WORDS
        )
        street = _device(STREET_CAMERA, self.street_port, self.detector, STREET_FPS, STREET_LOOK_S)
        point = _device(POINT_CAMERA, self.point_port, self.detector, POINT_FPS, POINT_LOOK_S)
        return f"""{street}
{point}
{zones}
[[devices]]
id = "{SPEAKER}"
driver = "speaker"
kind = "file"
player = {json.dumps(player)}
cool_down_s = 3.0

{prompts}"""

    def roles(self) -> str:
        config = point_config()
        bins = "\n".join(
            f'[[roles.disposal_point.bins]]\nzone = "{one.zone}"\nstream = "{one.stream}"\n'
            + (f'before = "{one.before}"\n' if one.before else "")
            for one in config.bins
        )
        classes = "\n".join(
            f'[[roles.streetscape.classes]]\nlabel = "{one.label}"\nclass_code = "{one.class_code}"\n'
            f"open_s = {WAIT_S[one.class_code]:g}\nend_s = 2.0\ngap = {one.gap:g}\n"
            for one in REFERENCE
        )
        prompts = "\n".join(
            f'[[roles.disposal_point.prompts]]\non = "{name}"\nsay = ["{name}"]\n' for name in WORDS
        )
        streams = "\n".join(f'{label} = "{to}"' for label, to in config.streams.items())
        return f"""[roles.streetscape]
cameras = ["{STREET_CAMERA}"]

[[roles.streetscape.places]]
camera = "{STREET_CAMERA}"
{_place(STREET_AT)}
{classes}
[roles.disposal_point]
point = "{POINT}"
camera = "{POINT_CAMERA}"
speaker = "{SPEAKER}"
bags = {json.dumps(list(config.bags))}
ground = {json.dumps(list(config.ground))}
window_min = 1
heap_s = 20.0

[[roles.disposal_point.place]]
camera = "{POINT_CAMERA}"
{_place(POINT_AT)}
[roles.disposal_point.streams]
{streams}

{bins}
{prompts}"""

    def areas(self, unit: str) -> str:
        """One duty area around both places, as GeoJSON."""
        reach = AREAS_M / METRES_PER_DEGREE
        (a, b), (c, d) = STREET_AT, POINT_AT
        left, right = min(a, c) - reach, max(a, c) + reach
        low, high = min(b, d) - reach, max(b, d) + reach
        ring = [[left, low], [right, low], [right, high], [left, high], [left, low]]
        feature = {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"id": "demo-1", "unit": unit},
        }
        return json.dumps({"type": "FeatureCollection", "features": [feature]})

    def _point_camera(self) -> CameraConfig:
        place = PLACES["disposal-point"]
        world = place.world(self.seed, 60.0, place.scene(self.seed, SIZE, HOUR, WEATHERS[WEATHER]))
        if not isinstance(world, DisposalPoint):
            raise TypeError(f"no disposal point: {type(world).__name__}")
        return camera_of(world, fps=POINT_FPS)


def model_missing(name: str) -> str | None:
    """In one line why this model cannot be used; None when it can."""
    try:
        find(name, [shipped_folder()])
    except StopError as error:
        return str(error)
    return None


def _device(name: str, port: int, detector: str, fps: float, look_s: float) -> str:
    key = "detector_file" if Path(detector).exists() else "detector"
    return f"""[[devices]]
id = "{name}"
driver = "camera"
source = "http://127.0.0.1:{port}/stream"
{key} = {json.dumps(detector)}
fps = {fps:g}
look_every_s = {look_s:g}
"""


def _place(at: tuple[float, float]) -> str:
    return f"lon = {at[0]}\nlat = {at[1]}\nerror_m = {ERROR_M}\n"


def _points(points: tuple[tuple[float, ...], ...]) -> str:
    return json.dumps([[round(part, 4) for part in point] for point in points])
