"""Performance cases on both databases: one order, revised until a person decides, never deducted by itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest
import sqlalchemy as sa

from hub.duties.cases import (
    CaseRefused,
    Proposed,
    decide,
    late_rectification,
    missed_sweeping,
    propose,
)
from hub.duties.performance import Fact, Terms, period_of
from hub.duties.visits import Made, record
from hub.store import audit, performance
from hub.store.duty_tables import duty, performance_case
from hub.store.engine import Database
from hub.store.order_tables import work_order
from hub.store.performance import CaseRow
from tests.hub.duties.town import BOOK, DISTRICT, SHANGHAI, Heard, list_duty, local, rfc, words

TERMS = Terms(
    contractor="green-clean", lot="lot-3", measure="attendance", every="month",
    target=Decimal(95), per_point_fen=50_000, cap_fen=2_000_000, unit="green-clean",
)  # fmt: skip
OCTOBER = period_of("2026-10", "month")


def facts(*met: int) -> list[Fact]:
    return [
        Fact(ref=f"shift/{n}", at="-", expected=Decimal(100), met=Decimal(one))
        for n, one in enumerate(met)
    ]


def proposed(database: Database, *met: int, day: str = "2026-11-01", **changes: object) -> Proposed:
    terms = msgspec.structs.replace(TERMS, **changes)
    with database.write() as conn:
        return propose(
            conn, DISTRICT, terms, OCTOBER, facts(*met), open_problem=Heard(), at_ns=local(day)
        )


def decided(database: Database, case: CaseRow, **changes: object) -> CaseRow:
    asked: dict[str, object] = {
        "revision": case.revision, "decision": "accepted", "fen": case.proposed_fen,
        "by": "token/wang", "reason": "", "at_ns": local("2026-11-05"),
    }  # fmt: skip
    with database.write() as conn:
        return decide(conn, DISTRICT, case.id, **{**asked, **changes})  # type: ignore[arg-type]


def opened(database: Database, *met: int) -> CaseRow:
    case = proposed(database, *met).case
    assert case is not None
    return case


def phases(database: Database) -> list[str]:
    return [phase for phase, _ in words(database)]


def test_a_shortfall_is_one_order_with_its_rows_and_a_proposal(database: Database) -> None:
    case = opened(database, 90, 90)
    assert (case.proposed_fen, case.decision, case.decided_fen) == (250_000, None, None)
    assert [one["ref"] for one in msgspec.json.decode(case.rows)] == ["shift/0", "shift/1"]
    assert proposed(database, 90, 90, day="2026-11-02").what == "unchanged"
    assert words(database) == [("opened", f"performance/{case.id}")]


def test_a_met_contract_opens_nothing(database: Database) -> None:
    assert proposed(database, 95, 100).what == "nothing"
    assert words(database) == []


def test_rows_that_come_late_revise_the_proposal_until_it_is_decided(database: Database) -> None:
    case = opened(database, 90, 90)
    assert proposed(database, 90, 95, day="2026-11-02").what == "revised"
    with pytest.raises(CaseRefused, match="was revised"):
        decided(database, case)
    with database.read() as conn:
        revised = performance.case_of(conn, DISTRICT, case.id)
    assert revised is not None
    assert (revised.revision, revised.proposed_fen) == (2, 125_000)
    assert decided(database, revised).decided_fen == 125_000
    assert phases(database) == ["opened", "updated"]


def test_a_shortfall_that_goes_away_ends_and_may_come_back(database: Database) -> None:
    opened(database, 90, 90)
    assert proposed(database, 99, 99, day="2026-11-02").what == "withdrawn"
    assert proposed(database, 90, 99, day="2026-11-03").what == "revised"
    assert phases(database) == ["opened", "ended", "opened"]
    with database.read() as conn:
        (case,) = performance.cases(conn, DISTRICT, undecided=True)
    assert (case.revision, case.proposed_fen, case.told) == (3, 25_000, 1)


def test_rows_after_the_decision_stand_beside_it_and_change_nothing(database: Database) -> None:
    case = decided(database, opened(database, 90, 90))
    found = proposed(database, 90, 80, day="2026-11-10")
    assert found.what == "after-decision"
    after = found.case
    assert after is not None
    assert replace(after, since=None) == replace(case, since=None)
    assert msgspec.json.decode(after.since or "")["proposed_fen"] == 500_000
    assert proposed(database, 90, 80, day="2026-11-11").what == "unchanged"
    assert phases(database) == ["opened"]


def test_only_a_person_decides_once_and_never_more_than_was_proposed(database: Database) -> None:
    case = opened(database, 90, 90)
    wrong: list[tuple[dict[str, object], str]] = [
        ({"fen": 250_001}, "expected 2500.00 yuan to 2500.00 yuan"),
        ({"decision": "changed", "fen": 250_001, "reason": "more"}, "expected 0.00 yuan"),
        ({"decision": "changed", "fen": 100_000}, "expected a reason"),
        ({"decision": "waived", "fen": 1, "reason": "storm"}, "expected 0.00 yuan to 0.00"),
        ({"by": "hub"}, "expected the person"),
    ]
    for changes, said in wrong:
        with pytest.raises(CaseRefused, match=said):
            decided(database, case, **changes)
    done = decided(database, case, decision="changed", fen=100_000, reason="two days of storm")
    assert (done.decided_fen, done.decided_by, done.reason) == (
        100_000, "token/wang", "two days of storm",
    )  # fmt: skip
    with pytest.raises(CaseRefused, match="was decided by token/wang"):
        decided(database, case)
    with database.read() as conn:
        assert audit.verify(conn) == []


def test_nothing_decides_by_itself(database: Database) -> None:
    opened(database, 0, 0)
    for day in range(2, 28):
        proposed(database, 0, day % 3, day=f"2026-11-{day:02}")
    with database.read() as conn:
        rows = conn.execute(sa.select(performance_case)).all()
    assert len(rows) == 1
    assert (rows[0].decided_fen, rows[0].decided_at, rows[0].decided_by) == (None, None, None)


def test_terms_that_do_not_hold_for_the_period_are_refused(database: Database) -> None:
    until = OCTOBER.last.replace(day=15)
    with pytest.raises(CaseRefused, match="do not hold"):
        proposed(database, 1, valid_until=until)


def test_missed_sweepings_of_a_lot_are_counted_from_visits_also_late_ones(
    database: Database,
) -> None:
    with database.write() as conn:
        for road in ("road-1", "road-2"):
            list_duty(conn, road, kind="road-sweeping", first_due="2026-10-01")
        conn.execute(
            sa.update(duty).where(duty.c.object == "road-1").values(
                contractor="green-clean", lot="lot-3")
        )  # fmt: skip
    sweeping = msgspec.structs.replace(TERMS, measure="sweeping")
    bounds = period_of("2026-10-01", "day").bounds(SHANGHAI)

    def found() -> list[tuple[str, int]]:
        with database.read() as conn:
            rows = missed_sweeping(
                conn, DISTRICT, BOOK, sweeping, bounds, now_ns=local("2026-11-01")
            )
        return [(one.ref, int(one.met)) for one in rows]

    name = f"duty/road-sweeping/road-1/{rfc('2026-10-02')}"
    assert found() == [(name, 0)]
    made = Made(
        kind="road-sweeping", object="road-1", outcome="done", made_at=rfc("2026-10-01 05:00"),
        by="token/lin", covered=0.9,
    )  # fmt: skip
    with database.write() as conn:
        record(conn, DISTRICT, BOOK, made, Heard(), at_ns=local("2026-11-01"))
    assert found() == [(name, 1)]


def test_orders_resolved_late_or_not_at_all_are_not_met(database: Database) -> None:
    with database.write() as conn:
        for n, (contractor, resolved) in enumerate(
            [("green-clean", "09"), ("green-clean", "11"), ("green-clean", None), ("other", None)]
        ):
            conn.execute(
                work_order.insert().values(
                    id=f"o{n}", district=DISTRICT, class_code="06010", catalogue="-", kind="-",
                    state="dispatched", priority="normal", dedupe_key=f"k{n}", policy_name="-",
                    policy_version=1, observed_at="-", opened_at="-", contractor=contractor,
                    due_at=rfc("2026-10-10"),
                    resolved_at=None if resolved is None else rfc(f"2026-10-{resolved}"),
                )
            )  # fmt: skip
    bounds = OCTOBER.bounds(SHANGHAI)
    with database.read() as conn:
        rows = late_rectification(conn, DISTRICT, TERMS, bounds, now_ns=local("2026-11-01"))
        early = late_rectification(conn, DISTRICT, TERMS, bounds, now_ns=local("2026-10-10"))
    assert [(one.ref, int(one.met)) for one in rows] == [
        ("work-order/o0", 1), ("work-order/o1", 0), ("work-order/o2", 0),
    ]  # fmt: skip
    assert early == []
