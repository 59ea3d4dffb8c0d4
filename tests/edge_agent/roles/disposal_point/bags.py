"""A disposal point with three bins and a loudspeaker, and the bags that are brought to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from contract.payloads.base import Payload
from contract.payloads.problem import Problem
from contract.payloads.waste import WasteDeposit
from edge_agent.config.devices.camera import CameraConfig, ZoneConfig
from edge_agent.config.devices.speaker import PromptConfig, SpeakerConfig
from edge_agent.config.disposal_point import (
    BinConfig,
    DisposalPointConfig,
    PromptRuleConfig,
)
from edge_agent.ports import Say
from edge_agent.readings import Reading, SceneReading, SeenThing, Tick
from edge_agent.roles.disposal_point.disposal_point import DisposalPoint
from tests.edge_agent.rules.standing.street import SQUARE, at

STREAMS = ("recyclable", "food", "residual")
CAMERA = CameraConfig(
    id="cam-2",
    source="file:point.mp4",
    zones=tuple(ZoneConfig(name, SQUARE) for name in ("ground", *(f"bin-{s}" for s in STREAMS))),
)
SPEAKER = SpeakerConfig(
    "sp-1",
    "dfplayer",
    tuple(
        PromptConfig(name, track=n + 1)
        for n, name in enumerate(("wrong-zh", "wrong-en", "food", "beside", "closed"))
    ),
    link="serial:/dev/ttyUSB0?baud=9600",
    cool_down_s=5,
)
PROMPTS = (
    PromptRuleConfig("wrong", ("wrong-zh", "wrong-en")),
    PromptRuleConfig("wrong", ("food",), stream="food"),
    PromptRuleConfig("beside", ("beside",)),
    PromptRuleConfig("closed", ("closed",)),
)
CONFIG = DisposalPointConfig(
    point="dp-12",
    camera="cam-2",
    bins=tuple(BinConfig(f"bin-{stream}", stream) for stream in STREAMS),
    bags=("bag",),
    ground=("ground",),
    speaker="sp-1",
    prompts=PROMPTS,
    window_min=5,
    least_bags=10,
    last_bags=20,
)
SURE = {
    "paper": (("paper", 0.5), ("cardboard", 0.4)),
    "food": (("food", 0.9),),
    "residual": (("residual", 0.8), ("plastic", 0.1)),
    "?": (("paper", 0.35), ("residual", 0.35)),
}


def bag(
    track: int,
    waste: str,
    *zones: str,
    age_s: float = 3.0,
    still_s: float = 0.0,
    dwell_s: float = 0.5,
) -> SeenThing:
    return SeenThing(
        "bag", 0.8, (0.4, 0.5, 0.5, 0.6), track, age_s, still_s, zones, SURE[waste],
        tuple(dwell_s for _ in zones),
    )  # fmt: skip


def seen(t: float, *things: SeenThing, gone: tuple[SeenThing, ...] = ()) -> SceneReading:
    return SceneReading("cam-2", at(t), things, gone)


def put(t: float, track: int, waste: str, into: str, origin: str = "ground") -> list[Reading]:
    """A bag is carried from elsewhere to a bin, and is seen no more there."""
    zones = (origin,) if origin else ()
    return [
        seen(t, bag(track, waste, *zones, age_s=0.2)),
        seen(t + 2, bag(track, waste, f"bin-{into}")),
        seen(t + 5, gone=(bag(track, waste, f"bin-{into}", still_s=1.0),)),
    ]


class Point:
    """A role and what it said and told."""

    def __init__(
        self, config: DisposalPointConfig = CONFIG, speaker: SpeakerConfig = SPEAKER
    ) -> None:
        self.config, self.speaker = config, speaker
        self.role = DisposalPoint(config, CAMERA, speaker)
        self.told: list[Payload] = []
        self.said: list[tuple[float, str]] = []
        self.state: bytes | None = None

    def feed(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            step = self.role.step(reading)
            self.told += [one.payload for one in step.conclusions]
            self.state = step.state or self.state
            for one in step.orders:
                if isinstance(one.order, Say):
                    assert one.device == "sp-1"
                    self.said.append(((reading.moment.mono_ns - 10**9) / 1e9, one.order.prompt))

    def restart(self) -> None:
        assert self.state is not None
        self.role = DisposalPoint(self.config, CAMERA, self.speaker)
        self.role.restore(self.state)

    def window(self, t: float = 400.0) -> WasteDeposit:
        self.feed([Tick(at(t))])
        (found,) = [one for one in self.told if isinstance(one, WasteDeposit)]
        return found

    def problems(self) -> list[tuple[str, str]]:
        return [(one.phase, one.class_code) for one in self.told if isinstance(one, Problem)]


def counts(window: WasteDeposit) -> dict[tuple[str, str], int]:
    return {(one.stream, one.waste_class): one.n for one in window.counts}


def held(t: float, n: int, track: int = 1, waste: str = "paper") -> SceneReading:
    """Somebody stands at the residual bin; for `n` looks there has been no bag."""
    thing = replace(
        bag(track, waste, "bin-residual", age_s=4.0), unseen_s=round(0.2 * n, 1), missed=n
    )
    return seen(t, PERSON, thing)


PERSON = SeenThing("person", 0.9, (0.4, 0.2, 0.5, 0.9), 90, 9.0, 5.0, ("ground",))


def put_by(t: float, track: int, waste: str, into: str, blanks: list[int]) -> list[Reading]:
    """Held at a bin by somebody who stands there: not seen for so many looks each time, then for good. One
    person for each bag."""
    who = replace(PERSON, track=1000 + track)
    out: list[Reading] = [seen(t, who, bag(track, waste, "ground", age_s=0.4))]
    t, there = t + 2, bag(track, waste, f"bin-{into}", age_s=4.0)
    for n in (*blanks, 3):
        out.append(seen(t, who, there))
        for look in range(1, n + 1):
            t += 0.2
            out.append(seen(t, who, replace(there, unseen_s=round(0.2 * look, 1), missed=look)))
        t += 0.2
    return [*out, seen(t + 2, who, gone=(there,))]


def vanishes(t: float, looks: int = 3) -> list[Reading]:
    came = [seen(t - 2, PERSON, bag(1, "paper", "ground", age_s=0.4)), held(t, 0)]
    return [*came, *(held(t + 0.2 * n, n) for n in range(1, looks + 1))]
