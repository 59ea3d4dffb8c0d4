"""Who works where, with whom, in which hours, and what each of them does that day. Pure.

A party is people who have something to do with each other: a truck's crew, a team that sweeps the same
street, badges in one drawer, badges that one person carries, a crew of which only one is there (with all
badges), or somebody alone. Parties and homes last;
what somebody does (`Conduct`) is drawn for every day anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulators.attendance.luck import Luck, luck_of

PartyKind = Literal["alone", "team", "crew", "drawer", "carried", "ghost-crew"]
Why = Literal[
    "honest",
    "crew",
    "team",
    "late",
    "early",
    "late-and-early",
    "hardly-there",
    "absent-home",
    "absent-elsewhere",
    "absent-driving",
    "badge-off",
    "drawer",
    "carrier",
    "carried",
    "ghost-crew",
    "riding",
    "cloned",
    "replayed",
]

MINUTE_S, HOUR_S = 60.0, 3_600.0
CREW_SHARE, TEAM_SHARE = 0.2, 0.2
SET_PER = 250  # one set in a drawer and one carried set for so many badges
GHOST_CREW_PER = 1_000
ODD_FROM = 60  # badges: with fewer, parties of many people would be most of the district


RIDES = frozenset({"crew", "ghost-crew"})
SETS = frozenset({"drawer", "carried", "ghost-crew"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One shift of a pattern; seconds since the local midnight (or the begin that was asked for)."""

    start_s: float
    end_s: float
    breaks: tuple[tuple[float, float], ...] = ()

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


def _piece(start_h: float, end_h: float, break_h: float | None = None) -> Piece:
    breaks = () if break_h is None else ((break_h * HOUR_S, (break_h + 0.5) * HOUR_S),)
    return Piece(start_h * HOUR_S, end_h * HOUR_S, breaks)


PATTERNS: dict[str, tuple[Piece, ...]] = {
    "early": (_piece(6, 14, 10),),
    "late": (_piece(14, 22, 18),),
    "night": (_piece(22, 30, 26),),
    "split": (_piece(6, 10), _piece(14, 18)),
}
_OFTEN = (("early", 0.45), ("late", 0.3), ("night", 0.13), ("split", 0.12))


@dataclass(frozen=True, slots=True)
class Party:
    """`members` are numbers of people; `places` numbers of areas, any of which is their work. `own`: by
    member the area of those whose shift is in another one."""

    number: int
    kind: PartyKind
    members: tuple[int, ...]
    places: tuple[int, ...]
    pattern: str
    own: tuple[int | None, ...] = ()

    def places_for(self, place: int) -> tuple[int, ...]:
        other = self.own[place] if self.own else None
        return self.places if other is None else (other,)


@dataclass(frozen=True, slots=True)
class Conduct:
    """What one does in one shift. `arrive_s` against its start, `leave_s` against its end."""

    why: Why
    arrive_s: float
    leave_s: float


# How many of those who are alone do it, per cent; the rest is honest.
_ALONE: tuple[tuple[Why, float], ...] = (
    ("late", 9.0),
    ("early", 7.0),
    ("late-and-early", 1.0),
    ("hardly-there", 1.0),
    ("absent-home", 3.0),
    ("absent-elsewhere", 1.5),
    ("absent-driving", 1.0),
    ("badge-off", 1.0),
    ("riding", 0.5),
    ("cloned", 0.3),
    ("replayed", 0.3),
)
_TOGETHER: tuple[tuple[Why, float], ...] = (("late", 3.0), ("early", 3.0), ("absent-home", 1.5))


def parties_of(
    seed: int, badges: int, near: Sequence[Sequence[int]], *, one_pattern: str | None
) -> list[Party]:
    """Everybody in exactly one party. `near[i]`: areas by their distance to area `i`, itself first;
    `one_pattern` for all, else drawn."""
    luck = luck_of(seed, "parties")
    sizes = _sizes(badges, luck)
    drawn = [_pattern(luck, kind) for kind, _ in sizes]
    found, next_member = [], 0
    for number, (kind, size) in enumerate(sizes):
        members = tuple(range(next_member, next_member + size))
        next_member += size
        around = near[int(luck.integers(len(near)))]
        several = int(luck.integers(3, 6)) if kind in RIDES else 1
        at = tuple(around[:several])
        own = _own(luck, kind, members, around)
        found.append(Party(number, kind, members, at, one_pattern or drawn[number], own))
    return found


