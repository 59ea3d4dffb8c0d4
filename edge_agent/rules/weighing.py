"""The state machine of one weighing: one vehicle, from a bare deck to a bare deck.

    EMPTY    nothing on the deck
    MOVING   something is on it, nothing has stood still yet
    SETTLED  it stands still; this weight may become the vehicle's
    TAKEN    a weight is kept, and it moves again: driving on further, swaying, rolling off
    LEAVING  below the arming threshold, not yet at zero

A truck that stops with its first axle on the deck stands still too, with half its weight, and once
more when its last axle is still on. So the weight is not final when it first stands still: among all
standings of one weighing the highest counts, and of several that are within `same_kg` of each other
the last (the driver may shuffle, the cells creep). After a jump that no tyre can make (`disturbed`)
the weight kept before it stays.

Armed above a threshold, ended only at zero - or, where zero itself has drifted, when a weight below
the threshold stands still.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from edge_agent.readings import Moment

BARE_SAMPLES = 3  # at zero in a row: one stray frame must not end a weighing


class Phase(StrEnum):
    EMPTY = "empty"
    MOVING = "moving"
    SETTLED = "settled"
    TAKEN = "taken"
    LEAVING = "leaving"


MOVES: Mapping[Phase, frozenset[Phase]] = {
    Phase.EMPTY: frozenset({Phase.MOVING, Phase.SETTLED}),
    Phase.MOVING: frozenset({Phase.SETTLED, Phase.LEAVING}),
    Phase.SETTLED: frozenset({Phase.TAKEN, Phase.LEAVING}),
    Phase.TAKEN: frozenset({Phase.SETTLED, Phase.LEAVING}),
    Phase.LEAVING: frozenset({Phase.MOVING, Phase.SETTLED, Phase.TAKEN, Phase.EMPTY}),
}
"""The legal moves; staying in a phase is always legal."""


class IllegalMove(Exception):
    """A bug: the machine was asked for a move that is not in MOVES."""


@dataclass(frozen=True, slots=True)
class WeighingLimits:
    """Kilograms. See the module for what each decides."""

    arm_kg: Decimal
    zero_band_kg: Decimal
    same_kg: Decimal


@dataclass(frozen=True, slots=True)
class Kept:
    """The weight that counts so far, when it settled, and why it counts."""

    weight_kg: Decimal
    since: Moment
    settled: Moment
    samples: int
    spread_kg: Decimal
    basis: Literal["flag", "repeats"]


@dataclass(frozen=True, slots=True)
class Weighing:
    """The machine's state. `bare` counts readings at zero in a row while leaving."""

    phase: Phase = Phase.EMPTY
    started: Moment | None = None
    kept: Kept | None = None
    disturbed: bool = False
    bare: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """One reading as the machine sees it. `steady`: what the stillness rule says of it."""

    moment: Moment
    weight_kg: Decimal
    steady: Kept | None
    disturbed: bool = False


@dataclass(frozen=True, slots=True)
class Over:
    """The vehicle has left: what was kept of it (None: it never stood still)."""

    started: Moment
    ended: Moment
    kept: Kept | None
    disturbed: bool


def step(state: Weighing, look: Look, limits: WeighingLimits) -> tuple[Weighing, Over | None]:
    """The next state, and the weighing that has just ended, if one has."""
    phase, bare = _next_phase(state, look, limits)
    after = replace(move(state, phase), bare=bare)
    if phase is Phase.EMPTY:
        return Weighing(), _over(state, look.moment)
    if state.phase is Phase.EMPTY:
        after = replace(after, started=look.moment)
    if look.disturbed:
        after = replace(after, disturbed=True)
    if phase is Phase.SETTLED and look.steady is not None:
        after = replace(after, kept=_kept(after, look.steady, limits))
    return after, None


def move(state: Weighing, to: Phase) -> Weighing:
    """The only way from one phase to another; IllegalMove when MOVES has no such way."""
    if to is not state.phase and to not in MOVES[state.phase]:
        raise IllegalMove(f"{state.phase} to {to}")
    return replace(state, phase=to)


def _next_phase(state: Weighing, look: Look, limits: WeighingLimits) -> tuple[Phase, int]:
    if look.weight_kg > limits.arm_kg:
        if look.steady is not None:
            return Phase.SETTLED, 0
        if state.phase in (Phase.EMPTY, Phase.MOVING) or state.kept is None:
            return Phase.MOVING, 0
        return Phase.TAKEN, 0
    if state.phase is Phase.EMPTY:
        return Phase.EMPTY, 0
    bare = state.bare + 1 if look.weight_kg <= limits.zero_band_kg else 0
    if state.phase is Phase.LEAVING and (bare >= BARE_SAMPLES or look.steady is not None):
        return Phase.EMPTY, 0
    return Phase.LEAVING, bare


def _kept(state: Weighing, steady: Kept, limits: WeighingLimits) -> Kept:
    """The highest standing; of those close together the last; nothing new after a disturbance."""
    kept = state.kept
    if kept is None:
        return steady
    if kept.since == steady.since:
        return replace(steady, settled=kept.settled)
    if state.disturbed or steady.weight_kg < kept.weight_kg - limits.same_kg:
        return kept
    return steady


def _over(state: Weighing, now: Moment) -> Over | None:
    if state.started is None:
        return None
    return Over(state.started, now, state.kept, state.disturbed)
