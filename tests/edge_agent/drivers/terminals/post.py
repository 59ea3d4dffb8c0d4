"""A server behind one session, in memory: it keeps when it is told to."""

from __future__ import annotations

from collections import Counter

from edge_agent.drivers.terminals.session import Answer, Line, Session
from edge_agent.drivers.terminals.trust import Seen
from edge_agent.ports import Clock
from edge_agent.readings import PositionReading
from tests.fakes.clock import FakeClock


class Post:
    """`accept`: whether a terminal may come in. `keeps`: False = the store is full."""

    def __init__(self) -> None:
        self.device = "terms-1"
        self.time = FakeClock()
        self.clock: Clock = self.time
        self.accept = self.keeps = True
        self.counts: Counter[str] = Counter()
        self.seen: list[tuple[str, Seen]] = []
        self.waiting: list[tuple[list[PositionReading], Answer]] = []
        self.kept: list[PositionReading] = []
        self.held = 0
        self.sent: list[bytes] = []
        self.hung_up: list[str] = []
        self.line = Line("10.64.0.1", "10.64.0.0/16", self.sent.append, self.hung_up.append)

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] += by

    def introduce(self, session: Session, terminal: str, seen: Seen) -> bool:
        self.seen.append((terminal, seen))
        return self.accept

    def mint(self, session: Session, terminal: str) -> str:
        return f"code-{terminal}"

    def keep(self, session: Session, positions: list[PositionReading], answer: Answer) -> None:
        self.waiting.append((positions, answer))

    def hold(self, count: int) -> bool:
        self.held += count
        return True

    def flush(self) -> None:
        """What waits is on disk now; a full disk answers nothing."""
        waiting, self.waiting = self.waiting, []
        for positions, answer in waiting if self.keeps else ():
            self.kept += positions
            answer()

    def said(self) -> bytes:
        """All since this was last asked."""
        data = b"".join(self.sent)
        self.sent.clear()
        return data
