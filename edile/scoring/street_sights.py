"""Two ways in which a gateway may see a simulated place, both in the place's time and without a sleep.

EyeSight    pictures through the gateway's own eye: gate, detector, tracks
LabelSight  what the renderer knows to be in the picture, made worse on purpose, through the tracks only:
            what the rest is worth when a detector errs just so often
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from contract.envelope import Moment
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.drivers.camera.readings_of import Times, reading_of
from edge_agent.readings import Reading, SceneReading
from edge_agent.vision.boxes import Box, within
from edge_agent.vision.eye import DOUBT_S, Eye
from edge_agent.vision.frames import Frame as Captured
from edge_agent.vision.looking import Models
from edge_agent.vision.tracks import Numbers, Tracker, TrackLimits
from edge_agent.vision.view_state import ViewWatch
from edge_agent.vision.words import Heard
from edge_agent.vision.zones import Zone
from edile.scoring.sight import NoisyLabels
from simulators.camera.live import Frame

NS = 10**9
BOOTED_NS, BEGUN_NS = 1_000 * NS, 1_790_000_000 * NS  # when the world was 0 s old


def moment_at(t: float) -> Moment:
    """The world's second on the gateway's clocks."""
    passed = round(t * NS)
    return Moment("scored", BOOTED_NS + passed, BEGUN_NS + passed, "ntp")


class _WorldTimes(Times):
    """The moments of captures; nothing here is `now`."""

    def __init__(self) -> None:
        self.frames = 0

    def moment(self, captured_ns: int | None = None) -> Moment:
        return moment_at(((captured_ns or BOOTED_NS) - BOOTED_NS) / NS)


class Sight(Protocol):
    """What the gateway's roles hear because of a picture. `painted`: it needs one, not only the labels."""

    painted: bool

    def look(self, frame: Frame) -> list[Reading]: ...


SightOf = Callable[[CameraConfig, int], Sight]
"""(camera, seed): a fresh one, which has seen nothing yet."""


class EyeSight:
    """Jobs run at once, as on a gateway that has the time."""

    painted = True

    def __init__(self, camera: CameraConfig, models: Models) -> None:
        self._camera, self._times = camera, _WorldTimes()
        self._words: list[Heard] = []
        self._eye = Eye(
            camera, models, self._hear, numbers=Numbers(), watch_of=lambda _: ViewWatch(camera.view)
        )

    def look(self, frame: Frame) -> list[Reading]:
        job = self._eye.take(Captured(BOOTED_NS + round(frame.t * NS), jpeg=frame.jpeg))
        if job is not None:
            job()
        words, self._words = self._words, []
        readings = (reading_of(word, self._camera.id, self._times) for word in words)
        return [one for one in readings if one is not None]

    def _hear(self, word: Heard) -> bool:
        self._words.append(word)
        return True


class LabelSight:
    """`labels` are those that a detector would know. Full looks come when they are due, and sooner in doubt,
    as of the eye; in between nothing is looked at."""

    painted = False

    def __init__(self, camera: CameraConfig, labels: NoisyLabels) -> None:
        zones = [Zone(one.name, tuple((x, y) for x, y in one.points)) for one in camera.zones]
        limits = TrackLimits(sure=camera.min_score, doubtful=camera.min_score / 2)
        self._tracker = Tracker(limits, Numbers(), zones)
        self._camera, self._labels = camera, labels
        self._full_s: float | None = None
        self._doubted = False

    def look(self, frame: Frame) -> list[Reading]:
        passed_s = None if self._full_s is None else frame.t - self._full_s
        doubt = self._doubted and passed_s is not None and passed_s >= DOUBT_S
        if passed_s is not None and passed_s < self._camera.look_every_s and not doubt:
            return []
        at_ns = BOOTED_NS + round(frame.t * NS)
        changes = self._tracker.look(at_ns, self._labels.find(frame.labels))
        self._full_s, self._doubted = frame.t, changes.doubted
        return [
            SceneReading(
                self._camera.id, moment_at(frame.t), changes.things, changes.gone, full=True
            )
        ]


def in_parts(box: Box, size: tuple[int, int]) -> Box:
    """From pixels."""
    wide, high = size
    return within((box[0] / wide, box[1] / high, box[2] / wide, box[3] / high))
