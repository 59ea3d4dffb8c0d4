"""Which order a word belongs to: by when it was seen, never by when it arrived."""

from __future__ import annotations

from typing import Any

import pytest

from contract.timestamps import rfc3339
from hub.dispatching.correlating import (
    CLOCK_LEEWAY_NS,
    Decision,
    dedupe_key,
    matter_of,
)
from hub.dispatching.states import OrderState
from hub.policies.policy import Dedupe, Filing, Recurrence
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import at, detection
from tests.hub.dispatching.scenes import CLOSED, HEAP, OBJECT, VOID, Town, policy, word

KEY = dedupe_key(word(), OBJECT)
OPEN_ONE = Decision("open")


# -- what is one problem


@pytest.mark.parametrize(
    ("key", "same", "other"),
    [
        ("object", {"problem_id": "p-9"}, {"object": "weighbridge/wb-2"}),
        ("object", {"problem_id": "p-9"}, {"facet": "pm10"}),
        ("object", {"problem_id": "p-9"}, {"slot": "cs-018"}),
        ("problem", {"object": "weighbridge/wb-2"}, {"problem_id": "p-9"}),
        ("problem", {"object": "weighbridge/wb-2"}, {"slot": "cs-018"}),
        ("zone", {"object": "x", "problem_id": "p-9"}, {"zone": "z-2"}),
        ("zone", {"problem_id": "p-9"}, {"slot": "cs-018"}),
        ("badge", {"slot": "cs-018", "problem_id": "p-9"}, {"badge": "b-2"}),
        ("vehicle", {"slot": "cs-018", "problem_id": "p-9"}, {"vehicle": "粤A2"}),
        ("cell", {"slot": "cs-018", "problem_id": "p-9"}, {"east_m": 300}),
    ],
)
def test_a_key_is_the_thing_that_has_the_problem_and_nothing_else(
    key: Any, same: dict[str, Any], other: dict[str, Any]
) -> None:
    by = policy(dedupe=Dedupe(key=key))
    all_of = {"zone": "z-1", "badge": "b-1", "vehicle": "粤A1"}
    one = dedupe_key(word(**all_of), by)
    assert dedupe_key(word(2, **{**all_of, **same}), by) == one
    assert dedupe_key(word(2, **{**all_of, **other}), by) != one
    assert dedupe_key(word(**all_of), policy(by, class_code="E9")) != one


@pytest.mark.parametrize("key", ["zone", "badge", "vehicle", "cell"])
def test_what_lacks_the_thing_is_a_problem_of_its_own(key: Any) -> None:
    by = policy(dedupe=Dedupe(key=key))
    bare = [detection(n, problem_id=f"p-{n}") for n in (1, 2)]
    assert dedupe_key(bare[0], by) != dedupe_key(bare[1], by)
    assert dedupe_key(bare[0], by) == dedupe_key(detection(3, problem_id="p-1"), by)


def test_the_class_is_the_policys_or_the_events_own() -> None:
    own = word(class_code="09006", catalogue="gbt47678-2026")
    assert matter_of(own, OBJECT) == ("E1", "edile-local")
    assert matter_of(own, policy(class_code=None)) == ("09006", "gbt47678-2026")
    assert matter_of(word(class_code="1"), policy(class_code=None)) == ("1", "edile-local")
    with pytest.raises(KeyError, match="leaves the class to the event"):
        matter_of(word(), policy(class_code=None))


# -- one problem, one order


def test_a_repeat_is_told_where_it_went() -> None:
    town = Town()
    town.scene.repeats[word().event_id] = "o-9"
    assert town.decides(word()) == Decision("repeat", "o-9")
    town.scene.repeats[word().event_id] = None
    assert town.decides(word()) == Decision("repeat")


def test_a_word_on_a_problem_joins_its_open_order_whatever_the_key() -> None:
    town = Town().order("o-1").problem("o-1")
    assert town.decides(word(minute=9)) == Decision("join", "o-1", "o-1")


def test_the_end_of_a_problem_goes_to_its_order_in_any_state() -> None:
    for state in OrderState:
        closed = 5 if state in {CLOSED, VOID} else None
        town = Town().order("o-1", KEY, state=state, closed=closed).problem("o-1")
        assert town.decides(word(phase="ended", minute=60)) == Decision("join", "o-1", "o-1")


