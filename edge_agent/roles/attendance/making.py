"""Puts the role together with the real fences, rosters and suspicions. Imports numpy and shapely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract.fences import Fences
from contract.rosters.timetable import Timetable
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.config.attendance_sources import (
    Documents,
    fences_of,
    require_areas,
    timetable_of,
)
from edge_agent.roles.attendance.attendance import Attendance
from edge_agent.roles.attendance.suspicions import Suspicions


def make(config: AttendanceConfig, areas: Documents, rosters: Documents) -> Attendance:
    """`areas` and `rosters` as the hub gave them; without any, the files of the settings. StopError
    with every mistake in them."""
    fences, known = fences_of(config, areas)
    require_areas(config, known)
    return role_of(config, timetable_of(config, rosters, known), fences)


def role_of(
    config: AttendanceConfig,
    timetable: Timetable,
    fences: Fences,
    ways: Mapping[str, Sequence[int]] = {},
) -> Attendance:
    """`ways`: by badge, a way it went on an earlier shift (`PathSketch`)."""
    suspicions = Suspicions(config.proxy) if config.proxies else None
    if suspicions is not None:
        for badge, way in ways.items():
            suspicions.learn(badge, "before", way)
    return Attendance(config, timetable, fences, suspicions)
