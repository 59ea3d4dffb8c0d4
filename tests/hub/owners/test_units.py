from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.owners.faults import OwnersRefused
from hub.owners.spans import BEGINNING, FOREVER
from hub.owners.unit_file import read_units
from hub.owners.units import KINDS, Units
from tests.hub.owners.town import NEXT_YEAR, NOON, TURN, UNITS

HEADER = "id,kind,zh,parent,valid_from,valid_to,lots\nd,district,区,,,,\n"


def faults(text: str) -> list[str]:
    with pytest.raises(OwnersRefused) as refused:
        read_units("units.csv", text.encode())
    return [str(fault) for fault in refused.value.faults]


@pytest.fixture(scope="module")
def units() -> Units:
    return read_units("units.csv", UNITS.encode())


def test_a_chain_goes_from_the_unit_up_to_the_district(units: Units) -> None:
    assert units.chain("grid-3", NOON) == ("grid-3", "south", "tianhe")
    assert units.chain("crew-7", NOON) == ("crew-7", "clean-co", "tianhe")
    assert units.parent_of("grid-3", NOON) == "south"
    assert units.parent_of("tianhe", NOON) is None
    assert units.district_of("crew-7", NOON) == "tianhe"
    assert units.chain("nobody", NOON) == ("nobody",)
    assert units.district_of("nobody", NOON) is None


def test_a_contractors_crew_and_its_own_contractor_belong_to_who_holds_the_contract(
    units: Units,
) -> None:
    assert units.contractor_of("crew-7", NOON) == "clean-co"
    assert units.contractor_of("clean-co", NOON) == "clean-co"
    assert units.contractor_of("fresh-late", NEXT_YEAR) == "fresh-co"
    assert units.contractor_of("grid-1", NOON) is None


def test_a_lot_goes_from_hand_to_hand_at_the_turn_of_a_contract(units: Units) -> None:
    assert units.holder_of("lot-1", TURN - 1) == "clean-co"
    assert units.holder_of("lot-1", TURN) == "fresh-late"
    assert units.holder_of("lot-9", NOON) is None
    assert units.lots == ("lot-1", "lot-2")


def test_a_unit_out_of_its_time_is_asked_as_it_stood_last_or_first(units: Units) -> None:
    early = TURN - 2 * 366 * 86_400 * 10**9
    assert not units.valid("clean-co", early)
    assert units.chain("crew-7", early) == ("crew-7", "clean-co", "tianhe")
    moved = read_units(
        "units.csv",
        b"id,kind,zh,parent,valid_from,valid_to\n"
        b"d,district,x,,,\ne,subdistrict,x,d,,\nf,subdistrict,x,d,,\n"
        b"g,grid,x,e,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z\n"
        b"g,grid,x,f,2026-03-01T00:00:00Z,2026-04-01T00:00:00Z\n",
    )
    assert [moved.parent_of("g", when) for when in (BEGINNING, NOON, FOREVER)] == ["e", "f", "f"]
    between = (moved.rows[3].end_ns + moved.rows[4].start_ns) // 2
    assert (moved.valid("g", between), moved.parent_of("g", between)) == (False, "e")


def test_a_calendar_is_looked_for_at_the_unit_then_where_it_says_then_above(units: Units) -> None:
    assert units.calendars_of("crew-7", NOON) == ("crew-7", "clean-co", "sweepers", "tianhe")


