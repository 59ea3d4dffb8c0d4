"""A street of our own for these tests: what a camera says, second by second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from contract.envelope import Moment
from contract.names import ClockState
from contract.payloads.camera import CameraLooks
from contract.payloads.problem import Problem
from edge_agent.config.devices.camera import CameraConfig, PresetConfig, ZoneConfig
from edge_agent.ports import Conclusion
from edge_agent.readings import LookReading, Picture, SceneReading, SeenThing

START_NS = 1_790_000_000 * 10**9
SQUARE = ((0.0, 0.4), (1.0, 0.4), (1.0, 1.0), (0.0, 1.0))
CAMERA = CameraConfig(
    id="cam-1",
    source="file:street.mp4",
    zones=(ZoneConfig("pavement", SQUARE), ZoneConfig("yard", SQUARE)),
    presets=(
        PresetConfig("left-half", box=(0.0, 0.0, 0.5, 1.0)),
        PresetConfig("walls", labels=("fly_posting",)),
    ),
)
MODEL = ("city-appearance", "ab" * 32)


def at(t: float, boot: str = "boot-1", clock: ClockState = "ntp") -> Moment:
    ns = round(t * 1e9)
    return Moment(boot, 10**9 + ns, START_NS + ns, clock)


def thing(
    label: str = "waste_heap",
    x: float = 0.3,
    *,
    y: float = 0.6,
    size: float = 0.1,
    score: float = 0.8,
    track: int = 1,
    still_s: float = 0.0,
    zones: tuple[str, ...] = ("pavement",),
) -> SeenThing:
    box = (x, y, x + size, y + size)
    return SeenThing(label, score, box, track, still_s, still_s, zones)


def scene(
    t: float,
    *things: SeenThing,
    full: bool = True,
    device: str = "cam-1",
    picture: Picture | None = None,
    boot: str = "boot-1",
) -> SceneReading:
    return SceneReading(device, at(t, boot), tuple(things), full=full, picture=picture, model=MODEL)


def drive(t: float, lon: float | None, *things: SeenThing) -> SceneReading:
    """Of a patrol car on a street along 23.1 degrees north."""
    lat = None if lon is None else 23.1
    return SceneReading("car-1", at(t), tuple(things), full=True, model=MODEL, lon=lon, lat=lat)


def looked(
    t: float,
    look: str,
    *things: SeenThing,
    preset: str | None = None,
    reason: str | None = None,
    picture: Picture | None = None,
    device: str = "cam-1",
) -> LookReading:
    return LookReading(
        device, at(t), look, preset, reason is None, reason, tuple(things), picture, MODEL
    )


def picture(t: float, word: str = "street") -> Picture:
    original = f"original of {word}".encode()
    return Picture(
        at(t),
        original,
        f"masked {word}".encode(),
        f"small {word}".encode(),
        sha256(original).hexdigest(),
    )


def news(conclusions: Iterable[Conclusion]) -> list[Conclusion]:
    """Without what only says that a camera looked, each hour."""
    return [one for one in conclusions if not isinstance(one.payload, CameraLooks)]


def problems(conclusions: Iterable[Conclusion]) -> list[Problem]:
    return [one.payload for one in conclusions if isinstance(one.payload, Problem)]


def story(conclusions: Iterable[Conclusion]) -> list[tuple[str, str]]:
    return [(one.phase, one.class_code) for one in problems(conclusions)]


def every(
    step_s: float, begin: float, end: float, things: Sequence[SeenThing]
) -> list[SceneReading]:
    """Full looks with the same things, the end not included."""
    count = int((end - begin) / step_s)
    return [scene(begin + step_s * n, *things) for n in range(count)]
