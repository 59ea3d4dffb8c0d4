"""What a surface is made of, as the shading needs it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulators.scenes.arrays import Floats, Whole, f32

Rgb = tuple[float, float, float]
WHITE: Rgb = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Material:
    """`tile` of the bank, multiplied by `tint` (linear light); `gloss` is how much it mirrors at a right
    angle, `sharp` the exponent of its highlight, `glow` light of its own at night in parts of white
    paper in the sun, `bump` how strongly its relief shows, `soft` how far light comes through it."""

    tile: int
    tint: Rgb = WHITE
    gloss: float = 0.03
    sharp: float = 12.0
    glow: float = 0.0
    bump: float = 1.0
    soft: float = 0.0


@dataclass(slots=True)
class Palette:
    """The materials of one scene, numbered as they are first used."""

    rows: list[Material] = field(default_factory=list)
    _numbers: dict[Material, int] = field(default_factory=dict)

    def number(self, material: Material) -> int:
        found = self._numbers.setdefault(material, len(self.rows))
        if found == len(self.rows):
            self.rows.append(material)
        return found

    def table(self) -> tuple[Whole, Floats, Floats]:
        """Tile numbers, tints (n × 3), and gloss, sharp, glow, bump, soft (n × 5)."""
        tiles = np.array([row.tile for row in self.rows], np.int32)
        rest = [(row.gloss, row.sharp, row.glow, row.bump, row.soft) for row in self.rows]
        return tiles, f32([row.tint for row in self.rows]), f32(rest)
