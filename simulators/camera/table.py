"""PLACES: the worlds a simulated camera can look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simulators.camera.dumping import Dumping, dumping_scene
from simulators.camera.pavement import Pavement, pavement_scene
from simulators.camera.point import DisposalPoint, point_scene
from simulators.camera.world import World
from simulators.scenes.light import Weather
from simulators.scenes.scene import Scene


@dataclass(frozen=True, slots=True)
class Place:
    """`scene` of a seed, a size in pixels, an hour and a weather; `world` of a seed, a length and a scene."""

    about: str
    scene: Callable[[int, tuple[int, int], float, Weather], Scene]
    world: Callable[[int, float, Scene], World]


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "disposal-point": Place(
            "Four bins; people bring bags, right or wrong, and may listen.",
            point_scene,
            DisposalPoint,
        ),
        "street": Place(
            "Stalls, goods, heaps, bills and bikes come and go.", pavement_scene, Pavement
        ),
        "dumping": Place("A fence where vans stop, and some leave a heap.", dumping_scene, Dumping),
    }
)

WEATHERS: Mapping[str, Weather] = MappingProxyType(
    {
        "sun": Weather(0.1),
        "cloud": Weather(0.9),
        "rain": Weather(0.9, 0.6, 0.9, 0.1),
        "wet": Weather(0.6, 0.0, 0.8),
        "fog": Weather(0.9, 0.0, 0.2, 0.5),
    }
)
