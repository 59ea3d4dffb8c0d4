from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.owners import Ownership, OwnersRefused
from hub.owners.successors import check_successor
from tests.hub.owners.town import NOON, UNITS, area, at, block, owned_by, place

NOW_TEXT, SOON = "2026-06-01T04:00:00Z", "2026-07-01T00:00:00Z"
OLD = [
    area("a-1", block(0, 0), unit="grid-1", main="north", assisting=["greening"]),
    area("a-2", block(1, 0), unit="grid-2", valid_until="2026-05-01T00:00:00Z"),
    area("a-2", block(1, 0), unit="grid-3", version=2, valid_from="2026-05-01T00:00:00Z"),
    area("a-3", block(2, 0), unit="grid-3", valid_from=SOON),
]


def changed(number: int, **properties: Any) -> list[dict[str, Any]]:
    features = [dict(one) for one in OLD]
    features[number] = {
        **features[number],
        "properties": features[number]["properties"] | properties,
    }
    return features


def faults(features: list[dict[str, Any]], units: str = UNITS) -> list[str]:
    found = check_successor(owned_by(*OLD), owned_by(*features, units=units), NOON)
    return [fault.text for fault in found]


@pytest.mark.parametrize(
    "features",
    [
        OLD,
        changed(0, name="another name"),
        changed(0, valid_until=SOON),
        changed(0, valid_until=NOW_TEXT),
        changed(3, unit="grid-4"),
        OLD[:3],
        [*OLD, area("b-1", block(3, 0), unit="grid-4", valid_from=NOW_TEXT)],
        [
            *changed(0, valid_until=SOON),
            area("a-1", block(0, 0, 2), unit="grid-4", version=2, valid_from=SOON),
        ],
    ],
)
def test_what_is_to_come_may_change_and_what_has_begun_may_end(
    features: list[dict[str, Any]],
) -> None:
    assert faults(features) == []


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        (OLD[1:], "feature 0 (id 'a-1'): version 1, begun 1970-01-01T00:00:00.000Z, is gone: expected it"),
        ([OLD[0], *OLD[2:]], "feature 1 (id 'a-2'): version 1, begun 1970-01-01"),
        (changed(0, unit="grid-2"), "feature 0 (id 'a-1'): version 1 has begun: expected unit 'grid-1' as"),
        (changed(0, main="south"), "feature 0 (id 'a-1'): version 1 has begun: expected main 'north' as"),
        (changed(0, assisting=[]), "feature 0 (id 'a-1'): version 1 has begun: expected assisting ("),
        (changed(0, classes=["06*"]), "feature 0 (id 'a-1'): version 1 has begun: expected classes ()"),
        (changed(0, overlay="gas"), "feature 0 (id 'a-1'): version 1 has begun: expected overlay None"),
        (changed(0, lot="lot-2"), "feature 0 (id 'a-1'): version 1 has begun: expected lot None"),
        (changed(0, contractor="fresh-co"), "feature 0 (id 'a-1'): version 1 has begun: expected contractor"),
        (
            [area("a-1", block(0, 0, 0.9), **OLD[0]["properties"]), *OLD[1:]],
            "feature 0 (id 'a-1'): version 1 has begun: expected the same ground; a redrawn area is a new",
        ),
        (
            changed(0, valid_until="2026-05-31T00:00:00Z"),
            "feature 0 (id 'a-1'): version 1 has begun: expected it to end not before 2026-06-01T04:00",
        ),
        (
            changed(0, valid_from="2026-01-01T00:00:00Z"),
            "feature 0 (id 'a-1'): version 1 has begun: expected it to begin at 1970-01-01T00:00:00.000Z",
        ),
        (
            changed(1, valid_until="2026-04-30T00:00:00Z"),
            "feature 1 (id 'a-2'): version 1 has begun: expected it to end at 2026-05-01T00:00:00.000Z",
        ),
        (
            [*OLD, area("b-1", block(3, 0), unit="grid-4")],
            "feature 4 (id 'b-1'): version 1 is new: expected a `valid_from` not before 2026-06-01T04:00",
        ),
        (
            changed(3, valid_from="2026-01-01T00:00:00Z"),
            "feature 3 (id 'a-3'): version 1 is new: expected a `valid_from` not before",
        ),
    ],
)  # fmt: skip
def test_a_document_that_rewrites_history_is_refused(
    features: list[dict[str, Any]], expected: str
) -> None:
    found = faults(features)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("greening,department,绿化科,Greening,tianhe", "greening,department,绿化,G,tianhe", None),
        ("grid-2,grid,二网格,Grid 2,north", "grid-2,grid,二网格,Grid 2,south", "grid-2 has begun: expected parent 'north' as before"),
        ("grid-4,grid,四网格,Grid 4,south,,", "grid-4,grid,四网格,Grid 4,south,,2027-01-01", None),
        ("grid-4,grid,四网格,Grid 4,south,,", "grid-4,grid,四网格,Grid 4,south,,2026-01-01", "grid-4 has begun: expected it to end not"),
        ("gas-office,department", "gas,department", "gas-office, begun the beginning, is gone: expected it kept"),
        (",lot-2,", ",lot-2 lot-3,", "fresh-co has begun: expected lots ('lot-2',) as before"),
        ("fresh-late,contractor,新洁二,Fresh Late,fresh-co,2027-01-01", "fresh-late,contractor,新洁二,Fresh Late,tianhe,2027-02-01", None),
        ("fresh-late,contractor", "fresh-late,contractor,x,x,fresh-co,2026-01-01,2027-01-01,,\nfresh-late,contractor", "fresh-late is new: expected valid_from not before"),
        ("crew-7,crew", "crew-8,crew,x,x,clean-co,2026-01-01,,,\ncrew-7,crew", None),
        ("fresh-late,contractor,新洁二,Fresh Late,fresh-co,2027-01-01,,lot-1", "fresh-late,contractor,新洁二,Fresh Late,fresh-co,,,lot-5", "fresh-late is new: expected valid_from not before"),
    ],
)  # fmt: skip
def test_units_that_have_begun_stay_as_they_were(old: str, new: str, expected: str | None) -> None:
    assert old in UNITS
    units = UNITS.replace(old, new)
    before, after = owned_by(units=UNITS), owned_by(units=units)
    found = [fault.text for fault in check_successor(before, after, NOON)]
    assert (found[:1] or [None])[0] == expected or (expected and found[0].startswith(expected))


