from __future__ import annotations

import json
import math
from typing import Any

import pytest

from contract.gcj02 import to_wgs84
from hub.owners import Candidate, Owner, Ownership, OwnersRefused, assemble
from tests.hub.owners.town import (
    LAT,
    LON,
    NEXT_YEAR,
    NOON,
    SIDE,
    SQUARES,
    UNITS,
    area,
    at,
    block,
    collection,
    owned_by,
    place,
)


def unit_at(owned: Ownership, column: float, row: float, **asked: Any) -> str | None:
    found = owned.owner_at(*place(column, row), **({"at_ns": NOON} | asked))
    return None if found is None else found.unit


def faults(*features: dict[str, Any], units: str | None = UNITS) -> list[str]:
    with pytest.raises(OwnersRefused) as refused:
        owned_by(*features, units=units)
    return [str(fault) for fault in refused.value.faults]


def test_a_point_belongs_to_the_unit_of_its_area() -> None:
    owned = owned_by(*SQUARES)
    assert owned.owner_at(*place(0.5, 0.5), at_ns=NOON) == Owner(
        area="a-1", version=1, unit="grid-1", main="north", how="area", assisting=("greening",)
    )
    assert unit_at(owned, 1.5, 1.5) == "grid-4"
    assert unit_at(owned, 2.5, 0.5) is None
    assert unit_at(owned, -90, 0.5) is None


def test_a_border_belongs_to_the_lowest_id_and_is_owned() -> None:
    owned = owned_by(*SQUARES)
    assert unit_at(owned, 1, 0.5) == "grid-1"
    assert unit_at(owned, 1, 1) == "grid-1"
    assert unit_at(owned, 1, 1.5) == "grid-3"
    assert unit_at(owned, 0, 0) == "grid-1"
    assert unit_at(owned, 2, 2) == "grid-4"


def test_a_hole_is_not_owned_and_its_border_is() -> None:
    ring = area("a-1", block(0, 0, 3, 3), unit="grid-1")
    ring["geometry"]["coordinates"].append(block(1, 1))
    inner = area("a-2", block(1.25, 1.25, 0.5, 0.5), unit="grid-2")
    owned = owned_by(ring, inner)
    told = [unit_at(owned, 1 + share, 1.5) for share in (-0.1, 0, 0.1, 0.25, 0.5, 1)]
    assert told == ["grid-1", "grid-1", None, "grid-2", "grid-2", "grid-1"]


def test_both_parts_of_an_area_in_two_pieces_are_one_owners() -> None:
    both = area("a-1", block(0, 0), unit="grid-1")
    pieces = [[block(0, 0)], [block(2, 0)]]
    both["geometry"] = {"type": "MultiPolygon", "coordinates": pieces}
    owned = owned_by(both)
    assert [unit_at(owned, column, 0.5) for column in (0.5, 1.5, 2.5)] == ["grid-1", None, "grid-1"]


def test_nothing_given_owns_nothing_and_still_answers() -> None:
    empty = assemble(None, {}, {})
    assert empty.owner_at(LON, LAT, at_ns=NOON) is None
    assert empty.candidates(LON, LAT, at_ns=NOON, error_m=30) == ()
    assert empty.units.chain("anybody", NOON) == ("anybody",)
    assert empty.on_duty("anybody", NOON) is None


def test_without_units_the_names_in_areas_are_taken_as_they_are() -> None:
    assert unit_at(owned_by(*SQUARES, units=None), 0.5, 0.5) == "grid-1"


@pytest.mark.parametrize("lon", [math.nan, math.inf])
def test_a_position_that_is_not_finite_is_no_question(lon: float) -> None:
    with pytest.raises(ValueError, match="not a finite position"):
        owned_by(*SQUARES).owner_at(lon, LAT, at_ns=NOON)


