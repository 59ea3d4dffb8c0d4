"""What is wrong with a calendar's file."""

from __future__ import annotations

from hub.faults import Fault, Refused

__all__ = ["CalendarRefused", "Fault"]


class CalendarRefused(Refused):
    """Of a unit's calendar, or of an official year."""
