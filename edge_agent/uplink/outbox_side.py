"""What the uplink asks of the writer: a turn on the store's thread, a record, a word on commits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from contract.names import Lane
from edge_agent.ports import Recorder
from edge_agent.store.database import Store

T = TypeVar("T")
OnCommit = Callable[[frozenset[Lane]], None]


class Outbox(Recorder, Protocol):
    """`on_commit` is told, in the event loop, which lanes got events that are now durable.

    Adapters: `edge_agent.store.writer.Writer` (own thread) and the simulation's in-line writer.
    """

    on_commit: OnCommit | None

    async def call(self, fn: Callable[[Store], T]) -> T: ...