def test_who_owned_a_point_on_that_day_is_answered_by_the_newest_document() -> None:
    turn = "2026-07-01T00:00:00+08:00"
    owned = owned_by(
        area("a-1", block(0, 0), unit="grid-1", valid_until=turn),
        area("a-1", block(0, 0, 0.5), unit="grid-1", version=2, valid_from=turn),
        area("a-9", block(0.5, 0, 0.5), unit="grid-2", valid_from=turn),
    )
    assert unit_at(owned, 0.75, 0.5, at_ns=at(turn) - 1) == "grid-1"
    assert unit_at(owned, 0.75, 0.5, at_ns=at(turn)) == "grid-2"
    assert unit_at(owned, 0.25, 0.5, at_ns=at(turn)) == "grid-1"
    later = owned.owner_at(*place(0.25, 0.5), at_ns=at(turn))
    assert later is not None
    assert later.version == 2


OVERLAYS = [
    *SQUARES,
    area("o-all", block(0, 0, 2, 1), unit="gas-office", overlay="gas"),
    area(
        "z-bins",
        block(0, 0, 2, 2),
        unit="crew-7",
        classes=["06042"],
        valid_from="2026-01-01T00:00:00Z",
    ),
    area("z-waste", block(0, 0, 2, 2), unit="greening", classes=["0601*", "09001"]),
    area("o-leaks", block(0, 0, 1, 1), unit="north", overlay="gas", classes=["gas-leak"]),
]


@pytest.mark.parametrize(
    ("asked", "unit", "how"),
    [
        ({}, "grid-1", "area"),
        ({"class_code": "06036"}, "grid-1", "area"),
        ({"class_code": "06042"}, "crew-7", "class-area"),
        ({"class_code": "06010"}, "greening", "class-area"),
        ({"class_code": "09001"}, "greening", "class-area"),
        ({"class_code": "090011"}, "grid-1", "area"),
        ({"overlay": "gas", "class_code": "06042"}, "gas-office", "overlay"),
        ({"overlay": "gas", "class_code": "gas-leak"}, "north", "overlay"),
        ({"overlay": "unheard-of"}, "grid-1", "area"),
    ],
)
def test_an_overlay_comes_first_then_areas_of_the_class_then_all_others(
    asked: dict[str, Any], unit: str, how: str
) -> None:
    found = owned_by(*OVERLAYS).owner_at(*place(0.5, 0.5), at_ns=NOON, **asked)
    assert found is not None
    assert (found.unit, found.how) == (unit, how)


def test_where_an_overlay_ends_the_areas_below_answer() -> None:
    assert unit_at(owned_by(*OVERLAYS), 0.5, 1.5, overlay="gas") == "grid-3"
    assert unit_at(owned_by(*OVERLAYS), 0.5, 1.5, overlay="gas", class_code="06010") == "greening"


def test_the_contractor_is_who_holds_the_lot_then_else_whom_the_unit_belongs_to() -> None:
    owned = owned_by(
        area("a-1", block(0, 0), unit="grid-1", lot="lot-1"),
        area("b-1", block(1, 0), unit="crew-7", valid_from="2026-01-01T00:00:00Z"),
        area("c-1", block(2, 0), lot="lot-2", main="south"),
        area("d-1", block(3, 0), unit="grid-4", contractor="fresh-co"),
        area("e-1", block(4, 0), contractor="fresh-co"),
    )
    told = [
        None if found is None else (found.unit, found.main, found.contractor, found.lot)
        for column in range(5)
        for found in [owned.owner_at(*place(column + 0.5, 0.5), at_ns=NOON)]
    ]
    assert told == [
        ("grid-1", "grid-1", "clean-co", "lot-1"),
        ("crew-7", "crew-7", "clean-co", None),
        ("fresh-co", "south", "fresh-co", "lot-2"),
        ("grid-4", "grid-4", "fresh-co", None),
        ("fresh-co", "fresh-co", "fresh-co", None),
    ]
    later = owned.owner_at(*place(0.5, 0.5), at_ns=NEXT_YEAR)
    assert later is not None
    assert (later.unit, later.contractor) == ("grid-1", "fresh-late")


