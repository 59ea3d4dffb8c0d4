"""The sweep on both databases: exactly once, also by two workers, also when one dies in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
import sqlalchemy as sa

from hub.dispatching import Undecided
from hub.dispatching.detections import Detection
from hub.duties.kinds import DutyBook
from hub.duties.spans import Span
from hub.duties.sweeping import Swept, sweep
from hub.errors import NotNow
from hub.store import audit, duties
from hub.store.duty_tables import duty, duty_word
from hub.store.engine import Database
from tests.hub.duties.town import BOOK, DISTRICT, GAS, Heard, list_duty, local, row_of, words

LATE = local("2026-09-20")


def listed(database: Database, count: int, **changes: str) -> None:
    with database.write() as conn:
        for number in range(count):
            list_duty(conn, f"home-{number:03}", **changes)


def swept(database: Database, at: int = LATE, heard: Heard | None = None, **changes: int) -> Swept:
    return sweep(database, DISTRICT, BOOK, heard or Heard(), at_ns=at, **changes)


def counted(database: Database, table: sa.Table) -> int:
    with database.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_late_duties_are_told_once_each_in_batches(database: Database) -> None:
    listed(database, 25)
    heard = Heard()
    found = swept(database, heard=heard, batch=10)
    assert (found.opened, found.again, heard.calls) == (0, 0, [10, 10, 5])  # as they are computed
    assert sorted(words(database)) == [
        ("opened", f"gas-inspection/home-{number:03}/never") for number in range(25)
    ]
    assert swept(database) == Swept()


def test_what_becomes_late_later_is_found_by_its_index_in_batches(database: Database) -> None:
    listed(database, 25)
    assert swept(database, local("2026-09-05")) == Swept(computed=25)
    heard = Heard()
    assert swept(database, heard=heard, batch=10) == Swept(opened=25, batches=3)
    assert heard.calls == [10, 10, 5]
    assert swept(database) == Swept()


def test_what_is_not_late_is_not_told(database: Database) -> None:
    listed(database, 3)
    assert swept(database, local("2026-09-09") - 1).opened == 0
    assert words(database) == []
    assert swept(database, local("2026-09-09")).opened == 3


def test_an_open_problem_is_told_again_once_in_its_time(database: Database) -> None:
    listed(database, 2)
    swept(database)
    assert swept(database, local("2026-10-20")) == Swept()
    assert swept(database, local("2026-10-21")) == Swept(again=2, batches=1)
    assert swept(database, local("2026-10-21")) == Swept()
    assert [phase for phase, _ in words(database)] == ["opened"] * 2 + ["updated"] * 2
    assert len({problem for _, problem in words(database)}) == 2


def test_a_sweep_reads_what_is_due_and_nothing_else(database: Database) -> None:
    """Whatever is listed behind the back of a sweep, with a time that is over, is found by the next."""
    listed(database, 5)
    swept(database, local("2026-11-01"))
    with database.write() as conn:
        list_duty(conn, "late-comer", first_due="2020-01-01")
        conn.execute(
            sa.update(duty)
            .where(duty.c.object == "late-comer")
            .values(computed_by=BOOK.digest_of(GAS))
        )
    assert swept(database, local("2026-11-02")) == Swept(opened=1, batches=1)


def test_a_worker_that_dies_in_a_batch_has_told_nothing_of_it(database: Database) -> None:
    listed(database, 25)
    swept(database, local("2026-09-05"))
    with pytest.raises(KeyboardInterrupt):
        swept(database, heard=Heard(dies_at=14), batch=10)
    assert len(words(database)) == 10
    assert counted(database, duty_word) == 10
    assert swept(database, batch=10).opened == 15
    assert len(set(words(database))) == len(words(database)) == 25


def test_a_worker_that_dies_while_computing_goes_on_where_it_was(database: Database) -> None:
    listed(database, 25)
    with pytest.raises(KeyboardInterrupt):
        swept(database, heard=Heard(dies_at=14), batch=10)
    assert len(words(database)) == 10
    assert swept(database, batch=10).computed == 15
    assert len(set(words(database))) == len(words(database)) == 25


def test_two_sweepers_at_once_tell_everything_once(database: Database) -> None:
    listed(database, 60)
    swept(database, local("2026-09-05"))
    start = Barrier(2)

    def worker() -> int:
        start.wait(timeout=60)
        opened = 0
        while True:
            try:
                found = swept(database, batch=7)
            except NotNow:
                continue
            opened += found.opened
            if not found.batches:
                return opened

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(worker) for _ in range(2)]
        assert sum(one.result(timeout=60) for one in both) == 60
    assert len(set(words(database))) == len(words(database)) == 60
    with database.read() as conn:
        assert audit.verify(conn) == []


@pytest.mark.postgres
def test_rows_that_another_transaction_holds_are_left_to_it(postgres_database: Database) -> None:
    listed(postgres_database, 4)
    swept(postgres_database, local("2026-09-05"))
    with postgres_database.read() as conn:
        waking = duties.waking(
            conn, DISTRICT, "gas-inspection", now="9", after=duties.START, most=9
        )
    ns = sorted(one.n for one in waking)
    with postgres_database.write() as conn:
        first = duties.claim(conn, ns[:3], now="9")
        with postgres_database.write() as other:
            left = duties.claim(other, ns, now="9")
    assert len(first) == 3
    assert [row.object for row in left] == ["home-003"]


def test_the_same_round_cannot_be_told_twice(database: Database) -> None:
    listed(database, 1)
    swept(database)
    with database.write() as conn:
        old = dict(conn.execute(sa.select(duty_word)).one()._mapping)
    refused = pytest.raises(sa.exc.IntegrityError)
    with refused, database.write() as conn:
        duties.add_words(conn, [old])


def test_a_shorter_interval_makes_duties_late_that_were_not(database: Database) -> None:
    listed(database, 6, last_done="2026-06-01", first_due="2026-06-01")
    assert swept(database) == Swept(computed=6)
    strict = replace(GAS, every=Span(3, "months"))
    book = DutyBook(BOOK.zone, {**BOOK.kinds, "gas-inspection": strict})
    found = sweep(database, DISTRICT, book, Heard(), at_ns=LATE)
    assert found.computed == 6
    assert [phase for phase, _ in words(database)] == ["opened"] * 6
    # And the other way round: what is no longer late ends.
    sweep(database, DISTRICT, BOOK, Heard(), at_ns=local("2026-09-21"))
    assert [phase for phase, _ in words(database)] == ["opened"] * 6 + ["ended"] * 6
    assert row_of(database, "home-000").state == "waiting"


def test_duties_of_a_kind_that_nobody_knows_and_of_another_district_wait(
    database: Database,
) -> None:
    with database.write() as conn:
        list_duty(conn, "a", kind="unheard-of")
        list_duty(conn, "b", district="haizhu")
        list_duty(conn, "c")
    swept(database)
    assert words(database) == [("opened", "gas-inspection/c/never")]


def test_a_kind_that_nobody_decides_waits_and_holds_up_no_other_of_its_batch(
    database: Database,
) -> None:
    with database.write() as conn:
        for number in range(6):
            list_duty(conn, f"home-{number}")
            list_duty(conn, f"green-{number}", kind="green-mowing")
    swept(database, local("2026-08-01"))
    heard = Heard()

    def half(conn: sa.Connection, told: Sequence[Detection]) -> None:
        for at, one in enumerate(told):
            if one.facet == "green-mowing":
                raise Undecided(at, ValueError("no scenario"))
        heard(conn, told)

    found = sweep(database, DISTRICT, BOOK, half, at_ns=LATE, batch=5)
    assert (found.opened, found.undecided) == (6, {"green-mowing": "no scenario"})
    assert {problem.partition("/")[0] for _, problem in words(database)} == {"gas-inspection"}
    assert swept(database).opened == 6  # the others, as soon as there is a scenario
    assert len(set(words(database))) == len(words(database)) == 12


def test_windows_smaller_than_what_is_late_tell_all_of_it_once(database: Database) -> None:
    listed(database, 25)
    swept(database, local("2026-09-05"))
    found = sweep(database, DISTRICT, BOOK, Heard(), at_ns=LATE, batch=4, window=10)
    assert found.opened == 25
    assert len(set(words(database))) == len(words(database)) == 25
