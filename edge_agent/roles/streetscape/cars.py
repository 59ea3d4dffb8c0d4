"""Cameras that drive and take their place from a receiver of this gateway: before anything else, a picture
is given its place.
"""

from __future__ import annotations

from collections.abc import Sequence

from contract.payloads.gateway import GatewayNotice, NoticeKind
from edge_agent.config.streetscape import CarConfig
from edge_agent.ports import Conclusion
from edge_agent.readings import Moment, PositionReading, Reading, SceneReading, elapsed_s
from edge_agent.roles.streetscape.state import StreetscapeState
from edge_agent.rules.places_on_the_way import Waiting, Way


class Cars:
    """`out` is what the last reading led to: a car that takes pictures and does not know where is told
    once, and once again when it does."""

    def __init__(self, cars: Sequence[CarConfig]) -> None:
        self.out: list[Conclusion] = []
        self._ways = {one.source: Way(one.max_age_s) for one in cars}
        self._waiting = {one.camera: Waiting(self._ways[one.source], one.max_age_s) for one in cars}
        self._cars = {one.camera: one for one in cars}
        self._lost_since: dict[str, Moment] = {}
        self._state = StreetscapeState()

    def adopt(self, state: StreetscapeState) -> None:
        """Works on this state from now on."""
        self._state, self._lost_since = state, {}
        state.placeless = [one for one in state.placeless if one in self._cars]

    def take(self, reading: Reading) -> list[Reading]:
        """What the rest of the role is to hear now."""
        self.out = []
        heard: list[Reading] = []
        if isinstance(reading, PositionReading):
            self._hear(reading)
        elif isinstance(reading, SceneReading) and self._needs_a_place(reading):
            self._waiting[reading.device].take(reading)
        else:
            heard.append(reading)
        placed = [one for each in self._waiting.values() for one in each.ready(reading.moment)]
        for scene in placed:
            self._note(scene)
        return [*placed, *heard]

    def _hear(self, position: PositionReading) -> None:
        for source in ((position.device, position.terminal), (position.device, None)):
            way = self._ways.get(source)
            if way is not None:
                way.hear(position)

    def _needs_a_place(self, scene: SceneReading) -> bool:
        return scene.device in self._waiting and scene.lon is None

    def _note(self, scene: SceneReading) -> None:
        """Whether the car knows where it is; a garage is left again, so it is told late."""
        car, told = self._cars[scene.device], scene.device in self._state.placeless
        if scene.lon is not None:
            self._lost_since.pop(scene.device, None)
            if told:
                self._state.placeless.remove(scene.device)
                self._tell("sensor-back", car, "knows where it is again")
            return
        since = self._lost_since.setdefault(scene.device, scene.moment)
        lost_s = elapsed_s(since, scene.moment) or 0.0
        if not told and 0 < car.lost_min * 60 <= lost_s:
            why = self._ways[car.source].why or "what it tells is too old or leaps"
            self._state.placeless = sorted([*self._state.placeless, scene.device])
            text = f"pictures of {car.camera} without a place for {lost_s / 60:.0f} min: {why}"
            self._tell("sensor-fault", car, text)

    def _tell(self, kind: NoticeKind, car: CarConfig, detail: str) -> None:
        notice = GatewayNotice(
            kind=kind, device=car.position, part=f"place of {car.camera}", detail=detail
        )
        self.out.append(Conclusion(notice, f"camera/{car.camera}"))
