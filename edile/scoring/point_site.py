"""What an installer would write for a simulated disposal point: zones drawn on its picture, bins, a voice."""

from __future__ import annotations

from collections.abc import Sequence

from edge_agent.config.devices.camera import CameraConfig, ZoneConfig
from edge_agent.config.devices.speaker import PromptConfig, SpeakerConfig
from edge_agent.config.disposal_point import BinConfig, DisposalPointConfig, PromptRuleConfig
from simulators.camera.point import BIN_GAP_M, DisposalPoint
from simulators.scenes.things.bins import STREAMS

BAGS = tuple(f"bag_{stream}" for stream in STREAMS)
LABELS = ("person", *BAGS)
RIGHT_M = 0.2  # most people hold a bag in their right hand
BIN_Y, BIN_M = -1.2, (0.2, 1.5)  # where a bag's lower edge is when it is put in, up from the ground
BEFORE_Y, BEFORE_M = -1.7, (0.1, 0.9)  # and while it hangs from the hand of who stands there
GROUND_Y = (-2.2, -0.4)

Point = tuple[float, float]


def zones_of(world: DisposalPoint) -> tuple[ZoneConfig, ...]:
    """One over each bin's body and opening, halfway to its neighbours; one where bags hang before it; and the
    ground before them all."""
    zones = list[ZoneConfig]()
    for name in STREAMS:
        x = world.place(name) + RIGHT_M
        zones.append(ZoneConfig(f"bin-{name}", _upright(world, x, BIN_Y, BIN_M)))
        zones.append(ZoneConfig(f"before-{name}", _upright(world, x, BEFORE_Y, BEFORE_M)))
    wide = BIN_GAP_M * (len(STREAMS) / 2 + 0.5)
    near, far = GROUND_Y
    ground = _drawn(world, [(-wide, near, 0), (wide, near, 0), (wide, far, 0), (-wide, far, 0)])
    return (*zones, ZoneConfig("ground", ground))


def camera_of(world: DisposalPoint, *, fps: float = 5.0) -> CameraConfig:
    return CameraConfig(id="cam-1", source="folder:simulated", zones=zones_of(world), fps=fps)


def speaker() -> SpeakerConfig:
    prompts = tuple(PromptConfig(name, track=n) for n, name in enumerate(("wrong", "beside"), 1))
    return SpeakerConfig("sp-1", "dfplayer", prompts, link="serial:/dev/null", cool_down_s=5.0)


def point_config(beside_s: float = 4.0) -> DisposalPointConfig:
    return DisposalPointConfig(
        point="dp-1",
        camera="cam-1",
        bins=tuple(BinConfig(f"bin-{name}", name, f"before-{name}") for name in STREAMS),
        bags=BAGS,
        ground=("ground",),
        speaker="sp-1",
        prompts=(PromptRuleConfig("wrong", ("wrong",)), PromptRuleConfig("beside", ("beside",))),
        streams={f"bag_{name}": name for name in STREAMS},
        window_min=1,
        beside_s=beside_s,
    )


def _upright(
    world: DisposalPoint, x: float, y: float, heights: tuple[float, float]
) -> tuple[Point, ...]:
    (low, high), half = heights, BIN_GAP_M / 2
    corners = [(x - half, y, high), (x + half, y, high), (x + half, y, low), (x - half, y, low)]
    return _drawn(world, corners)


def _drawn(world: DisposalPoint, places: Sequence[tuple[float, float, float]]) -> tuple[Point, ...]:
    """Corners in parts of the picture, cut at its edges."""
    camera, corners = world.scene.camera, []
    for place in places:
        pixel = camera.pixel(*place)
        if pixel is not None:
            x, y = pixel[0] / camera.width, pixel[1] / camera.height
            corners.append((min(1.0, max(0.0, x)), min(1.0, max(0.0, y))))
    return tuple(corners)
