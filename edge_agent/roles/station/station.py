"""The role: hands readings to its parts, the weighing, the air and the ground, and keeps their one state.

Every reading gives at most one step; whatever it concludes travels with the state that led to it. A
station may have any part alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contract.payloads.weigh import WeighTicket
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.weigh_transmitter import Scale
from edge_agent.config.roles import StationConfig
from edge_agent.ports import Conclusion, DeviceOrder, RoleStep
from edge_agent.readings import LookAsked, Reading, series_of
from edge_agent.roles.station.air import Air
from edge_agent.roles.station.dumping import Dumping
from edge_agent.roles.station.looking import answer_to
from edge_agent.roles.station.state import StationState, decode_state, encode_state
from edge_agent.roles.station.weighing import Weighing

NO_CAMERAS: Mapping[str, CameraConfig] = MappingProxyType({})


class Station:
    """`scale` is the device that `config.weighbridge` names, `cameras` by id those of `config.dumping`.
    Pure: time arrives in readings."""

    def __init__(
        self,
        config: StationConfig,
        scale: Scale | None,
        name: str = "station",
        cameras: Mapping[str, CameraConfig] = NO_CAMERAS,
    ) -> None:
        self.name = name
        self._yard = Dumping(config.dumping, cameras) if config.dumping else None
        self._parts: list[Weighing | Air] = []
        if scale is not None:
            self._parts.append(Weighing(config, scale))
        if config.sensors:
            self._parts.append(Air(config))
        self._adopt(StationState())

    def restore(self, state: bytes) -> None:
        """msgspec.DecodeError / ValidationError when it is no state of this role."""
        self._adopt(decode_state(state))
        self._state.series = ""  # the store may be an old image: its next numbers may be taken

    def step(self, reading: Reading) -> RoleStep:
        save = not self._state.series
        if save:
            self._state.series = series_of(reading.moment)
        for part in self._parts:
            save = part.take(reading) or save
        conclusions = tuple(one for part in self._parts for one in part.out)
        orders: tuple[DeviceOrder, ...] = ()
        if self._yard is not None:
            if any(isinstance(one.payload, WeighTicket) for one in conclusions):
                self._yard.ticketed(reading.moment)
            save = self._yard.take(reading) or save
            conclusions += tuple(self._yard.out)
            orders = tuple(self._yard.orders)
        if isinstance(reading, LookAsked):
            conclusions += self._looked(reading)
        if not (save or conclusions):
            return RoleStep(orders=orders)
        for part in self._parts:
            part.saved(reading.moment)
        return RoleStep(conclusions, encode_state(self._state), orders)

    def takes(self, asked: LookAsked) -> bool:
        """Its alarms and the troubles of its line are looked at again by the device that saw them, its
        ground by its cameras."""
        if self._yard is not None and self._yard.takes(asked):
            return True
        return asked.problem_id is not None and any(part.verdict(asked) for part in self._parts)

    def _looked(self, asked: LookAsked) -> tuple[Conclusion, ...]:
        if asked.problem_id is None:
            return ()
        found = (part.verdict(asked) for part in self._parts)
        return tuple(answer_to(asked, verdict) for verdict in found if verdict is not None)

    def _adopt(self, state: StationState) -> None:
        self._state = state
        for part in self._parts:
            part.adopt(state)
        if self._yard is not None:
            self._yard.adopt(state)
