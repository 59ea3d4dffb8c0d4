"""Orders of a list go to other units: those that are still as the list says, once."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from contract.workorder import HandedOver, HandOverEntry, Move, Reclassify
from hub.config import HubConfig
from hub.desk import perform
from hub.dispatching import Detection, dispatch
from hub.dispatching.guards import NotAllowed
from hub.dispatching.handing_over import hand_over_as
from hub.dispatching.moves import move_order, reclassify_order
from hub.store import audit, reference
from hub.store.engine import Database
from hub.store.flow_tables import domain_event
from hub.store.order_tables import work_order
from tests.hub.detections import DISTRICT, actor, at, detection
from tests.hub.dispatching.small_town import SCENARIOS, found, heap, publish, silent, spot
from tests.hub.owners.town import UNITS, area, collection

WHY = "areas of 2027"


@pytest.fixture
def town(database: Database) -> Database:
    return found(database)


def opened(database: Database, one: Detection) -> str:
    with database.write() as conn:
        order_id = dispatch(conn, one)
    assert order_id is not None
    return order_id


def moved(database: Database, order_id: str, to: str, name: str = "mei", **more: Any) -> None:
    with database.write() as conn:
        move = Move(to=to, reason="so it is", **more)  # type: ignore[arg-type]
        move_order(conn, order_id, move, actor=actor(name), version=None, at=at(20))


def entry(order_id: str, owner: str | None = "sanitation-3", **changes: Any) -> HandOverEntry:
    return HandOverEntry(**{"order": order_id, "owner": owner, "to_unit": "greening-1", **changes})


def handed_over(
    database: Database, *entries: HandOverEntry, minute: float = 30
) -> list[HandedOver]:
    with database.write() as conn:
        return hand_over_as(conn, entries, reason=WHY, actor=actor("mei"), at=at(minute))


def order(database: Database, order_id: str) -> sa.Row[Any]:
    with database.read() as conn:
        return conn.execute(sa.select(work_order).where(work_order.c.id == order_id)).one()


def history(database: Database, order_id: str) -> list[tuple[str, str, str | None, str | None]]:
    with database.read() as conn:
        assert audit.verify(conn) == []
        rows = audit.history(conn, DISTRICT, f"work-order/{order_id}")
    return [(one.action, one.actor, one.to_state, one.reason) for one in rows]


def everything(database: Database) -> list[list[sa.Row[Any]]]:
    with database.read() as conn:
        return [
            list(conn.execute(sa.select(one))) for one in (work_order, audit.audit, domain_event)
        ]


def test_each_order_of_the_list_is_moved_with_actor_and_reason(town: Database) -> None:
    first, second = opened(town, heap(1)), opened(town, heap(2, 500, problem_id="p-2"))
    due = order(town, first).due_at
    done = handed_over(town, entry(first), entry(second))
    assert [(one.order, one.what) for one in done] == [(first, "moved"), (second, "moved")]
    now = order(town, first)
    assert (now.owner_unit, now.state, now.due_at) == ("greening-1", "dispatched", due)
    assert history(town, first)[-1] == ("moved", "token/mei", "dispatched", WHY)


def test_the_same_list_again_changes_nothing(town: Database) -> None:
    first, second = opened(town, heap(1)), opened(town, silent(2, problem_id="p-2"))
    moved(town, second, "resolved", "ou")
    listed = [entry(first, state="dispatched"), entry(second, state="resolved")]
    assert [one.what for one in handed_over(town, *listed)] == ["moved", "moved"]
    before = everything(town)
    assert [one.what for one in handed_over(town, *listed, minute=50)] == ["already", "already"]
    assert everything(town) == before


def test_what_has_changed_since_is_refused_by_name_and_the_rest_is_done(town: Database) -> None:
    ids = [opened(town, heap(n, n * 500, problem_id=f"p-{n}")) for n in range(1, 7)]
    stays, given, closed, returned, other, gone = ids
    moved(town, given, "dispatched", unit="office-1")
    moved(town, closed, "void")
    moved(town, returned, "returned")
    with town.write() as conn:
        to = Reclassify(class_code="E0112", catalogue="edile-local", reason="it is that")
        reclassify_order(conn, other, to, actor=actor("mei"), version=None, at=at(20))
    listed = [entry(one, state="dispatched", class_code="E0102") for one in ids[:5]]
    done = handed_over(town, *listed, entry("nowhere"), entry(gone, to_unit=None))
    numbers = [order(town, one).number for one in ids]
    assert [(one.number, one.what, one.why) for one in done] == [
        (numbers[0], "moved", None),
        (numbers[1], "refused", "office-1 has it by now, not sanitation-3"),
        (numbers[2], "refused", "it is void by now"),
        (numbers[3], "refused", "it is returned by now, not dispatched"),
        (numbers[4], "refused", "its class is E0112 by now, not E0102"),
        (None, "refused", "no such order"),
        (numbers[5], "refused", "nobody answers for its place: it stays with sanitation-3"),
    ]
    owners = [order(town, one).owner_unit for one in ids]
    assert owners == ["greening-1", "office-1", *["sanitation-3"] * 4]
    assert order(town, stays).state == "dispatched"


def test_a_sighting_since_is_no_change(town: Database) -> None:
    first = opened(town, heap(1))
    listed = entry(first, state="dispatched", class_code="E0102")
    opened(town, heap(2, minute=10))
    assert [one.what for one in handed_over(town, listed)] == ["moved"]


def test_what_nobody_owned_or_sent_back_is_dispatched_to_its_new_unit(town: Database) -> None:
    nobodys, returned = opened(town, heap(1, slot="cs-019")), opened(town, silent(2))
    moved(town, returned, "returned")
    handed_over(town, entry(nobodys, None), entry(returned, state="returned"))
    states = [(order(town, one).state, order(town, one).owner_unit) for one in (nobodys, returned)]
    assert states == [("dispatched", "greening-1")] * 2


@pytest.mark.parametrize("state", ["review", "shelved", "resolved"])
def test_another_state_is_kept_and_who_is_told_of_the_new_owner(town: Database, state: str) -> None:
    with town.write() as conn:
        publish(conn, {**SCENARIOS, "quick": SCENARIOS["quick"].replace("looks: 2", "looks: 1")})
    if state == "review":
        one = opened(town, detection(1, kind="m-quick"))
    else:
        one = opened(town, heap(1))
        moved(town, one, state, "ou" if state == "resolved" else "mei",
              **({"until": at(900)} if state == "shelved" else {}))  # fmt: skip
    before = order(town, one)
    assert [done.what for done in handed_over(town, entry(one, state=state))] == ["moved"]
    now = order(town, one)
    assert (now.state, now.owner_unit, now.due_at) == (state, "greening-1", before.due_at)
    assert (now.resolved_by, now.shelved_until) == (before.resolved_by, before.shelved_until)
    assert now.version > before.version
    assert history(town, one)[-1] == ("handed-over", "token/mei", state, WHY)
    with town.read() as conn:
        query = sa.select(domain_event).order_by(domain_event.c.n.desc()).limit(1)
        told = conn.execute(query).one()
    assert told.type == "order.handed-over"
    assert '"unit":"greening-1"' in told.data


def test_the_areas_in_force_say_who_is_above_and_who_helps(town: Database) -> None:
    lon, lat = spot(0)["lon"], spot(0)["lat"]
    ring = [[lon - 0.01, lat - 0.01], [lon + 0.01, lat - 0.01], [lon + 0.01, lat + 0.01],
            [lon - 0.01, lat + 0.01], [lon - 0.01, lat - 0.01]]  # fmt: skip
    areas = collection([area("a-7", ring, unit="grid-2", main="north", assisting=["greening"])])
    first = opened(town, heap(1))
    with town.write() as conn:
        for kind, name, content in (("units", "units.csv", UNITS.encode()), ("areas", "a", areas)):
            reference.put(conn, DISTRICT, kind, name, content, at=at(0), by="li")  # type: ignore[arg-type]
    refused, done = handed_over(
        town, entry(first, to_unit="grid-99"), entry(first, to_unit="grid-2")
    )
    assert refused.why == "there is no unit grid-99 now"
    assert done.what == "moved"
    now = order(town, first)
    assert (now.owner_unit, now.owner_main, now.owner_assisting) == (
        "grid-2",
        "north",
        '["greening"]',
    )
    assert (now.area, now.area_version) == ("a-7", 1)


def test_it_takes_a_dispatcher(town: Database) -> None:
    first = opened(town, heap(1))
    with town.write() as conn, pytest.raises(NotAllowed):
        hand_over_as(conn, [entry(first)], reason=WHY, actor=actor("ou", "operator"), at=at(30))
    assert order(town, first).owner_unit == "sanitation-3"


def test_the_desk_does_it_by_the_hundred_and_says_what_it_left(
    town: Database, tmp_path: Any
) -> None:
    ids = [opened(town, heap(n, n * 200, problem_id=f"p-{n}")) for n in range(1, 4)]
    moved(town, ids[1], "void")
    config = HubConfig(database="", data_dir=tmp_path, hub_id="h", district=DISTRICT)
    listed = [{"order": one, "owner": "sanitation-3", "to_unit": "greening-1", "near_border": True}
              for one in ids]  # fmt: skip
    values = {"orders": listed * 40, "by": "Li Na", "reason": WHY}
    answer = perform(town, config, "orders-hand-over", values)
    assert answer.status == 1
    assert (
        answer.text.splitlines()[0] == f"refused  {order(town, ids[1]).number}: it is void by now"
    )
    assert answer.text.splitlines()[-1] == "2 handed over, 78 were there already, 40 refused"
    assert history(town, ids[0])[-1][1] == "desk/Li Na"
    unsigned = perform(town, config, "orders-hand-over", {**values, "by": " "})
    assert (unsigned.status, unsigned.text.startswith("say who does it")) == (2, True)
