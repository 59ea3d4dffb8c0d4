"""One day of a district: `AttendanceDay` answers what a gateway would receive and what was true.

Same arguments, same answers, byte for byte. Paths and positions are made when they are asked for, badge
by badge, so that ten thousand badges need no more memory than one. Pure.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import numpy as np

from contract.area import Area
from contract.rosters.shift import BadgeSpan, PlannedShift
from contract.timestamps import rfc3339
from simulators.attendance.errands import AROUND_S
from simulators.attendance.ground import area_of, geojson_of, nearest, places_of
from simulators.attendance.luck import luck_of
from simulators.attendance.mishaps import Mishaps, mishaps_of
from simulators.attendance.paths import Path
from simulators.attendance.people import (
    MINUTE_S,
    PATTERNS,
    RIDES,
    Conduct,
    Party,
    Piece,
    conducts,
    honest,
    parties_of,
)
from simulators.attendance.receiver import Fixes, Times, fixes_of, joined, receiver_of
from simulators.attendance.roster_text import ZONE_S, planned_text, roster_text
from simulators.attendance.together import wander
from simulators.attendance.ways import Ways

DAY_S = 86_400
SWAP_PC = 0.4
FIRST_NUMBER, FIRST_VEHICLE = 13_900_000_000, 13_800_000_000
_SHARED_STEP_S = 30.0
ASKED = "asked"  # the pattern of a day that begins when it was asked to


@dataclass(frozen=True, slots=True)
class Stint:
    """One planned shift with the one who has it. `number` within the day, from 1; `place` in the
    party; `swap_s`: then the second badge of the shift replaces the first."""

    shift: PlannedShift
    party: Party
    place: int
    number: int
    piece: Piece
    conduct: Conduct
    mishaps: Mishaps
    swap_s: float | None = None

    @property
    def member(self) -> int:
        return self.party.members[self.place]


class AttendanceDay:
    """`shifts` by start and key; `badges` all that a roster knows. `scale` divides every duration (and
    multiplies every speed), so that a demo sees a shift in minutes."""

    def __init__(
        self,
        seed: int,
        badges: int,
        areas: int,
        on: date,
        *,
        begin_ns: int | None = None,
        shift_minutes: float = 480.0,
        scale: float = 1.0,
        interval_s: float = 10.0,
    ) -> None:
        """Shifts by the usual patterns of local `on`; with `begin_ns` all begin then instead and last
        `shift_minutes`. `interval_s` is what a clock on the wall shows between two reports."""
        self.seed, self.on = seed, on
        self.day = on.toordinal()
        self.places = places_of(seed, areas)
        self._patterns = PATTERNS if begin_ns is None else {ASKED: (_asked(shift_minutes),)}
        origin_ns = _midnight_ns(on) if begin_ns is None else begin_ns
        self.times = Times(origin_ns, scale, interval_s * scale)
        self.parties = parties_of(
            seed, badges, nearest(self.places), one_pattern=None if begin_ns is None else ASKED
        )
        self._ways = Ways(seed, self.day, self.places)
        self._spare = badges
        self.stints = sorted(
            (stint for party in self.parties for stint in self._stints_of(party)),
            key=lambda stint: (stint.shift.start_ns, stint.shift.key),
        )
        self._by_badge: dict[str, list[Stint]] = defaultdict(list)
        for stint in self.stints:
            for span in stint.shift.badges:
                self._by_badge[span.badge].append(stint)

    @property
    def shifts(self) -> list[PlannedShift]:
        return [stint.shift for stint in self.stints]

    @cached_property
    def badges(self) -> list[str]:
        return sorted(self._by_badge)

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        return tuple(area_of(place, self._valid_from) for place in self.places)

    @cached_property
    def areas_geojson(self) -> str:
        return json.dumps(geojson_of(self.places, self._valid_from), ensure_ascii=False)

    @cached_property
    def roster(self) -> str:
        """As a file for `contract.rosters`; `shifts` follow from it exactly."""
        usual = ASKED not in self._patterns
        return roster_text(self.shifts) if usual else planned_text(self.shifts)

    @property
    def _valid_from(self) -> str:
        return rfc3339(_midnight_ns(self.on - timedelta(days=30)))

    def fixes(self, badge: str) -> Fixes:
        """Everything that is received under this number around its shifts of the day, a clone's too."""
        parts = [part for stint in self._by_badge[badge] for part in self._received(stint, badge)]
        return joined(parts)

    def clone_fixes(self, badge: str) -> Fixes | None:
        """What the second badge with this number sends."""
        parts = [
            part for stint in self._by_badge[badge] if (part := self._cloned(stint)) is not None
        ]
        return joined(parts) if parts else None

    def own_fixes(self, badge: str) -> Fixes:
        """What the badge itself sends."""
        return joined([self._sent(stint, badge) for stint in self._by_badge[badge]])

    def fixes_before(self, badge: str) -> Fixes:
        """What it sent the day before, an honest day: what `replayed` tracks are taken from."""
        return joined([self._yesterday(stint) for stint in self._by_badge[badge]])

    def first_ns(self, badge: str) -> int:
        """When its first report of the day is near."""
        start_s = min(stint.piece.start_s for stint in self._by_badge[badge])
        return self.times.utc_ns(start_s - AROUND_S)

    @property
    def begins_ns(self) -> int:
        return min(self.first_ns(badge) for badge in self.badges)

    @property
    def ends_ns(self) -> int:
        """When the last report has been measured."""
        return self.times.utc_ns(max(stint.piece.end_s for stint in self.stints) + AROUND_S)

    def clone_begins_ns(self, badge: str) -> int | None:
        """When a second badge with this number is switched on."""
        return next(
            (
                self.times.utc_ns(stint.piece.start_s + stint.mishaps.clone[0])
                for stint in self._by_badge[badge]
                if stint.mishaps.clone is not None
            ),
            None,
        )

    def path(self, stint: Stint) -> Path:
        """Where the badge truly was, by seconds since the shift's start."""
        return self._ways.path(stint.party, stint.place, stint.number, stint.piece, stint.conduct)

    def _received(self, stint: Stint, badge: str) -> Iterator[Fixes]:
        yield self._sent(stint, badge)
        cloned = self._cloned(stint)
        if cloned is not None:
            yield cloned

    def _sent(self, stint: Stint, badge: str) -> Fixes:
        if stint.conduct.why == "replayed":
            return self._again(stint)
        whole = self._measured(stint, self.path(stint), stint.mishaps, "noise")
        if stint.swap_s is None:
            return whole
        swapped_ns = self.times.utc_ns(stint.piece.start_s + stint.swap_s)
        first = badge == stint.shift.badges[0].badge
        return whole.those((whole.at_ns < swapped_ns) == first)

    def _measured(self, stint: Stint, path: Path, mishaps: Mishaps, purpose: str) -> Fixes:
        indoors = stint.party.kind == "drawer"
        return fixes_of(
            path,
            receiver_of(self.seed, stint.member, indoors=indoors),
            mishaps,
            start_s=stint.piece.start_s,
            length_s=stint.piece.length_s,
            times=self.times,
            shared=self._shared,
            luck=luck_of(self.seed, purpose, self.day, stint.member, stint.number),
        )

    def _yesterday(self, stint: Stint) -> Fixes:
        luck = luck_of(self.seed, "yesterday", self.day, stint.member, stint.number)
        usual = honest(luck, "honest", stint.piece)
        path = self._ways.alone(stint.party.places[0], stint.member, usual, stint.piece, luck)
        fixes = self._measured(stint, path, Mishaps(), "noise-yesterday")
        return _shifted(fixes, -self._day_ns)

    def _again(self, stint: Stint) -> Fixes:
        """Yesterday's track with fresh times: same places, same seconds of the day."""
        return _shifted(self._yesterday(stint), self._day_ns)

    @property
    def _day_ns(self) -> int:
        return round(DAY_S / self.times.scale) * 1_000_000_000

    def _cloned(self, stint: Stint) -> Fixes | None:
        if stint.mishaps.clone is None:
            return None
        begin_s, end_s = stint.mishaps.clone
        path = self._ways.elsewhere(stint.party, stint.member, stint.number, stint.piece)
        whole = self._measured(stint, path, Mishaps(), "noise-clone")
        since, until = (self.times.utc_ns(stint.piece.start_s + s) for s in (begin_s, end_s))
        return whole.those((whole.at_ns >= since) & (whole.at_ns < until))

    @cached_property
    def _shared(self) -> Path:
        """Slow errors of the atmosphere: the same for everybody, about one metre."""
        luck = luck_of(self.seed, "atmosphere", self.day)
        t = np.arange(-7_200.0, 2.2 * DAY_S, _SHARED_STEP_S)
        memory = 1_800 / _SHARED_STEP_S
        return Path(t, wander(luck, len(t), 1.0, memory), wander(luck, len(t), 1.0, memory))

    # -- who has which shift

    def _stints_of(self, party: Party) -> Iterator[Stint]:
        for number, piece in enumerate(self._patterns[party.pattern], start=1):
            for place, conduct in enumerate(conducts(self.seed, self.day, party, piece, number)):
                yield self._stint(party, place, number, piece, conduct)

    def _stint(
        self, party: Party, place: int, number: int, piece: Piece, conduct: Conduct
    ) -> Stint:
        member = party.members[place]
        mishaps = mishaps_of(self.seed, self.day, member, number, conduct=conduct, piece=piece)
        swap_s = self._swap_s(member, number, conduct, piece)
        if swap_s is not None:
            mishaps = Mishaps()  # a badge is swapped before it fails
        shift = PlannedShift(
            key=f"{person_of(member)}/{self._local_date(piece)}/{number}",
            person=person_of(member),
            badges=self._spans(member, piece, swap_s),
            areas=tuple(self.places[index].id for index in party.places_for(place)),
            start_ns=self.times.utc_ns(piece.start_s),
            end_ns=self.times.utc_ns(piece.end_s),
            breaks=tuple(
                (self.times.utc_ns(begin), self.times.utc_ns(end)) for begin, end in piece.breaks
            ),
            group=_group_of(party, place),
            crew=f"crew-{party.number:04d}" if party.kind in RIDES else None,
            vehicle=f"{FIRST_VEHICLE + party.number}" if party.kind in RIDES else None,
        )
        return Stint(shift, party, place, number, piece, conduct, mishaps, swap_s)

    def _local_date(self, piece: Piece) -> str:
        at_ns = self.times.utc_ns(piece.start_s) + ZONE_S * 1_000_000_000
        return datetime.fromtimestamp(at_ns // 1_000_000_000, UTC).date().isoformat()

    def _swap_s(self, member: int, number: int, conduct: Conduct, piece: Piece) -> float | None:
        luck = luck_of(self.seed, "swap", self.day, member, number)
        swaps = conduct.why == "honest" and luck.uniform(0, 100) < SWAP_PC
        whole_minutes = round(luck.uniform(0.2, 0.8) * piece.length_s / MINUTE_S)
        return whole_minutes * MINUTE_S if swaps else None

    def _spans(self, member: int, piece: Piece, swap_s: float | None) -> tuple[BadgeSpan, ...]:
        start_ns, end_ns = self.times.utc_ns(piece.start_s), self.times.utc_ns(piece.end_s)
        if swap_s is None:
            return (BadgeSpan(badge_of(member), start_ns, end_ns),)
        swapped_ns = self.times.utc_ns(piece.start_s + swap_s)
        spare = badge_of(self._spare)
        self._spare += 1
        return (
            BadgeSpan(badge_of(member), start_ns, swapped_ns),
            BadgeSpan(spare, swapped_ns, end_ns),
        )


def _group_of(party: Party, place: int) -> str:
    """Whoever has the same hours in the same areas."""
    rides = f"-crew-{party.number:04d}" if party.kind in RIDES else ""
    return f"{party.pattern}-{party.places_for(place)[0] + 1:03d}{rides}"


def person_of(member: int) -> str:
    return f"w-{member + 1:05d}"


def badge_of(member: int) -> str:
    """The number of its terminal."""
    return f"{FIRST_NUMBER + member}"


def _asked(minutes: float) -> Piece:
    """A break in the middle of a long one, as the patterns have it."""
    length_s = minutes * MINUTE_S
    pause = ((length_s / 2, length_s / 2 + 1_800.0),) if length_s >= 4 * 3_600 else ()
    return Piece(0.0, length_s, pause)


def _midnight_ns(on: date) -> int:
    since = datetime(on.year, on.month, on.day, tzinfo=UTC).timestamp()
    return (round(since) - ZONE_S) * 1_000_000_000


def _shifted(fixes: Fixes, by_ns: int) -> Fixes:
    return Fixes(
        fixes.arrived_ns + by_ns,
        fixes.at_ns + by_ns,
        *(getattr(fixes, name) for name in Fixes.__slots__[2:]),
    )
