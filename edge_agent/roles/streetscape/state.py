"""What the role must not forget in a power cut, and how it becomes bytes."""

from __future__ import annotations

import msgspec

from edge_agent.rules.look_schedule import Planned
from edge_agent.rules.look_tally import Tally
from edge_agent.rules.standing.watch import WatchState

VERSION = 1


class StreetscapeState(msgspec.Struct, kw_only=True):
    """`series` begins every problem id and the name of every look, drawn at each start; `schedule` by the
    lines' names; `tally` what became of looks in the window that is open; `placeless`: cameras of cars that
    were told not to know where they are."""

    version: int = VERSION
    series: str = ""
    problems: int = 0
    looks: int = 0
    watch: WatchState = msgspec.field(default_factory=WatchState)
    schedule: dict[str, Planned] = {}
    tally: Tally | None = None
    placeless: list[str] = []

    def next_problem(self, camera: str) -> str:
        self.problems += 1
        return f"{camera}-{self.series}-p{self.problems}"

    def next_look(self) -> str:
        self.looks += 1
        return f"look/{self.series}-{self.looks}"


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(StreetscapeState)


def encode_state(state: StreetscapeState) -> bytes:
    return _ENCODER.encode(state)


def decode_state(content: bytes) -> StreetscapeState:
    """msgspec.DecodeError / ValidationError when it is not a state of ours."""
    return _DECODER.decode(content)
