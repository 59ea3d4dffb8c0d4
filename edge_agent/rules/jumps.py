"""Fixes that one badge cannot all have been at: single jumps, spells elsewhere, one name twice.

A track is cut wherever the way from one fix to the next is faster than anything on the road, and the
pieces are joined again to chains that can be walked or ridden. One chain is a believable day. Of
several, the one with most fixes is believed; a smaller one is

  teleport          inside its time: it jumped away and came back
  impossible-speed  before or after it, and too short to be anything
  two-places        as much and at the same time: two devices use one name, and nobody can say which
                    of them the person had, so both are no evidence for as long as it lasts
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from contract.plane import METRES_PER_DEGREE
from edge_agent.config.attendance_limits import AttendanceLimits

Jump = Literal["teleport", "impossible-speed", "two-places"]
JUMPS: tuple[Jump, ...] = get_args(Jump)
MOST_CHAINS = 8  # that a piece may belong to; the longest unheard is closed
SILENT_S = 600.0  # so long unheard while another was heard: it has ended
_NS = 10**9
_SPELL_FIXES, _SPELL_S = 5, 60.0  # fewer or shorter is an outlier
_TWIN_FIXES, _TWIN_S, _TWIN_SHARE = 20, 600.0, 0.2


@dataclass(eq=False)
class _Chain:
    """Pieces as (begin, end) of fixes, in order."""

    pieces: list[tuple[int, int]]

    @property
    def last(self) -> int:
        return self.pieces[-1][1] - 1

    @property
    def last_but_one(self) -> int | None:
        """Behind a single fix at the end the one before it."""
        begin, end = self.pieces[-1]
        return self.pieces[-2][1] - 1 if len(self.pieces) > 1 and end - begin == 1 else None

    def places(self) -> NDArray[np.intp]:
        return np.concatenate([np.arange(begin, end) for begin, end in self.pieces])


@dataclass(frozen=True)
class _Way:
    """Fixes of one badge, in order. Whether one can be reached from another."""

    at_ns: NDArray[np.int64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    slack_m: NDArray[np.float64]
    m_per_s: float

    def cuts(self) -> NDArray[np.intp]:
        far_m = (
            np.hypot(np.diff(self.x_m), np.diff(self.y_m)) - self.slack_m[1:] - self.slack_m[:-1]
        )
        return np.flatnonzero(far_m > np.diff(self.at_ns) / _NS * self.m_per_s) + 1

    def since_s(self, one: int, other: int) -> float:
        return float(self.at_ns[other] - self.at_ns[one]) / _NS

    def haste(self, one: int, other: int) -> float:
        """Share of the fastest speed that it takes; above 1 it cannot be reached."""
        way_m = float(np.hypot(self.x_m[other] - self.x_m[one], self.y_m[other] - self.y_m[one]))
        way_m -= float(self.slack_m[one] + self.slack_m[other])
        could_m = self.since_s(one, other) * self.m_per_s
        return way_m / max(could_m, 1e-3)


def jumps(
    at_ns: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    accuracy_m: NDArray[np.float64],
    limits: AttendanceLimits,
) -> NDArray[np.int8]:
    """Good fixes of one badge, oldest first: for each the place in JUMPS, or -1."""
    found = np.full(len(at_ns), -1, dtype=np.int8)
    if len(at_ns) < 2:
        return found
    x_m = (lon - lon[0]) * METRES_PER_DEGREE * np.cos(np.radians(lat[0]))
    slack_m = limits.reach_slack_m / 2 + accuracy_m
    way = _Way(at_ns, x_m, (lat - lat[0]) * METRES_PER_DEGREE, slack_m, limits.max_speed_kmh / 3.6)
    cuts = way.cuts()
    if len(cuts):
        # On both sides of a cut a fix stands alone: the way back from a jump may be just possible.
        bounds = np.unique(np.concatenate((cuts - 1, cuts, cuts + 1, [0, len(at_ns)])))
        _tell(found, way, _chains(way, bounds.tolist()))
    return found


def _chains(way: _Way, bounds: list[int]) -> list[_Chain]:
    """Each piece goes on where it takes the least haste."""
    open_chains: list[_Chain] = []  # the last heard is the last
    closed: list[_Chain] = []
    for begin, end in pairwise(bounds):
        heard = [one for one in open_chains[:-1] if way.since_s(one.last, begin) <= SILENT_S]
        closed += [one for one in open_chains[:-1] if one not in heard]
        open_chains = heard + open_chains[-1:]
        chain = _nearest(way, open_chains, begin)
        if chain is None:
            chain = _over_one(way, open_chains, begin)
            if chain is not None:
                closed.append(_Chain([chain.pieces.pop()]))
        if chain is None:
            chain = _Chain([])
        else:
            open_chains.remove(chain)
        chain.pieces.append((begin, end))
        open_chains.append(chain)
        if len(open_chains) > MOST_CHAINS:
            closed.append(open_chains.pop(0))
    return closed + open_chains


def _nearest(way: _Way, chains: list[_Chain], begin: int) -> _Chain | None:
    hastes = [way.haste(chain.last, begin) for chain in chains]
    return chains[hastes.index(min(hastes))] if hastes and min(hastes) <= 1 else None


def _over_one(way: _Way, chains: list[_Chain], begin: int) -> _Chain | None:
    """The way to a jump may be just possible and only that back not. It is left out if behind it the
    badge is where it was before."""
    for chain in reversed(chains):
        before = chain.last_but_one
        if before is not None and way.haste(before, begin) <= 0:
            return chain
    return None


def _tell(found: NDArray[np.int8], way: _Way, chains: list[_Chain]) -> None:
    believed: list[NDArray[np.intp]] = []
    ranked = sorted((chain.places() for chain in chains), key=lambda one: (-len(one), int(one[0])))
    for places in ranked:
        begin_ns, end_ns = way.at_ns[places[0]], way.at_ns[places[-1]]
        lasted_s = float(end_ns - begin_ns) / _NS
        beside = [
            one
            for one in believed
            if way.at_ns[one[0]] <= end_ns and begin_ns <= way.at_ns[one[-1]]
        ]
        if not beside:
            if believed and (len(places) < _SPELL_FIXES or lasted_s < _SPELL_S):
                found[places] = JUMPS.index("impossible-speed")
            else:
                believed.append(places)
            continue
        meanwhile = np.concatenate(beside)
        times = way.at_ns[meanwhile]
        meanwhile = meanwhile[(begin_ns <= times) & (times <= end_ns)]
        long = len(places) >= _TWIN_FIXES and lasted_s >= _TWIN_S
        if long and len(meanwhile) >= _TWIN_SHARE * len(places):
            found[places] = found[meanwhile] = JUMPS.index("two-places")
        else:
            found[places] = JUMPS.index("teleport")
