"""The outbox under many writers: numbers without a gap, readers that miss nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from hub.errors import NotNow
from hub.store import domain_events, journal
from hub.store.domain_events import NotKept
from hub.store.engine import Database

DISTRICT = "baiyun"
WRITERS, EACH = 32, 6


class RolledBack(Exception):
    """What a writer in trouble raises."""


def tell(conn: sa.Connection, *subjects: str, at: str = "2026-09-21T00:00:00.000Z") -> None:
    book = journal.begin(conn, DISTRICT)
    for subject in subjects:
        book.tell(journal.Told(at, "order.moved", subject, {"subject": subject}))
    book.flush()


def told(database: Database, *subjects: str, at: str = "2026-09-21T00:00:00.000Z") -> None:
    with database.write() as conn:
        tell(conn, *subjects, at=at)


def numbers(database: Database, n: int, limit: int = 1000) -> list[int]:
    with database.read() as conn:
        return [one.n for one in domain_events.after(conn, DISTRICT, n, limit)]


def stumble(fails: bool) -> None:
    if fails:
        raise RolledBack


def insisting(database: Database, subject: str, fails: bool) -> int:
    """One writer's transaction; how many events it committed."""
    while True:
        try:
            with database.write() as conn:
                tell(conn, f"{subject}/a", f"{subject}/b")
                stumble(fails)
        except NotNow:
            continue  # the writer was busy: nothing was changed
        except RolledBack:
            return 0
        return 2


def polled(database: Database, done: threading.Event) -> list[tuple[int, str]]:
    """Number and subject of all that a reader sees, until nothing comes any more."""
    read: list[tuple[int, str]] = []
    while True:
        ended = done.is_set()
        with database.read() as conn:
            events = domain_events.after(conn, DISTRICT, read[-1][0] if read else 0, 7)
        read.extend((one.n, one.content["subject"]) for one in events)
        if ended and not events:
            return read


def test_32_writers_some_rolled_back_leave_no_gap_and_a_polling_reader_misses_nothing(
    database: Database,
) -> None:
    start, done = threading.Barrier(WRITERS), threading.Event()

    def write(writer: int) -> int:
        start.wait(timeout=60)
        return sum(
            insisting(database, f"{writer}/{turn}", (writer + turn) % 3 == 0)
            for turn in range(EACH)
        )

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        reader = pool.submit(polled, database, done)
        try:
            writers = [pool.submit(write, number) for number in range(WRITERS)]
            committed = sum(one.result() for one in writers)
        finally:
            done.set()
        read = reader.result()
    assert 0 < committed < WRITERS * EACH * 2
    assert [n for n, _ in read] == list(range(1, committed + 1))
    assert len({subject for _, subject in read}) == committed
    with database.read() as conn:
        assert domain_events.last(conn, DISTRICT) == committed


def test_a_reader_gets_what_follows_and_no_more_than_it_asks_for(database: Database) -> None:
    told(database, *"abcde")
    assert numbers(database, 0) == [1, 2, 3, 4, 5]
    assert numbers(database, 3) == [4, 5]
    assert numbers(database, 1, limit=2) == [2, 3]
    assert numbers(database, 5) == []


def test_districts_do_not_see_each_other(database: Database) -> None:
    told(database, "a")
    with database.read() as conn:
        assert domain_events.after(conn, "elsewhere", 0) == []
        assert domain_events.last(conn, "elsewhere") == 0


def test_old_events_are_forgotten_from_the_front_and_whoever_asks_for_them_is_told(
    database: Database,
) -> None:
    for day in range(1, 7):
        told(database, f"d{day}", at=f"2026-09-0{day}T00:00:00.000Z")
    with database.write() as conn:
        assert domain_events.prune(conn, DISTRICT, before="2026-09-04T00:00:00.000Z") == 3
    with database.read() as conn, pytest.raises(NotKept) as refused:
        domain_events.after(conn, DISTRICT, 2)
    assert (refused.value.asked, refused.value.first, refused.value.last) == (2, 4, 6)
    assert numbers(database, 3) == [4, 5, 6]
    told(database, "new")
    assert numbers(database, 3) == [4, 5, 6, 7]


def test_an_old_event_behind_a_younger_one_is_kept_so_that_no_gap_opens(database: Database) -> None:
    told(database, "a", at="2026-09-05T00:00:00.000Z")
    told(database, "b", at="2026-09-01T00:00:00.000Z")  # a clock was set back
    with database.write() as conn:
        assert domain_events.prune(conn, DISTRICT, before="2026-09-04T00:00:00.000Z") == 0
    assert numbers(database, 0) == [1, 2]


def test_what_somebody_has_not_been_told_yet_can_be_kept(database: Database) -> None:
    told(database, *"abcd")
    with database.write() as conn:
        late = "2027-01-01T00:00:00.000Z"
        assert domain_events.prune(conn, DISTRICT, before=late, through=2) == 2
        assert domain_events.prune(conn, DISTRICT, before=late, most=1) == 1
    assert numbers(database, 3) == [4]


def test_when_all_is_forgotten_numbers_go_on_and_only_the_last_reader_is_content(
    database: Database,
) -> None:
    told(database, *"abc")
    with database.write() as conn:
        domain_events.prune(conn, DISTRICT, before="2027-01-01T00:00:00.000Z")
    assert numbers(database, 3) == []
    with database.read() as conn, pytest.raises(NotKept) as refused:
        domain_events.after(conn, DISTRICT, 2)
    assert (refused.value.first, refused.value.last) == (4, 3)
    told(database, "d")
    assert numbers(database, 3) == [4]


def test_a_reader_from_a_future_that_a_restore_undid_is_told_so(database: Database) -> None:
    told(database, *"ab")
    with database.read() as conn, pytest.raises(NotKept) as refused:
        domain_events.after(conn, DISTRICT, 9)
    assert (refused.value.first, refused.value.last) == (1, 2)


def test_an_event_committed_while_a_reader_reads_never_seems_forgotten(
    database: Database,
) -> None:
    """Between the reader's two statements somebody commits."""
    told(database, "a")
    with database.read() as conn:
        asked = 0

        def between(*_: object) -> None:
            nonlocal asked
            asked += 1
            if asked == 1:
                with ThreadPoolExecutor(1) as pool:
                    pool.submit(told, database, "b").result()

        sa.event.listen(conn, "after_cursor_execute", between)
        seen = domain_events.after(conn, DISTRICT, 1)
    assert asked >= 2
    assert [one.n for one in seen] in ([], [2])  # SQLite's snapshot, PostgreSQL's statement


@pytest.mark.parametrize("statement", range(1, 5))
def test_an_event_committed_while_old_ones_are_forgotten_is_kept(
    database: Database, statement: int
) -> None:
    """Where others can write between the statements of a transaction (SQLite lets nobody)."""
    asked = 0
    with database.write() as conn:

        def between(*_: object) -> None:
            nonlocal asked
            asked += 1
            if asked == statement and conn.dialect.name != "sqlite":
                with ThreadPoolExecutor(1) as pool:
                    pool.submit(told, database, "young", "younger").result()

        sa.event.listen(conn, "before_cursor_execute", between)
        assert domain_events.prune(conn, DISTRICT, before="2026-09-04T00:00:00.000Z") == 0
    seen = len(numbers(database, 0))
    told(database, "next")
    assert len(numbers(database, 0)) == seen + 1
    assert asked >= 3
