"""A camera over a world: a picture for every moment that is asked for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from simulators.camera.actors import PHASES, Pose, Walk
from simulators.camera.backdrop import Backdrop, backdrop, drawn
from simulators.camera.mishaps import Mishap, blinded
from simulators.camera.world import World
from simulators.scenes import lens as faults
from simulators.scenes.arrays import Whole, stream
from simulators.scenes.labels import boxes, share_outside
from simulators.scenes.mesh import Mesh
from simulators.scenes.scene import Label
from simulators.scenes.things.kit import Kit
from simulators.scenes.things.people import carrier
from simulators.scenes.workshop import Workshop

RELIT_H = 0.1  # of the day: after that the light is made anew
LOOP_PICTURES = 40


@dataclass(frozen=True, slots=True)
class Frame:
    """`jpeg` as it leaves the camera; None = no power. `labels` of what can be seen, people included."""

    t: float
    jpeg: bytes | None
    labels: tuple[Label, ...] = ()


@dataclass(slots=True)
class LiveCamera:
    """`hour_rate`: hours of the day that pass in a second of the world."""

    world: World
    mishaps: tuple[Mishap, ...] = ()
    hour_rate: float = 1 / 3600
    _back: Backdrop | None = None
    _made_for: tuple[object, ...] = ()
    _workshop: Workshop | None = None
    _last: Frame | None = None
    _past: deque[bytes] = field(default_factory=lambda: deque(maxlen=LOOP_PICTURES))

    def frame(self, t: float) -> Frame:
        """The world must have advanced to `t`."""
        wrong = next((one for one in self.mishaps if one.begins <= t < one.ends), None)
        if wrong and wrong.kind == "power":
            return Frame(t, None)
        if wrong and wrong.kind == "frozen" and self._last is not None:
            return replace(self._last, t=t)
        if wrong and wrong.kind == "looped" and len(self._past) > 1:
            return Frame(t, self._past[round((t - wrong.begins) * 5) % len(self._past)])
        made = self._taken(t, wrong)
        self._last = made
        if made.jpeg is not None and wrong is None:
            self._past.append(made.jpeg)
        return made

    def _taken(self, t: float, wrong: Mishap | None) -> Frame:
        back = self._behind(t, wrong)
        scene, shop = back.view.scene, self._shop()
        movers, labels = list[Mesh](), list[str]()
        for walk in self.world.walks:
            if walk.begins <= t < walk.ends:
                for name, form in self._bodies(walk, t):
                    movers.append(form)
                    labels.append(name)
        for begins, ends, thing in self.world.rolling:
            if begins <= t < ends:
                movers.append(shop.placed(thing, t - begins))
                labels.append("vendor_stall" if thing.kind == "stall" else "vehicle")
        moving = drawn(back, movers)
        screen, moment = moving.screen, int(t * 1000)
        if scene.weather.rain > 0.02:
            rained = faults.rained(
                screen.astype(np.float32), scene.weather, stream(scene.seed, "rain", moment)
            )
            screen = np.clip(rained, 0, 255).astype(np.uint8)
        if wrong:
            screen = blinded(screen, wrong)
        amplified = float(np.clip(np.log2(max(back.gain, 1.0)) / 5.5, 0, 1))
        screen = faults.quickly_sensed(
            screen, scene.lens, stream(scene.seed, "noise", moment), amplified
        )
        beyond = [share_outside(scene.camera, form.used()) for form in movers]
        passing = boxes(moving.who, moving.covers, beyond, labels)
        shown = (*_standing(moving.who, back.labels), *map(_as_mover, passing))
        return Frame(t, faults.compressed(screen, scene.lens.jpeg), shown)

    def _behind(self, t: float, wrong: Mishap | None) -> Backdrop:
        """The backdrop, made anew when something stands elsewhere, the light has changed or the camera is
        turned."""
        world = self.world
        hour = (world.scene.hour + self.hour_rate * t) % 24
        turned = wrong.amount if wrong and wrong.kind == "turned" else 0.0
        wanted = (world.version, int(hour / RELIT_H), turned)
        if self._back is None or wanted != self._made_for:
            camera = replace(world.scene.camera, yaw=world.scene.camera.yaw + turned)
            things = (*world.scene.things, *world.standing.values())
            self._back = backdrop(
                replace(world.scene, camera=camera, things=things, hour=hour), self._shop(anew=True)
            )
            self._made_for = wanted
        return self._back

    def _shop(self, *, anew: bool = False) -> Workshop:
        """`anew`: nothing that the old one made is in use."""
        if self._workshop is None or (anew and self._workshop.worn):
            self._workshop = Workshop(self.world.scene.edition)
        return self._workshop

    def _bodies(self, walk: Walk, t: float) -> list[tuple[str, Mesh]]:
        """Somebody on the way, and apart from that what they hold."""
        x, y, way = walk.at(t)
        pose, shop = walk.pose(t), self._shop()
        raining = self.world.scene.weather.rain > 0.1
        parts = {"person": "person"} | ({f"bag_{pose.holds}": "bag"} if pose.holds else {})
        found = list[tuple[str, Mesh]]()
        for name, part in parts.items():
            form = shop.remembered(
                (walk.seed, pose, part), partial(_body, shop.kit, walk.seed, pose, raining, part)
            )
            found.append((name, form.turned(way).moved(x, y)))
        return found


def _body(kit: Kit, seed: int, pose: Pose, raining: bool, part: str) -> Mesh:
    stride = pose.phase * 2 * np.pi / PHASES if pose.phase < PHASES else 0.12
    return carrier(
        kit, stream(seed), looks=seed, stride=float(stride), reach=pose.reach / 10,
        bend=pose.bend / 10, stream=pose.holds, umbrella=raining and seed % 3 > 0, part=part,
    )  # fmt: skip


def _as_mover(label: Label) -> Label:
    """Things that stand are numbered from 0, what moves from -1 down."""
    return replace(label, thing=-1 - label.thing)


def _standing(who: Whole, labels: tuple[Label, ...]) -> list[Label]:
    """What stands, with what the movers hide of it: their share of its box."""
    moving = who > 0
    found = list[Label]()
    for label in labels:
        x1, y1, x2, y2 = (int(edge) for edge in label.box)
        free = 1 - float(moving[y1:y2, x1:x2].mean())
        found.append(replace(label, hidden=round(1 - (1 - label.hidden) * free, 3)))
    return found
