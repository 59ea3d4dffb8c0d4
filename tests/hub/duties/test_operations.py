"""Duties from a register to orders and back, with the hub's own dispatching, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.config import HubConfig
from hub.duties.operations import OPERATIONS
from hub.errors import HubError
from hub.store import audit
from hub.store.duty_tables import performance_case
from hub.store.engine import Database
from hub.store.order_tables import work_order
from tests.hub.duties.test_performance import DOCUMENT
from tests.hub.duties.town import DISTRICT, SHIPPED, local, rfc

REGISTER = """kind,object,lon,lat,address,unit,contractor,lot,last_done,first_due
gas-inspection,home-1,113.26,23.13,1 Long Road,gas-office,,,2025-09-10,
gas-inspection,home-2,113.27,23.14,2 Long Road,gas-office,,,,2026-09-01
road-sweeping,road-1,113.26,23.13,,sanitation,green-clean,lot-3,,2026-09-20
moon-watch,moon,,,,,,,,
"""


class Hub:
    """The operations, at a time that the test sets."""

    def __init__(self, database: Database) -> None:
        self.database, self.now_ns = database, local("2026-09-21")
        self.config = HubConfig(
            database="-", data_dir=Path(), district=DISTRICT, utc_ns=lambda: self.now_ns
        )

    def ask(self, operation: str, day: str | None = None, **values: Any) -> tuple[str, int]:
        if day is not None:
            self.now_ns = local(day)
        return OPERATIONS[operation](self.database, self.config, values)

    def orders(self) -> list[tuple[str, str, str | None, bool]]:
        """Kind, object, owner, and whether its problem is over."""
        with self.database.read() as conn:
            assert audit.verify(conn) == []
            rows = conn.execute(sa.select(work_order).order_by(work_order.c.kind))
            return [
                (row.kind, row.object, row.owner_unit, row.state in {"resolved", "closed"})
                for row in rows
            ]


@pytest.fixture
def town_hub(database: Database) -> Hub:
    return Hub(database)


def test_from_a_register_to_orders_and_back(town_hub: Hub) -> None:
    said, status = town_hub.ask("duties-import", content=REGISTER, dry_run=True)
    assert (status, "4 rows: 3 can be taken, 1 refused; dry run" in said) == (1, True)
    assert town_hub.ask("duties-list")[0] == ""
    said, _ = town_hub.ask("duties-import", content=REGISTER)
    assert said.splitlines()[-1] == "4 rows: 3 taken (3 new, 0 known), 1 refused"
    assert "line 5: kind 'moon-watch'" in said
    assert town_hub.ask("duties-sweep")[0] == "3 opened, 0 told again, 0 computed anew"
    assert town_hub.orders() == [
        ("duty-never:gas-inspection", "home-2", "gas-office", False),
        ("duty-never:road-sweeping", "road-1", "sanitation", False),
        ("duty-overdue:gas-inspection", "home-1", "gas-office", False),
    ]
    assert "not done since 2025-09-10, was due by 2026-09-10" in town_hub.ask(
        "duties-list", kind="gas-inspection")[0]  # fmt: skip
    assert "home-2" in town_hub.ask("duties-list", kind="gas-inspection", which="never")[0]
    said, _ = town_hub.ask(
        "duties-visit", "2026-09-22", kind="gas-inspection", object="home-1", outcome="done"
    )
    assert said.startswith("home-1: waiting")
    done = [kind for kind, _, _, over in town_hub.orders() if over]
    assert done == ["duty-overdue:gas-inspection"]
    assert town_hub.ask("duties-sweep", "2026-09-23")[0].startswith("0 opened, 1 told again")
    assert len(town_hub.orders()) == 3


def test_an_order_closed_without_a_visit_does_not_end_the_duty(town_hub: Hub) -> None:
    town_hub.ask("duties-import", content=REGISTER)
    town_hub.ask("duties-sweep")
    with town_hub.database.write() as conn:
        conn.execute(
            sa.update(work_order).where(work_order.c.object == "home-1").values(
                state="closed", closed_at=rfc("2026-09-25"))
        )  # fmt: skip
    town_hub.ask("duties-sweep", "2026-09-26")
    assert sum(object_id == "home-1" for _, object_id, _, _ in town_hub.orders()) == 1
    town_hub.ask("duties-sweep", "2026-10-23")
    assert sum(object_id == "home-1" for _, object_id, _, _ in town_hub.orders()) == 2


def test_a_refusal_and_a_hazard_reach_dispatching_under_their_own_scenarios(town_hub: Hub) -> None:
    town_hub.ask("duties-import", content=REGISTER.replace("2025-09-10", "2026-08-01"))
    home = {"kind": "gas-inspection", "object": "home-1"}
    town_hub.ask("duties-visit", **home, outcome="refused")
    assert [kind for kind, *_ in town_hub.orders()] == ["duty-refused:gas-inspection"]
    town_hub.ask("duties-visit", "2026-09-24", **home, outcome="hazard", note="old hose")
    assert [kind for kind, *_ in town_hub.orders()] == ["duty-refused:gas-inspection", "gas-hazard"]


def test_a_kind_that_no_scenario_answers_for_waits_and_holds_up_no_other(town_hub: Hub) -> None:
    document = SHIPPED.read_text(encoding="utf-8")
    odd = document.replace(
        "    on: address\n", "    on: address\n    orders: {overdue: nobody-knows}\n"
    )
    town_hub.ask("duties-put", kind="duties", content=odd)
    town_hub.ask("duties-import", content=REGISTER)
    for _ in range(2):
        said, status = town_hub.ask("duties-sweep")
        assert status == 1
        assert "gas-inspection: nothing was told, 'no policy for nobody-knows" in said
    assert [kind for kind, *_ in town_hub.orders()] == ["duty-never:road-sweeping"]
    town_hub.ask("duties-put", kind="duties", content=document)
    assert town_hub.ask("duties-sweep")[0].startswith("2 opened")
    assert len(town_hub.orders()) == 3


def test_what_could_not_be_told_when_the_document_changed_is_computed_once_it_can(
    town_hub: Hub,
) -> None:
    town_hub.ask("duties-import", content=REGISTER.replace("2025-09-10", "2026-06-01"))
    town_hub.ask("duties-sweep")
    document = SHIPPED.read_text(encoding="utf-8").replace("every: 12 months", "every: 3 months")
    odd = document.replace(
        "    on: address\n", "    on: address\n    orders: {overdue: nobody-knows}\n"
    )
    town_hub.ask("duties-put", kind="duties", content=odd)
    assert town_hub.ask("duties-sweep")[1] == 1
    town_hub.ask("duties-put", kind="duties", content=document)
    assert town_hub.ask("duties-sweep")[0].endswith("2 computed anew")
    assert "duty-overdue:gas-inspection" in {kind for kind, *_ in town_hub.orders()}


def test_a_document_is_in_force_at_once_and_refused_with_its_lines(town_hub: Hub) -> None:
    town_hub.ask("duties-import", content=REGISTER.replace("2025-09-10", "2026-06-01"))
    town_hub.ask("duties-sweep")
    strict = SHIPPED.read_text(encoding="utf-8").replace("every: 12 months", "every: 3 months")
    put = {"kind": "duties", "by": "wang"}
    assert town_hub.ask("duties-put", **put, content=strict)[0] == "duties: version 1 is in force"
    assert town_hub.ask("duties-put", **put, content=strict)[0] == "duties: as it stands already"
    assert town_hub.ask("duties-sweep")[0].endswith("2 computed anew")
    assert ("duty-overdue:gas-inspection", "home-1", "gas-office", False) in town_hub.orders()
    with pytest.raises(HubError, match="duties:10: every: '3 moons'"):
        town_hub.ask("duties-put", **put, content=strict.replace("3 months", "3 moons"))


def test_deductions_are_proposed_listed_and_decided_by_a_person(town_hub: Hub) -> None:
    town_hub.ask("duties-import", content=REGISTER)
    with pytest.raises(HubError, match="no contracts document"):
        town_hub.ask("performance-propose", "2026-10-10", period="2026-09")
    document = DOCUMENT.replace("every: day", "every: month")
    town_hub.ask("duties-put", kind="contracts", content=document)
    said, _ = town_hub.ask("performance-propose", period="2026-09", measure="sweeping")
    assert "0.0000 % of 100 %, opened, proposed 125.00 yuan" in said  # 11 days, one tolerated
    assert town_hub.orders() == [
        ("performance-shortfall", "green-clean/lot-3", "green-clean-office", False)
    ]
    with town_hub.database.read() as conn:
        case = conn.execute(sa.select(performance_case)).one()
    assert "proposed 125.00 yuan, to be decided" in town_hub.ask("performance-list")[0]
    said, _ = town_hub.ask(
        "performance-decide", id=case.id, revision=1, decision="changed", fen=5000, by="token/wang",
        reason="roadworks",
    )  # fmt: skip
    assert said == f"{case.id}: changed 50.00 yuan by token/wang"
    assert town_hub.ask("performance-list", undecided=True)[0] == ""
