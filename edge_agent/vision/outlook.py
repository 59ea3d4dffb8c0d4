"""What belongs to one position of a camera: its gate, its tracks, its reference, its ground.

A camera that turns has one for each preset; a part of a fixed picture shares that of the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from edge_agent.config.devices.camera import CameraConfig, PresetConfig
from edge_agent.readings import SeenThing
from edge_agent.vision.boxes import Box
from edge_agent.vision.gate import Gate
from edge_agent.vision.tracks import Numbers, Tracker, TrackLimits
from edge_agent.vision.view_state import ViewWatch
from edge_agent.vision.zones import Line, Zone

Ground = tuple[tuple[Zone, ...], tuple[Line, ...]]


@dataclass
class Outlook:
    """`full`, `gone` and `crossed`: what is still to be told; `owed`: there was no room to tell it. `watched`:
    where the next picture is looked at, whether or not it moves."""

    preset: str | None
    gate: Gate
    tracker: Tracker
    watch: ViewWatch
    last_full_ns: int | None = None
    last_look_ns: int = 0
    doubted: bool = False
    watched: tuple[Box, ...] = ()
    told_ns: int = 0
    owed: bool = False
    full: bool = False
    gone: list[SeenThing] = field(default_factory=list)
    crossed: dict[int, tuple[str, ...]] = field(default_factory=dict)


class Outlooks:
    """Made when the camera first stands there. `watch_of` brings the reference views kept so far."""

    def __init__(
        self,
        config: CameraConfig,
        numbers: Numbers,
        watch_of: Callable[[str | None], ViewWatch],
    ) -> None:
        self._config, self._numbers, self._watch_of = config, numbers, watch_of
        self._limits = TrackLimits(sure=config.min_score, doubtful=config.min_score / 2)
        self._made: dict[str | None, Outlook] = {}

    def at(self, preset: str | None) -> Outlook:
        if preset not in self._made:
            tracker = Tracker(self._limits, self._numbers, *self.ground(preset))
            self._made[preset] = Outlook(preset, Gate(), tracker, self._watch_of(preset))
        return self._made[preset]

    def ground(self, preset: str | None) -> Ground:
        """Zones and lines as seen from there: those of the preset; at home also those of none."""
        home = self._config.ptz.home if self._config.ptz else None
        names = {preset, None} if preset in {None, home} else {preset}
        zones = tuple(
            Zone(one.name, tuple((x, y) for x, y in one.points))
            for one in self._config.zones
            if one.preset in names
        )
        lines = tuple(
            Line(one.name, (one.a[0], one.a[1]), (one.b[0], one.b[1]))
            for one in self._config.lines
            if one.preset in names
        )
        return zones, lines

    def made(self) -> list[Outlook]:
        return list(self._made.values())


def preset_of(config: CameraConfig, name: str | None) -> PresetConfig | None:
    return next((one for one in config.presets if one.name == name), None)


def standing_at(config: CameraConfig, preset: str | None) -> str | None:
    """The position from which a preset is looked at: its own, or, for a part of the picture, home."""
    wanted = preset_of(config, preset)
    if wanted is not None and wanted.token is not None:
        return preset
    return config.ptz.home if config.ptz else None
