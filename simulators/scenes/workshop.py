"""Where things are made, and not made again while they are remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simulators.scenes.arrays import stream
from simulators.scenes.material import Palette
from simulators.scenes.mesh import Mesh
from simulators.scenes.scene import Thing
from simulators.scenes.surfaces.bank import bank
from simulators.scenes.things.kit import Kit
from simulators.scenes.things.street import Street, street
from simulators.scenes.things.table import KINDS

MOST_FORMS = 160
MOST_MATERIALS = 600


@dataclass(slots=True)
class Workshop:
    """All it makes shares one kit, so that its meshes can be merged. `worn`: so many materials have come
    together that a new one should take over."""

    edition: int
    kit: Kit = field(init=False)
    _made: OrderedDict[object, Mesh] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.kit = Kit(bank(self.edition), Palette())

    @property
    def worn(self) -> bool:
        return len(self.kit.palette.rows) > MOST_MATERIALS

    def remembered(self, key: object, make: Callable[[], Mesh]) -> Mesh:
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        made = self._made[key] = make()
        if len(self._made) > MOST_FORMS:
            self._made.popitem(last=False)
        return made

    def street(self, plan: Street) -> Mesh:
        return self.remembered(plan, lambda: street(self.kit, plan))

    def placed(self, thing: Thing, t: float = 0.0) -> Mesh:
        """One thing where it stands after `t` seconds."""
        options = dict(thing.options)

        def make() -> Mesh:
            return KINDS[thing.kind].make(self.kit, stream(thing.seed, thing.kind), **options)

        form = self.remembered((thing.kind, thing.seed, tuple(sorted(options.items()))), make)
        way = thing.speed * t
        x, y = thing.x + way * float(np.cos(thing.yaw)), thing.y + way * float(np.sin(thing.yaw))
        return form.scaled(thing.size).turned(thing.yaw).moved(x, y, thing.z)
