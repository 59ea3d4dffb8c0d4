"""The role: cameras are watched all the time, looked through on schedule, and asked whether it is gone."""

from __future__ import annotations

from collections.abc import Mapping

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.streetscape import StreetscapeConfig
from edge_agent.ports import RoleStep
from edge_agent.readings import LookAsked, Reading, series_of
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
        self._schedule = Schedule(config, {one.label for one in config.classes})
        self._adopt(StreetscapeState())

    def restore(self, state: bytes) -> None:
        """msgspec.DecodeError / ValidationError when it is no state of this role."""
        self._adopt(decode_state(state))
        self._state.series = ""  # the store may be an old image: its next numbers may be taken

    def step(self, reading: Reading) -> RoleStep:
        save = not self._state.series
        if save:
            self._state.series = series_of(reading.moment)
        save = self._watch.take(reading) or save
        save = self._schedule.take(reading) or save
        conclusions = (*self._watch.out, *self._schedule.out)
        orders = (*self._watch.orders, *self._schedule.orders)
        if not (save or conclusions):
            return RoleStep(orders=orders)
        return RoleStep(conclusions, encode_state(self._state), orders)

    def takes(self, asked: LookAsked) -> bool:
        """A problem that it saw, or a matter of its classes at a place that one of its cameras sees."""
        return self._watch.takes(asked)

    def _adopt(self, state: StreetscapeState) -> None:
        self._state = state
        self._watch.adopt(state.watch, state.next_problem)
        self._schedule.adopt(state)
