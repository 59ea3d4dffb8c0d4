"""Which path belongs to whom: the party, the place in it, and what was done that day decide. Pure."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simulators.attendance.errands import (
    AROUND_S,
    driving_path,
    home_path,
    riding_path,
    worker_path,
)
from simulators.attendance.ground import Place
from simulators.attendance.luck import Luck, luck_of
from simulators.attendance.paths import Path
from simulators.attendance.people import SETS, Conduct, Party, Piece, home_of
from simulators.attendance.together import Truck, crew_path, route_of, team_path, truck_of

_POCKET_M = 0.4
_FAR_M = 1_200.0


class Ways:
    """Paths of one day. A truck's or a team's common way is remembered while it is asked for often."""

    def __init__(self, seed: int, day: int, places: list[Place]) -> None:
        self._seed, self._day, self._places = seed, day, places
        self._truck = lru_cache(maxsize=64)(self._truck_of)
        self._route = lru_cache(maxsize=64)(self._route_of)

    def path(self, party: Party, place: int, number: int, piece: Piece, conduct: Conduct) -> Path:
        """The way of the badge, which is not always that of its person."""
        member = party.members[place]
        luck = self._luck("path", member, number)
        if party.kind == "drawer":
            return self._drawer(party, luck)
        if party.kind in SETS:
            return self._carried(party, place, number, piece, luck)
        home = self._home(party, member)
        if conduct.why in {"absent-home", "replayed"}:
            return home_path(home, piece, luck)
        if conduct.why in {"absent-elsewhere", "absent-driving"}:
            return self.elsewhere(party, member, number, piece, drives="driving" in conduct.why)
        own = self._places[party.places[0]]
        if conduct.why == "riding":
            return riding_path(own, home, piece, luck)
        if party.kind == "crew":
            truck = self._truck(party, number, piece)
            return crew_path(
                truck, own, home, conduct=conduct, piece=piece, luck=luck, drives=place == 0
            )
        if party.kind == "team":
            route = self._route(party, number, piece)
            return team_path(route, own, home, conduct=conduct, piece=piece, luck=luck)
        return worker_path(own, home, conduct, piece, luck)

    def alone(self, place: int, member: int, conduct: Conduct, piece: Piece, luck: Luck) -> Path:
        """Of an honest worker on another day."""
        own = self._places[place]
        return worker_path(own, home_of(self._seed, member, own.centre), conduct, piece, luck)

    def truck(self, party: Party, number: int, piece: Piece) -> Truck:
        return self._truck(party, number, piece)

    def elsewhere(
        self, party: Party, member: int, number: int, piece: Piece, *, drives: bool = False
    ) -> Path:
        """Another job: in an area far from the own one, or on deliveries."""
        luck = self._luck("elsewhere", member, number)
        own = self._places[party.places[0]].centre
        far = [p for p in self._places if _apart_m(p.centre, own) > _FAR_M]
        if drives or not far:
            turn = float(luck.uniform(0, 6.28))
            middle = own[0] + 2_600 * float(np.cos(turn)), own[1] + 2_600 * float(np.sin(turn))
            return driving_path(middle, piece, luck, around_m=900)
        there = far[int(luck.integers(len(far)))]
        usual = Conduct("honest", -float(luck.uniform(0, 900)), float(luck.uniform(0, 900)))
        return worker_path(there, home_of(self._seed, member, there.centre), usual, piece, luck)

    def _home(self, party: Party, member: int) -> tuple[float, float]:
        return home_of(self._seed, member, self._places[party.places[0]].centre)

    def _drawer(self, party: Party, luck: Luck) -> Path:
        x, y = self._places[party.places[0]].hut
        x, y = x + float(luck.uniform(-0.3, 0.3)), y + float(luck.uniform(-0.3, 0.3))
        return Path(np.array([-AROUND_S]), np.array([x]), np.array([y]))

    def _carried(self, party: Party, place: int, number: int, piece: Piece, luck: Luck) -> Path:
        """The carrier's own way; the others are in the same pocket."""
        carrier = party.members[0]
        common = self._luck("path", carrier, number)
        usual = Conduct(
            "carrier", -300.0 - float(common.uniform(0, 600)), float(common.uniform(0, 600))
        )
        if party.kind == "ghost-crew":
            own, home = self._places[party.places[0]], self._home(party, carrier)
            truck = self._truck(party, number, piece)
            way = crew_path(truck, own, home, conduct=usual, piece=piece, luck=common, drives=False)
        else:
            way = self.alone(party.places[0], carrier, usual, piece, common)
        if not place:
            return way
        return way.moved(*(float(luck.uniform(-_POCKET_M, _POCKET_M)) for _ in range(2)))

    def _truck_of(self, party: Party, number: int, piece: Piece) -> Truck:
        places = [self._places[index] for index in party.places]
        luck = self._luck("truck", party.number, number)
        # One who is there alone with all badges does the crew's work, so gets out at stops.
        return truck_of(
            places, piece, luck, loads=party.kind == "ghost-crew" or luck.random() < 0.7
        )

    def _route_of(self, party: Party, number: int, piece: Piece) -> Path:
        own = self._places[party.places[0]]
        return route_of(own, piece, self._luck("route", party.number, number))

    def _luck(self, purpose: str, whose: int, number: int) -> Luck:
        return luck_of(self._seed, purpose, self._day, whose, number)


def _apart_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))