def test_an_end_of_what_never_had_an_order_opens_none() -> None:
    assert Town().decides(word(phase="ended")) == Decision("unfiled")
    assert Town().order("o-1", KEY).decides(word(phase="ended")) == Decision("unfiled")


def test_another_problem_of_the_same_thing_joins_the_open_order_of_its_key() -> None:
    town = Town().order("o-1", KEY).problem("o-1")
    assert town.decides(word(2, problem_id="p-2", minute=5)) == Decision("join", "o-1", "o-1")


def test_a_word_on_what_was_merged_joins_the_whole_and_is_kept_under_the_part() -> None:
    town = Town().order("o-1", KEY, state=VOID, closed=10, into="o-2").order("o-2")
    town.problem("o-1").scene.aliases[KEY] = ("o-2", "o-1")
    assert town.decides(word(minute=20)) == Decision("join", "o-2", "o-1")
    assert town.decides(word(problem_id="p-9", minute=20)) == Decision("join", "o-2", "o-1")


def test_a_merge_of_merges_leads_to_the_last_whole() -> None:
    town = Town().order("o-1", KEY, state=VOID, closed=10, into="o-2")
    town.order("o-2", "k-2", state=VOID, closed=20, into="o-3").order("o-3").problem("o-1")
    assert town.decides(word(minute=30)) == Decision("join", "o-3", "o-1")


# -- by when it was seen


def test_a_late_word_goes_to_the_order_that_was_open_when_it_was_seen() -> None:
    town = Town().order("o-1", KEY, state=CLOSED, closed=60).order("o-2", KEY, first=90)
    late = word(2, problem_id="p-2", observed_at=at(30), received_at=at(600))
    assert town.decides(late) == Decision("late", "o-1", "o-1")
    new = word(3, problem_id="p-2", observed_at=at(91), received_at=at(601))
    assert town.decides(new) == Decision("join", "o-2", "o-2")


def test_also_when_its_own_problem_has_an_order_since() -> None:
    town = Town().order("o-1", KEY, state=CLOSED, closed=60).order("o-2", KEY, first=90)
    town.problem("o-2")
    late = word(2, phase="updated", observed_at=at(30), received_at=at(600))
    assert town.decides(late) == Decision("late", "o-1", "o-1")


def test_of_several_closed_ones_it_is_the_first_that_was_closed_after() -> None:
    town = Town().order("o-2", KEY, state=CLOSED, first=70, closed=120)
    town.order("o-1", KEY, state=CLOSED, closed=60).order("o-3", KEY, first=200)
    for minute, expected in ((10, "o-1"), (75, "o-2")):
        late = word(2, problem_id="p-2", observed_at=at(minute), received_at=at(600))
        assert town.decides(late) == Decision("late", expected, expected)


LEEWAY_MIN = CLOCK_LEEWAY_NS / 60e9


@pytest.mark.parametrize(
    ("before", "own", "what"),
    [
        (LEEWAY_MIN + 0.01, False, "late"),
        (LEEWAY_MIN, False, "open"),
        (0, False, "open"),
        (LEEWAY_MIN, True, "late"),
        (0, True, "late"),
        (-0.01, True, "open"),
    ],
)
def test_nearer_to_the_closing_than_clocks_are_right_only_the_same_problem_is_old(
    before: float, own: bool, what: str
) -> None:
    town = Town().order("o-1", KEY, state=CLOSED, closed=60)
    if own:
        town.problem("o-1")
    seen = word(2, observed_at=at(60 - before), received_at=at(100))
    found_ = town.decides(seen)
    assert found_.what == what
    assert found_.relapse_of == ("o-1" if what == "open" else None)


def test_within_the_leeway_of_one_closing_the_next_order_of_the_key_is_asked() -> None:
    town = Town().order("o-1", KEY, state=CLOSED, closed=60)
    town.order("o-2", KEY, state=CLOSED, first=61, closed=120)
    late = word(2, problem_id="p-2", observed_at=at(58), received_at=at(600))
    assert town.decides(late) == Decision("late", "o-2", "o-2")


