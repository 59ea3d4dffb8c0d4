"""Two ways to the key figures agree: the published statements over the orders' columns, and each order led
through the audit log again."""

from __future__ import annotations

from dataclasses import asdict
from random import Random
from typing import Any, get_args

import pytest
import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from hub.store import kpis
from hub.store.engine import Database
from hub.store.kpis import By, Figures
from hub.store.order_tables import audit, work_order
from tests.hub.kpis import replaying
from tests.hub.kpis.histories import BEGIN_NS, DAY_NS, DISTRICT, Town, town

SEEDS, STEPS = range(1, 6), 500
ON_DATABASES = (1, 2, 3)
PERIODS = ((-1.0, 400.0), (0.0, 7.0), (4.25, 11.5), (200.0, 201.0))  # days


def of_log(conn: sa.Connection) -> list[replaying.Course]:
    rows = conn.execute(sa.select(audit).order_by(audit.c.seq)).mappings()
    return replaying.courses(rows, conn.execute(sa.select(work_order)).mappings())


def rounded(found: dict[str | None, Figures]) -> dict[str | None, dict[str, Any]]:
    """Seconds to the millisecond: sums of floats differ by their order."""
    return {
        part: {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in asdict(one).items()
        }
        for part, one in found.items()
    }


@pytest.mark.parametrize("seed", ON_DATABASES)
def test_the_audit_log_gives_the_same_figures_as_the_orders(database: Database, seed: int) -> None:
    made = town(seed, STEPS)
    with database.write() as conn:
        made.write(conn)
    at = rfc3339(made.now_ns)
    with database.read() as conn:
        assert kpis.differences(conn, DISTRICT) == []
        all_ = of_log(conn)
        for first, last in PERIODS:
            since, until = (rfc3339(BEGIN_NS + int(day * DAY_NS)) for day in (first, last))
            for by in get_args(By) if first < 0 else ("all", "unit"):
                found = kpis.figures(conn, DISTRICT, since=since, until=until, at=at, by=by)
                assert rounded(found) == rounded(replaying.figures(all_, since, until, at, by))


def test_the_histories_have_what_the_figures_are_about() -> None:
    """Two computations of nothing agree, too."""
    whole: dict[str, float] = dict.fromkeys(asdict(Figures()), 0.0)
    for seed in SEEDS:
        made = town(seed, STEPS)
        rows = [
            {"subject": one.subject, "action": one.action, "at": one.at, "actor": one.actor,
             "from_state": one.from_state, "to_state": one.to_state}
            for one in made.told
        ]  # fmt: skip
        courses = replaying.courses(rows, made.orders.values())
        since, until = "2026-01-01T00:00:00.000Z", "2029-01-01T00:00:00.000Z"
        one = replaying.figures(courses, since, until, rfc3339(made.now_ns), "all")["all"]
        for name, value in asdict(one).items():
            whole[name] += value
    assert [name for name, value in whole.items() if value < 3] == []
    assert whole["rectified_in_time"] < whole["to_rectify"]
    assert whole["relapsed"] < whole["closed"]


CHANGES: dict[str, Any] = {
    "state": "void",
    "dispatched_at": "2026-03-01T00:00:00.000Z",
    "resolved_by": "token/eve",
    "closed_at": "2026-03-01T00:00:00.000Z",
    "rework": 7,
    "returned": 7,
    "reopened": 7,
}


@pytest.mark.parametrize("column", CHANGES)
def test_an_order_that_was_changed_past_the_log_is_told(database: Database, column: str) -> None:
    made = Town(Random(3))
    made.live(60)
    name = next(one["id"] for one in made.orders.values() if one["state"] == "dispatched")
    with database.write() as conn:
        made.write(conn)
        changed = sa.update(work_order).where(work_order.c.id == name)
        conn.execute(changed.values({column: CHANGES[column]}))
    with database.read() as conn:
        (found,) = kpis.differences(conn, DISTRICT)
    assert (found.order_id, list(found.columns)) == (name, [column])
    assert found.columns[column][0] == CHANGES[column]