def _sizes(badges: int, luck: Luck) -> list[tuple[PartyKind, int]]:
    sizes: list[tuple[PartyKind, int]] = []
    if badges >= ODD_FROM:
        for _ in range(max(1, round(badges / SET_PER))):
            sizes.append(("drawer", int(luck.integers(3, 7))))
            sizes.append(("carried", int(luck.choice((2, 3, 4, 5, 5, 5, 6)))))
        ghosts = max(1, round(badges / GHOST_CREW_PER))
        sizes += [("ghost-crew", size) for size in luck.integers(3, 5, ghosts).tolist()]
        crews, teams = round(badges * CREW_SHARE / 3.5), round(badges * TEAM_SHARE / 2.6)
        sizes += [("crew", size) for size in luck.integers(2, 6, crews).tolist()]
        sizes += [("team", size) for size in luck.choice((2, 2, 2, 3, 3, 4), teams).tolist()]
    used = sum(size for _, size in sizes)
    return sizes + [("alone", 1)] * (badges - used)


def _own(
    luck: Luck, kind: PartyKind, members: tuple[int, ...], around: Sequence[int]
) -> tuple[int | None, ...]:
    """Some whose badge is carried should be in the next area, not where it is carried."""
    if kind != "carried" or len(around) < 2:
        return ()
    strays = [place > 0 and luck.random() < 0.15 for place in range(len(members))]
    return tuple(around[1] if stray else None for stray in strays)


def _pattern(luck: Luck, kind: PartyKind) -> str:
    names, shares = [name for name, _ in _OFTEN], [share for _, share in _OFTEN]
    name = str(luck.choice(names, p=shares))
    return "early" if name == "split" and kind != "alone" else name


def conducts(seed: int, day: int, party: Party, piece: Piece, number: int) -> list[Conduct]:
    """One for each member, in the shift `number` of the day."""
    return [
        _conduct(luck_of(seed, "conduct", day, member, number), party, place, piece)
        for place, member in enumerate(party.members)
    ]


def honest(luck: Luck, why: Why, piece: Piece) -> Conduct:
    """Comes some minutes early, seldom some minutes after; leaves at the end or a little later."""
    slack_s = min(15 * MINUTE_S, piece.length_s / 20)
    early = luck.random() < 0.93
    arrive_s = luck.uniform(-slack_s, -slack_s / 20) if early else luck.uniform(0, slack_s / 5)
    on_time = luck.random() < 0.9
    leave_s = luck.uniform(0, slack_s) if on_time else luck.uniform(-slack_s / 8, 0)
    return Conduct(why, float(arrive_s), float(leave_s))


def _conduct(luck: Luck, party: Party, place: int, piece: Piece) -> Conduct:
    if party.kind == "drawer":
        return Conduct("drawer", 0.0, 0.0)
    if party.kind in SETS:
        away: Why = "carried" if party.kind == "carried" else "ghost-crew"
        return honest(luck, away if place else "carrier", piece)
    if party.kind == "alone":
        return _drawn(luck, _ALONE, honest(luck, "honest", piece), piece)
    why: Why = "crew" if party.kind == "crew" else "team"
    return _drawn(luck, _TOGETHER, honest(luck, why, piece), piece)


def _drawn(
    luck: Luck, table: tuple[tuple[Why, float], ...], else_: Conduct, piece: Piece
) -> Conduct:
    left = luck.uniform(0, 100)
    for why, share in table:
        left -= share
        if left < 0:
            return _amiss(luck, why, else_, piece)
    return else_


def _amiss(luck: Luck, why: Why, usual: Conduct, piece: Piece) -> Conduct:
    late_s, early_s = _astray_s(luck, piece), _astray_s(luck, piece)
    if why == "late":
        return Conduct(why, late_s, usual.leave_s)
    if why == "early":
        return Conduct(why, usual.arrive_s, -early_s)
    if why == "late-and-early":
        return Conduct(why, late_s / 1.5, -early_s / 1.5)
    if why == "hardly-there":
        stays_s = luck.uniform(0.02, 0.3) * piece.length_s
        arrive_s = luck.uniform(0, 0.6) * piece.length_s
        return Conduct(why, float(arrive_s), float(arrive_s + stays_s - piece.length_s))
    return Conduct(why, usual.arrive_s, usual.leave_s)


def _astray_s(luck: Luck, piece: Piece) -> float:
    """Minutes that matter, mostly well beyond any threshold, some close to it."""
    most_s = 0.4 * piece.length_s
    return float(min(4 * MINUTE_S + luck.exponential(35 * MINUTE_S), most_s))


def home_of(seed: int, member: int, centre: tuple[float, float]) -> tuple[float, float]:
    """Where somebody lives, some of them across the street from where they work."""
    luck = luck_of(seed, "home", member)
    turn = luck.uniform(0, 2 * math.pi)
    near = luck.random() < 0.08
    far_m = luck.uniform(360, 450) if near else luck.uniform(450, 2_600)
    return (
        centre[0] + float(far_m * math.cos(turn)),
        centre[1] + float(far_m * math.sin(turn)),
    )
