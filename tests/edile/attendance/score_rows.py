"""Lines of truth and events, made by hand."""

from __future__ import annotations

import json
from typing import Any

from edile.attendance.rows import DayEvents, DayTruth, read_events, read_truth

BEGIN = "2026-11-23T00:00:00Z"


def header(**more: object) -> str:
    return json.dumps(
        {"t": 0, "kind": "truth", "id": "header", "scenario": "attendance-day", "seed": 1, **more}
    )


def shift(name: str, verdict: str, **more: Any) -> str:
    row = {
        "t": 0,
        "kind": "shift",
        "id": name,
        "badge": f"b-{name}",
        "verdict": verdict,
        "knowable": True,
        "minutes_inside": 400.0,
        "minutes_expected": 450.0,
    }
    return json.dumps({**row, **more})


def wrong(exception: str, badges: list[str], since: str = BEGIN, **more: Any) -> str:
    row = {"t": 0, "kind": "exception", "id": f"{exception}/{badges[0]}/{since}", **more}
    return json.dumps({**row, "exception": exception, "badges": badges, "since": since})


def event(number: int, kind: str, data: dict[str, Any]) -> str:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"0000000000000.routine.{number}",
            "source": "/baiyun/at-1",
            "type": f"edile.attendance.{kind}.v1",
            "time": BEGIN,
            "data": data,
        }
    )


def told(name: str, verdict: str, minutes: int = 400, **more: Any) -> str:
    return event(
        1,
        "shift",
        {
            "badge": f"b-{name}",
            "person": name,
            "area": "a-1",
            "planned": {"start": BEGIN, "end": "2026-11-23T08:00:00Z"},
            "minutes_inside": minutes,
            "minutes_expected": 450,
            "coverage": 1.0,
            "verdict": verdict,
            "fixes": {"n": 1, "used": 1},
            "shift": name,
            **more,
        },
    )


def said(
    kind: str, badges: list[str], since: str = BEGIN, problem: str = "p-1", **more: Any
) -> str:
    data = {"problem_id": problem, "phase": "opened", "kind": kind, "badges": badges}
    return event(2, "exception", {**data, "since": since, **more})


def truth_of(*rows: str, scale: float = 1.0) -> DayTruth:
    return read_truth([header(scale=scale), *rows])


def events_of(*rows: str) -> DayEvents:
    return read_events(rows)
