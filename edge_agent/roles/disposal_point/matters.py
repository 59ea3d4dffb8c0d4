"""Problems of the point as a whole: waste that is not sorted, waste that is brought when it is closed."""

from __future__ import annotations

from contract.payloads.base import Phase, Place
from contract.payloads.problem import CATALOGUE, Problem
from contract.timestamps import rfc3339
from edge_agent.config.disposal_point import DisposalPointConfig
from edge_agent.ports import Conclusion
from edge_agent.readings import Moment, elapsed_s
from edge_agent.roles.disposal_point.state import Matter, PointState
from edge_agent.rules.sorting import SortingLimits, judge, wrong_share

NOT_SORTED, OUTSIDE_HOURS = "06041", "E0501"
CATALOGUES = {NOT_SORTED: CATALOGUE, OUTSIDE_HOURS: "edile-local"}


class Matters:
    """`out` is what was concluded since it was last emptied."""

    def __init__(self, config: DisposalPointConfig) -> None:
        self.out: list[Conclusion] = []
        self._config = config
        self._limits = SortingLimits(
            config.bad_share, config.clear_share, config.least_bags, config.last_bags
        )
        self._state = PointState()

    def adopt(self, state: PointState) -> None:
        """Works on this state from now on."""
        self._state = state

    def put(self, now: Moment, *, right: bool) -> None:
        """A bag of a known class went into a bin."""
        state = self._state
        state.recent = [*state.recent, right][-self._limits.of :]
        self._judge(now)

    def not_put(self, now: Moment, *, right: bool) -> None:
        """The last one of these had not gone in."""
        self._forget_last(right=right)
        self._judge(now)

    def put_right(self, now: Moment) -> None:
        """The last one that was wrong was taken out again."""
        self._forget_last(right=False)
        self._judge(now)

    def _forget_last(self, *, right: bool) -> None:
        recent = self._state.recent
        for at in range(len(recent) - 1, -1, -1):
            if recent[at] is right:
                del recent[at]
                break

    def brought(self, now: Moment, *, is_open: bool | None) -> None:
        """Something was put into a bin or beside."""
        if is_open is False:
            self.happened(OUTSIDE_HOURS, now, "waste brought outside hours")

    def opens(self, now: Moment) -> None:
        """It is open: nobody comes at the wrong time now."""
        self.end(OUTSIDE_HOURS, now)

    def happened(self, code: str, now: Moment, detail: str, confidence: float = 1.0) -> None:
        matter = self._state.matters.get(code)
        if matter is None:
            number = self._state.next_problem(self._config.camera)
            matter = Matter(problem_id=number, first=now, last=now, told=now)
            self._state.matters[code] = matter
            self._tell("opened", code, matter, detail, confidence)
            return
        matter.times, matter.last = matter.times + 1, now
        age_s = elapsed_s(matter.told, now)
        if age_s is None or age_s >= self._config.update_min * 60:
            matter.told = now
            self._tell("updated", code, matter, detail, confidence)

    def end(self, code: str, now: Moment) -> None:
        matter = self._state.matters.pop(code, None)
        if matter is not None:
            matter.told = now
            self._tell("ended", code, matter, None, 1.0)

    def _judge(self, now: Moment) -> None:
        recent = self._state.recent
        change = judge(recent, on=NOT_SORTED in self._state.matters, limits=self._limits)
        if change == "ended":
            self.end(NOT_SORTED, now)
        elif change == "began" or (NOT_SORTED in self._state.matters and not recent[-1]):
            wrong = wrong_share(recent)
            detail = f"{wrong:.0%} of the last {len(recent)} bags were put wrong"
            self.happened(NOT_SORTED, now, detail, round(wrong, 3))

    def _tell(
        self, phase: Phase, code: str, matter: Matter, detail: str | None, confidence: float
    ) -> None:
        config = self._config
        where = next(iter(config.place), None)
        place = Place(
            lon=where.lon if where else None,
            lat=where.lat if where else None,
            error_m=where.error_m if where else None,
            zone=config.point,
            camera=config.camera,
        )
        payload = Problem(
            problem_id=matter.problem_id,
            phase=phase,
            class_code=code,
            place=place,
            first_seen=rfc3339(matter.first.utc_ns),
            last_seen=rfc3339(matter.last.utc_ns),
            sightings=matter.times,
            confidence=confidence,
            catalogue=CATALOGUES[code],
            detail=detail,
        )
        self.out.append(Conclusion(payload, f"disposal-point/{config.point}"))
