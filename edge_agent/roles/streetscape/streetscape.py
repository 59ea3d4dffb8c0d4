"""The role: cameras are watched all the time, looked through on schedule, and asked whether it is gone."""

from __future__ import annotations

from collections.abc import Mapping

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.streetscape import StreetscapeConfig
from edge_agent.ports import Conclusion, DeviceOrder, RoleStep
from edge_agent.readings import LookAsked, Reading, SceneReading, series_of
from edge_agent.roles.streetscape.cars import Cars
from edge_agent.roles.streetscape.results import Results
from edge_agent.roles.streetscape.schedule import Schedule
from edge_agent.roles.streetscape.state import StreetscapeState, decode_state, encode_state
from edge_agent.rules.standing.watch import Watch


class Streetscape:
    """`cameras` by id, those of `config`. Pure: time arrives in readings."""

    def __init__(
        self,
        config: StreetscapeConfig,
        cameras: Mapping[str, CameraConfig],
        name: str = "streetscape",
    ) -> None:
        self.name = name
        self._watch = Watch(cameras, config.classes, config.places)
        self._cars, self._results = Cars(config.cars), Results(config)
        watched = {one.label for one in config.classes}
        self._schedule = Schedule(config, watched, self._results)
        self._adopt(StreetscapeState())

    def restore(self, state: bytes) -> None:
        """msgspec.DecodeError / ValidationError when it is no state of this role."""
        self._adopt(decode_state(state))
        self._state.series = ""  # the store may be an old image: its next numbers may be taken

    def step(self, reading: Reading) -> RoleStep:
        save = not self._state.series
        if save:
            self._state.series = series_of(reading.moment)
        save = self._results.expire(reading.moment) or save
        out, orders = list[Conclusion](self._results.out), list[DeviceOrder]()
        heard = self._cars.take(reading)
        out += self._cars.out
        for one in heard:
            save = self._watch.take(one) or save
            save = self._schedule.take(one) or save
            out += (*self._watch.out, *self._schedule.out)
            orders += (*self._watch.orders, *self._schedule.orders)
            if isinstance(one, SceneReading) and one.full and self._watch.could_look(one):
                self._results.looked(one.device, one.moment)
        if not (save or out):
            return RoleStep(orders=tuple(orders))
        return RoleStep(tuple(out), encode_state(self._state), tuple(orders))

    def takes(self, asked: LookAsked) -> bool:
        """A problem that it saw, or a matter of its classes at a place that one of its cameras sees."""
        return self._watch.takes(asked)

    def _adopt(self, state: StreetscapeState) -> None:
        self._state = state
        self._watch.adopt(state.watch, state.next_problem)
        self._schedule.adopt(state)
        self._cars.adopt(state)
        self._results.adopt(state)
