from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.owners import OwnersRefused, assemble
from hub.owners.rosters import Rosters, Watch, read_roster
from tests.hub.owners.town import UNITS, at

ROSTER = """\
zone,Asia/Shanghai
unit,person,role,from,to,channels,contact
grid-1,Li Na,handler,2026-11-21 08:00,2026-11-21 20:00,webhook:north-desk mailto:li@example.org,ext. 112
grid-1,Wang Wei,handler,2026-11-21 18:00,2026-11-22 08:00,webhook:north-desk,
north,Zhao,leader,2026-11-21 00:00,2026-11-21 24:00,,
tianhe,Chen,handler,2026-11-01T00:00:00+08:00,2026-12-01T00:00:00+08:00,,
"""


@pytest.fixture(scope="module")
def rosters() -> Rosters:
    return Rosters(read_roster("watch.csv", ROSTER.encode()))


def people(rosters: Rosters, unit: str, when: str, **role: str) -> list[str]:
    return [one.person for one in rosters.on_duty(unit, at(f"{when}+08:00"), **role)]  # type: ignore[arg-type]


def test_who_is_on_duty_begins_and_ends_on_the_minute(rosters: Rosters) -> None:
    assert people(rosters, "grid-1", "2026-11-21T07:59:59") == []
    assert people(rosters, "grid-1", "2026-11-21T08:00:00") == ["Li Na"]
    assert people(rosters, "grid-1", "2026-11-21T18:00:00") == ["Li Na", "Wang Wei"]
    assert people(rosters, "grid-1", "2026-11-21T20:00:00") == ["Wang Wei"]
    assert people(rosters, "grid-1", "2026-11-22T08:00:00") == []
    assert people(rosters, "north", "2026-11-21T12:00:00") == []
    assert people(rosters, "north", "2026-11-21T23:59:59", role="leader") == ["Zhao"]


def test_a_row_says_how_the_person_is_reached(rosters: Rosters) -> None:
    first = rosters.on_duty("grid-1", at("2026-11-21T09:00:00+08:00"))[0]
    assert first.channels == ("webhook:north-desk", "mailto:li@example.org")
    assert (first.contact, first.document, first.line) == ("ext. 112", "watch.csv", 3)


def test_the_nearest_unit_above_answers_when_nobody_is_on_duty() -> None:
    owned = assemble(UNITS.encode(), {}, {"watch": ROSTER.encode()})
    by_day = owned.on_duty("grid-1", at("2026-11-21T09:00:00+08:00"))
    assert by_day is not None
    assert (by_day.unit, by_day.watches[0].person) == ("grid-1", "Li Na")
    later = owned.on_duty("grid-1", at("2026-11-23T09:00:00+08:00"))
    assert later is not None
    assert (later.unit, later.watches[0].person) == ("tianhe", "Chen")
    leader = owned.on_duty("grid-1", at("2026-11-21T09:00:00+08:00"), "leader")
    assert leader is not None
    assert (leader.unit, leader.watches[0].person) == ("north", "Zhao")
    assert owned.on_duty("grid-1", at("2026-12-23T09:00:00+08:00")) is None


def test_gaps_and_overlaps_are_told() -> None:
    text = ROSTER + "grid-1,Li Na,handler,2026-11-22 09:00,2026-11-22 12:00,,\n"
    notes = [str(note) for note in Rosters(read_roster("watch.csv", text.encode())).notes()]
    assert notes == [
        "grid-1, handler: several from 2026-11-21T10:00:00.000Z to 2026-11-21T12:00:00.000Z",
        "grid-1, handler: nobody from 2026-11-22T00:00:00.000Z to 2026-11-22T01:00:00.000Z",
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Grid,A,handler,2026-01-01 08:00,2026-01-01 09:00", "unit 'Grid': expected the id"),
        ("grid-1,,handler,2026-01-01 08:00,2026-01-01 09:00", "person: expected a name"),
        ("grid-1,A,boss,2026-01-01 08:00,2026-01-01 09:00", "role 'boss': expected handler or"),
        ("grid-1,A,handler,2026-01-01,2026-01-02 09:00", "from: expected a date and a time of day"),
        ("grid-1,A,handler,2026-01-01 08:00,2026-01-01 08:00", "to 2026-01-01 08:00: expected a"),
        ("grid-1,A,handler,2026-01-01 08:00,", "to: expected a date and a time of day, found ''"),
        ("grid-1,A,handler,2026-01-01 08:00,2026-01-01 09:00,sms:1", "channel 'sms:1': expected"),
        ("grid-1,A,handler,2026-01-01 08:00,2026-01-01 09:00,mailto:x", "channel 'mailto:x': exp"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_what_was_expected(
    row: str, expected: str
) -> None:
    text = f"zone,Asia/Shanghai\nunit,person,role,from,to,channels\n{row}\n"
    with pytest.raises(OwnersRefused) as refused:
        read_roster("watch.csv", text.encode())
    assert [str(one)[: len(expected) + 13] for one in refused.value.faults] == [
        f"watch.csv:3: {expected}"
    ]


def test_a_roster_of_a_unit_that_never_was_is_refused_with_its_line() -> None:
    text = ROSTER.replace("tianhe,Chen", "tianh,Chen")
    with pytest.raises(OwnersRefused, match=r"watch:6: unit 'tianh': .*did you mean 'tianhe'"):
        assemble(UNITS.encode(), {}, {"watch": text.encode()})


spans = st.tuples(st.integers(0, 12), st.integers(1, 4)).map(lambda s: (s[0], s[0] + s[1]))


@settings(deadline=None)
@given(st.lists(spans, max_size=6), st.integers(-1, 17))
def test_whoever_is_on_duty_is_found_however_rows_overlap(
    drawn: list[tuple[int, int]], when: int
) -> None:
    watches = [
        Watch(unit="u", person=f"p{n}", role="handler", start_ns=start, end_ns=end)
        for n, (start, end) in enumerate(drawn)
    ]
    rosters = Rosters(watches)
    found = rosters.on_duty("u", when)
    assert {one.person for one in found} == {
        one.person for one in watches if one.start_ns <= when < one.end_ns
    }
    if drawn and min(s for s, _ in drawn) <= when < max(e for _, e in drawn):
        said = {note.what for note in rosters.notes() if note.start_ns <= when < note.end_ns}
        assert ("nobody" in said) == (not found)
        assert ("several" in said) == (len(found) > 1)
