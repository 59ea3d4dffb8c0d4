"""Attendance: planned shifts held against the tracks of badges."""
