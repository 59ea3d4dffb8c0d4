"""All tiles of one edition in one strip of texels, with coarser copies for what is far away.

An edition is one draw of every surface; scenes of another edition share no texel with it, so that a
detector can be measured on surfaces it has never seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.scenes.arrays import Bytes, Chance, Floats, Whole, f32, stream
from simulators.scenes.surfaces import ground, printed, stuff
from simulators.scenes.surfaces.tile import SIZE, Tile

LEVELS = 7  # 256 texels down to 4

MAKERS: Mapping[str, tuple[Callable[[Chance], Tile], int]] = {
    "asphalt": (ground.asphalt, 3),
    "concrete": (ground.concrete, 2),
    "slabs": (ground.slabs, 6),
    "brick": (ground.brick, 3),
    "mosaic": (ground.mosaic, 3),
    "plaster": (ground.plaster, 4),
    "grass": (ground.grass, 1),
    "soil": (ground.soil, 1),
    "road_paint": (ground.road_paint, 1),
    "smooth": (stuff.smooth, 3),
    "rusty": (stuff.rusty, 2),
    "shutter": (stuff.shutter, 3),
    "wood": (stuff.wood, 3),
    "cardboard": (stuff.cardboard, 5),
    "film": (stuff.film, 3),
    "seen_through": (stuff.seen_through, 2),
    "woven": (stuff.woven, 2),
    "cloth": (stuff.cloth, 12),
    "canopy": (stuff.canopy, 4),
    "leaves": (stuff.leaves, 2),
    "bark": (stuff.bark, 1),
    "fruit": (stuff.fruit, 8),
    "wares": (stuff.wares, 4),
    "rubbish": (stuff.rubbish, 4),
    "rubble": (stuff.rubble, 2),
    "crate": (stuff.crate, 2),
    "sign": (printed.sign, 8),
    "bills": (printed.bills, 4),
    "bill": (printed.bill, 8),
    "notices": (printed.notices, 3),
    "shopfront": (printed.shopfront, 4),
    "inside": (printed.inside, 4),
    "window": (printed.window, 6),
}


@dataclass(frozen=True, slots=True)
class Bank:
    """`colour` (texels × 3, sRGB) and `slope` (texels × 2, height per texel × 16) of all levels, one
    tile after another; `first` of each level; `tiles` by name."""

    colour: Bytes
    slope: NDArray[np.int8]
    first: Whole
    tiles: Mapping[str, tuple[int, ...]]
    mean: Floats

    def pick(self, name: str, chance: Chance) -> int:
        """One of the tiles of that name."""
        tiles = self.tiles[name]
        return tiles[int(chance.integers(len(tiles)))]


@lru_cache(maxsize=2)
def bank(edition: int) -> Bank:
    """An edition below 0 has one tile of each kind only: poor in looks, quick to make."""
    made, tiles = list[Tile](), dict[str, tuple[int, ...]]()
    for name, (maker, usual) in MAKERS.items():
        count = usual if edition >= 0 else 1
        tiles[name] = tuple(range(len(made), len(made) + count))
        made += [maker(stream(edition, "surface", name, place)) for place in range(count)]
    colours, slopes, first, start = list[Bytes](), list[Floats](), list[int](), 0
    for level in range(LEVELS):
        side = SIZE >> level
        first.append(start)
        start += side * side * len(made)
        for one in made:
            size = (side, side)
            small = cv2.resize(one.colour, size, interpolation=cv2.INTER_AREA)
            colours.append(small.reshape(-1, 3).astype(np.uint8))
            slopes.append(_slope(f32(cv2.resize(one.height, size, interpolation=cv2.INTER_AREA))))
    slope = np.clip(np.concatenate(slopes) * 16, -127, 127).astype(np.int8)
    mean = f32([one.colour.reshape(-1, 3).mean(0) / 255.0 for one in made])
    return Bank(np.concatenate(colours), slope, np.array(first, np.int32), tiles, mean)


def _slope(height: Floats) -> Floats:
    """Per texel: how much the surface rises to the right and downwards."""
    right = np.roll(height, -1, 1) - np.roll(height, 1, 1)
    down = np.roll(height, -1, 0) - np.roll(height, 1, 0)
    return f32(np.stack([right, down], -1).reshape(-1, 2) * 0.5)
