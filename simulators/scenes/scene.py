"""What a scene is: a camera, a time of day, a street and the things in it. Pure description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulators.scenes.light import Lamp, Weather
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.things.street import Street


@dataclass(frozen=True, slots=True)
class Thing:
    """`kind` of the table; at (x, y, z) metres, turned by `yaw` radians; `seed` draws its looks, `options` are
    its maker's (fill, stream, stride ...); walks `speed` m/s where it is turned to."""

    kind: str
    x: float
    y: float
    yaw: float
    seed: int
    z: float = 0.0
    size: float = 1.0
    speed: float = 0.0
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lens:
    """The camera's faults. `blur_px` (sigma), `noise` of the sensor at full light in grey levels, `gain` the
    factor it grows by in the dark, `sharpen` 0..1 as cheap cameras do, `exposure` in stops off, `warm`
    -1..1, `dirt` and `drops` 0..1, `jpeg` quality, `stamp`: a time printed into the picture."""

    blur_px: float = 0.5
    noise: float = 1.5
    gain: float = 4.0
    sharpen: float = 0.3
    exposure: float = 0.0
    warm: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    vignette: float = 0.2
    dirt: float = 0.0
    drops: float = 0.0
    jpeg: int = 85
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """`edition` chooses the surfaces, `north` where the sun's noon place is (radians over the street)."""

    seed: int
    edition: int
    camera: Pinhole
    street: Street
    things: tuple[Thing, ...]
    hour: float = 12.0
    north: float = 0.6
    weather: Weather = field(default_factory=Weather)
    lens: Lens = field(default_factory=Lens)
    headlights: tuple[Lamp, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """`box` x1, y1, x2, y2 in pixels around what can be seen; `hidden` 0..1 is the share that others hide,
    `outside` 0..1 the share beyond the picture's edge; `thing` its number in the scene."""

    label: str
    box: tuple[float, float, float, float]
    hidden: float
    outside: float
    thing: int

    @property
    def visible(self) -> float:
        return (1 - self.hidden) * (1 - self.outside)


IGNORED_BELOW = 0.15
"""What shows less of itself is marked `ignore`: neither to be found nor a mistake when found."""
SMALLEST_PX = 8.0


def ignored(label: Label) -> bool:
    """Too little to see, or too small."""
    wide, tall = label.box[2] - label.box[0], label.box[3] - label.box[1]
    return label.visible < IGNORED_BELOW or min(wide, tall) < SMALLEST_PX
