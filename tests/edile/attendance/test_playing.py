from __future__ import annotations

from datetime import date

from edile.attendance.playing import readings_of
from simulators.attendance.day import AttendanceDay


def test_a_simulated_badge_is_read_as_the_gateway_would() -> None:
    day = AttendanceDay(1, 80, 6, date(2026, 11, 23))
    stint = next(s for s in day.stints if s.mishaps.low_s is not None and not s.mishaps.off)
    badge = stint.shift.badges[0].badge
    fixes, found = day.fixes(badge), readings_of(day, badge)
    assert [one.ordinal for one in found] == list(range(1, len(fixes) + 1))
    assert {one.terminal for one in found} == {badge}
    assert [one.at_ns for one in found] == fixes.at_ns.tolist()
    assert [one.moment.utc_ns for one in found] == fixes.arrived_ns.tolist()
    assert [one.moment.mono_ns for one in found] == sorted(one.moment.mono_ns for one in found)
    assert [one.lon for one in found] == fixes.lon.tolist()
    assert ["low-battery" in one.flags for one in found] == fixes.low.tolist()
