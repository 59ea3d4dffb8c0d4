"""What was left on the station's ground, and nobody weighed it.

A heap that comes shortly after a ticket is that ticket's load; it is never told, however long it lies.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.dumping import DumpingConfig
from edge_agent.ports import Conclusion, DeviceOrder
from edge_agent.readings import LookAsked, Moment, Reading, elapsed_s
from edge_agent.roles.station.state import StationState
from edge_agent.rules.standing.spots import Spot
from edge_agent.rules.standing.watch import Watch

MOST_TICKETS = 100  # of which the times are remembered


class Dumping:
    """`cameras` by id, those of `config`. Pure: time arrives in readings. `out` and `orders` are what the
    last reading led to."""

    def __init__(self, config: DumpingConfig, cameras: Mapping[str, CameraConfig]) -> None:
        self._config = config
        self._watch = Watch(cameras, config.classes, config.places, self._is_dumped)
        self._state = StationState()

    @property
    def out(self) -> list[Conclusion]:
        return self._watch.out

    @property
    def orders(self) -> list[DeviceOrder]:
        return self._watch.orders

    def adopt(self, state: StationState) -> None:
        """Works on this state from now on."""
        self._state = state
        self._watch.adopt(state.yard, state.next_problem)

    def ticketed(self, now: Moment) -> None:
        """Somebody was weighed."""
        self._state.ticketed = [*self._state.ticketed, now][-MOST_TICKETS:]

    def take(self, reading: Reading) -> bool:
        """Whether the state is worth keeping now."""
        return self._watch.take(reading)

    def takes(self, asked: LookAsked) -> bool:
        """A heap that it saw, or one that somebody reports from here."""
        return self._watch.takes(asked)

    def _is_dumped(self, spot: Spot) -> bool:
        """No ticket for it: none in the time before it came, none since."""
        for ticket in self._state.ticketed:
            before_s = elapsed_s(ticket, spot.first)
            if before_s is not None and before_s <= self._config.ticket_s:
                return False
        return True
