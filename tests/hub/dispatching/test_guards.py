"""Who may do what to an order, and what it takes: every rule on both sides of its edge."""

from __future__ import annotations

from itertools import product
from typing import Any

import msgspec
import pytest

from hub.dispatching.guards import (
    TWIN_BITS,
    EvidenceLacking,
    NotAllowed,
    Photo,
    Who,
    check_closer,
    check_evidence,
    check_more_time,
    needed_role,
)
from hub.dispatching.photos import apart
from hub.dispatching.states import BY_HUB, LEGAL, IllegalMove, OrderState, check_move
from hub.policies.policy import Evidence, Policy, Text, Texts
from hub.store.order_heads import OrderHead
from hub.store.tokens import Role
from tests.hub.detections import at

POLICY = Policy(name="trial", texts=Texts(zh=Text(title="试"), en=Text(title="Trial")))
WANTED = Evidence(closing_photos=1, within_m=50)
_HEAD: dict[str, Any] = {
    "id": "o-1",
    "seq": 1,
    "number": "2026-000001",
    "state": "dispatched",
    "version": 1,
    "class_code": "06010",
    "catalogue": "gbt47678-2026",
    "kind": "06010",
    "priority": "normal",
    "dedupe_key": "k",
    "slot": None,
    "lon": 113.27,
    "lat": 23.16,
    "owner_unit": "sanitation-3",
    "contractor": "clean-co",
    "policy_name": "trial",
    "policy_version": 1,
    "observed_at": at(0),
    "opened_at": at(0),
    "dispatched_at": at(10),
    "resolved_at": at(60),
    "resolved_by": "token/lin",
    "resolved_unit": "sanitation-3",
    "resolved_contractor": "clean-co",
    "closed_at": None,
    "due_at": at(240),
    "last_at": at(0),
    "ended_at": None,
    "shelved_until": None,
    "rework": 0,
    "reopened": 0,
    "returned": 0,
    "extended": 0,
    "merged_into": None,
    "merged_from": None,
}


def head(**changes: Any) -> OrderHead:
    return OrderHead(**{**_HEAD, **changes})


def who(
    name: str = "mei",
    role: Role = "dispatcher",
    unit: str | None = None,
    contractor: str | None = None,
) -> Who:
    return Who(f"token/{name}", role, unit, contractor)


def photo(**changes: Any) -> Photo:
    return Photo(
        **{"sha256": "ab" * 32, "taken_at": at(20), "lon": 113.27, "lat": 23.16, **changes}
    )


# -- who closes


def test_whoever_resolved_an_order_does_not_close_it() -> None:
    with pytest.raises(NotAllowed, match="somebody else"):
        check_closer(head(), who("lin"), looking=False)
    check_closer(head(), who("mei"), looking=False)


def test_nobody_of_the_contractor_that_handled_it_closes_it() -> None:
    with pytest.raises(NotAllowed, match="contractor clean-co"):
        check_closer(head(), who(contractor="clean-co"), looking=False)
    check_closer(head(), who(contractor="fresh-co"), looking=False)
    check_closer(head(resolved_contractor=None), who(contractor=None), looking=False)


def test_what_the_hub_resolved_anybody_may_close() -> None:
    check_closer(head(resolved_by="hub", resolved_contractor=None), who("lin"), looking=False)


@pytest.mark.parametrize(
    ("role", "looking", "may"),
    [
        ("operator", True, False),
        ("operator", False, True),
        ("dispatcher", True, True),
        ("admin", True, True),
    ],
)
def test_while_a_second_look_is_under_way_an_operator_waits_for_it(
    role: Role, looking: bool, may: bool
) -> None:
    if may:
        check_closer(head(), who(role=role), looking=looking)
        return
    with pytest.raises(NotAllowed, match="second look"):
        check_closer(head(), who(role=role), looking=looking)


# -- more time


@pytest.mark.parametrize("left", [0.2, 0.5, 1.0])
def test_in_good_time_whoever_may_shelves_and_extends(left: float) -> None:
    check_more_time(head(), who(unit="sanitation-3", contractor="clean-co"), POLICY, left)


@pytest.mark.parametrize("left", [0.1999, 0.0, -3.0])
def test_late_it_takes_another_unit(left: float) -> None:
    with pytest.raises(NotAllowed, match="names none"):
        check_more_time(head(), who(), POLICY, left)
    with pytest.raises(NotAllowed, match="sanitation-3, which is late"):
        check_more_time(head(), who(unit="sanitation-3"), POLICY, left)
    with pytest.raises(NotAllowed, match="contractor clean-co"):
        check_more_time(head(), who(unit="crew-7", contractor="clean-co"), POLICY, left)
    check_more_time(head(), who(unit="office-1"), POLICY, left)
    check_more_time(head(), who(unit="crew-9", contractor="fresh-co"), POLICY, left)


def test_the_share_is_the_policys() -> None:
    strict = msgspec.structs.replace(POLICY, late_share=0.5)
    with pytest.raises(NotAllowed, match="less than 50%"):
        check_more_time(head(), who(), strict, 0.4)
    check_more_time(head(), who(), msgspec.structs.replace(POLICY, late_share=0.0), 0.0)


# -- evidence


def faults(one: Photo, wanted: Evidence = WANTED, **changes: Any) -> tuple[str, ...]:
    with pytest.raises(EvidenceLacking) as lacking:
        check_evidence(head(**changes), wanted, [one])
    return lacking.value.faults


def test_a_photo_of_the_place_after_the_order_counts() -> None:
    check_evidence(head(), WANTED, [photo()])


