"""One terminal's conversation, without its socket: what every protocol's session has in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge_agent.drivers.terminals.trust import Seen
from edge_agent.readings import PositionReading

Answer = Callable[[], None]


class Post(Protocol):
    """The server behind a session: counts, trust, and what becomes of positions."""

    device: str

    def count(self, name: str, by: int = 1) -> None: ...

    def introduce(self, session: Session, terminal: str, seen: Seen) -> bool:
        """The session says who it is. False when it is refused and will be closed."""
        ...

    def mint(self, terminal: str) -> str:
        """The authentication code of a terminal: the one it has, or a new one."""
        ...

    def keep(self, session: Session, positions: list[PositionReading], answer: Answer) -> None:
        """`answer` is called once they are durable, and not at all when they are not."""
        ...


class Session(Protocol):
    """`terminal`: who it is, once it said so. `doubted`: its positions are kept apart."""

    terminal: str | None
    doubted: bool
    source: str
    network: str

    def receive(self, data: bytes, now_s: float) -> None:
        """Bytes as they came."""
        ...

    def close(self, reason: str) -> None: ...
