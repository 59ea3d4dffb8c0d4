"""Honest crews in front of what looks for proxies; and what it takes for one carried set to be told."""

from __future__ import annotations

import json
from datetime import date

from typer.testing import CliRunner

from edile.attendance import app
from edile.attendance.playing_crews import HONEST, findings_of
from simulators.attendance.day import AttendanceDay
from simulators.attendance.people import SETS


def test_a_day_of_crews_is_counted_and_accuses_nobody() -> None:
    done = CliRunner().invoke(
        app, ["crews", "--seeds", "3-3", "--badges", "120", "--areas", "6", "--json"]
    )
    card = json.loads(done.stdout)["accusations"]
    day = AttendanceDay(3, 120, 6, date(2026, 9, 22))
    honest = [stint for stint in day.stints if stint.party.kind in HONEST]
    assert (card["n"], card["hits"]) == (len(honest), 0)
    assert card["n"] > 20


def test_the_same_play_tells_a_set_of_badges_that_one_person_has() -> None:
    """Without this, no accusation of crews would prove nothing."""
    day = AttendanceDay(3, 250, 10, date(2026, 9, 22))
    sets = [stint for stint in day.stints if stint.party.kind in SETS]
    told = [one for one in findings_of(day, sets) if one.kind == "proxy-suspected"]
    assert told
    badges = {span.badge for stint in sets for span in stint.shift.badges}
    assert {badge for one in told for badge in one.badges} <= badges


def test_seeds_are_a_range() -> None:
    done = CliRunner().invoke(app, ["crews", "--seeds", "many"])
    assert done.exit_code == 2
    assert "--seeds: expected FIRST-LAST" in done.output
