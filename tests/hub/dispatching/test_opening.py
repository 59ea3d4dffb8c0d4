"""One problem, one order: opening, joining, late words, ends, relapses."""

from __future__ import annotations

import pytest

from contract.workorder import Move, WorkOrder
from hub.dispatching import Detection, dispatch
from hub.dispatching.moves import move_order
from hub.store import audit
from hub.store.engine import Database
from hub.store.order_lists import OrderFilter, list_orders
from hub.store.orders import fetch_order
from tests.hub.detections import DISTRICT, actor, at, detection, name_unit


def told(database: Database, one: Detection) -> str | None:
    with database.write() as conn:
        return dispatch(conn, one)


def order(database: Database, order_id: str | None) -> WorkOrder:
    assert order_id is not None
    with database.read() as conn:
        found = fetch_order(conn, DISTRICT, order_id)
    assert found is not None
    return found


def everything(database: Database) -> list[WorkOrder]:
    with database.read() as conn:
        return list_orders(conn, DISTRICT, OrderFilter(), after=None, limit=100)[0]


def settle(database: Database, order_id: str | None, to: str, minute: float) -> None:
    """Close by two people, or void by one."""
    assert order_id is not None
    steps = [("resolved", "lin"), ("closed", "mei")] if to == "closed" else [("void", "mei")]
    for state, name in steps:
        with database.write() as conn:
            move = Move(to=state, reason="seen to", unit=None)  # type: ignore[arg-type]
            move_order(conn, order_id, move, actor=actor(name), version=None, at=at(minute))


@pytest.fixture
def owned(database: Database) -> Database:
    with database.write() as conn:
        name_unit(conn, "cs-017", "sanitation-3")
    return database


def test_a_detection_opens_a_dispatched_order_of_the_gateways_unit(owned: Database) -> None:
    found = order(
        owned, told(owned, detection(detail="31,200 kg, limit 30,000 kg", evidence=("ab" * 32,)))
    )
    assert (found.state, found.owner and found.owner.unit) == ("dispatched", "sanitation-3")
    assert (found.number, found.kind, found.class_code) == ("2026-000001", "over-capacity", "E0102")
    assert (found.catalogue, found.priority, found.object) == (
        "edile-local",
        "high",
        "weighbridge/wb-1",
    )
    assert (found.opened_at, found.observed_at, found.due_at) == (at(0), at(0), at(240))
    assert found.evidence == ["ab" * 32]
    assert [(seen.source, seen.phase) for seen in found.sightings] == [("/baiyun/cs-017", "opened")]


def test_without_a_unit_an_order_is_visible_as_no_owner(database: Database) -> None:
    found = order(database, told(database, detection()))
    assert (found.state, found.owner) == ("no-owner", None)


def test_a_kind_that_accuses_somebody_waits_for_review(owned: Database) -> None:
    assert order(owned, told(owned, detection(kind="same-load-twice"))).state == "review"


def test_the_same_event_again_changes_nothing(owned: Database) -> None:
    first = told(owned, detection())
    before = order(owned, first)
    assert told(owned, detection()) == first
    assert order(owned, first) == before


def test_every_problem_of_a_problem_keyed_kind_has_its_own_order(owned: Database) -> None:
    ids = {told(owned, detection(n, problem_id=f"p-{n}")) for n in (1, 2, 3)}
    assert len(ids) == 3
    assert sorted(one.number for one in everything(owned)) == [
        "2026-000001",
        "2026-000002",
        "2026-000003",
    ]


def test_an_object_keyed_kind_has_one_open_order_per_device(owned: Database) -> None:
    silent = {"kind": "indicator-silent"}
    first = told(owned, detection(1, problem_id="p-1", **silent))
    assert told(owned, detection(2, problem_id="p-2", **silent, minute=5)) == first
    other = told(owned, detection(3, problem_id="p-3", object="weighbridge/wb-2", **silent))
    elsewhere = told(owned, detection(1, slot="cs-018", problem_id="p-1", **silent))
    assert len({first, other, elsewhere}) == 3
    assert len(order(owned, first).sightings) == 2


def test_a_late_sighting_makes_the_order_older_but_not_its_deadline(owned: Database) -> None:
    silent = {"kind": "indicator-silent"}
    first = told(owned, detection(1, minute=60, **silent))
    due = order(owned, first).due_at
    told(owned, detection(2, problem_id="p-0", observed_at=at(10), received_at=at(90), **silent))
    found = order(owned, first)
    assert (found.observed_at, found.opened_at, found.due_at) == (at(10), at(60), due)
    assert [seen.observed_at for seen in found.sightings] == [at(10), at(60)]


def test_an_order_opened_late_is_due_from_when_the_hub_knew(owned: Database) -> None:
    found = order(owned, told(owned, detection(observed_at=at(0), received_at=at(600))))
    assert (found.observed_at, found.opened_at, found.due_at) == (at(0), at(600), at(840))


def test_every_word_on_an_order_changes_its_version(owned: Database) -> None:
    silent = {"kind": "indicator-silent"}
    first = told(owned, detection(1, **silent))
    versions = [order(owned, first).version]
    for n, phase in enumerate(("updated", "ended", "opened"), 2):
        told(
            owned,
            detection(n, phase=phase, minute=n, problem_id="p-1" if n < 4 else "p-2", **silent),
        )
        versions.append(order(owned, first).version)
    assert versions == sorted(set(versions))