def test_a_late_word_of_a_problem_that_joined_by_place_finds_its_order() -> None:
    """Its own key never had an order, and it does not say where it was."""
    town = Town().order("o-1", "another", state=CLOSED, closed=60).problem("o-1")
    lost = detection(2, observed_at=at(30), received_at=at(600))
    assert town.decides(lost, HEAP) == Decision("late", "o-1", "o-1")


def test_a_false_alarm_stays_quiet_while_its_problem_is_updated() -> None:
    town = Town().order("o-1", KEY, state=VOID, closed=60).problem("o-1")
    assert town.decides(word(phase="updated", minute=90)) == Decision("late", "o-1", "o-1")
    assert town.decides(word(phase="opened", minute=90)) == OPEN_ONE


# -- what comes back


@pytest.mark.parametrize(
    ("hours", "what"), [(2.0, "reopen"), (2.001, "relapse"), (168.0, "relapse"), (168.01, "new")]
)
def test_soon_after_closing_it_is_open_again_within_days_a_relapse_later_new(
    hours: float, what: str
) -> None:
    by = policy(recurrence=Recurrence(reopen_within_h=2, within_days=7))
    town = Town().order("o-1", KEY, state=CLOSED, closed=60)
    expected = {
        "reopen": Decision("reopen", "o-1", "o-1"),
        "relapse": Decision("open", relapse_of="o-1"),
        "new": OPEN_ONE,
    }[what]
    assert town.decides(word(2, problem_id="p-2", minute=60 + hours * 60), by) == expected


def test_without_a_time_for_it_nothing_is_open_again() -> None:
    town = Town().order("o-1", KEY, state=CLOSED, closed=60)
    assert town.decides(word(2, problem_id="p-2", minute=60.01)).what == "open"


def test_the_last_one_closed_comes_back() -> None:
    by = policy(recurrence=Recurrence(reopen_within_h=2))
    town = Town().order("o-1", KEY, state=CLOSED, closed=60)
    town.order("o-2", KEY, state=CLOSED, first=61, closed=90)
    assert town.decides(word(2, problem_id="p-2", minute=100), by).order_id == "o-2"


def test_a_false_alarm_does_not_come_back() -> None:
    by = policy(recurrence=Recurrence(reopen_within_h=2))
    town = Town().order("o-1", KEY, state=VOID, closed=60)
    assert town.decides(word(2, problem_id="p-2", minute=70), by) == OPEN_ONE


def test_what_would_be_open_again_but_has_an_open_successor_joins_that() -> None:
    by = policy(HEAP, recurrence=Recurrence(reopen_within_h=2))
    town = Town().order("o-1", "k", state=CLOSED, closed=60).order("o-2", "k", first=61, east_m=500)
    assert town.decides(word(2, problem_id="p-2", minute=70), by) == Decision("join", "o-2", "o-2")


def test_a_part_comes_back_as_its_whole() -> None:
    by = policy(recurrence=Recurrence(reopen_within_h=2))
    town = Town().order("o-1", KEY, state=VOID, closed=10, into="o-2")
    town.order("o-2", "k-2", state=CLOSED, closed=60)
    assert town.decides(word(2, problem_id="p-2", minute=70), by).order_id == "o-2"


# -- by place


@pytest.mark.parametrize(
    ("east_m", "what"), [(0, "join"), (29.9, "join"), (30.1, "open"), (5000, "open")]
)
def test_another_source_joins_within_the_radius(east_m: float, what: str) -> None:
    town = Town().order("o-1").problem("o-1")
    assert town.decides(word(2, slot="cs-018", east_m=east_m), HEAP).what == what


@pytest.mark.parametrize(
    ("minute", "what"),
    [
        (-24 * 60, "join"),
        (-24 * 60 - 1, "open"),
        (100 + 24 * 60, "join"),
        (101 + 24 * 60, "open"),
    ],
)
def test_and_within_the_window_of_what_was_seen(minute: float, what: str) -> None:
    town = Town().order("o-1", first=0, last=100).problem("o-1")
    assert town.decides(word(2, slot="cs-018", minute=minute), HEAP).what == what


