"""The law: any order of arrival of the same words gives the same orders; where it holds, and where not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.dispatching import Detection, dispatch_many
from hub.store.engine import Database
from hub.store.flow_tables import order_problem
from hub.store.journal import begin
from hub.store.order_tables import work_order
from tests.hub.detections import DISTRICT, at, detection
from tests.hub.dispatching.small_town import found, heap, spot


def heaps(codes: list[tuple[int, int, int]]) -> list[Detection]:
    """(cluster, source, minutes): clusters a kilometre apart, 20 m wide; one problem of each source."""
    return [
        detection(
            n,
            kind="m-heap",
            slot=f"cs-1{source}",
            problem_id=f"heap-{cluster}",
            observed_at=at(minute),
            received_at=at(2000),
            **spot(cluster * 1000 + source * 5),
        )
        for n, (cluster, source, minute) in enumerate(codes, 1)
    ]


def devices(codes: list[tuple[int, int, int]]) -> list[Detection]:
    return [
        detection(
            n,
            kind="m-silent",
            object=f"weighbridge/{thing}",
            problem_id=f"p-{thing}-{problem}",
            phase=("opened", "updated", "ended")[(minute + problem) % 3],
            observed_at=at(minute),
            received_at=at(2000),
        )
        for n, (thing, problem, minute) in enumerate(codes, 1)
    ]


def assigned(database: Database, batch: list[Detection]) -> set[frozenset[tuple[Any, ...]]]:
    """Problems of each order, with when each was seen first, last and over, and when the order was; the
    transaction is rolled back."""
    with database.writer_engine.connect() as conn:
        journal = begin(conn, DISTRICT)
        dispatch_many(journal, batch)
        journal.flush()
        groups: dict[str | None, set[tuple[Any, ...]]] = {}
        for row in conn.execute(order_problem.select()):
            told = (row.source, row.problem_id, row.looks, row.first_at, row.last_at, row.ended_at)
            groups.setdefault(row.order_id, set()).add(told)
        for row in conn.execute(work_order.select()):
            groups[row.id].add((row.state, row.observed_at, row.last_at, row.ended_at))
        conn.rollback()
    return {frozenset(group) for group in groups.values()}


CODES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 1400)), min_size=1, max_size=9
)


@pytest.fixture
def town(sqlite_database: Database) -> Database:
    return found(sqlite_database)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(codes=CODES, make=st.sampled_from([heaps, devices]), data=st.data())
def test_any_order_of_arrival_gives_the_same_orders(
    town: Database, codes: list[tuple[int, int, int]], make: Any, data: st.DataObject
) -> None:
    """Holds where no neighbour is ambiguous: a cluster is narrower than the radius, shorter than the
    window, and has one problem of each source; and for keys always. An end alone opens nothing, so a
    problem of which only the end was told by the time is not asked about here."""
    batch = [one for one in make(codes) if one.phase != "ended" or _opened_too(one, make(codes))]
    other = data.draw(st.permutations(batch))
    assert assigned(town, batch) == assigned(town, other)


def _opened_too(one: Detection, batch: list[Detection]) -> bool:
    return any(each.problem_id == one.problem_id and each.phase != "ended" for each in batch)


def test_where_it_does_not_hold_a_source_with_two_heaps_side_by_side(town: Database) -> None:
    """Another source's word belongs to either: it joins whichever was told first. Both readings are one
    order for each heap of the one source; nothing is lost or doubled."""
    first = heap(1, problem_id="p-1", minute=0)
    second = heap(2, problem_id="p-2", minute=1)
    other = heap(3, slot="cs-018", problem_id="q-1", minute=2)
    one = assigned(town, [first, second, other])
    two = assigned(town, [second, first, other])
    assert one != two
    assert len(one) == len(two) == 2


def test_where_it_does_not_hold_a_chain_longer_than_the_window(town: Database) -> None:
    day = [
        heap(n, slot=f"cs-1{n}", observed_at=at(h * 60), received_at=at(9999))
        for n, h in enumerate((0, 23, 46))
    ]
    assert len(assigned(town, day)) == 1
    assert len(assigned(town, [day[0], day[2], day[1]])) == 2
