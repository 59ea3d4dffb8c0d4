"""Gross and tare of one vehicle: two weighings within a window, or one and a tare known before.

The heavier of two weighings is the gross, whichever came first. Two that hardly differ are not a
pair, nor are two of which the lighter is heavier than any tare this vehicle ever had: then it came
laden twice. A pair uses its earlier weighing up, and a weighing that got a stored tare waits for
none, so that no load is paid twice.

An untared tip: a vehicle was weighed laden, and within the window neither a tare weighing of it
followed nor had it a valid stored tare; or it came laden again without being tared in between. It
is open until that vehicle is weighed again. A vehicle nobody could name cannot be paired or missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, TypeVar

from edge_agent.readings import Moment, elapsed_s

T = TypeVar("T")

MOST_TARES = 5_000  # vehicles remembered; the longest unseen is forgotten


@dataclass(frozen=True, slots=True)
class PairingLimits:
    """`tare_tolerance`: by which share a tare may exceed the last one of the vehicle."""

    window_s: float
    min_net_kg: Decimal
    tare_tolerance: Decimal


@dataclass(frozen=True, slots=True)
class Passage:
    """One weighing of a named vehicle. `laden` is judged when it is weighed."""

    ticket_no: str
    raw_sha256: str
    weight_kg: Decimal
    moment: Moment
    laden: bool = True


@dataclass(frozen=True, slots=True)
class StoredTare:
    """A tare from the books: weighed at another time, or typed in (`keyed`)."""

    weight_kg: Decimal
    source: Literal["stored", "keyed"]


@dataclass(frozen=True, slots=True)
class Pairings:
    """By vehicle: the weighing that waits for its other half (oldest first), the last weighed
    tare, and since when an untared tip is open."""

    waiting: Mapping[str, Passage] = field(default_factory=dict)
    tares: Mapping[str, Decimal] = field(default_factory=dict)
    open_tips: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paired:
    """What a weighing became. `with_passage` gave the other weight, as `gave` says. `load`: it was a
    laden one. `forsaken`: an earlier laden weighing that will now never be tared."""

    gross_kg: Decimal
    tare_kg: Decimal | None = None
    source: Literal["weighed", "stored", "keyed", "none"] = "none"
    with_passage: Passage | None = None
    gave: Literal["gross", "tare"] | None = None
    load: bool = True
    forsaken: Passage | None = None

    @property
    def net_kg(self) -> Decimal | None:
        return None if self.tare_kg is None else self.gross_kg - self.tare_kg


def step(
    state: Pairings,
    vehicle: str,
    passage: Passage,
    stored: StoredTare | None,
    limits: PairingLimits,
) -> tuple[Pairings, Paired]:
    """A vehicle was weighed."""
    earlier = state.waiting.get(vehicle)
    known = stored.weight_kg if stored else state.tares.get(vehicle)
    if earlier is not None and _is_pair(earlier, passage, known, limits):
        return _pair(state, vehicle, earlier, passage)
    passage = replace(passage, laden=_is_laden(passage, known, limits))
    forsaken = None
    if earlier is not None and earlier.laden:
        same = abs(earlier.weight_kg - passage.weight_kg) < limits.min_net_kg
        forsaken = None if same else earlier
    if stored is not None and passage.weight_kg - stored.weight_kg >= limits.min_net_kg:
        tared = Paired(passage.weight_kg, stored.weight_kg, stored.source, forsaken=forsaken)
        return replace(state, waiting=_without(state.waiting, vehicle)), tared
    waiting = _without(state.waiting, vehicle) | {vehicle: passage}
    return replace(state, waiting=waiting), Paired(
        passage.weight_kg, load=passage.laden, forsaken=forsaken
    )


def expire(
    state: Pairings, now: Moment, limits: PairingLimits
) -> tuple[Pairings, tuple[tuple[str, Passage], ...]]:
    """Weighings whose window has run out: the laden ones among them are untared tips."""
    late = []
    for vehicle, passage in state.waiting.items():
        if _age_s(passage.moment, now) < limits.window_s:
            break  # oldest first
        late.append((vehicle, passage))
    if not late:
        return state, ()
    gone = {vehicle for vehicle, _ in late}
    left = {vehicle: one for vehicle, one in state.waiting.items() if vehicle not in gone}
    return replace(state, waiting=left), tuple(one for one in late if one[1].laden)


def tip_opened(state: Pairings, vehicle: str, problem_id: str) -> Pairings:
    return replace(state, open_tips={**state.open_tips, vehicle: problem_id})


def tip_ended(state: Pairings, vehicle: str) -> tuple[Pairings, str | None]:
    """The problem that was open for this vehicle, if one was."""
    problem = state.open_tips.get(vehicle)
    if problem is None:
        return state, None
    return replace(state, open_tips=_without(state.open_tips, vehicle)), problem


def _is_pair(
    earlier: Passage, later: Passage, known_tare: Decimal | None, limits: PairingLimits
) -> bool:
    if _age_s(earlier.moment, later.moment) >= limits.window_s:
        return False
    if abs(earlier.weight_kg - later.weight_kg) < limits.min_net_kg:
        return False
    light = min(earlier.weight_kg, later.weight_kg)
    return known_tare is None or light <= known_tare * (1 + limits.tare_tolerance)


def _pair(
    state: Pairings, vehicle: str, earlier: Passage, later: Passage
) -> tuple[Pairings, Paired]:
    heavy_first = earlier.weight_kg > later.weight_kg
    heavy, light = (earlier, later) if heavy_first else (later, earlier)
    tares = dict(_without(state.tares, vehicle)) | {vehicle: light.weight_kg}
    if len(tares) > MOST_TARES:
        tares.pop(next(iter(tares)))
    after = replace(state, waiting=_without(state.waiting, vehicle), tares=tares)
    return after, Paired(
        gross_kg=heavy.weight_kg,
        tare_kg=light.weight_kg,
        source="weighed",
        with_passage=earlier,
        gave="gross" if heavy_first else "tare",
    )


def _is_laden(passage: Passage, known_tare: Decimal | None, limits: PairingLimits) -> bool:
    """Clearly more than its tare; a vehicle never tared before is taken to be laden."""
    if known_tare is None:
        return True
    room = max(limits.min_net_kg, known_tare * limits.tare_tolerance)
    return passage.weight_kg - known_tare >= room


def _age_s(then: Moment, now: Moment) -> float:
    """After a reboot without a clock: at least as long as this boot lasts."""
    age_s = elapsed_s(then, now)
    return now.mono_ns / 1e9 if age_s is None else age_s


def _without(mapping: Mapping[str, T], key: str) -> dict[str, T]:
    return {name: value for name, value in mapping.items() if name != key}
