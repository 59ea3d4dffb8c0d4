"""Rosters as texts for the tests."""

from __future__ import annotations

from contract.rosters.timetable import InvalidRoster, Timetable, read_roster
from contract.timestamps import parse_rfc3339

# General Office of the State Council, notice on 2026's holidays, 2025-11-04, as Xinhua printed it
# (politics.gmw.cn/2025-11/04/content_38391083.htm), item 7: 1 October (Thursday) to 7 October
# (Wednesday) off; 20 September (Sunday) and 10 October (Saturday) are worked. Which weekday's work is
# done on them the notice leaves open: here the Friday's.
NATIONAL_DAY = """\
what,date,until,as,name
holiday,2026-10-01,2026-10-07,,国庆节
workday,2026-09-20,,Fri,调休
workday,2026/10/10,,周五,调休
"""
CREW = """\
what,zone,person,name,group,badge,days,start,end,break,areas
zone,Asia/Shanghai
person,,w-1,王芳,sweepers
person,,w-2,李强,sweepers
badge,,w-1,,,460001
badge,,w-2,,,460002
weekly,,,,sweepers,,Mon-Fri,06:00,14:00,10:00-10:30,"a-1, a-2"
"""


def timetable(*sheets: str) -> Timetable:
    read = [read_roster(text.encode(), f"{n}.csv") for n, text in enumerate(sheets, 1)]
    return Timetable(*read)


def told(*sheets: str) -> list[str]:
    """The mistakes; [] for a good roster."""
    try:
        timetable(*sheets)
    except InvalidRoster as error:
        return [str(mistake) for mistake in error.mistakes]
    return []


def ns(text: str) -> int:
    return parse_rfc3339(text)


def keys(table: Timetable, begin: str, end: str) -> list[str]:
    return [shift.key for shift in table.shifts(ns(begin), ns(end))]
