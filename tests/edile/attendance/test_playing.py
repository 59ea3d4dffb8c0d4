from __future__ import annotations

from dataclasses import replace
from datetime import date

from edile.attendance.playing import in_order, readings_of
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


def test_several_badges_are_heard_in_the_order_in_which_they_arrive() -> None:
    day = AttendanceDay(1, 80, 6, date(2026, 11, 23))
    badges = [badge for badge in day.badges if len(day.fixes(badge))][:6]
    found = list(in_order({one: day.fixes(one) for one in badges}, day.times.origin_ns))
    arrived = [one.moment.utc_ns for one in found]
    assert arrived == sorted(arrived)
    assert [one.ordinal for one in found] == list(range(1, len(found) + 1))
    for badge in badges:
        own = [replace(one, ordinal=0) for one in found if one.terminal == badge]
        assert own == [replace(one, ordinal=0) for one in readings_of(day, badge)]
    assert list(in_order({}, 0)) == []
