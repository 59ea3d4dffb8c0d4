"""One terminal's conversation, without its socket: what every protocol's session has in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edge_agent.drivers.terminals.trust import Seen
from edge_agent.ports import Clock
from edge_agent.readings import PositionReading
from firmware_bridges.jt808 import Model

Answer = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Line:
    """A session's way to its terminal. `source`: its address; `network`: the part that must stay."""

    source: str
    network: str
    send: Callable[[bytes], None]
    hang_up: Callable[[str], None]


class Post(Protocol):
    """The server behind a session: counts, trust, and what becomes of positions."""

    device: str
    clock: Clock

    def count(self, name: str, by: int = 1) -> None: ...

    def introduce(self, session: Session, terminal: str, seen: Seen) -> bool:
        """The session says who it is. False when it is refused and will be closed."""
        ...

    def mint(self, session: Session, terminal: str) -> str:
        """The authentication code for a terminal: the one it has, or a new one. One in quarantine gets
        a code that is worth nothing."""
        ...

    def keep(self, session: Session, positions: list[PositionReading], answer: Answer) -> None:
        """`answer` is called once they are durable, and not at all when they are not."""
        ...

    def hold(self, count: int) -> bool:
        """So many more bytes of unfinished messages; False when there are too many already."""
        ...


class Session(Protocol):
    """`terminal`: who it is, once it said so. `doubted`: its positions are kept apart. `zone_s`,
    `model`: what the roster says of it. `frames`: understood so far. `takeovers`: how often it came
    anew while it was there, since `takeovers_s`."""

    terminal: str | None
    doubted: bool
    zone_s: int | None
    model: Model | None
    frames: int
    takeovers: int
    takeovers_s: float
    line: Line

    def receive(self, data: bytes, now_s: float) -> None:
        """Bytes as they came."""
        ...

    def tick(self, now_s: float) -> None:
        """Once a second."""
        ...

    def say(self, text: str) -> None:
        """DeviceRefused when this terminal cannot be told."""
        ...

    def ended(self) -> None:
        """The connection is gone."""
        ...


MakeSession = Callable[[Line], Session]
