from __future__ import annotations

import pytest

from hub.owners import Ownership
from hub.owners.coverage import coverage_at
from tests.hub.owners.town import NOON, SQUARES, TURN, area, block, owned_by

# 0.01 degrees near 23.11 north on WGS 84: 1,024.5 m by 1,107.5 m (NGA.STND.0036, radii of curvature).
SQUARE_M2 = 1_024.5 * 1_107.5


def test_a_district_without_faults_has_none() -> None:
    found = coverage_at(owned_by(*SQUARES), NOON)
    assert (found.plain, found.narrow, found.overlaps, found.holes) == (4, 0, (), ())
    assert found.square_m == pytest.approx(4 * SQUARE_M2, rel=1e-3)
    assert found.outside_share == pytest.approx(0, abs=1e-9)


def test_overlaps_of_plain_areas_are_told_with_who_has_the_ground() -> None:
    over = area("a-9", block(0.5, 0.5), unit="grid-4")
    lying_over = area("z", block(0, 0, 2, 2), unit="greening", overlay="gas")
    found = coverage_at(owned_by(*SQUARES, over, lying_over), NOON)
    assert {(one.first, one.second) for one in found.overlaps} == {
        (f"a-{n}", "a-9") for n in range(1, 5)
    }
    assert found.overlaps[0].square_m == pytest.approx(SQUARE_M2 / 4, rel=1e-3)
    assert found.narrow == 1


def test_holes_between_neighbours_are_told_and_counted_in_the_share() -> None:
    ring = [
        area("a", block(0, 0, 3, 1), unit="grid-1"),
        area("b", block(0, 2, 3, 1), unit="grid-2"),
        area("c", block(0, 1), unit="grid-3"),
        area("d", block(2, 1, 1, 0.9), unit="grid-4"),
        area("e", block(1.5, 1.9, 1.5, 0.1), unit="grid-4"),
    ]
    found = coverage_at(owned_by(*ring), NOON)
    assert len(found.holes) == 1
    assert found.holes[0].square_m == pytest.approx(0.95 * SQUARE_M2, rel=1e-3)
    assert found.outside_share == pytest.approx(0.95 / 9, rel=1e-3)


def test_units_that_no_area_names_are_told_unless_somebody_below_them_is() -> None:
    found = coverage_at(owned_by(*SQUARES), NOON)
    assert found.idle_units == ("clean-co", "crew-7", "fresh-co", "gas-office")
    later = coverage_at(owned_by(*SQUARES, area("b", block(3, 0), lot="lot-2")), TURN)
    assert later.idle_units == ("clean-co", "crew-7", "fresh-late", "gas-office")


def test_a_district_without_areas_is_covered_by_nobody() -> None:
    found = coverage_at(Ownership(), NOON)
    assert (found.plain, found.square_m, found.outside_share, found.idle_units) == (0, 0, 0, ())
