"""Whose a point is at a moment, by units and duty areas. Built once, asked often, never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import NamedTuple

from contract.areas import InvalidAreas, checked
from contract.side import Side
from hub.owners.area_checks import faults_between, unknown_on_duty
from hub.owners.areas import DutyArea, read_duty_areas
from hub.owners.faults import Fault, OwnersRefused
from hub.owners.layer import Entry, Layer, Question, entry_of
from hub.owners.rosters import NOBODY, OnDuty, Role, Rosters, Watch, read_roster
from hub.owners.unit_file import read_units
from hub.owners.units import NO_UNITS, Units
from hub.owners.whose import Candidate, How, Owner

UNITS_FILE = "units"
MOST_ERROR_M = 500.0
"""A larger circle of error is taken as this: it tells of half the district anyway."""

_Layers = tuple[tuple[How, Layer], ...]


class _Reached(NamedTuple):
    how: How
    entry: Entry
    side: Side


class Ownership:
    """OwnersRefused with every fault between areas, and between units and what names them."""

    def __init__(
        self,
        units: Units = NO_UNITS,
        areas: Iterable[DutyArea] = (),
        rosters: Rosters = NOBODY,
    ) -> None:
        self.units = units
        self.areas = tuple(areas)
        self.rosters = rosters
        faults = [*faults_between(self.areas, units), *unknown_on_duty(rosters, units)]
        if faults:
            raise OwnersRefused(faults)
        self.entries = _entries(self.areas)
        """By id and time."""
        self._layers = _layers(self.entries)

    def owner_at(
        self,
        lon: float,
        lat: float,
        *,
        at_ns: int,
        error_m: float | None = None,
        class_code: str | None = None,
        overlay: str | None = None,
    ) -> Owner | None:
        """WGS 84 degrees, UTC ns. Areas of `overlay` first, then those for the class, then all others;
        the error decides nothing and is told. ValueError for a position that is not finite."""
        asked, layers = _question(lon, lat, class_code, at_ns), self._asked(overlay)
        if error_m is not None and error_m > 0:
            return self._owner_within(layers, asked, error_m)
        for how, layer in layers:
            entry = layer.first(asked)
            if entry is not None:
                return self._owner(entry.duty, how, at_ns)
        return None

    def candidates(
        self,
        lon: float,
        lat: float,
        *,
        at_ns: int,
        error_m: float,
        class_code: str | None = None,
        overlay: str | None = None,
    ) -> tuple[Candidate, ...]:
        """Whose a place within the error may be, in the order in which they answer: for one that nobody
        owns, too."""
        asked = _question(lon, lat, class_code, at_ns)
        reached = _reached(self._asked(overlay), asked, max(error_m, 0.0))
        return tuple(self._candidate(one, at_ns) for one in reached)

    def on_duty(self, unit: str, at_ns: int, role: Role = "handler") -> OnDuty | None:
        """Who is on duty for the unit: in it, or in the nearest above it that has somebody."""
        return self.rosters.nearest(self.units.chain(unit, at_ns), at_ns, role)

    def _asked(self, overlay: str | None) -> _Layers:
        found = self._layers.get(overlay)
        return self._layers[None] if found is None else found

    def _owner_within(self, layers: _Layers, asked: Question, error_m: float) -> Owner | None:
        reached = list(_reached(layers, asked, error_m))
        owning = next(
            (one for one in reached if one.side is Side.INSIDE or one.entry.holds(asked)), None
        )
        if owning is None:
            return None
        others = [self._candidate(one, asked.at_ns) for one in reached if one is not owning]
        near_border = bool(others) or owning.side is not Side.INSIDE
        return self._owner(owning.entry.duty, owning.how, asked.at_ns, near_border, tuple(others))

    def _candidate(self, one: _Reached, at_ns: int) -> Candidate:
        duty = one.entry.duty
        return Candidate(duty.area.id, duty.area.version, self.unit_of(duty, at_ns), one.how)

    def unit_of(self, duty: DutyArea, at_ns: int) -> str:
        """Who sees to what lies in the area at a moment when it is valid."""
        unit = duty.unit or duty.contractor or self.units.holder_of(duty.lot or "", at_ns)
        assert unit is not None  # noqa: S101 - area_checks
        return unit

    def _owner(
        self,
        duty: DutyArea,
        how: How,
        at_ns: int,
        near_border: bool = False,
        others: tuple[Candidate, ...] = (),
    ) -> Owner:
        unit = self.unit_of(duty, at_ns)
        contractor = duty.contractor
        if contractor is None and duty.lot is not None:
            contractor = self.units.holder_of(duty.lot, at_ns)
        return Owner(
            area=duty.area.id,
            version=duty.area.version,
            unit=unit,
            main=duty.main or unit,
            how=how,
            assisting=duty.assisting,
            contractor=contractor or self.units.contractor_of(unit, at_ns),
            lot=duty.lot,
            near_border=near_border,
            others=others,
        )


def assemble(
    units: bytes | None,
    areas: Mapping[str, bytes],
    rosters: Mapping[str, bytes],
    *,
    units_file: str = UNITS_FILE,
) -> Ownership:
    """From the documents in force, by name. OwnersRefused with every fault of all of them; no document
    at all gives an Ownership that owns nothing."""
    faults: list[Fault] = []
    graph = NO_UNITS
    found: list[DutyArea] = []
    watches: list[Watch] = []
    try:
        graph = NO_UNITS if units is None else read_units(units_file, units)
    except OwnersRefused as refused:
        faults += refused.faults
    for name, content in areas.items():
        try:
            found += read_duty_areas(name, content)
        except OwnersRefused as refused:
            faults += refused.faults
    for name, content in rosters.items():
        try:
            watches += read_roster(name, content)
        except OwnersRefused as refused:
            faults += refused.faults
    if faults:
        raise OwnersRefused(faults)
    return Ownership(graph, found, Rosters(watches))


def _reached(layers: _Layers, asked: Question, error_m: float) -> Iterator[_Reached]:
    """Whoever owns some place in the circle, in the order in which they answer."""
    for how, layer in layers:
        for entry, side in layer.around(asked, min(error_m, MOST_ERROR_M)):
            yield _Reached(how, entry, side)
            # Wherever in the circle nobody before answers, this one does.
            if side is Side.INSIDE:
                return


def _question(lon: float, lat: float, class_code: str | None, at_ns: int) -> Question:
    if not (isfinite(lon) and isfinite(lat)):
        raise ValueError(f"lon {lon}, lat {lat}: not a finite position")
    return Question(lon, lat, class_code, at_ns)


def _entries(areas: Iterable[DutyArea]) -> tuple[Entry, ...]:
    # Two versions of one id that begin together are refused, so the pair names one.
    by_begin = {(one.area.id, one.area.valid_from): one for one in areas}
    try:
        versions = checked(one.area for one in by_begin.values())
    except InvalidAreas as invalid:
        raise OwnersRefused(Fault("areas", 0, mistake) for mistake in invalid.mistakes) from None
    return tuple(
        entry_of(by_begin[version.area.id, version.area.valid_from], version)
        for version in versions
    )


def _layers(entries: Iterable[Entry]) -> dict[str | None, _Layers]:
    """What is asked, in order, for each overlay and for none."""
    of: dict[tuple[str | None, bool], list[Entry]] = defaultdict(list)
    for entry in entries:
        of[entry.duty.overlay, bool(entry.duty.classes)].append(entry)
    below = tuple(_ranked(of, None, ("class-area", "area")))
    overlays = {overlay for overlay, _ in of if overlay is not None}
    return {None: below} | {
        overlay: (*_ranked(of, overlay, ("overlay", "overlay")), *below) for overlay in overlays
    }


def _ranked(
    of: Mapping[tuple[str | None, bool], list[Entry]], overlay: str | None, hows: tuple[How, How]
) -> Iterator[tuple[How, Layer]]:
    for how, narrow in zip(hows, (True, False), strict=True):
        entries = of.get((overlay, narrow))
        if entries:
            yield how, Layer(entries)