def test_an_error_over_a_border_is_told_and_decides_nothing() -> None:
    owned = owned_by(*SQUARES)
    # 0.01 degrees of longitude are 1,024 m here: two metres east of the border.
    lon, lat = place(1.002, 0.5)
    found = owned.owner_at(lon, lat, at_ns=NOON, error_m=10)
    assert found is not None
    assert (found.unit, found.near_border) == ("grid-2", True)
    assert found.others == (Candidate("a-1", 1, "grid-1", "area"),)
    sure = owned.owner_at(lon, lat, at_ns=NOON, error_m=1.5)
    assert sure is not None
    assert (sure.unit, sure.near_border, sure.others) == ("grid-2", False, ())
    assert sure == owned.owner_at(lon, lat, at_ns=NOON)


def test_an_error_that_reaches_nobodys_ground_is_told_without_others() -> None:
    found = owned_by(*SQUARES).owner_at(*place(0.002, 0.5), at_ns=NOON, error_m=10)
    assert found is not None
    assert (found.unit, found.near_border, found.others) == ("grid-1", True, ())


def test_an_error_within_an_overlay_does_not_tell_of_borders_below_it() -> None:
    owned = owned_by(*OVERLAYS)
    found = owned.owner_at(*place(1.002, 0.5), at_ns=NOON, error_m=10, overlay="gas")
    assert found is not None
    assert (found.area, found.near_border, found.others) == ("o-all", False, ())
    edge = owned.owner_at(*place(0.5, 0.998), at_ns=NOON, error_m=10, overlay="gas")
    assert edge is not None
    assert edge.near_border
    assert [one.area for one in edge.others] == ["a-1", "a-3"]


def test_candidates_are_told_for_a_place_that_nobody_owns() -> None:
    owned = owned_by(*SQUARES)
    lon, lat = place(-0.002, 0.5)
    assert owned.owner_at(lon, lat, at_ns=NOON, error_m=10) is None
    found = owned.candidates(lon, lat, at_ns=NOON, error_m=10)
    assert found == (Candidate("a-1", 1, "grid-1", "area"),)
    assert owned.candidates(lon, lat, at_ns=NOON, error_m=1) == ()


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, "nobody answers for it: expected `unit`, `lot` or `contractor`"),
        ({"unit": "Grid 1"}, "unit 'Grid 1': expected lower-case letters, digits and hyphens"),
        ({"unit": "grid-9"}, "unit 'grid-9': expected the id of a unit; did you mean 'grid-4'?"),
        ({"unit": "grid-1", "main": "east"}, "main 'east': expected the id of a unit"),
        ({"unit": "grid-1", "assisting": "north"}, "assisting 'north': expected a list of units"),
        ({"unit": "grid-1", "assisting": ["x"]}, "assisting 'x': expected the id of a unit"),
        ({"unit": "grid-1", "classes": ["*"]}, "classes ['*']: expected a list of codes such as"),
        ({"unit": "grid-1", "classes": "06*"}, "classes '06*': expected a list of codes"),
        ({"unit": "grid-1", "kind": "shift"}, "kind 'shift': expected duty"),
        (
            {"unit": "crew-7"},
            "unit crew-7 is not valid at 1970-01-01T00:00:00.000Z: expected it while the area is",
        ),
        ({"unit": "grid-1", "lot": "lot-3"}, "lot 'lot-3': expected one that a contractor holds"),
        ({"lot": "lot-1"}, "nobody holds lot lot-1 at 1970-01-01T00:00:00.000Z: expected a holder"),
        (
            {"unit": "grid-1", "lot": "lot-2", "contractor": "clean-co"},
            "contractor clean-co: expected it without, lot lot-2 is held by fresh-co",
        ),
        ({"contractor": "north"}, "contractor north is a subdistrict: expected a contractor"),
        (
            {"unit": "crew-7", "contractor": "fresh-co"},
            "contractor fresh-co: expected clean-co, to whom unit crew-7 belongs",
        ),
    ],
)
def test_a_wrong_area_is_refused_with_its_place_and_what_was_expected(
    properties: dict[str, Any], expected: str
) -> None:
    if properties.get("contractor") or properties.get("unit") != "crew-7":
        stretch = (
            {}
            if "lot" in properties and len(properties) == 1
            else {"valid_from": "2026-02-01T00:00:00Z"}
        )
    else:
        stretch = {}
    found = faults(SQUARES[0], area("b", block(3, 0), **stretch, **properties))
    assert any(one.startswith(f"areas.geojson: feature 1 (id 'b'): {expected}") for one in found), (
        found
    )


