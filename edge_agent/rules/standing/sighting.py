"""From what a camera says to what the city asks: which things matter, as what, and where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from contract.payloads.base import Place
from edge_agent.config.camera_places import CameraPlaceConfig
from edge_agent.config.devices.camera import CameraConfig, PresetConfig
from edge_agent.config.street_classes import StreetClassConfig, kinds_of
from edge_agent.readings import LookReading, SceneReading, SeenThing
from edge_agent.rules.standing.boxes import WHOLE, Box
from edge_agent.rules.standing.passes import REACH_M
from edge_agent.rules.standing.spots import Glance, Sight, Spot, SpotLimits

HELD_S = 4.0  # seen by a look so shortly before is seen


@dataclass(frozen=True)
class Classes:
    """The classes of one role, by label and by kind."""

    configs: Sequence[StreetClassConfig]
    by_label: Mapping[str, tuple[tuple[str, StreetClassConfig], ...]] = field(init=False)
    by_kind: Mapping[str, StreetClassConfig] = field(init=False)
    limits: Mapping[str, SpotLimits] = field(init=False)

    def __post_init__(self) -> None:
        listed = kinds_of(self.configs)
        labels: dict[str, tuple[tuple[str, StreetClassConfig], ...]] = {}
        for kind, one in listed:
            labels[one.label] = (*labels.get(one.label, ()), (kind, one))
        object.__setattr__(self, "by_label", labels)
        object.__setattr__(self, "by_kind", dict(listed))
        object.__setattr__(self, "limits", {kind: _limits(one) for kind, one in listed})

    def sight(self, thing: SeenThing) -> Sight | None:
        """None: nobody asked for such a thing, or not there."""
        for kind, one in self.by_label.get(thing.label, ()):
            inside = sorted(set(thing.zones) & set(one.zones) if one.zones else thing.zones)
            if inside or not one.zones:
                zone = inside[0] if inside else None
                last = thing.last_score
                return Sight(kind, thing.label, thing.box, last, thing.still_s, zone)
        return None

    def kinds_looked_for(self, labels: Sequence[str]) -> frozenset[str] | None:
        """Kinds that a look for `labels` finds in all their forms; None = every kind."""
        if not labels:
            return None
        missed = {kind for kind, one in kinds_of(self.configs) if one.label not in labels}
        return frozenset(self.by_kind) - missed

    def kinds_of_code(self, code: str) -> frozenset[str]:
        return frozenset(kind for kind, one in self.by_kind.items() if one.class_code == code)


def _limits(one: StreetClassConfig) -> SpotLimits:
    return SpotLimits(
        min_score=one.min_score,
        still=one.still_score or one.min_score / 2,
        open_looks=one.open_looks,
        open_s=one.open_s,
        end_looks=one.end_looks,
        end_s=one.end_s,
        update_s=one.update_min * 60,
        gap=one.gap,
        least=one.least,
    )


def preset_of(camera: CameraConfig, name: str | None) -> PresetConfig | None:
    return next((one for one in camera.presets if one.name == name), None)


def position_of(camera: CameraConfig, preset: str | None) -> str:
    """Where the head stands for a preset: boxes of one position can be compared."""
    wanted = preset_of(camera, preset)
    if wanted is not None and wanted.token is not None:
        return wanted.name
    home = camera.ptz.home if camera.ptz else None
    return home or ""


def glance_of(
    reading: SceneReading | LookReading, camera: CameraConfig, classes: Classes
) -> Glance:
    """Only of a camera that could look."""
    sights = [classes.sight(one) for one in reading.things]
    others = tuple(sorted(one.box for one in reading.things if one.label not in classes.by_label))
    seen = tuple(one for one in sights if one is not None)
    if isinstance(reading, LookReading):
        held = tuple[Sight, ...]()
    else:
        pairs = list(zip(reading.things, sights, strict=True))
        seen = tuple(one for thing, one in pairs if one and thing.unseen_s <= HELD_S)
        held = tuple(one for thing, one in pairs if one and thing.unseen_s > HELD_S)
    position = position_of(camera, reading.preset)
    if isinstance(reading, SceneReading):
        return Glance(
            camera.id, position, reading.moment, seen, counts=reading.full,
            classes=classes.kinds_looked_for(camera.labels), others=others, held=held,
            lon=reading.lon, lat=reading.lat,
        )  # fmt: skip
    preset = preset_of(camera, reading.preset)
    labels = preset.labels if preset else camera.labels
    box = _box(preset.box) if preset else WHOLE
    return Glance(
        camera.id, position, reading.moment, seen, counts=True, box=box,
        classes=classes.kinds_looked_for(labels), others=others, preset=reading.preset,
    )  # fmt: skip


def place_of(spot: Spot, places: Iterable[CameraPlaceConfig]) -> Place:
    """The closest description that fits: zone before preset before the whole view."""
    preset = spot.preset or spot.position or None
    if spot.lon is not None:
        return Place(
            lon=round(spot.lon, 6), lat=round(spot.lat or 0.0, 6), error_m=REACH_M, zone=spot.zone,
            camera=spot.camera, preset=preset,
        )  # fmt: skip
    fitting = [
        one
        for one in places
        if one.camera == spot.camera
        and one.zone in (None, spot.zone)
        and one.preset in (None, preset)
    ]
    best = max(
        fitting, key=lambda one: (one.zone is not None, one.preset is not None), default=None
    )
    return Place(
        lon=best.lon if best else None,
        lat=best.lat if best else None,
        error_m=best.error_m if best else None,
        zone=spot.zone,
        camera=spot.camera,
        preset=preset,
    )


def _box(parts: Sequence[float]) -> Box:
    """As gw.toml has it, four numbers."""
    x1, y1, x2, y2 = parts
    return x1, y1, x2, y2
