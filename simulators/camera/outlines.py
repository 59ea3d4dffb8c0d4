"""What a live camera would show, without painting it: labels from depth alone."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

import numpy as np

from simulators.camera.actors import PHASES, Pose, Walk
from simulators.camera.world import World
from simulators.scenes.arrays import Floats, Whole
from simulators.scenes.labels import boxes, owners, share_outside
from simulators.scenes.mesh import Mesh, merge
from simulators.scenes.picture import assemble
from simulators.scenes.raster import Fragments, rasterise
from simulators.scenes.scene import Label
from simulators.scenes.things.people import carrying
from simulators.scenes.things.table import label_of
from simulators.scenes.workshop import Workshop

PLAIN = -1  # an edition of few surfaces: nobody sees them
MOST_BODIES = 200


@dataclass(slots=True)
class Outlines:
    """The labels are those of `LiveCamera`."""

    world: World
    _shop: Workshop = field(default_factory=lambda: Workshop(PLAIN))
    _bodies: OrderedDict[tuple[int, Pose], Mesh] = field(default_factory=OrderedDict)
    _depth: Floats = field(init=False)
    _standing: tuple[Label, ...] = ()
    _version: int = -1

    def labels(self, t: float) -> tuple[Label, ...]:
        """The world must have advanced to `t`."""
        self._assemble()
        camera = self.world.scene.camera
        movers = self._movers(t)
        outside = [share_outside(camera, form.used()) for _, form in movers]
        shown = [one for one, beyond in zip(movers, outside, strict=True) if beyond < 1.0]
        if not shown:
            return self._standing
        mesh = merge(form.of(at + 1) for at, (_, form) in enumerate(shown))
        found = self._seen(mesh)
        nearer = (found.face >= 0) & (found.depth < self._depth)
        who: Whole = np.where(nearer, mesh.thing[np.maximum(found.face, 0)], 0).astype(np.int32)
        beyond = [one for one in outside if one < 1.0]
        moving = boxes(who, found.covers, beyond, [label for label, _ in shown])
        return (*self._standing, *(replace(one, thing=-1 - one.thing) for one in moving))

    def _movers(self, t: float) -> list[tuple[str, Mesh]]:
        """A bag that is carried goes beside its bearer."""
        out = list[tuple[str, Mesh]]()
        for walk in self.world.walks:
            if walk.begins <= t < walk.ends:
                (x, y, way), pose = walk.at(t), walk.pose(t)
                form = self._body(walk, pose).turned(way).moved(x, y)
                out.append(("person", _part(form, 0)))
                if pose.holds:
                    out.append((f"bag_{pose.holds}", _part(form, 1)))
        for begins, ends, thing in self.world.rolling:
            if begins <= t < ends:
                label = "vendor_stall" if thing.kind == "stall" else "vehicle"
                out.append((label, self._shop.placed(thing, t - begins)))
        return out

    def _body(self, walk: Walk, pose: Pose) -> Mesh:
        key = (walk.seed, pose)
        if key not in self._bodies:
            raining = self.world.scene.weather.rain > 0.1
            stride = pose.phase * 2 * np.pi / PHASES if pose.phase < PHASES else 0.12
            self._bodies[key] = carrying(
                self._shop.kit, walk.seed, float(stride), reach=pose.reach / 10,
                bend=pose.bend / 10, stream=pose.holds,
                umbrella=raining and walk.seed % 3 > 0,
            )  # fmt: skip
            if len(self._bodies) > MOST_BODIES:
                self._bodies.popitem(last=False)
        return self._bodies[key]

    def _assemble(self) -> None:
        """Anew when something stands elsewhere."""
        world = self.world
        if world.version == self._version:
            return
        self._version = world.version
        scene = replace(world.scene, things=(*world.scene.things, *world.standing.values()))
        if self._shop.worn:
            self._shop, self._bodies = Workshop(PLAIN), OrderedDict()
        stage = assemble(replace(scene, edition=PLAIN), workshop=self._shop)
        found = self._seen(stage.mesh)
        names = [label_of(thing.kind, thing.options) for thing in scene.things]
        outside = [share_outside(scene.camera, form.used()) for form in stage.things]
        seen = owners(found.face, stage.mesh.thing)
        self._depth = found.depth
        self._standing = tuple(boxes(seen, found.covers, outside, names))

    def _seen(self, mesh: Mesh) -> Fragments:
        camera = self.world.scene.camera
        return rasterise(
            camera.screen(mesh.points), mesh.faces, camera.width, camera.height,
            counted=mesh.thing - 1,
        )  # fmt: skip


def _part(form: Mesh, thing: int) -> Mesh:
    """Those faces alone."""
    mine = form.thing == thing
    return replace(
        form, faces=form.faces[mine], material=form.material[mine], thing=form.thing[mine]
    )
