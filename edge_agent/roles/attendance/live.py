"""The badges whose shift is on: a watch for each, fed by reports as they come and, after a restart, by
the kept ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from contract.rosters.shift import PlannedShift
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.readings import PositionReading
from edge_agent.roles.attendance.verdicts import badges_of
from edge_agent.roles.attendance.watch import Watch
from edge_agent.rules.fix_quality import fault_of

_NS = 10**9
RESUME_EVERY_S = 60.0  # of a kept track, one fix in so long is enough to know where a badge is


class OneSide(Protocol):
    """What is asked of `contract.fences.Fences`."""

    def side(
        self, ids: Sequence[str], lon: float, lat: float, accuracy_m: float, at_ns: int
    ) -> int: ...


class Companions(Protocol):
    """What is asked of `suspicions.Suspicions`: it sees every good fix of a badge on its shift."""

    def begin(self, badge: str, plan: PlannedShift) -> None: ...

    def end(self, badge: str) -> None: ...

    def add(  # noqa: PLR0917 - a thousand times a second
        self,
        badge: str,
        at_ns: int,
        lon: float,
        lat: float,
        accuracy_m: float | None,
        speed_kmh: float | None,
    ) -> None: ...


class Live:
    """`watches` by the shift's key."""

    def __init__(
        self, config: AttendanceConfig, fences: OneSide, companions: Companions | None
    ) -> None:
        self.watches: dict[str, Watch] = {}
        self._of_badge: dict[str, list[Watch]] = {}
        self._config, self._fences, self._companions = config, fences, companions

    def begin(self, plan: PlannedShift) -> Watch:
        """From now on its badges are watched; a plan that was amended takes the old one's place."""
        before = self.watches.get(plan.key)
        if before is not None and before.plan == plan:
            return before
        if before is not None:
            self._drop(before, keep=frozenset(badges_of(plan)))
        areas = tuple(dict.fromkeys((*plan.areas, *self._config.rest_areas)))
        watch = Watch(plan, areas) if before is None else before
        watch.plan, watch.areas = plan, areas
        self.watches[plan.key] = watch
        for badge in badges_of(plan):
            self._of_badge.setdefault(badge, []).append(watch)
            if self._companions is not None:
                self._companions.begin(badge, plan)
        return watch

    def over(self, now_ns: int) -> list[Watch]:
        """Those whose time is over."""
        ended_ns = now_ns - int(self._config.limits.margin_s * _NS)
        return [watch for watch in self.watches.values() if watch.plan.end_ns <= ended_ns]

    def end(self, watch: Watch) -> None:
        self._drop(watch, keep=frozenset())

    def _drop(self, watch: Watch, keep: frozenset[str]) -> None:
        """Of badges in `keep` what was seen of them is remembered."""
        del self.watches[watch.plan.key]
        for badge in badges_of(watch.plan):
            self._of_badge[badge].remove(watch)
            if not self._of_badge[badge]:
                del self._of_badge[badge]
                if self._companions is not None and badge not in keep:
                    self._companions.end(badge)

    def take(self, position: PositionReading) -> None:
        """One report as it came."""
        watches = self._of_badge.get(position.terminal)
        if not watches:
            return
        at_ns = position.at_ns
        for watch in watches:
            watch.heard_ns = max(watch.heard_ns, position.moment.utc_ns)
            if at_ns is not None and self._is_good(position) and _worn(watch, position):
                self._see(watch, position, at_ns)
                self._accompany(position, at_ns)

    def resume(self, watch: Watch, track: Iterable[PositionReading]) -> None:
        """What was kept of its badges while nobody watched, oldest first."""
        next_ns = 0
        for position in track:
            at_ns = position.at_ns
            if at_ns is None:
                continue
            watch.heard_ns = max(watch.heard_ns, position.moment.utc_ns)
            if not (self._is_good(position) and _worn(watch, position)):
                continue
            self._accompany(position, at_ns)
            if at_ns >= next_ns:
                next_ns = at_ns + int(RESUME_EVERY_S * _NS)
                self._see(watch, position, at_ns)

    def plans(self) -> Mapping[str, PlannedShift]:
        """By badge: the shift that each is on."""
        return {badge: watches[0].plan for badge, watches in self._of_badge.items()}

    def _is_good(self, position: PositionReading) -> bool:
        return fault_of(position, self._config.limits) is None

    def _see(self, watch: Watch, position: PositionReading, at_ns: int) -> None:
        lon, lat = position.lon, position.lat
        assert lon is not None  # noqa: S101 - fault_of saw to it
        assert lat is not None  # noqa: S101
        accuracy_m = position.accuracy_m or self._config.limits.assumed_accuracy_m
        side = self._fences.side(watch.areas, lon, lat, accuracy_m, at_ns)
        watch.take(at_ns, side, lon, lat, self._config)

    def _accompany(self, position: PositionReading, at_ns: int) -> None:
        if self._companions is not None:
            lon, lat = position.lon or 0.0, position.lat or 0.0  # fault_of saw to them
            self._companions.add(
                position.terminal, at_ns, lon, lat, position.accuracy_m, position.speed_kmh
            )


def _worn(watch: Watch, position: PositionReading) -> bool:
    """Had this person the badge then? Around the shift it is who has it at its begin and end."""
    plan, at_ns = watch.plan, position.at_ns or 0
    return any(
        span.badge == position.terminal
        and (span.start_ns <= at_ns or span.start_ns <= plan.start_ns)
        and (at_ns < span.end_ns or span.end_ns >= plan.end_ns)
        for span in plan.badges
    )
