"""From conclusions to the exact bytes of events, with the ids that their place in a lane gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from contract.envelope import Moment, event_bytes
from contract.names import LANES, Lane, lane_key
from edge_agent.ports import Conclusion, Work


class Encoded(NamedTuple):
    """Ids per work, bodies per lane, and who brought evidence or gives some out."""

    ids: list[tuple[str, ...]]
    bodies: dict[Lane, list[bytes]]
    rest_on_evidence: list[tuple[Conclusion, Lane, int, Moment]]


def encoded(works: Sequence[Work], before: Mapping[Lane, int], epoch: str, source: str) -> Encoded:
    """The events of `works` when they come after sequences `before`. Runs for every event ever
    recorded: plain loops and local names are worth a tenth of the time."""
    ends = dict(before)
    prefix = {lane: f"{lane_key(epoch, lane)}." for lane in LANES}
    made = Encoded([], {lane: [] for lane in LANES}, [])
    bodies = made.bodies
    for work in works:
        names, moment = [], work.moment
        for conclusion in work.conclusions:
            payload, observed = conclusion.payload, conclusion.observed
            lane = payload.lane
            ends[lane] = seq = ends[lane] + 1
            name = f"{prefix[lane]}{seq}"
            names.append(name)
            seen = None if observed is None else observed.utc_ns
            bodies[lane].append(
                event_bytes(payload, name, source, conclusion.subject, moment, seen)
            )
            if conclusion.evidence or conclusion.gives:
                made.rest_on_evidence.append((conclusion, lane, seq, moment))
        made.ids.append(tuple(names))
    return made
