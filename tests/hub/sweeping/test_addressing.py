"""Whom a step reaches, and who is on duty there: no database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.owners import assemble
from hub.owners.units import NO_UNITS, Units
from hub.policies.policy import Rank
from hub.store.order_heads import OrderHead
from hub.sweeping.addressing import Addressed, addressed, on_duty
from tests.hub.detections import at
from tests.hub.owners.town import NOON, UNITS, graph
from tests.hub.sweeping.town import rostered

HEAD = OrderHead(
    id="order", seq=1, number="2026-000001", state="dispatched", version=1, class_code="E0102",
    catalogue="edile-local", kind="hydrant", priority="normal", dedupe_key="k", slot=None, lon=None,
    lat=None, owner_unit="grid-1", owner_assisting='["greening","gas-office"]', contractor=None,
    policy_name="hydrant", policy_version=1, observed_at=at(0), opened_at=at(0), dispatched_at=at(0),
    resolved_at=None, resolved_by=None, resolved_unit=None, resolved_contractor=None, closed_at=None,
    due_at=None, last_at=None, ended_at=None, shelved_until=None, rework=0, reopened=0, returned=0,
    extended=0, merged_into=None, merged_from=None,
)  # fmt: skip
TOWN = graph(UNITS)


def reached(rank: Rank, units: Units = TOWN, **changes: object) -> Addressed:
    return addressed(units, replace(HEAD, **changes), rank, NOON)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rank", "owner", "units"),
    [
        ("owner", "grid-1", ("grid-1",)),
        ("assisting", "grid-1", ("greening", "gas-office")),
        ("parent", "grid-1", ("north",)),
        ("parent", "crew-7", ("clean-co",)),
        ("district", "grid-1", ("tianhe",)),
        ("district", "tianhe", ("tianhe",)),
    ],
)
def test_ranks_are_read_from_the_graph(rank: Rank, owner: str, units: tuple[str, ...]) -> None:
    assert reached(rank, owner_unit=owner) == Addressed(rank, units)


def test_where_a_rank_is_nobody_the_next_above_is_reached() -> None:
    assert reached("assisting", owner_assisting="[]") == Addressed("owner", ("grid-1",))
    assert reached("parent", owner_unit="tianhe") == Addressed("district", ("tianhe",))
    unowned = reached("assisting", owner_unit=None, owner_assisting="[]")
    assert unowned == Addressed("district", ("tianhe",))


def test_a_unit_that_the_graph_does_not_know_is_reached_itself() -> None:
    for rank in ("owner", "parent", "district"):
        assert reached(rank, NO_UNITS, owner_unit="u-9") == Addressed("owner", ("u-9",))  # type: ignore[arg-type]
    assert reached("district", NO_UNITS, owner_unit=None) == Addressed("owner", ())


def test_leaders_answer_for_an_escalation_and_handlers_for_a_reminder() -> None:
    roster = rostered(
        ("north", "Leader Lu", "leader", "2026-06-01 08:00", "2026-06-01 20:00"),
        ("north", "Han", "handler", "2026-06-01 08:00", "2026-06-01 20:00"),
        ("north", "Night", "handler", "2026-06-01 20:00", "2026-06-02 08:00"),
        ("south", "Only", "handler", "2026-06-01 08:00", "2026-06-01 20:00"),
    )
    owners = assemble(UNITS.encode(), {}, {"june": roster})

    def people(*units: str, leaders: bool) -> list[object]:
        found = on_duty(owners, Addressed("owner", units), NOON, leaders=leaders)
        return [(one["unit"], one["from_unit"], one["person"]) for one in found]

    assert people("grid-1", leaders=False) == [("grid-1", "north", "Han")]
    assert people("grid-1", leaders=True) == [("grid-1", "north", "Leader Lu")]
    assert people("grid-3", leaders=True) == [("grid-3", "south", "Only")]
    assert people("greening", leaders=False) == []
    assert people("north", "south", leaders=False) == [
        ("north", "north", "Han"),
        ("south", "south", "Only"),
    ]
