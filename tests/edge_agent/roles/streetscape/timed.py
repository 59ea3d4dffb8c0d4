"""A street whose looks are due by the clock, second by second, and a camera that makes them or not."""

from __future__ import annotations

from contract.payloads.camera import CameraLooks
from contract.payloads.gateway import GatewayNotice
from edge_agent.config.streetscape import ScheduledLookConfig, StreetscapeConfig
from edge_agent.ports import Conclusion, DeviceOrder, Look
from edge_agent.readings import Reading, Tick
from edge_agent.roles.streetscape.state import decode_state
from edge_agent.roles.streetscape.streetscape import Streetscape
from edge_agent.rules.look_schedule import Planned
from tests.edge_agent.rules.standing.street import CAMERA, at, looked, news, thing

EVERY = StreetscapeConfig(
    cameras=("cam-1",),
    schedule=(ScheduledLookConfig("cam-1", "left-half", every_min=10),),
    retry_min=2,
    answer_s=30,
)
HEAP = thing()


def role(config: StreetscapeConfig = EVERY) -> Streetscape:
    return Streetscape(config, {"cam-1": CAMERA})


class Street:
    """A role with a camera that obeys, or not, one second after the other."""

    def __init__(self, one: Streetscape) -> None:
        self.role, self.told, self.orders = one, list[Conclusion](), list[DeviceOrder]()
        self.times, self.windows = list[float](), list[CameraLooks]()
        self.state: bytes | None = None

    def feed(self, reading: Reading) -> None:
        step = self.role.step(reading)
        self.told += news(step.conclusions)
        self.windows += [
            one.payload for one in step.conclusions if isinstance(one.payload, CameraLooks)
        ]
        self.orders += step.orders
        self.times += [reading.moment.mono_ns / 1e9 - 1] * len(step.orders)
        self.state = step.state or self.state

    def tick(self, begin: int, end: int, *, answers: str | None = "done") -> None:
        """`answers`: done, why not, or None for nothing at all."""
        for t in range(begin, end):
            known = len(self.orders)
            self.feed(Tick(at(t)))
            for one in self.orders[known:]:
                if answers is not None and isinstance(one.order, Look):
                    why = None if answers == "done" else answers
                    look, preset = one.order.look, one.order.preset
                    self.feed(looked(t + 0.5, look, preset=preset, reason=why))

    def planned(self) -> Planned:
        assert self.state is not None
        (one,) = decode_state(self.state).schedule.values()
        return one

    def notices(self) -> list[tuple[str, str | None]]:
        return [
            (one.payload.kind, one.payload.detail)
            for one in self.told
            if isinstance(one.payload, GatewayNotice)
        ]