def test_one_source_that_sees_two_has_two_orders() -> None:
    town = Town().order("o-1").problem("o-1")
    second = word(2, problem_id="p-2", east_m=5)
    assert town.decides(second, HEAP) == OPEN_ONE
    joins = policy(HEAP, dedupe=Dedupe(radius_m=30, same_source="join"))
    assert town.decides(second, joins) == Decision("join", "o-1", "o-1")


def test_when_its_first_one_is_over_the_second_may_be_the_same_heap() -> None:
    town = Town().order("o-1", last=10).problem("o-1", ended=10)
    assert town.decides(word(2, problem_id="p-2", minute=11), HEAP).order_id == "o-1"
    assert town.decides(word(2, problem_id="p-2", minute=9), HEAP) == OPEN_ONE


def test_a_source_that_tells_of_a_part_has_told_of_the_whole() -> None:
    town = Town().order("o-2").order("o-1", "k", state=VOID, closed=5, into="o-2").problem("o-1")
    assert town.decides(word(2, problem_id="p-2", minute=9), HEAP) == OPEN_ONE


def test_another_class_or_an_order_without_a_place_is_not_joined() -> None:
    other = Town().order("o-1", matter=("edile-local", "E9"))
    assert other.decides(word(2, slot="cs-018"), HEAP) == OPEN_ONE
    nowhere = Town().order("o-1", east_m=None)
    assert nowhere.decides(word(2, slot="cs-018"), HEAP) == OPEN_ONE
    assert Town().order("o-1").decides(detection(2, slot="cs-018"), HEAP) == OPEN_ONE


def test_of_several_near_it_is_the_nearest_and_of_equals_the_oldest() -> None:
    town = Town().order("o-1", east_m=20).order("o-2", east_m=-10).order("o-3", east_m=-10)
    assert town.decides(word(2, slot="cs-018", minute=1), HEAP).order_id == "o-2"


def test_of_those_near_it_is_the_one_that_was_open_when_it_was_seen() -> None:
    town = Town().order("o-1", state=CLOSED, first=0, closed=60).order("o-2", first=90)
    late = word(2, slot="cs-018", observed_at=at(30), received_at=at(600))
    assert town.decides(late, HEAP) == Decision("late", "o-1", "o-1")
    assert town.decides(word(2, slot="cs-018", minute=95), HEAP).order_id == "o-2"


def test_its_own_key_comes_before_its_neighbours() -> None:
    own = dedupe_key(word(), HEAP)
    town = Town().order("o-1").order("o-2", own, east_m=25)
    assert town.decides(word(minute=1), HEAP).order_id == "o-2"


# -- what is enough for an order


@pytest.mark.parametrize(
    ("filing", "changes", "filed"),
    [
        (Filing(), {}, True),
        (Filing(min_confidence=0.5), {"confidence": 0.5}, True),
        (Filing(min_confidence=0.5), {"confidence": 0.499}, False),
        (Filing(min_confidence=0.5), {}, True),
        (Filing(min_looks=2), {}, False),
        (Filing(min_looks=2), {"looks": 2}, True),
        (Filing(sources=("drone",)), {}, False),
        (Filing(sources=("drone", "gateway")), {}, True),
    ],
)
def test_a_word_becomes_an_order_when_the_filing_condition_holds(
    filing: Filing, changes: dict[str, Any], filed: bool
) -> None:
    found_ = Town().decides(word(**changes), policy(filing=filing))
    assert found_ == (OPEN_ONE if filed else Decision("unfiled"))


def test_looks_of_one_problem_add_up() -> None:
    town = Town().problem(None, looks=2)
    assert town.decides(word(), policy(filing=Filing(min_looks=3))) == OPEN_ONE
    assert town.decides(word(), policy(filing=Filing(min_looks=4))) == Decision("unfiled")
    other = word(problem_id="p-2")
    assert town.decides(other, policy(filing=Filing(min_looks=3))) == Decision("unfiled")


def test_what_falls_short_joins_an_order_all_the_same() -> None:
    strict = policy(filing=Filing(min_looks=9))
    assert Town().order("o-1", KEY).decides(word(minute=1), strict).what == "join"


def test_the_tests_own_leeway_is_the_contracts() -> None:
    assert rfc3339(START_UTC_NS + CLOCK_LEEWAY_NS) == at(5)