def test_the_units_below_one_are_those_whose_chain_holds_it(units: Units) -> None:
    assert units.below("north", NOON) == ("grid-1", "grid-2")
    assert "fresh-late" not in units.below("tianhe", NOON)
    assert "fresh-late" in units.below("tianhe", NEXT_YEAR)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("G,grid,x,d,,,", "units.csv:3: id 'G': expected lower-case letters"),
        (",crew,x,d,,,", "units.csv:3: id '': expected lower-case"),
        ("g,village,x,d,,,", "units.csv:3: kind 'village': expected one of district, subdistrict"),
        ("g,grid,x,,,,", "units.csv:3: parent '': expected a unit above a grid"),
        ("e,district,x,d,,,", "units.csv:3: parent 'd': expected nobody above a district"),
        ("g,grid,x,d,,,", "units.csv:3: parent d is a district: expected a subdistrict or grid"),
        ("g,subdistrict,,d,,,", "units.csv:3: no name: expected one in `zh` or in `en`"),
        ("g,subdistrict,x,e,,,", "units.csv:3: parent 'e': expected the id of a unit"),
        ("g,subdistrict,x,d,,,lot-1", "units.csv:3: lots 'lot-1': expected them at a contractor"),
        ("g,contractor,x,d,,,Lot 1", "units.csv:3: lots 'Lot': expected lower-case"),
        ("g,subdistrict,x,d,2026-01-01,,", "units.csv:3: valid_from: '2026-01-01': expected RFC"),
        (
            "g,subdistrict,x,d,2026-01-01T00:00:00Z,2026-01-01T08:00:00+08:00,",
            "units.csv:3: valid_to 2026-01-01T08:00:00+08:00: expected a time behind valid_from",
        ),
        ("g,subdistrict,x,d,,,,more", "units.csv:3: expected no more cells than the header has"),
        (
            "g,subdistrict,x,d,,2026-01-02T00:00:00Z,\ng,subdistrict,x,d,2026-01-01T00:00:00Z,,",
            "units.csv:4: g is valid at the same time as on line 3: expected valid_from there not b",
        ),
        (
            "g,subdistrict,x,d,,2026-01-01T00:00:00Z,\ng,department,x,d,2026-01-01T00:00:00Z,,",
            "units.csv:4: g is a department here, a subdistrict on line 3: expected one kind",
        ),
        (
            "s,subdistrict,x,d,2026-01-01T00:00:00Z,,\ng,grid,x,s,,,",
            "units.csv:4: parent s is not valid at the beginning: expected it while g is",
        ),
        (
            "s,subdistrict,x,d,,2026-01-01T00:00:00Z,\ng,grid,x,s,,,",
            "units.csv:4: parent s is not valid at 2026-01-01T00:00:00.000Z: expected it while",
        ),
        (
            "s,subdistrict,x,d,,2026-01-01T00:00:00Z,\ng,grid,x,s\ns,subdistrict,x,d,2026-02-01T00:00:00Z",
            "units.csv:4: parent s is not valid at 2026-01-01T00:00:00.000Z: expected it while",
        ),
        ("g,department,x,g,,,", "units.csv:3: g -> g: expected nobody above themselves"),
        (
            "g,department,x,h,,,\nh,department,x,g,,,",
            "units.csv:3: g -> h -> g: expected nobody above themselves",
        ),
        (
            "g,contractor,x,d,,,l1\nh,contractor,x,d,,,l1",
            "units.csv:4: lot l1 is held by g then, line 3: expected one holder at a time",
        ),
    ],
)
def test_wrong_units_are_refused_with_their_line_and_what_was_expected(
    rows: str, expected: str
) -> None:
    found = faults(HEADER + rows + "\n")
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_a_ring_that_stands_for_one_hour_only_is_found() -> None:
    text = HEADER + (
        "g,department,x,d,,2026-01-01T00:00:00Z,\n"
        "g,department,x,h,2026-01-01T00:00:00Z,,\n"
        "h,department,x,g,,2026-01-01T01:00:00Z,\n"
        "h,department,x,d,2026-01-01T01:00:00Z,,\n"
    )
    assert faults(text) == ["units.csv:4: g -> h -> g: expected nobody above themselves"]


def test_all_faults_are_told_at_once() -> None:
    found = faults(HEADER + "G,grid,,,,,\nh,village,x,d,,,\n\ni,grid,x,d,never,,\n")
    assert [one.split(": ")[0] for one in found] == ["units.csv:3"] * 3 + [
        "units.csv:4",
        "units.csv:6",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "units.csv:1: no column 'id'"),
        (b"id,kind,parent,paren\n", "units.csv:1: column 'paren': expected one of id, kind"),
        (b"id,kind,parent,id\n", "units.csv:1: column 'id' is there twice"),
        (b"zone,Asia/Canton\nid,kind,parent\n", "units.csv:1: zone 'Asia/Canton': expected an"),
        (b"id,kind,parent\nd,\xc7\xf8\n", "units.csv:2: expected UTF-8; a spreadsheet"),
        (b'id,kind,parent\nd,"x\n', "units.csv:2: unexpected end of data: expected CSV"),
        (b"x" * (8 * 2**20 + 1), "units.csv: expected at most 8 MiB"),
    ],
)
def test_what_is_no_table_of_units_is_refused_whole(content: bytes, expected: str) -> None:
    with pytest.raises(OwnersRefused) as refused:
        read_units("units.csv", content)
    assert str(refused.value).startswith(expected)


def test_days_are_days_of_the_zone_and_a_spreadsheets_form_is_read() -> None:
    text = "﻿zone;Asia/Shanghai\nid;kind;parent;en;valid_to\nd;district;;D;\n"
    text += "s;subdistrict;d;S;2026/7/1\n"
    row = read_units("units.csv", text.encode()).row("s", 0)
    assert row is not None
    assert (row.zh, row.start_ns, row.end_ns) == ("S", BEGINNING, 1_782_835_200 * 10**9)


@settings(deadline=None)
@given(st.data())
def test_every_chain_of_accepted_units_ends_at_a_district_while_the_unit_is_valid(
    data: st.DataObject,
) -> None:
    """Any graph is either refused or sound."""
    days = [f"2026-01-0{day}" for day in range(1, 5)]
    names = ["d", "e", "f", "g", "h"]
    rows = ["d,district,x,,,"]
    for _ in range(data.draw(st.integers(0, 6))):
        name, kind = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(KINDS[1:]))
        first, last = (
            data.draw(st.sampled_from(["", *days])),
            data.draw(st.sampled_from(["", *days])),
        )
        rows.append(f"{name},{kind},x,{data.draw(st.sampled_from(names))},{first},{last}")
    text = "zone,UTC\nid,kind,zh,parent,valid_from,valid_to\n" + "\n".join(rows)
    try:
        units = read_units("units.csv", text.encode())
    except OwnersRefused:
        return
    for row in units.rows:
        for when in (row.start_ns, (row.start_ns + row.end_ns) // 2, row.end_ns - 1):
            chain = units.chain(row.id, when)
            assert all(units.valid(unit, when) for unit in chain)
            assert len(set(chain)) == len(chain)
            assert units.district_of(row.id, when) == chain[-1] == "d"
