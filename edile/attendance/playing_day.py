"""A whole day, group by group: what really happened, and what the role told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from edge_agent.config.attendance import AttendanceConfig
from edge_agent.ports import Conclusion
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
) -> PlayedDay:
    """`say(done, of)` after each group of badges."""
    day = AttendanceDay(seed, badges, areas, on)
    events: list[bytes] = []

    def tell(at_ns: int, one: Conclusion) -> None:
        events.append(event_line(len(events), at_ns, one))

    done = positions = 0
    for some in groups(day, group):
        rehearsal = Rehearsal(day, some, config_of(config), tell)
        rehearsal.play()
        done, positions = done + len(some), positions + rehearsal.heard
        say(done, len(day.badges))
    return PlayedDay(day, list(truth_lines(day)), events, positions)
