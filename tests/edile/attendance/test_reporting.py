"""What a month of verdicts comes to."""

from __future__ import annotations

import json

import msgspec
import pytest
from typer.testing import CliRunner

from contract.payloads.attendance import AttendanceShift, Fixes, Planned
from contract.timestamps import parse_rfc3339
from edile.attendance import app
from edile.attendance.reporting import report, report_text

DAY_NS = 86_400 * 10**9
MONDAY_NS = parse_rfc3339("2026-09-21T00:00:00+08:00")


def told(name: str, verdict: str = "present", **changed: object) -> AttendanceShift:
    shift = AttendanceShift(
        badge="b-1",
        person="p-1",
        area="a-1",
        planned=Planned(start="2026-09-21T00:00:00.000Z", end="2026-09-21T08:00:00.000Z"),
        minutes_inside=400,
        minutes_expected=420,
        coverage=1.0,
        verdict=verdict,  # type: ignore[arg-type]
        fixes=Fixes(n=10, used=10),
        shift=name,
    )
    return msgspec.structs.replace(shift, **changed)


def test_the_latest_revision_counts_whatever_the_order() -> None:
    first, second = told("s-1", "unknown"), told("s-1", "late", revision=1)
    for events in ([first, second], [second, first]):
        found = report(events, MONDAY_NS, MONDAY_NS + DAY_NS)
        assert (found.shifts, found.verdicts, found.revised) == (1, {"late": 1}, 1)


def test_the_unverified_share_is_of_those_who_attended() -> None:
    events = [
        told("s-1", spot_checked=True),
        *(told(f"s-{n}") for n in range(2, 5)),
        told("s-9", "absent", spot_checked=True),
    ]
    found = report(events, MONDAY_NS, MONDAY_NS + DAY_NS)
    assert (found.attended, found.spot_checked, found.unverified_share) == (4, 1, 0.75)
    assert "unverified: 75.0 % of 4 attended shifts" in report_text(found)
    assert found.card()["verdicts"] == {"absent": 1, "present": 4}


def test_a_day_without_shifts_has_no_share() -> None:
    found = report([told("s-1")], MONDAY_NS + DAY_NS, MONDAY_NS + 2 * DAY_NS)
    assert (found.shifts, found.unverified_share) == (0, None)
    assert report_text(found).startswith("0 shifts")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "September"], "--from: expected YYYY-MM-DD, found 'September'"),
        (["--from", "2026-09-21", "--zone", "Mars"], "--zone: expected a zone"),
        (["--from", "2026-09-21"], "http://127.0.0.1:9: "),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(options: list[str], said: str) -> None:
    command = ["report", "--hub", "http://127.0.0.1:9", "--token", "t", *options]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    assert said in done.output
    assert json.dumps(done.output).count("\\n") <= 2
