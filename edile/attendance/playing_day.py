"""A whole day, group by group: what really happened, and what the role told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from contract.fences import Fences
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.ports import Conclusion
from edge_agent.roles.attendance.ledger import Entry
from edge_agent.roles.attendance.verdicts import judged
from edile.attendance.playing import readings_of
from edile.attendance.rehearsal import Rehearsal, config_of, event_line, groups
from simulators.attendance.day import AttendanceDay
from simulators.attendance.truth import truth_lines


@dataclass(frozen=True)
class PlayedDay:
    """Lines of JSON without their ends. `positions`: how many were heard."""

    day: AttendanceDay
    truth: list[str]
    events: list[bytes]
    positions: int

    def files(self) -> dict[str, bytes]:
        return {
            "truth.jsonl": "".join(f"{line}\n" for line in self.truth).encode(),
            "events.jsonl": b"".join(line + b"\n" for line in self.events),
            "areas.geojson": self.day.areas_geojson.encode(),
            "roster.json": self.day.roster.encode(),
        }


def played(
    seed: int,
    badges: int,
    areas: int,
    *,
    on: date,
    group: int,
    say: Callable[[int, int], None],
    config: AttendanceConfig | None = None,
    verdicts_only: bool = False,
) -> PlayedDay:
    """`say(done, of)` after each group of badges. `verdicts_only`: each shift is judged from all of its
    track as the role does in the end, and nothing is watched: many more shifts in the same time."""
    day = AttendanceDay(seed, badges, areas, on)
    events: list[bytes] = []

    def tell(at_ns: int, one: Conclusion) -> None:
        events.append(event_line(len(events), at_ns, one))

    done = positions = 0
    if verdicts_only:
        positions = _judge_all(day, config_of(config), tell)
        return PlayedDay(day, list(truth_lines(day)), events, positions)
    for some in groups(day, group):
        rehearsal = Rehearsal(day, some, config_of(config), tell)
        rehearsal.play()
        done, positions = done + len(some), positions + rehearsal.heard
        say(done, len(day.badges))
    return PlayedDay(day, list(truth_lines(day)), events, positions)


def _judge_all(
    day: AttendanceDay, config: AttendanceConfig, tell: Callable[[int, Conclusion], None]
) -> int:
    """How many positions were looked at."""
    fences, positions = Fences(day.areas), 0
    for shift in day.shifts:
        track = [
            one
            for badge in dict.fromkeys(span.badge for span in shift.badges)
            for one in readings_of(day, badge)
        ]
        positions += len(track)
        done = judged(Entry(plan=shift), track, fences, config)
        if done.told is not None:
            tell(shift.end_ns, Conclusion(done.told, f"badge/{done.badge}"))
    return positions