@pytest.mark.parametrize(
    "closed", ["2028-02-25T23:59:59.999Z", "2027-12-30T00:00:00.000Z", "2100-02-26T12:00:00.500Z"]
)
@pytest.mark.parametrize(("late_ms", "relapses"), [(0, 1), (1, 0)])
def test_seven_days_are_seven_times_24_hours_over_leap_days_and_years(
    database: Database, closed: str, late_ms: int, relapses: int
) -> None:
    closed_ns = parse_rfc3339(closed)
    made = Town(Random(1), now_ns=closed_ns - 3 * DAY_NS)
    made.open()
    (first,) = made.orders.values()
    first |= {"state": "closed", "closed_at": closed, "dispatched_at": made.at()}
    made.now_ns = closed_ns + 7 * DAY_NS + late_ms * 1_000_000
    made.open()
    second = list(made.orders.values())[1]
    second["relapse_of"] = first["id"]
    with database.write() as conn:
        made.write(conn)
    with database.read() as conn:
        since, until = rfc3339(closed_ns), rfc3339(closed_ns + 1_000_000)
        found = kpis.figures(conn, DISTRICT, since=since, until=until, at=made.at())["all"]
    assert (found.closed, found.relapsed) == (1, relapses)
    assert found.gross_mean_s == pytest.approx(3 * 86_400)


def test_at_the_very_due_time_is_in_time_and_a_period_has_its_begin_and_not_its_end(
    database: Database,
) -> None:
    made = Town(Random(1))
    made.open()
    (order,) = made.orders.values()
    due = rfc3339(BEGIN_NS + DAY_NS)
    order |= {"state": "closed", "dispatched_at": made.at(), "rework": 1, "due_at": due}
    order |= {"resolved_at": due, "closed_at": due}
    with database.write() as conn:
        made.write(conn)
    late = rfc3339(BEGIN_NS + DAY_NS + 1_000_000)
    with database.read() as conn:

        def asked(since: str, until: str, at: str) -> tuple[int, ...]:
            parts = kpis.figures(conn, DISTRICT, since=since, until=until, at=at)
            one = parts.get("all", Figures())
            rates = (one.resolved_in_time, one.rectified_in_time, one.closed_in_time)
            return (one.to_resolve, *rates, one.closed)

        assert asked(due, late, late) == (1, 1, 1, 1, 1)
        assert asked(made.at(), due, late) == (0, 0, 0, 0, 0)
        assert asked(due, late, due) == (0, 0, 0, 0, 1), "it is due only when the moment is over"


def test_an_order_of_which_the_log_knows_nothing_is_told(database: Database) -> None:
    made = town(5, 40)
    told, made.told = made.told, []
    with database.write() as conn:
        made.write(conn)
    with database.read() as conn:
        found = kpis.differences(conn, DISTRICT)
    assert told
    assert {one.order_id for one in found} == set(made.orders)
    assert all(one.columns["state"][1] is None for one in found)


def test_another_districts_orders_are_not_counted(database: Database) -> None:
    with database.write() as conn:
        town(6, 40).write(conn)
    with database.read() as conn:
        found = kpis.figures(
            conn, "elsewhere", since="2000-01-01", until="2100-01-01", at="2100-01-01"
        )
    assert found == {}


def test_a_rate_of_nothing_is_none_and_void_and_merged_orders_are_in_no_denominator() -> None:
    assert Figures().filing_rate is None
    assert Figures().net_mean_s is None
    some = Figures(
        filed=8, refused=2, in_review=5, merged=3, closed=4, gross_s=400.0, stopped_s=100.0
    )
    assert some.filing_rate == 0.8
    assert (some.gross_mean_s, some.net_mean_s) == (100.0, 75.0)


def test_each_statement_says_what_it_counts_in_chinese_and_english_terms() -> None:
    texts = {name: kpis.statement(name) for name in (*kpis.FILES, kpis.CHECK)}
    assert all(text.startswith("-- ") and ":district" in text for text in texts.values())
    for word in ("立案率", "派遣准确率", "按期处置率", "按期整改率", "按期结案率", "返工率", "复发率", "超期数", "挂账"):  # fmt: skip
        assert any(word in text for text in texts.values()), word