def test_faults_of_form_and_of_ground_are_told_together() -> None:
    bow = [[LON, LAT], [LON + SIDE, LAT + SIDE], [LON + SIDE, LAT], [LON, LAT + SIDE], [LON, LAT]]
    found = faults(area("a", bow, unit="grid-1"), area("b", block(2, 0), unit="Grid"))
    assert [one.split(": ")[1] for one in found] == ["feature 0 (id 'a')", "feature 1 (id 'b')"]


def test_faults_of_all_documents_are_told_together() -> None:
    with pytest.raises(OwnersRefused) as refused:
        assemble(
            b"id,kind,parent\n",
            {"one": b"{", "two": b"\xff", "three": json.dumps({"type": "Point"}).encode()},
            {"watch": b"who\n"},
        )
    told = [fault.file for fault in refused.value.faults]
    assert sorted(set(told)) == ["one", "three", "two", "watch"]


def test_an_id_stands_in_one_document_only() -> None:
    with pytest.raises(OwnersRefused, match="stands in one too: expected an id in one document"):
        assemble(None, {"one": collection(SQUARES[:1]), "two": collection(SQUARES[:1])}, {})


def test_gcj_02_areas_answer_where_the_ground_is() -> None:
    owned = owned_by(area("a-1", block(0, 0), unit="grid-1", crs="GCJ-02"))
    found = owned.owner_at(*to_wgs84(*place(0.02, 0.02)), at_ns=NOON)
    assert found is not None
    # GCJ-02 lies some 500 m to the east here; what stands in the file is not the ground.
    assert unit_at(owned, 0.98, 0.5) is None


def test_many_areas_with_many_versions_answer_as_few_do() -> None:
    turns = [f"2026-0{month}-01T00:00:00Z" for month in range(1, 10)]
    features = [
        area(
            f"a-{column}-{row}",
            block(column / 4, row / 4, 0.25, 0.25),
            unit=f"grid-{(column + row + version) % 4 + 1}",
            version=version + 1,
            valid_from=turns[version],
            **({"valid_until": turns[version + 1]} if version < 3 else {}),
        )
        for column in range(8)
        for row in range(8)
        for version in range(4)
    ]
    owned = owned_by(*features)
    for version in range(4):
        told = {
            unit_at(owned, (column + 0.5) / 4, (row + 0.5) / 4, at_ns=at(turns[version]))
            == f"grid-{(column + row + version) % 4 + 1}"
            for column in range(8)
            for row in range(8)
        }
        assert told == {True}
    corner = owned.owner_at(*place(2, 2), at_ns=NOON, error_m=5)
    assert corner is not None
    assert (corner.area, corner.near_border) == ("a-7-7", True)
    middle = owned.owner_at(*place(0.5, 0.5), at_ns=NOON, error_m=5)
    assert middle is not None
    assert middle.area == "a-1-1"
    assert [one.area for one in middle.others] == ["a-1-2", "a-2-1", "a-2-2"]
    # A quarter of a square is 256 m wide: 20 m and 80 m west of the border to a-2-1.
    for share, error_m, reached in ((0.92, 25, "a-2-1"), (0.92, 15, None), (0.69, 100, "a-2-1")):
        spot = place((1 + share) / 4, 1.5 / 4)
        near = owned.owner_at(*spot, at_ns=NOON, error_m=error_m)
        assert near is not None
        assert (near.area, near.near_border) == ("a-1-1", reached is not None)
        assert reached is None or reached in [one.area for one in near.others]
    outside = owned.candidates(*place(2 + 0.02, 1.1), at_ns=NOON, error_m=25)
    assert [one.area for one in outside] == ["a-7-4"]
