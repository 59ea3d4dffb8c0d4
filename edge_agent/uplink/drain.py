"""What to send next (contract §4): urgent, then the live routine lane, then backlog, then evidence.

Within one lane the hub takes only the next sequence, so choosing means choosing a lane. Old epochs'
urgent events go before the new epoch's: a problem that was opened before a restart must not arrive
after its end. Pure.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Literal

from contract.names import lane_key
from edge_agent.store.outbox import LaneProgress

Kind = Literal["urgent", "live", "backlog"]
LIVE_WINDOW = 1_000  # routine events of the running epoch that still count as news: one batch


@dataclass(frozen=True)
class Choice:
    lane: LaneProgress
    kind: Kind


def waiting(lane: LaneProgress) -> int:
    """Events of `lane` that the hub has not stored."""
    return max(0, lane.last_seq - lane.stored)


def choose(lanes: Iterable[LaneProgress], blocked: Container[str] = ()) -> Choice | None:
    """`lanes` oldest epoch first; `blocked` holds the lane keys that the hub refuses for now."""
    open_lanes = [
        lane for lane in lanes if waiting(lane) and lane_key(lane.epoch, lane.lane) not in blocked
    ]
    for lane in open_lanes:
        if lane.lane == "urgent":
            return Choice(lane, "urgent")
    for lane in open_lanes:
        if lane.is_current:
            return Choice(lane, "live" if waiting(lane) <= LIVE_WINDOW else "backlog")
    return Choice(open_lanes[0], "backlog") if open_lanes else None
