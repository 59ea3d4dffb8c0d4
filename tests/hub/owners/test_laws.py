"""Laws of who owns a point, over drawn areas; the contract's own index is the other opinion."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.areas import AreaIndex
from tests.hub.owners.town import NEXT_YEAR, NOON, TURN, area, block, owned_by, place

steps = st.integers(0, 12)
boxes = st.tuples(steps, steps, st.integers(1, 6), st.integers(1, 6)).map(
    lambda box: block(box[0] / 4, box[1] / 4, box[2] / 4, box[3] / 4)
)
kinds_of_area = st.sampled_from(
    [
        {},
        {"classes": ["06*"]},
        {"classes": ["06036", "09001"]},
        {"overlay": "gas"},
        {"overlay": "gas", "classes": ["06*"]},
    ]
)
times = st.sampled_from(
    [{}, {"valid_until": "2027-01-01T00:00:00+08:00"}, {"valid_from": "2027-01-01T00:00:00+08:00"}]
)


@st.composite
def drawn_areas(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.lists(st.sampled_from([f"a-{n}" for n in range(20)]), max_size=7, unique=True))
    units = st.sampled_from(["grid-1", "grid-2", "grid-3"])
    return [
        area(name, draw(boxes), unit=draw(units), **draw(kinds_of_area), **draw(times))
        for name in names
    ]


questions = st.fixed_dictionaries(
    {
        "class_code": st.sampled_from([None, "06036", "06042", "09001", "1"]),
        "overlay": st.sampled_from([None, "gas", "other"]),
        "at_ns": st.sampled_from([NOON, TURN - 1, TURN, NEXT_YEAR]),
        "error_m": st.sampled_from([None, 0.0, 5.0, 300.0, 9_000.0]),
    }
)
# Corners and borders are hit often, since places and blocks stand on one lattice.
spots = st.tuples(st.integers(-2, 40), st.integers(-2, 40)).map(lambda s: place(s[0] / 8, s[1] / 8))


def _rank(facts: dict[str, Any], asked: dict[str, Any]) -> int | None:
    classes, code = facts.get("classes"), asked["class_code"]
    fits = classes is None or any(
        code is not None and (code == one or (one[-1] == "*" and code.startswith(one[:-1])))
        for one in classes
    )
    overlay = facts.get("overlay")
    if not fits or overlay not in (None, asked["overlay"]):
        return None
    return (0 if overlay else 2) + (0 if classes else 1)


@settings(deadline=None)
@given(drawn_areas(), spots, questions, st.randoms(use_true_random=False))
def test_one_owner_at_most_the_same_in_any_order_and_as_a_plain_reading_says(
    features: list[dict[str, Any]], spot: tuple[float, float], asked: dict[str, Any], chance: Any
) -> None:
    owned = owned_by(*features)
    found = owned.owner_at(*spot, **asked)
    shuffled = list(features)
    chance.shuffle(shuffled)
    assert owned_by(*shuffled).owner_at(*spot, **asked) == found
    # The contract's own index says which areas hold the point; the first of the best rank has it.
    index = AreaIndex(entry.duty.area for entry in owned.entries)
    facts = {one["properties"]["id"]: one["properties"] for one in features}
    ranked = [
        (rank, one.id)
        for one in index.containing(*spot, kind="duty", at_ns=asked["at_ns"])
        if (rank := _rank(facts[one.id], asked)) is not None
    ]
    expected = min(ranked)[1] if ranked else None
    assert (found and found.area) == expected


@settings(deadline=None)
@given(drawn_areas(), spots, questions, st.floats(0, 2 * math.pi), st.floats(0, 1))
def test_whoever_owns_a_place_within_the_error_is_told(
    features: list[dict[str, Any]],
    spot: tuple[float, float],
    asked: dict[str, Any],
    angle: float,
    share: float,
) -> None:
    owned = owned_by(*features)
    error_m = asked["error_m"] = 200.0
    found = owned.owner_at(*spot, **asked)
    reach = 0.995 * share * error_m
    lon = spot[0] + reach * math.cos(angle) / (111_320 * math.cos(math.radians(spot[1])))
    lat = spot[1] + reach * math.sin(angle) / 110_574 * 0.99
    there = owned.owner_at(lon, lat, **(asked | {"error_m": None}))
    candidates = {one.area for one in owned.candidates(*spot, **asked)}
    if there is not None:
        assert there.area in candidates
    if found is not None:
        assert candidates == {found.area, *(one.area for one in found.others)}
        if not found.near_border:
            assert there is not None
            assert there.area == found.area
