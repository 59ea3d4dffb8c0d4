"""What the demo reads from the hub's answers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from edile.demo.hub_view import HubView, Unavailable, problem_of, ticket_of
from edile.demo.programs import free_port
from edile.scorecard import ProblemSeen, TicketSeen

TICKET = {"ticket_no": "7", "vehicle": {"plate": "A"}, "gross_kg": "15420", "tare_kg": "11840"}


def test_a_weighing_of_its_own_is_its_gross() -> None:
    assert ticket_of(TICKET) == TicketSeen("7", "A", Decimal(15420))


def test_of_a_pair_it_is_the_weight_its_partner_did_not_give() -> None:
    out = TICKET | {"paired_with": {"ticket_no": "6", "gave": "gross"}}
    assert ticket_of(out).weight_kg == Decimal(11840)
    back = TICKET | {"paired_with": {"ticket_no": "6", "gave": "tare"}}
    assert ticket_of(back).weight_kg == Decimal(15420)


def test_a_ticket_without_a_vehicle_says_so() -> None:
    assert ticket_of({"ticket_no": "7", "gross_kg": "900"}).vehicle is None


def test_a_problem_event_keeps_kind_id_and_phase() -> None:
    data = {"kind": "over-capacity", "problem_id": "p", "phase": "opened", "value": "61000"}
    assert problem_of(data) == ProblemSeen("over-capacity", "p", "opened")


def test_a_hub_that_is_not_there_is_not_ready_and_unavailable() -> None:
    hub = HubView(f"http://127.0.0.1:{free_port()}", "token")
    assert not hub.ready()
    with pytest.raises(Unavailable, match="GET http"):
        hub.orders()
