"""What goes wrong with simulated sensors, and when. Pure: seed and length decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from simulators.chance import chance

Kind = Literal["air-alarm", "sentinel", "out-of-range", "exception", "no-answer", "wrong-crc"]
KINDS: tuple[Kind, ...] = get_args(Kind)
OF_ONE_QUANTITY: frozenset[Kind] = frozenset({"air-alarm", "sentinel", "out-of-range"})
SHARE = 0.5  # of its turn that an incident lasts
LEAST_S, MOST_S = 5.0, 900.0


@dataclass(frozen=True, slots=True)
class Incident:
    """`quantity` None: the whole sensor. An `air-alarm` is real air, not a fault."""

    kind: Kind
    sensor: str
    quantity: str | None
    t: float
    until: float


def incidents(
    seed: int, length_s: float, sensors: Sequence[tuple[str, Sequence[str]]]
) -> tuple[Incident, ...]:
    """One of each kind for each sensor (name, quantities), in turn and never two at once, in an order
    that the seed shuffles."""
    found = []
    for name, quantities in sensors:
        draw = chance(seed, f"{name}.incidents")
        kinds = list(KINDS)
        draw.shuffle(kinds)
        turn_s = length_s / (len(kinds) + 1)
        lasts_s = min(MOST_S, max(LEAST_S, turn_s * SHARE))
        for index, kind in enumerate(kinds):
            begin = turn_s * (index + 0.5) + draw.uniform(0, turn_s * 0.2)
            quantity = draw.choice(list(quantities)) if kind in OF_ONE_QUANTITY else None
            found.append(Incident(kind, name, quantity, round(begin, 1), round(begin + lasts_s, 1)))
    return tuple(sorted(found, key=lambda incident: (incident.t, incident.sensor)))
