"""What goes wrong with a badge in one shift: receivers in canyons, batteries, networks, buttons. Pure.

All times are seconds since the start of the shift.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulators.attendance.errands import AROUND_S
from simulators.attendance.luck import Luck, luck_of
from simulators.attendance.people import Conduct, Piece

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Canyon:
    """Between high walls the receiver is wrong by the same vector for minutes."""

    begin_s: float
    end_s: float
    east_m: float
    north_m: float


@dataclass(frozen=True, slots=True)
class Mishaps:
    """`off`: not a single report. `dead_s`: from then on none. `blind`: the network is away, reports
    come later. `no_fix`: reports without a position. `stuck`: a hung receiver
    repeats its last one as good. `low_s`: battery low from then on. `clone`: a
    second badge with the same number is on elsewhere."""

    off: bool = False
    dead_s: float | None = None
    blind: tuple[Span, ...] = ()
    no_fix: tuple[Span, ...] = ()
    stuck: tuple[Span, ...] = ()
    canyons: tuple[Canyon, ...] = ()
    low_s: float | None = None
    sos_s: float | None = None
    clone: Span | None = None

    def lost(self, length_s: float) -> list[Span]:
        """Stretches within the shift for which nobody will ever have a position."""
        spans = [(-AROUND_S, length_s + AROUND_S)] if self.off else []
        spans += [] if self.dead_s is None else [(self.dead_s, length_s + AROUND_S)]
        return sorted([*spans, *self.no_fix, *self.stuck])


# Per cent of the badges in a shift.
CANYON_PC, BLIND_PC, NO_FIX_PC, DEAD_PC, LOW_PC, SOS_PC = 10.0, 5.0, 10.0, 1.2, 1.0, 0.4
STUCK_PC = 0.5


def mishaps_of(
    seed: int, day: int, member: int, number: int, *, conduct: Conduct, piece: Piece
) -> Mishaps:
    luck = luck_of(seed, "mishaps", day, member, number)
    length_s = piece.length_s
    dead_s = float(luck.uniform(0.05, 1.0) * length_s) if _happens(luck, DEAD_PC) else None
    low_s = float(luck.uniform(0.1, 0.9) * length_s) if _happens(luck, LOW_PC) else None
    if dead_s is not None and luck.random() < 0.8:
        low_s = max(0.0, dead_s - float(luck.uniform(600, 3_600)))
    return Mishaps(
        off=conduct.why == "badge-off",
        dead_s=dead_s,
        blind=_blind(luck, length_s) if _happens(luck, BLIND_PC) else (),
        no_fix=_short(luck, length_s) if _happens(luck, NO_FIX_PC) else (),
        stuck=_stuck(luck, length_s) if _happens(luck, STUCK_PC) else (),
        canyons=_canyons(luck, length_s) if _happens(luck, CANYON_PC) else (),
        low_s=low_s,
        sos_s=float(luck.uniform(0.05, 0.95) * length_s) if _happens(luck, SOS_PC) else None,
        clone=_clone(luck, length_s) if conduct.why == "cloned" else None,
    )


def _happens(luck: Luck, per_cent: float) -> bool:
    return bool(luck.uniform(0, 100) < per_cent)


def _blind(luck: Luck, length_s: float) -> tuple[Span, ...]:
    begin_s = float(luck.uniform(0, 0.8) * length_s)
    return ((begin_s, begin_s + float(luck.uniform(600, min(4_800, 0.3 * length_s + 601)))),)


def _short(luck: Luck, length_s: float) -> tuple[Span, ...]:
    """Indoors, in tunnels: one to four minutes."""
    begins = luck.uniform(0, length_s, int(luck.integers(1, 6)))
    return tuple((float(b), float(b + luck.uniform(40, 240))) for b in sorted(begins))


def _stuck(luck: Luck, length_s: float) -> tuple[Span, ...]:
    begin_s = float(luck.uniform(0, 0.8) * length_s)
    return ((begin_s, begin_s + float(luck.uniform(900, min(7_200, 0.3 * length_s + 901)))),)


def _canyons(luck: Luck, length_s: float) -> tuple[Canyon, ...]:
    found = []
    for begin_s in sorted(luck.uniform(-300, length_s, int(luck.integers(1, 7)))):
        turn, wrong_m = luck.uniform(0, 2 * math.pi), luck.uniform(20, 40)
        end_s = begin_s + luck.uniform(90, 420)
        east_m, north_m = wrong_m * math.cos(turn), wrong_m * math.sin(turn)
        found.append(Canyon(float(begin_s), float(end_s), float(east_m), float(north_m)))
    return tuple(found)


def _clone(luck: Luck, length_s: float) -> Span:
    begin_s = float(luck.uniform(0.05, 0.5) * length_s)
    return begin_s, begin_s + float(luck.uniform(0.2, 0.45) * length_s)
