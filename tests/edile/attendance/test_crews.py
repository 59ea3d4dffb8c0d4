"""Honest crews in front of what looks for proxies; and what it takes for one carried set to be told."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from edile.attendance import app
from edile.attendance.crews import ON
from edile.attendance.playing_crews import HONEST, findings_of
from simulators.attendance.day import AttendanceDay
from simulators.attendance.people import SETS


def test_days_of_crews_are_counted_one_by_one_and_accuse_nobody() -> None:
    options = ["crews", "--seeds", "3-4", "--badges", "60", "--areas", "6"]
    done = CliRunner().invoke(app, [*options, "--json"])
    first, second, both = map(json.loads, done.stdout.splitlines())
    shifts = [
        sum(stint.party.kind in HONEST for stint in AttendanceDay(seed, 60, 6, ON).stints)
        for seed in (3, 4)
    ]
    assert [(day["seed"], day["shifts"]) for day in (first, second)] == [
        (3, shifts[0]),
        (4, shifts[1]),
    ]
    assert min(shifts) > 5
    assert (first["so_far"]["n"], first["so_far"]["hits"]) == (shifts[0], 0)
    assert (both["accusations"]["n"], both["accusations"]["hits"]) == (sum(shifts), 0)
    assert second["so_far"] == both["accusations"]


def test_the_same_play_tells_a_set_of_badges_that_one_person_has() -> None:
    """Without this, no accusation of crews would prove nothing."""
    day = AttendanceDay(3, 250, 10, ON)
    sets = [stint for stint in day.stints if stint.party.kind in SETS]
    told = [one for one in findings_of(day, sets) if one.kind == "proxy-suspected"]
    assert told
    badges = {span.badge for stint in sets for span in stint.shift.badges}
    assert {badge for one in told for badge in one.badges} <= badges


def test_seeds_are_a_range() -> None:
    done = CliRunner().invoke(app, ["crews", "--seeds", "many"])
    assert done.exit_code == 2
    assert "--seeds: expected FIRST-LAST" in done.output
