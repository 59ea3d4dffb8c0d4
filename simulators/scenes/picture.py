"""Scene to picture and labels: triangles, light, camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulators.scenes import lens as faults
from simulators.scenes.arrays import Bytes, Floats, Whole, stream
from simulators.scenes.labels import boxes, owners, share_outside
from simulators.scenes.light import Lamp, Light, light_at
from simulators.scenes.mesh import Mesh, merge
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.raster import Fragments, rasterise
from simulators.scenes.scene import Label, Scene
from simulators.scenes.shading import hazed, lit, surfels
from simulators.scenes.shadows import Shadows, cast
from simulators.scenes.sky import sky
from simulators.scenes.things.street import lamp_places
from simulators.scenes.things.table import label_of
from simulators.scenes.view import Stage, View
from simulators.scenes.wet import puddled, upside_down
from simulators.scenes.workshop import Workshop

SHADOW_REACH_M = 15.0
BAND = 65_536  # pixels shaded at a time: what they need fits a cache
LAMP_RGB = (1.0, 0.78, 0.5)
LAMP_POWER = 7.0


@dataclass(frozen=True, slots=True)
class Shot:
    """Linear light before the camera's faults, who owns each pixel, and what there is to label."""

    light: Floats
    seen: Whole
    labels: tuple[Label, ...]
    dark: float


def assemble(scene: Scene, t: float = 0.0, workshop: Workshop | None = None) -> Stage:
    """A `workshop` of the scene's edition remembers what it has made."""
    shop = workshop or Workshop(scene.edition)
    ground = shop.street(scene.street)
    things = tuple(shop.placed(thing, t).of(at + 1) for at, thing in enumerate(scene.things))
    return Stage(shop.kit, merge([ground, *things]), things)


def light_of(scene: Scene) -> Light:
    places = sorted(lamp_places(scene.street), key=lambda at: abs(at[0] - scene.camera.x))
    lamps = [Lamp(at, LAMP_RGB, LAMP_POWER) for at in places[:2]]
    return light_at(scene.hour, scene.weather, scene.north, (*lamps, *scene.headlights))


def middle_of_view(camera: Pinhole) -> tuple[float, float, float]:
    """Where shadows matter most: the ground in the middle of the picture, at most 11 m away."""
    aim = camera.ground(camera.width / 2, camera.height * 0.6) or (camera.x, camera.y + 8)
    dx, dy = aim[0] - camera.x, aim[1] - camera.y
    part = min(1.0, 11.0 / max(float(np.hypot(dx, dy)), 1e-3))
    return camera.x + dx * part, camera.y + dy * part, 0.5


def shadows_of(scene: Scene, mesh: Mesh, light: Light) -> Shadows:
    lamp = light.lamps[0].at if light.lamps else None
    return cast(mesh, light.key, middle_of_view(scene.camera), SHADOW_REACH_M, lamp)


def exposed(view: View, stage: Stage, found: Fragments) -> Floats:
    """Linear light, rows × columns × 3."""
    scene, camera, light = view.scene, view.camera, view.light
    out = np.empty((camera.height * camera.width, 3), np.float32)
    bare = np.flatnonzero(found.face.reshape(-1) < 0)
    out[bare] = sky(scene, camera, light, bare)
    mirror = upside_down(view, stage) if scene.weather.wet > 0.05 else None
    covered = np.flatnonzero(found.face.reshape(-1) >= 0)
    for start in range(0, len(covered), BAND):
        seen = surfels(camera, stage.mesh, found, stage.kit, covered[start : start + BAND])
        colour = lit(seen, light, view.shadows, scene.weather.wet)
        if mirror is not None:
            colour = puddled(scene, mirror, seen, colour)
        out[seen.pixel] = hazed(colour, seen.depth, light, scene.weather.fog)
    return out.reshape(camera.height, camera.width, 3)


def shoot(scene: Scene, t: float = 0.0, camera: Pinhole | None = None) -> Shot:
    """Everything but the camera's own faults."""
    camera = camera or scene.camera
    stage = assemble(scene, t)
    names = [label_of(thing.kind, thing.options) for thing in scene.things]
    counted = stage.mesh.thing - 1
    found = rasterise(
        camera.screen(stage.mesh.points),
        stage.mesh.faces,
        camera.width,
        camera.height,
        counted=counted,
    )
    light = light_of(scene)
    shadows = shadows_of(scene, stage.mesh, light)
    picture = exposed(View(scene, camera, light, shadows), stage, found)
    seen = owners(found.face, stage.mesh.thing)
    outside = [share_outside(camera, mesh.used()) for mesh in stage.things]
    return Shot(picture, seen, tuple(boxes(seen, found.covers, outside, names)), light.dark)


def finished(scene: Scene, light: Floats, dark: float, moment: int = 0) -> bytes:
    """The JPEG that the camera makes of the light. `moment` draws another noise."""
    chance, lens = stream(scene.seed, "lens", moment), scene.lens
    gain = faults.exposure(light, lens, dark)
    screen = faults.toned(faults.bloomed(light, gain), gain, lens)
    screen = faults.rained(screen, scene.weather, chance)
    amplified = float(np.clip(np.log2(max(gain, 1.0)) / 5.5, 0, 1))
    made = faults.sensed(screen, lens, chance, amplified)
    made = faults.dirtied(made, lens, stream(scene.seed, "dirt"))
    return faults.compressed(faults.stamped(made, lens.stamp), lens.jpeg)


def render(scene: Scene, t: float = 0.0) -> tuple[Bytes, list[Label]]:
    """The picture (rows × columns × RGB, 0..255) after `t` seconds, and a label for everything in it that
    has one, however little of it shows."""
    jpeg, labels = taken(scene, t)
    return faults.opened(jpeg), labels


def taken(scene: Scene, t: float = 0.0) -> tuple[bytes, list[Label]]:
    """As `render`, but the file itself."""
    shot = shoot(scene, t)
    return finished(scene, shot.light, shot.dark, int(t * 1000)), list(shot.labels)


def smaller(scene: Scene, width: int, height: int) -> Scene:
    """The same scene from the same camera with other pixels."""
    return replace(scene, camera=replace(scene.camera, width=width, height=height))
