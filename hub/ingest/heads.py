"""Whether the chain that a box signs for is the one its events make. Pure.

A box normally has the head that we have. It has another one when it lost events that we hold and put
a tombstone in their place (it says so, and its chain goes on from there), or when somebody changed its
events. Either is told once: from then on its own head is kept beside ours and followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contract.chain import extend
from contract.names import Lane
from hub.store.lanes import Heads

UNKNOWN = b""
"""The box's head after a tombstone for events that we hold: its next batch names it."""

Link = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Judged:
    """The heads after a batch; `broken` when the box's does not follow from anything it said before."""

    heads: Heads
    broken: bool = False


def judge(
    heads: Heads, lane: Lane, links: Sequence[Link], claimed: bytes | None, *, forgot: bool
) -> Judged:
    """`claimed`: the box's head after `links`; None when only part of its batch is taken. `forgot`: it
    put a tombstone where we hold events."""
    ours = extend(heads.ours, lane, links)
    unknown = forgot or heads.theirs == UNKNOWN
    if claimed == ours:
        return Judged(Heads(ours))
    if unknown:
        return Judged(Heads(ours, UNKNOWN if claimed is None else claimed))
    theirs = None if heads.theirs is None else extend(heads.theirs, lane, links)
    if claimed is None or claimed == theirs:
        return Judged(Heads(ours, theirs))
    return Judged(Heads(ours, claimed), broken=True)
