"""When an order is due. Pure arithmetic over calendars that are data; docs/deadlines.md explains it.

calendars  when a unit works, and until when that is known
clocks     the four units: urgent-hour, working-hour, working-day, calendar-day
pauses     when an order's clock stands, and what merging makes of two
computing  due, remaining, stages
years      a published year as CSV        unit_files  a unit's calendar as TOML
folder     the calendars of one hub       cli         edile hub calendar
"""

from hub.deadlines.calendars import Calendar, CalendarAlarm, alarms
from hub.deadlines.clocks import Unit
from hub.deadlines.computing import (
    Computed,
    Remaining,
    Stage,
    due,
    due_stages,
    keep_first,
    remaining,
    worked_ns,
)
from hub.deadlines.pauses import OrderClock, Pause, merged

__all__ = [
    "Calendar",
    "CalendarAlarm",
    "Computed",
    "OrderClock",
    "Pause",
    "Remaining",
    "Stage",
    "Unit",
    "alarms",
    "due",
    "due_stages",
    "keep_first",
    "merged",
    "remaining",
    "worked_ns",
]
