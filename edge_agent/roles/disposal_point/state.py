"""What the role must not forget in a power cut, and how it becomes bytes."""

from __future__ import annotations

import msgspec

from edge_agent.readings import Moment
from edge_agent.rules.prompting import Prompting
from edge_agent.rules.standing.watch import WatchState

VERSION = 1


class Tally(msgspec.Struct, kw_only=True):
    """The window that is open: `start_s` whole seconds UTC; `counts` by "stream/class"."""

    start_s: int
    counts: dict[str, int] = {}
    correct: int = 0
    mixed: int = 0
    prompts: int = 0
    corrected: int = 0


class Spoken(msgspec.Struct, kw_only=True):
    """Somebody was told: a bag of `waste_class`, which belongs to `stream`, went into (or was held at) the
    bin of zone `bin`, or was put beside (None). `window_s`: the window in which it was counted as wrong;
    None = it is not counted. `bearer`: the track of who held it, 0 = not known."""

    at: Moment
    track: int
    stream: str
    waste_class: str
    bin: str | None
    window_s: int | None = None
    bearer: int = 0


class Matter(msgspec.Struct, kw_only=True):
    """A problem of the point as a whole."""

    problem_id: str
    first: Moment
    last: Moment
    told: Moment
    times: int = 1


class PointState(msgspec.Struct, kw_only=True):
    """`series` begins every problem id, drawn at each start. `recent`: whether the last bags were put
    right. `matters` by class code."""

    version: int = VERSION
    series: str = ""
    problems: int = 0
    watch: WatchState = msgspec.field(default_factory=WatchState)
    tally: Tally | None = None
    spoken: list[Spoken] = []
    recent: list[bool] = []
    matters: dict[str, Matter] = {}
    prompting: Prompting = msgspec.field(default_factory=Prompting)

    def next_problem(self, camera: str) -> str:
        self.problems += 1
        return f"{camera}-{self.series}-p{self.problems}"


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(PointState)


def encode_state(state: PointState) -> bytes:
    return _ENCODER.encode(state)


def decode_state(content: bytes) -> PointState:
    """msgspec.DecodeError / ValidationError when it is not a state of ours."""
    return _DECODER.decode(content)
