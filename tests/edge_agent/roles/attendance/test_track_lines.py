"""Tracks as text and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.envelope import Moment
from edge_agent.readings import PositionReading
from edge_agent.roles.attendance.track_lines import InvalidTrack, read_track, track_lines
from tests.edge_agent.roles.attendance.days import Carried, clock, fix
from tests.edge_agent.roles.attendance.golden_days import HOME, TO_WORK

LAST_NS = 253_402_300_799 * 10**9  # the year 9999
numbers = st.floats(-1e6, 1e6)
times = st.integers(0, LAST_NS)
positions = st.builds(
    PositionReading,
    device=st.text(max_size=8),
    moment=st.builds(Moment, st.text(max_size=8), times, times, st.sampled_from(["unset", "hub"])),
    terminal=st.text(min_size=1, max_size=12),
    at_ns=st.none() | times,
    lon=st.none() | st.floats(-180, 180),
    lat=st.none() | st.floats(-90, 90),
    fix=st.none() | st.booleans(),
    live=st.booleans(),
    speed_kmh=st.none() | numbers,
    course_deg=st.none() | numbers,
    altitude_m=st.none() | numbers,
    accuracy_m=st.none() | numbers,
    satellites=st.none() | st.integers(0, 60),
    battery=st.none() | numbers,
    flags=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    values=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    raw=st.binary(max_size=20),
    ordinal=st.integers(0, 2**62),
)


@given(st.lists(positions, max_size=5))
@settings(max_examples=50, deadline=None)
def test_nothing_of_a_position_is_lost(track: list[PositionReading]) -> None:
    assert read_track(track_lines(track)) == track


def test_what_was_not_said_is_not_written() -> None:
    (line,) = track_lines([fix(clock("08:00:01"), badge="b-7")]).splitlines()
    assert json.loads(line) == {
        "terminal": "b-7",
        "at": "2026-09-22T00:00:01.000Z",
        "lon": 113.3,
        "lat": 23.15,
        "fix": True,
        "device": "badges",
        "came": {
            "boot": "boot-1",
            "mono_ns": 1_028_802_000_000_000,
            "at": "2026-09-22T00:00:02.000Z",
            "clock": "ntp",
        },
    }


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "track:3: no position"),
        (b"[]", "Expected `object`"),
        (b'{"terminal": "b-1"}', "missing required field `device`"),
        (b'{"terminal":"b","device":"d","x":1}', "unknown field `x`"),
    ],
)
def test_a_line_that_is_no_position_is_named(line: bytes, why: str) -> None:
    good = track_lines(Carried((*TO_WORK, *HOME), every_s=3600).track()[:1])
    with pytest.raises(InvalidTrack, match="track:3: ") as told:
        read_track(good + b"\n" + line)
    assert why in str(told.value)
