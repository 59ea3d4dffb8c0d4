"""Several at once on one order, with connections of their own: one wins, nobody does half."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from contract.workorder import Merge, Move, Unmerge
from hub.dispatching import Detection, dispatch
from hub.dispatching.errors import CannotBe, StaleVersion
from hub.dispatching.merging import merge_orders, unmerge_order
from hub.dispatching.moves import move_order
from hub.dispatching.states import FINAL, IllegalMove, OrderState
from hub.errors import NotNow
from hub.store import audit
from hub.store.engine import Database
from hub.store.flow_tables import domain_event, order_alias
from hub.store.order_tables import OPEN_PREDICATE, sighting, work_order
from tests.hub.detections import DISTRICT, actor, at
from tests.hub.dispatching.small_town import found, heap, silent

Do = Callable[[sa.Connection], object]
REFUSED = (CannotBe, IllegalMove, StaleVersion)


@pytest.fixture
def town(database: Database) -> Database:
    return found(database)


def together(database: Database, deeds: list[Do]) -> list[str]:
    """Each in a thread and a transaction of its own, all let go at once: `done`, or why it was refused."""
    start = Barrier(len(deeds))

    def tried(deed: Do) -> str:
        start.wait(timeout=60)
        while True:
            try:
                with database.write() as conn:
                    deed(conn)
            except REFUSED as refused:
                return type(refused).__name__
            except NotNow as busy:
                if "busy" not in str(busy):
                    raise
            else:
                return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [one.result() for one in [pool.submit(tried, deed) for deed in deeds]]


def opened(database: Database, one: Detection) -> str:
    with database.write() as conn:
        order_id = dispatch(conn, one)
    assert order_id is not None
    return order_id


def rows(database: Database) -> dict[str, sa.Row[tuple[object, ...]]]:
    with database.read() as conn:
        return {row.id: row for row in conn.execute(sa.select(work_order))}


def moved(order_id: str, to: str, name: str, version: int | None = None) -> Do:
    def deed(conn: sa.Connection) -> None:
        move = Move(to=to, reason="so it is")  # type: ignore[arg-type]
        move_order(conn, order_id, move, actor=actor(name), version=version, at=at(60))

    return deed


def merged(order_id: str, into: str, version: int | None = None) -> Do:
    def deed(conn: sa.Connection) -> None:
        one = Merge(into=into, reason="the same")
        merge_orders(conn, order_id, one, actor=actor("mei"), version=version, at=at(60))

    return deed


def parted(order_id: str) -> Do:
    def deed(conn: sa.Connection) -> None:
        back = Unmerge(reason="not the same")
        unmerge_order(conn, order_id, back, actor=actor("mei"), version=None, at=at(70))

    return deed


def assert_whole(database: Database) -> None:
    """What holds however the threads went: chain, event numbers, one open order a key, parts void."""
    with database.read() as conn:
        assert audit.verify(conn) == []
        numbers = sorted(conn.scalars(sa.select(domain_event.c.n)))
        assert numbers == list(range(1, len(numbers) + 1))
        alive = sa.select(work_order.c.dedupe_key).where(sa.text(OPEN_PREDICATE))
        assert max(Counter(conn.scalars(alive)).values(), default=1) == 1
        for alias in conn.execute(sa.select(order_alias)):
            known = rows(database)
            assert known[alias.order_id].state not in FINAL
            assert known[alias.merged_id].state == "void"
    found_ = rows(database)
    given = sorted(row.number for row in found_.values())
    assert given == [f"2026-{n:06d}" for n in range(1, len(given) + 1)]
    for row in found_.values():
        assert (row.merged_into is None) == (row.merged_from is None)
        assert row.merged_into is None or row.state == "void"
        assert (OrderState(row.state) in FINAL) == (row.closed_at is not None)


def test_a_merge_and_a_move_of_the_same_version_one_of_them_wins(town: Database) -> None:
    winners: Counter[str] = Counter()
    for n in range(4):
        part = opened(town, silent(2 * n + 1, object=f"a-{n}", problem_id=f"p-{n}"))
        whole = opened(town, silent(2 * n + 2, object=f"b-{n}", problem_id=f"q-{n}"))
        version = rows(town)[part].version
        answers = together(
            town, [merged(part, whole, version), moved(part, "resolved", "lin", version)]
        )
        assert sorted(answers) == ["StaleVersion", "done"]
        row = rows(town)[part]
        if answers[0] == "done":
            assert (row.state, row.merged_into, row.resolved_at) == ("void", whole, None)
        else:
            assert (row.state, row.merged_into, row.resolved_at) == ("resolved", None, at(60))
        winners[row.state] += 1
        assert_whole(town)
    assert winners.total() == 4


def test_without_versions_the_second_is_refused_by_what_it_finds(town: Database) -> None:
    part = opened(town, silent(1, object="a-1", problem_id="p-1"))
    whole = opened(town, silent(2, object="a-2", problem_id="p-2"))
    answers = together(town, [merged(part, whole), moved(part, "resolved", "lin")])
    row = rows(town)[part]
    expected = {"void": ["done", "IllegalMove"], "resolved": ["CannotBe", "done"]}
    assert answers == expected[row.state]
    assert_whole(town)


def test_two_orders_are_not_merged_into_each_other(town: Database) -> None:
    one = opened(town, silent(1, object="a-1", problem_id="p-1"))
    two = opened(town, silent(2, object="a-2", problem_id="p-2"))
    assert sorted(together(town, [merged(one, two), merged(two, one)])) == ["CannotBe", "done"]
    states = sorted(row.state for row in rows(town).values())
    assert states == ["dispatched", "void"]
    assert_whole(town)


def test_the_whole_is_voided_while_it_takes_a_part(town: Database) -> None:
    part = opened(town, silent(1, object="a-1", problem_id="p-1"))
    whole = opened(town, silent(2, object="a-2", problem_id="p-2"))
    answers = together(town, [merged(part, whole), moved(whole, "void", "lin")])
    assert answers in (["done", "done"], ["CannotBe", "done"])
    row = rows(town)[part]
    assert row.state == ("void" if answers[0] == "done" else "dispatched")
    assert_whole(town)


def test_many_close_one_order_and_one_of_them_has_closed_it(town: Database) -> None:
    order_id = opened(town, silent(1))
    together(town, [moved(order_id, "resolved", "lin")])
    answers = together(town, [moved(order_id, "closed", f"mei-{n}") for n in range(8)])
    assert Counter(answers) == {"done": 1, "IllegalMove": 7}
    with town.read() as conn:
        history = audit.history(conn, DISTRICT, f"work-order/{order_id}")
    assert [one.to_state for one in history] == ["dispatched", "resolved", "closed"]
    assert_whole(town)


def test_32_writers_that_see_five_heaps_from_32_places_make_five_orders(town: Database) -> None:
    """Each gateway sees every heap, a few metres off; the heaps lie a kilometre apart."""
    seen = [
        heap(
            heap_n + 1,
            heap_n * 1000 + writer * 0.9,
            slot=f"cs-{writer:03d}",
            problem_id=f"heap-{heap_n}",
            minute=writer,
        )
        for writer in range(32)
        for heap_n in range(5)
    ]
    shares = [
        [one for one in seen if one.slot == f"cs-{writer:03d}"][:: 1 if writer % 2 else -1]
        for writer in range(32)
    ]

    def told(share: list[Detection]) -> Do:
        return lambda conn: [dispatch(conn, one) for one in share]

    assert set(together(town, [told(share) for share in shares])) == {"done"}
    with town.read() as conn:
        query = sa.select(sighting.c.order_id, sa.func.count()).group_by(sighting.c.order_id)
        counts = [count for _, count in conn.execute(query)]
    assert counts == [32] * 5
    assert len(rows(town)) == 5
    assert_whole(town)


def test_a_storm_on_a_key_while_its_order_is_merged_and_parted(town: Database) -> None:
    part = opened(town, silent(1, object="a-1", problem_id="p-1"))
    whole = opened(town, silent(2, object="a-2", problem_id="p-2"))
    storm: list[Do] = [
        lambda conn, n=n: dispatch(  # type: ignore[misc]
            conn, silent(n, object="a-1", problem_id=f"p-{n}", minute=30)
        )
        for n in range(10, 40)
    ]
    answers = together(town, [*storm[:15], merged(part, whole), *storm[15:]])
    assert set(answers) == {"done"}
    assert len(rows(town)) == 2
    with town.read() as conn:
        query = sa.select(sa.func.count()).where(sighting.c.order_id == part)
        assert conn.scalar(query) == 31
    assert_whole(town)
    again: list[Do] = [
        lambda conn, n=n: dispatch(  # type: ignore[misc]
            conn, silent(n, object="a-1", problem_id=f"p-{n}", minute=80)
        )
        for n in range(50, 70)
    ]
    assert set(together(town, [*again[:10], parted(part), *again[10:]])) == {"done"}
    assert [row.state for row in rows(town).values()] == ["dispatched", "dispatched"]
    with town.read() as conn:
        query = sa.select(sa.func.count()).where(sighting.c.order_id == part)
        assert conn.scalar(query) == 51
    assert_whole(town)


def test_a_storm_on_a_key_while_its_order_is_closed(town: Database) -> None:
    """Seen after both, too soon to send it back: one relapse takes all that came behind the closing, the old one all before."""
    first = opened(town, silent(1, problem_id="p-1"))
    together(town, [moved(first, "resolved", "lin")])
    storm: list[Do] = [
        lambda conn, n=n: dispatch(  # type: ignore[misc]
            conn, silent(n, problem_id=f"p-{n}", minute=75)
        )
        for n in range(10, 40)
    ]
    answers = together(town, [*storm[:15], moved(first, "closed", "mei"), *storm[15:]])
    assert set(answers) == {"done"}
    found_ = rows(town)
    with town.read() as conn:
        query = sa.select(sighting.c.order_id, sa.func.count()).group_by(sighting.c.order_id)
        counts = {str(name): count for name, count in conn.execute(query)}
    assert sum(counts.values()) == 31
    assert 1 <= len(found_) <= 2
    assert found_[first].state == "closed"
    relapses = [row for row in found_.values() if row.id != first]
    assert [row.relapse_of for row in relapses] == [first] * len(relapses)
    assert_whole(town)


def test_a_storm_on_a_resolved_order_sends_it_back_once(town: Database) -> None:
    first = opened(town, silent(1, problem_id="p-1"))
    together(town, [moved(first, "resolved", "lin")])
    storm: list[Do] = [
        lambda conn, n=n: dispatch(  # type: ignore[misc]
            conn, silent(n, problem_id=f"p-{n}", minute=90 + n)
        )
        for n in range(10, 40)
    ]
    assert set(together(town, storm)) == {"done"}
    (found_,) = rows(town).values()
    assert (found_.state, found_.rework) == ("dispatched", 1)
    assert_whole(town)
