"""What every thing is made with: the surfaces of its edition and the materials of its scene."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.scenes.arrays import Chance
from simulators.scenes.material import WHITE, Material, Palette, Rgb
from simulators.scenes.surfaces.bank import Bank


@dataclass(frozen=True, slots=True)
class Kit:
    bank: Bank
    palette: Palette

    def paint(
        self,
        name: str,
        chance: Chance,
        tint: Rgb = WHITE,
        *,
        gloss: float = 0.03,
        sharp: float = 12.0,
        glow: float = 0.0,
        bump: float = 1.0,
        soft: float = 0.0,
    ) -> int:
        """The number of a material with one of the surfaces of that name."""
        made = Material(self.bank.pick(name, chance), tint, gloss, sharp, glow, bump, soft)
        return self.palette.number(made)

    def plastic(self, chance: Chance, tint: Rgb) -> int:
        return self.paint("smooth", chance, tint, gloss=0.05, sharp=22.0)

    def metal(self, chance: Chance, tint: Rgb = (0.45, 0.46, 0.48)) -> int:
        return self.paint("smooth", chance, tint, gloss=0.14, sharp=40.0)


def around(chance: Chance, rgb: Rgb, spread: float = 0.12) -> Rgb:
    """A tint near `rgb`: sun-bleached, dirty, another maker."""
    level = float(chance.normal(1, spread))
    red, green, blue = (
        float(min(0.95, max(0.005, part * level * chance.normal(1, spread / 5)))) for part in rgb
    )
    return red, green, blue


def any_paint(chance: Chance) -> Rgb:
    """Colours that vehicles and furniture come in; mostly white, black, grey."""
    usual: tuple[Rgb, ...] = (
        (0.75, 0.75, 0.75),
        (0.03, 0.03, 0.035),
        (0.3, 0.31, 0.33),
        (0.12, 0.13, 0.15),
        (0.35, 0.03, 0.03),
        (0.03, 0.08, 0.3),
        (0.5, 0.4, 0.05),
        (0.04, 0.2, 0.1),
    )
    return around(
        chance, usual[int(chance.choice(8, p=[0.3, 0.2, 0.15, 0.1, 0.08, 0.08, 0.05, 0.04]))]
    )
