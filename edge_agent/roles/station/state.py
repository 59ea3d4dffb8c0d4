"""What the station must not forget in a power cut, and how it becomes bytes."""

from __future__ import annotations

import msgspec

from contract.payloads.air import Quantity
from contract.payloads.weigh import AnomalyKind, Vehicle
from edge_agent.readings import Moment
from edge_agent.roles.station.alibi import Tape
from edge_agent.roles.station.weigher import WeigherState
from edge_agent.rules.hysteresis import Held
from edge_agent.rules.line_watch import Line
from edge_agent.rules.pairing import Pairings
from edge_agent.rules.same_load import Loads
from edge_agent.rules.standing.watch import WatchState
from edge_agent.rules.windows import Window
from edge_agent.rules.zero_drift import Drift

VERSION = 1


class Named(msgspec.Struct):
    """A vehicle named at the deck: when first, and how often while it stood there."""

    vehicle: Vehicle
    heard: Moment
    times: int


class Series(msgspec.Struct):
    """One quantity of one sensor: its unit, its open window, whether it gives no values."""

    sensor: str
    quantity: Quantity
    unit: str = ""
    window: Window | None = None
    fault: Held = msgspec.field(default_factory=Held)


class Alarm(msgspec.Struct):
    """One limit on one series. `limit` and `value` in `unit`, as last seen; `problem_id` while it is
    raised, `former_id` the one before."""

    sensor: str
    quantity: Quantity
    unit: str
    limit: float
    value: float
    held: Held = msgspec.field(default_factory=Held)
    problem_id: str | None = None
    former_id: str | None = None


class AirState(msgspec.Struct):
    """By `sensor/quantity`, and by that with side and limit."""

    series: dict[str, Series] = {}
    alarms: dict[str, Alarm] = {}


class StationState(msgspec.Struct, kw_only=True):
    """`series` begins every ticket number and problem id: drawn at each start, so that numbers do not
    repeat when a box loses its store and counts from one again, or gets an old image of it back.
    `deck_problems` are open while a vehicle stands there, `line_problem` and `drift_problem` longer;
    `former_line_problem` is the one before. `yard`: what lies there; `ticketed`: when the last tickets
    were made."""

    version: int = VERSION
    series: str = ""
    tickets: int = 0
    problems: int = 0
    weigher: WeigherState = msgspec.field(default_factory=WeigherState)
    tape: Tape = msgspec.field(default_factory=Tape)
    named: list[Named] = []
    deck_problems: dict[AnomalyKind, str] = {}
    drift: Drift = msgspec.field(default_factory=Drift)
    drift_problem: str | None = None
    line: Line = msgspec.field(default_factory=Line)
    line_problem: str | None = None
    former_line_problem: str | None = None
    pairings: Pairings = msgspec.field(default_factory=Pairings)
    loads: Loads = msgspec.field(default_factory=Loads)
    air: AirState = msgspec.field(default_factory=AirState)
    yard: WatchState = msgspec.field(default_factory=WatchState)
    ticketed: list[Moment] = []

    def next_problem(self, device: str) -> str:
        self.problems += 1
        return f"{device}-{self.series}-p{self.problems}"

    def next_ticket(self, weighbridge: str) -> str:
        self.tickets += 1
        return f"{weighbridge}-{self.series}-{self.tickets:06d}"


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(StationState)


def encode_state(state: StationState) -> bytes:
    return _ENCODER.encode(state)


def decode_state(content: bytes) -> StationState:
    """msgspec.DecodeError / ValidationError when it is not a state of ours."""
    return _DECODER.decode(content)