def test_the_first_documents_may_tell_of_any_time() -> None:
    assert check_successor(Ownership(), owned_by(*OLD), NOON) == []


# -- the law

kept = st.sampled_from([{}, {"classes": ["06*"]}, {"overlay": "gas"}])
days = st.integers(0, 8)


def _day(number: int) -> str:
    return f"2026-06-{number + 1:02}T00:00:00Z"


@st.composite
def documents(draw: st.DrawFn) -> list[dict[str, Any]]:
    features = []
    for name in draw(st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=3)):
        turns = sorted(draw(st.sets(days, min_size=1, max_size=4)))
        for version, (start, end) in enumerate(zip(turns, [*turns[1:], None], strict=True), 1):
            stop = {} if end is None else {"valid_until": _day(end)}
            unit = draw(st.sampled_from(["grid-1", "grid-2"]))
            ring = block(draw(st.integers(0, 1)), 0)
            begin = {"valid_from": _day(start), "version": version, "unit": unit}
            features.append(area(name, ring, **begin, **stop, **draw(kept)))
    return features


@st.composite
def redrawn(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A document and one that was made of it: features dropped, added, ended, changed."""
    old = draw(documents())
    new = [one for one in old if draw(st.integers(0, 5))]
    new = [
        {**one, "properties": one["properties"] | draw(st.sampled_from([{}, {}, {"unit": "grid-2"}, {"valid_until": _day(8)}, {"valid_until": _day(4)}]))}
        for one in new
    ]  # fmt: skip
    added = [
        {**one, "properties": one["properties"] | {"id": f"z-{one['properties']['id']}"}}
        for one in draw(documents())
    ]
    return old, new + draw(st.sampled_from([[], added]))


@settings(deadline=None, max_examples=120)
@given(redrawn(), days, st.integers(0, 1), st.sampled_from([None, "06036"]))
def test_no_accepted_successor_changes_an_answer_about_a_day_that_is_over(
    drawn: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    published: int,
    column: int,
    code: str | None,
) -> None:
    old, now_ns = owned_by(*drawn[0]), at(_day(published))
    try:
        new = owned_by(*drawn[1])
    except OwnersRefused:
        return
    if not old.areas or check_successor(old, new, now_ns):
        return
    for day in range(published):
        when = at(_day(day)) + 1
        for overlay in (None, "gas"):
            asked = {"at_ns": when, "class_code": code, "overlay": overlay}
            spot = place(column + 0.5, 0.5)
            assert new.owner_at(*spot, **asked) == old.owner_at(*spot, **asked)
