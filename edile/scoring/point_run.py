"""A simulated disposal point before the real tracker and the real role, in the world's own time.

The prompts that the role orders are heard in the world, so people come back and put things right, and the
truth has that too. Nothing waits; the same seed is the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np

from contract.envelope import Moment
from contract.payloads.waste import WasteDeposit
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.disposal_point import DisposalPointConfig
from edge_agent.ports import RoleStep, Say
from edge_agent.readings import Reading, SceneReading, Tick
from edge_agent.roles.disposal_point.disposal_point import DisposalPoint
from edge_agent.roles.disposal_point.state import decode_state
from edge_agent.vision.boxes import WHOLE, Found
from edge_agent.vision.detector import Detects
from edge_agent.vision.eye import Eye
from edge_agent.vision.frames import Frame, Image
from edge_agent.vision.looking import Looking, Models
from edge_agent.vision.outlook import Outlooks
from edge_agent.vision.tracks import Numbers
from edge_agent.vision.view_state import ViewWatch
from edge_agent.vision.words import Heard, Seen
from edile.scoring.point_site import LABELS, camera_of, point_config, speaker
from edile.scoring.sight import Faults, NoisyLabels
from simulators.camera.live import LiveCamera
from simulators.camera.outlines import Outlines
from simulators.camera.point import DisposalPoint as PointWorld
from simulators.camera.table import PLACES, WEATHERS
from simulators.camera.world import TruthLine
from simulators.scoring.prompts import Counted, PointFigures, Said, figures

UTC_NS = 1_790_000_000 * 10**9
BOOT_NS = 10**9
WINDOW_S = 60
QUIET_STEP_S = 1.0  # between looks while nobody is there: the gate asks for none, timed looks do
TAIL_S = 12.0  # who has come before the end is awaited, and does not count
EDGE_PARTS = 0.65  # of the picture's width from its middle


@dataclass(frozen=True, slots=True)
class PointRun:
    """What came of one seed. `looks`: pictures that a detector saw."""

    seed: int
    minutes: float
    figures: PointFigures
    truth: tuple[TruthLine, ...]
    said: tuple[Said, ...]
    counted: tuple[Counted, ...]
    looks: int


def run_point(
    seed: int,
    minutes: float,
    detector: Detects | None = None,
    *,
    faults: Faults = Faults(),
    fps: float = 5.0,
    size: tuple[int, int] = (320, 180),
    hour: float = 10.0,
    weather: str = "cloud",
    lag_s: float = 0.1,
    config: DisposalPointConfig | None = None,
    edition: int | None = None,
) -> PointRun:
    """Without a `detector` the truth's labels are seen, with `faults`; with one, pictures are rendered and go
    through the whole eye. `lag_s`: from a picture to the role, and so to the order. `edition`: other surfaces
    than those of the played world."""
    place = PLACES["disposal-point"]
    length_s = minutes * 60 + TAIL_S
    scene = place.scene(seed, size, hour, WEATHERS[weather])
    world = place.world(
        seed, length_s, scene if edition is None else replace(scene, edition=edition)
    )
    if not isinstance(world, PointWorld):
        raise TypeError(f"no disposal point: {type(world).__name__}")
    camera = camera_of(world, fps=fps)
    gateway = Gateway(camera, config or point_config(), lag_s)
    see = (
        _labelled(world, camera, gateway, NoisyLabels(seed, LABELS, size, faults))
        if detector is None
        else _pictured(world, camera, gateway, detector)
    )
    truth, looks, t, step = list[TruthLine](), 0, 0.0, 1.0 / fps
    ticked = 0.0
    while t < world.length_s:
        truth += world.advance(t)
        for due in gateway.spoken_until(t):
            world.hear(due, "prompt")
        looks += see(t)
        if t - ticked >= 1.0:
            ticked = t
            gateway.take(Tick(moment(t)), t)
        t = round(t + (step if moves(world, t) or gateway.busy else QUIET_STEP_S), 6)
    truth += world.close(world.length_s)
    gateway.take(Tick(moment(t + 2 * WINDOW_S)), t)
    told = figures(truth, gateway.said, gateway.counted, gateway.corrected, minutes * 60)
    return PointRun(
        seed, minutes, told, tuple(truth), tuple(gateway.said), tuple(gateway.counted), looks
    )


def moves(world: PointWorld, t: float) -> bool:
    """Somebody is in the picture, or nearly."""
    camera = world.scene.camera
    for walk in world.walks:
        x, y, _ = walk.at(t)
        at = camera.pixel(x, y, 1.0) if walk.begins <= t else None
        if at is not None and -EDGE_PARTS < at[0] / camera.width - 0.5 < EDGE_PARTS:
            return True
    return False


def moment(t: float) -> Moment:
    ns = round(t * 1e9)
    return Moment("simulated", BOOT_NS + ns, UTC_NS + ns, "ntp")


@dataclass
class Gateway:
    """The role and what came of it."""

    camera: CameraConfig
    config: DisposalPointConfig
    lag_s: float
    said: list[Said] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    corrected: int = 0
    busy: bool = False
    _waiting: list[float] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)
    _window_s: int | None = None
    _corrected: int = 0

    def __post_init__(self) -> None:
        self.role = DisposalPoint(self.config, self.camera, speaker())

    def hear(self, word: Heard) -> bool:
        """A word of the eye."""
        if isinstance(word, Seen):
            t = (word.captured_ns - BOOT_NS) / 1e9
            self.busy = any(one.unseen_s > 0 for one in word.things)
            reading = SceneReading(
                "cam-1", moment(t), word.things, word.gone, word.full, model=word.model
            )
            self.take(reading, t)
        return True

    def take(self, reading: Reading, t: float) -> None:
        step = self.role.step(reading)
        for order in step.orders:
            if isinstance(order.order, Say):
                self.said.append(Said(round(t + self.lag_s, 3), order.order.prompt))
                self._waiting.append(t + self.lag_s)
        for one in step.conclusions:
            if isinstance(one.payload, WasteDeposit):
                self.corrected += one.payload.corrected_after_prompt
        if step.state is not None:
            self._count(step, t)

    def spoken_until(self, t: float) -> list[float]:
        """When a prompt was heard, of those not yet given out."""
        due = [one for one in self._waiting if one <= t]
        self._waiting = [one for one in self._waiting if one > t]
        return due

    def _count(self, step: RoleStep, t: float) -> None:
        """What the role's own counts gained. One that it took back because the bag was still there is none;
        one that was put right was one."""
        tally = decode_state(step.state or b"").tally
        if tally is None:
            return
        if tally.start_s != self._window_s:
            self._window_s, self._counts, self._corrected = tally.start_s, {}, 0
        for key, n in tally.counts.items():
            stream, _, waste = key.partition("/")
            gained = n - self._counts.get(key, 0)
            waste = self.config.stream_of_class.get(waste, waste)
            self.counted += [Counted(round(t, 3), stream, waste)] * max(0, gained)
            if gained < 0 and tally.corrected == self._corrected:
                self._take_back(stream, waste)
        self._counts, self._corrected = dict(tally.counts), tally.corrected

    def _take_back(self, stream: str, waste: str) -> None:
        same = [one for one in self.counted if (one.stream, one.waste) == (stream, waste)]
        if same:
            self.counted.remove(same[-1])


Seeing = Callable[[float], int]


class _Given:
    """A detector that answers with what it was given."""

    name, sha256, input_size = "labels", "00" * 32, (1, 1)

    def __init__(self) -> None:
        self.labels: Sequence[str] = LABELS
        self.found: list[Found] = []

    def find(self, image: Image) -> list[Found]:  # noqa: ARG002
        return self.found


def _labelled(
    world: PointWorld, camera: CameraConfig, gateway: Gateway, sight: NoisyLabels
) -> Seeing:
    given, outlines = _Given(), Outlines(world)
    looking = Looking(camera, Models(given), gateway.hear, Lock())
    outlook = Outlooks(camera, Numbers(), lambda _: ViewWatch(camera.view, ())).at(None)
    blank = np.zeros((18, 32, 3), np.uint8)

    def see(t: float) -> int:
        given.found = sight.find(outlines.labels(t))
        at_ns = BOOT_NS + round(t * 1e9)
        looking.look(outlook, Frame(at_ns, pixels=blank), blank, WHOLE, ())
        return 1

    return see


def _pictured(
    world: PointWorld, camera: CameraConfig, gateway: Gateway, detector: Detects
) -> Seeing:
    live = LiveCamera(world)
    eye = Eye(
        camera, Models(detector), gateway.hear, numbers=Numbers(),
        watch_of=lambda _: ViewWatch(camera.view, ()),
    )  # fmt: skip

    def see(t: float) -> int:
        job = eye.take(Frame(BOOT_NS + round(t * 1e9), jpeg=live.frame(t).jpeg))
        if job is not None:
            job()
        return int(job is not None)

    return see