def test_the_end_of_a_problem_is_recorded_and_closes_nothing(owned: Database) -> None:
    first = told(owned, detection(1))
    assert told(owned, detection(2, phase="ended", minute=30)) == first
    found = order(owned, first)
    assert (found.state, found.ended_at, found.version) == ("dispatched", at(30), 2)
    assert [seen.phase for seen in found.sightings] == ["opened", "ended"]


def test_an_ended_problem_that_comes_back_on_its_device_is_open_again(owned: Database) -> None:
    silent = {"kind": "indicator-silent"}
    first = told(owned, detection(1, **silent))
    told(owned, detection(2, phase="ended", minute=10, **silent))
    told(owned, detection(3, problem_id="p-2", minute=20, **silent))
    assert order(owned, first).ended_at is None
    told(owned, detection(4, problem_id="p-2", phase="ended", minute=40, **silent))
    told(
        owned,
        detection(
            5, problem_id="p-1", phase="ended", observed_at=at(5), received_at=at(41), **silent
        ),
    )
    assert order(owned, first).ended_at == at(40)


def test_an_end_without_any_order_opens_none(owned: Database) -> None:
    assert told(owned, detection(phase="ended")) is None
    assert everything(owned) == []


def test_the_end_of_a_closed_orders_problem_goes_to_that_order(owned: Database) -> None:
    first = told(owned, detection(1))
    settle(owned, first, "closed", 60)
    assert told(owned, detection(2, phase="ended", minute=90)) == first
    assert order(owned, first).state == "closed"
    assert len(everything(owned)) == 1


def test_a_problem_still_seen_after_closing_is_a_new_order_linked_to_the_old(
    owned: Database,
) -> None:
    first = told(owned, detection(1))
    settle(owned, first, "closed", 60)
    second = told(owned, detection(2, phase="updated", minute=120))
    assert second != first
    assert order(owned, second).relapse_of == first


def test_a_week_after_closing_it_is_no_relapse(owned: Database) -> None:
    silent = {"kind": "indicator-silent"}
    first = told(owned, detection(1, **silent))
    settle(owned, first, "closed", 60)
    week = 60 + 7 * 24 * 60
    second = told(owned, detection(2, problem_id="p-2", minute=week - 1, **silent))
    assert order(owned, second).relapse_of == first
    settle(owned, second, "void", week)
    third = told(owned, detection(3, problem_id="p-3", minute=week + 10, **silent))
    assert order(owned, third).relapse_of is None


def test_what_an_offline_gateway_saw_before_the_closing_joins_the_closed_order(
    owned: Database,
) -> None:
    silent = {"kind": "indicator-silent"}
    first = told(owned, detection(1, minute=0, **silent))
    settle(owned, first, "closed", 60)
    late = detection(2, problem_id="p-2", observed_at=at(30), received_at=at(600), **silent)
    assert told(owned, late) == first
    assert order(owned, first).state == "closed"
    after = detection(3, problem_id="p-3", observed_at=at(90), received_at=at(601), **silent)
    assert told(owned, after) != first


def test_within_the_clocks_leeway_of_the_closing_a_new_problem_is_not_hidden(
    owned: Database,
) -> None:
    silent = {"kind": "indicator-silent"}
    first = told(owned, detection(1, minute=0, **silent))
    settle(owned, first, "closed", 60)
    second = told(
        owned, detection(2, problem_id="p-2", observed_at=at(58), received_at=at(61), **silent)
    )
    assert second != first
    assert order(owned, second).relapse_of == first


def test_a_false_alarm_stays_quiet_while_its_problem_is_updated(owned: Database) -> None:
    first = told(owned, detection(1))
    settle(owned, first, "void", 60)
    assert told(owned, detection(2, phase="updated", minute=90)) == first
    assert [one.state for one in everything(owned)] == ["void"]
    assert len(order(owned, first).sightings) == 2


def test_street_problems_bring_their_class_with_them(owned: Database) -> None:
    street = detection(
        kind="09006",
        class_code="09006",
        catalogue="gbt47678-2026",
        object="camera/2",
        lon=113.27,
        lat=23.16,
        error_m=4,
    )
    found = order(owned, told(owned, street))
    assert (found.class_code, found.catalogue, found.kind) == ("09006", "gbt47678-2026", "09006")
    assert (found.place.lon, found.place.lat, found.place.error_m) == (113.27, 23.16, 4)


def test_one_device_has_an_order_for_each_quantity_of_air(owned: Database) -> None:
    air = {"kind": "air-alarm", "object": "air/a-1"}
    ids = {
        told(owned, detection(n, problem_id=f"p{n}", facet=facet, **air))
        for n, facet in enumerate(("pm10", "ammonia", "pm10"), 1)
    }
    assert len(ids) == 2


def test_opening_is_in_the_audit_log_and_a_rolled_back_one_is_not(owned: Database) -> None:
    with owned.write() as conn:
        dispatch(conn, detection(9, problem_id="p-9"))
        conn.rollback()
    first = told(owned, detection(1))
    with owned.read() as conn:
        entries = audit.history(conn, DISTRICT, f"work-order/{first}")
        assert audit.verify(conn) == []
    assert [(one.seq, one.actor, one.action, one.to_state) for one in entries] == [
        (1, "gateway/cs-017", "opened", "dispatched")
    ]
    assert order(owned, first).number == "2026-000001"
