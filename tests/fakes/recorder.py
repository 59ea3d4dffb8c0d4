"""A recorder that keeps what it was given, in order."""

from __future__ import annotations

from contract.payloads.base import Payload
from edge_agent.ports import Work


class ListRecorder:
    """`durable` = works that a power cut right now would leave; urgent work is durable at once."""

    def __init__(self) -> None:
        self.works: list[Work] = []
        self.durable = 0

    async def record(self, work: Work) -> tuple[str, ...]:
        self.works.append(work)
        if any(conclusion.payload.lane == "urgent" for conclusion in work.conclusions):
            self.durable = len(self.works)
        return tuple(f"event-{len(self.works)}-{n}" for n in range(len(work.conclusions)))

    async def flush(self) -> None:
        self.durable = len(self.works)

    def payloads(self) -> list[Payload]:
        return [conclusion.payload for work in self.works for conclusion in work.conclusions]

    def setting(self, key: str) -> bytes | None:
        """As a restart would find it after a power cut."""
        for work in reversed(self.works[: self.durable]):
            if key in work.settings:
                return work.settings[key]
        return None
