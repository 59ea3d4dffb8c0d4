"""What really happened, as JSON Lines beside the bytes (contract section 11).

The first line, kind `truth`, lists which kinds expect an event and which a work order, and whether
orders of a kind are one per problem or one per object. Then, written as soon as it is certain:
`truck` it drives on · `weighing` it left, with the weight that stood on the display ·
an incident under its own kind, `t` when it began · `end`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from simulators.scenario import INCIDENTS, Disturbance, Scenario, Truck

TruthLine = dict[str, object]

ORDER_KEYS: dict[str, str] = {
    "left-before-stable": "problem",
    "over-capacity": "problem",
    "step-change": "problem",
    "untared-tip": "problem",
    "same-load-twice": "problem",
    "zero-drift": "object",
    "indicator-silent": "object",
    "indicator-garbled": "object",
}
"""Incidents that a work order is expected for; `unplugged` is the gateway's own notice."""


def header(scenario: Scenario, seed: int, dialect: str) -> TruthLine:
    return {
        "t": 0,
        "kind": "truth",
        "id": "header",
        "scenario": scenario.name,
        "seed": seed,
        "dialect": dialect,
        "length_s": round(scenario.length_s, 3),
        "expects_event": ["weighing", *INCIDENTS],
        "expects_order": sorted(ORDER_KEYS),
        "order_key": ORDER_KEYS,
    }


def end_line(scenario: Scenario) -> TruthLine:
    return {"t": round(scenario.length_s, 3), "kind": "end", "id": "end"}


class Witness:
    """Watches the display next to the scenario and says what happened, once each."""

    def __init__(self, scenario: Scenario) -> None:
        self._capacity = scenario.indicator.capacity_kg
        self._coming = list(scenario.trucks)
        self._faults = list(scenario.disturbances)
        self._on_deck: Truck | None = None
        self._before_step: Counter[Decimal] = Counter()
        self._shown: Counter[Decimal] = Counter()

    def see(self, t: float, shown: Decimal) -> Iterator[TruthLine]:
        """Call once per conversion."""
        while self._faults and self._faults[0].t <= t:
            yield from _fault_lines(self._faults.pop(0))
        if self._on_deck is not None:
            if t >= self._on_deck.until:
                yield from self._gone(self._on_deck, t)
                self._on_deck = None
            else:
                self._look(self._on_deck, t, shown)
        if self._on_deck is None and self._coming and self._coming[0].t <= t:
            self._on_deck = self._coming.pop(0)
            self._shown, self._before_step = Counter(), Counter()
            yield _truck_line(self._on_deck)

    def _look(self, truck: Truck, t: float, shown: Decimal) -> None:
        crossing = truck.crossing
        if crossing.steady_s <= t < crossing.leaves_s:
            stepped = crossing.step_kg and t >= crossing.step_s
            (self._shown if stepped or not crossing.step_kg else self._before_step)[shown] += 1

    def _gone(self, truck: Truck, t: float) -> Iterator[TruthLine]:
        seen = self._before_step or self._shown
        weight = seen.most_common(1)[0][0] if truck.settles and seen else None
        if weight is not None:
            yield {
                "t": round(t, 3),
                "kind": "weighing",
                "id": truck.id,
                "vehicle": truck.plate,
                "direction": truck.direction,
                "weight_kg": _plain(weight),
                "stepped_to_kg": _stepped(self._shown) if truck.crossing.step_kg else None,
                "steady": len(seen) == 1,
            }
        for kind in _incidents(truck, weight, self._capacity):
            yield _incident_line(kind, truck.id, truck.t, truck.until, truck.plate)


def dump(line: TruthLine) -> str:
    return json.dumps(line, ensure_ascii=False)


def _incidents(truck: Truck, weight: Decimal | None, capacity: Decimal) -> list[str]:
    """What the scenario's author named, and what the display itself proves."""
    kinds = list(truck.expect)
    proven = {
        "over-capacity": weight is not None and weight > capacity,
        "step-change": bool(truck.crossing.step_kg) and truck.settles,
        "left-before-stable": not truck.settles,
    }
    return kinds + [kind for kind, is_so in proven.items() if is_so and kind not in kinds]


def _truck_line(truck: Truck) -> TruthLine:
    return {
        "t": truck.t,
        "kind": "truck",
        "id": truck.id,
        "vehicle": truck.plate,
        "tag": truck.tag,
        "direction": truck.direction,
    }


def _fault_lines(fault: Disturbance) -> Iterator[TruthLine]:
    for kind in fault.expect:
        yield _incident_line(kind, fault.id, fault.t, fault.until, None)


def _incident_line(kind: str, act: str, t: float, until: float, vehicle: str | None) -> TruthLine:
    line: TruthLine = {
        "t": round(t, 3),
        "kind": kind,
        "id": f"{act}.{kind}",
        "until": round(until, 3),
        "key": ORDER_KEYS.get(kind, "none"),
    }
    if vehicle is not None:
        line["vehicle"] = vehicle
    return line


def _stepped(shown: Counter[Decimal]) -> str | None:
    return _plain(shown.most_common(1)[0][0]) if shown else None


def _plain(weight: Decimal) -> str:
    return f"{weight:f}"