def test_a_policy_that_asks_for_no_photo_takes_any() -> None:
    check_evidence(head(), Evidence(), [])
    check_evidence(head(), Evidence(), [photo(known=False)])


def test_without_photos_what_is_asked_for_is_told() -> None:
    with pytest.raises(EvidenceLacking, match=r"1 photos are needed.*within 50 m.*0 of 0") as none:
        check_evidence(head(), WANTED, [])
    assert none.value.faults == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"known": False}, "not uploaded yet"),
        ({"twin": "cd" * 32}, "nearly the same as the earlier photo cdcdcdcdcdcd"),
        ({"taken_at": None}, "does not say when"),
        ({"taken_at": at(9)}, "before the order was sent out"),
        ({"lon": None}, "does not say where"),
        ({"lat": None}, "does not say where"),
        ({"lat": 23.1605}, "taken 56 m from the place"),
    ],
)
def test_a_photo_that_proves_nothing_is_told_why(changes: dict[str, Any], fault: str) -> None:
    (told,) = faults(photo(**changes))
    assert told.startswith("abababababab: ")
    assert fault in told


def test_a_photo_of_the_very_moment_and_of_the_very_edge_counts() -> None:
    check_evidence(head(), WANTED, [photo(taken_at=at(10))])
    check_evidence(head(), WANTED, [photo(lat=23.16 + 49.9 / 111_195)])
    assert faults(photo(lat=23.16 + 50.1 / 111_195))


def test_times_are_compared_as_times_not_as_texts() -> None:
    """at(10) is 14:23:20 UTC; the same moment by a camera in Guangzhou."""
    local = "2026-09-21T22:23:20+08:00"
    check_evidence(head(), WANTED, [photo(taken_at=local)])
    assert faults(photo(taken_at="2026-09-21T22:23:19+08:00"))


def test_what_was_never_sent_out_counts_from_its_opening() -> None:
    check_evidence(head(dispatched_at=None), WANTED, [photo(taken_at=at(0))])
    assert faults(photo(taken_at=at(-1)), dispatched_at=None)


def test_an_order_without_a_place_takes_photos_from_anywhere() -> None:
    check_evidence(head(lon=None), WANTED, [photo(lon=None)])
    check_evidence(head(lat=None), WANTED, [photo(lon=0.0, lat=0.0)])


def test_so_many_photos_must_count_as_are_asked_for() -> None:
    two = Evidence(closing_photos=2, within_m=50)
    bad = photo(sha256="cd" * 32, known=False)
    with pytest.raises(EvidenceLacking, match="1 of 2 count") as lacking:
        check_evidence(head(), two, [photo(), bad])
    assert [one[:12] for one in lacking.value.faults] == ["cdcdcdcdcdcd"]
    check_evidence(head(), two, [photo(), bad, photo(sha256="ef" * 32)])


def test_hashes_are_compared_bit_by_bit_signed_or_not() -> None:
    assert apart(0, 0) == 0
    assert apart(-1, (1 << 64) - 1) == 0
    assert apart(0, -1) == 64
    assert apart(0b1011, 0b0001) == 2
    assert TWIN_BITS == 6


# -- roles and states


OPERATOR = {("resolved", "dispatched"), *((one, "resolved") for one in OrderState)}
OPERATOR |= {(one, to) for one in OrderState for to in ("returned", "closed")}


@pytest.mark.parametrize(("origin", "to"), list(product(OrderState, OrderState)))
def test_an_operator_reports_and_looks_a_dispatcher_decides(
    origin: OrderState, to: OrderState
) -> None:
    expected = "operator" if (str(origin), str(to)) in OPERATOR else "dispatcher"
    assert needed_role(origin, to, names_unit=False) == expected
    sends_on = "dispatcher" if to is OrderState.DISPATCHED else expected
    assert needed_role(origin, to, names_unit=True) == sends_on


PEOPLE = {
    "review": {"dispatched", "no-owner", "void"},
    "no-owner": {"dispatched", "void"},
    "dispatched": {"dispatched", "resolved", "returned", "shelved", "void"},
    "resolved": {"closed", "dispatched"},
    "returned": {"dispatched", "no-owner", "void"},
    "shelved": {"dispatched", "void"},
    "closed": set(),
    "void": set(),
}


HUB: dict[str, set[str]] = {one: set() for one in PEOPLE} | {
    "no-owner": {"resolved"},
    "resolved": {"no-owner"},
    "closed": {"dispatched", "no-owner"},
}


@pytest.mark.parametrize("by_hub", [False, True])
@pytest.mark.parametrize(("origin", "to"), list(product(OrderState, OrderState)))
def test_each_pair_is_legal_exactly_as_written_here(
    origin: OrderState, to: OrderState, by_hub: bool
) -> None:
    legal = str(to) in PEOPLE[str(origin)] or (by_hub and str(to) in HUB[str(origin)])
    assert (to in (BY_HUB if by_hub else LEGAL)[origin]) == legal
    if legal:
        check_move(origin, to, by_hub=by_hub)
        return
    with pytest.raises(IllegalMove) as refused:
        check_move(origin, to, by_hub=by_hub)
    assert refused.value.legal == sorted(PEOPLE[str(origin)])


def test_from_every_open_state_there_is_a_way_to_an_end() -> None:
    ends = {OrderState.CLOSED, OrderState.VOID}
    for origin in OrderState:
        reached, new = {origin}, {origin}
        while new:
            new = {to for one in new for to in LEGAL[one]} - reached
            reached |= new
        assert reached & ends
