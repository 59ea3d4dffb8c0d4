from __future__ import annotations

from edge_agent.ledger import IDLE_BUDGET, Ledger


def test_bytes_are_kept_per_class_and_direction_across_a_restart() -> None:
    ledger = Ledger()
    ledger.add("urgent", 700, 300)
    ledger.add("urgent", 100, 50)
    ledger.add("evidence", 9_000, 10)
    again = Ledger.restore(ledger.dump())
    assert again.up() == {"urgent": 800, "evidence": 9_000}
    assert again.down() == {"urgent": 350, "evidence": 10}


def test_an_unreadable_ledger_starts_again() -> None:
    assert Ledger.restore(b"{").up() == {}
    assert Ledger.restore(None).up() == {}


def test_idle_cost_is_told_from_heartbeats() -> None:
    ledger = Ledger()
    assert ledger.idle_bytes_per_day() is None
    ledger.add("heartbeat", 900, 1_100)
    assert ledger.idle_bytes_per_day(300) == 576_000
    assert IDLE_BUDGET[300] >= 576_000
