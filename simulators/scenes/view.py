"""One look at a stage: camera, light and shadows together, as shading needs them."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.scenes.light import Light
from simulators.scenes.mesh import Mesh
from simulators.scenes.pinhole import Pinhole
from simulators.scenes.scene import Scene
from simulators.scenes.shadows import Shadows
from simulators.scenes.things.kit import Kit


@dataclass(slots=True)
class Stage:
    """A scene's triangles: things are numbered from 1 in their order, the street is 0."""

    kit: Kit
    mesh: Mesh
    things: tuple[Mesh, ...]


@dataclass(frozen=True, slots=True)
class View:
    scene: Scene
    camera: Pinhole
    light: Light
    shadows: Shadows
