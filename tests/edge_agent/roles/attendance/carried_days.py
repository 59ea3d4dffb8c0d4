"""Badges that several tests carry through the same day."""

from __future__ import annotations

from tests.edge_agent.roles.attendance.days import Carried

MORNING = (("07:30", "home"), ("07:50", "work"))
DAY = (*MORNING, ("17:05", "work"), ("17:20", "home"))
HONEST = Carried(DAY)
ABSENT = Carried((("07:30", "home"), ("17:20", "home")))
LATE = Carried((("07:30", "home"), ("08:55", "home"), ("09:00", "work"), ("17:20", "work")))
