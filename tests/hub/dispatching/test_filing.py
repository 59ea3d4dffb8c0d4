"""Words that are not enough by themselves: what they say and show goes to the order that they lead to."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from hub.dispatching import Detection, dispatch, dispatch_many
from hub.store.engine import Database
from hub.store.flow_tables import held_evidence
from hub.store.journal import begin
from hub.store.order_tables import order_evidence, sighting, work_order
from tests.hub.detections import DISTRICT, at, detection
from tests.hub.dispatching.small_town import found, heap


@pytest.fixture
def town(database: Database) -> Database:
    return found(database)


def glimpse(n: int, minute: float, photo: str | None = None, **changes: Any) -> Detection:
    """The n-th look at something that takes two to be filed."""
    shown = (photo * 64,) if photo else ()
    return detection(n, kind="m-quick", minute=minute, evidence=shown, **changes)


def told(database: Database, *words: Detection) -> str | None:
    """Word by word; where the last one went."""
    for word in words:
        with database.write() as conn:
            last = dispatch(conn, word)
    return last


def photos(database: Database, order_id: str | None) -> list[tuple[str, str, str]]:
    """First letter, since when, from which event."""
    with database.read() as conn:
        query = sa.select(order_evidence).where(order_evidence.c.order_id == order_id)
        rows = conn.execute(query.order_by(order_evidence.c.sha256)).all()
    return [(row.sha256[0], row.added_at, row.added_by) for row in rows]


def seen(database: Database, order_id: str | None) -> list[str]:
    with database.read() as conn:
        query = sa.select(sighting.c.observed_at).where(sighting.c.order_id == order_id)
        return list(conn.scalars(query.order_by(sighting.c.observed_at)))


def held(database: Database) -> list[str]:
    with database.read() as conn:
        return [name[0] for name in conn.scalars(sa.select(held_evidence.c.sha256))]


def test_the_order_carries_the_photos_of_every_word_that_led_to_it(town: Database) -> None:
    first, second = glimpse(1, 0, "a"), glimpse(2, 30, "b")
    assert told(town, first) is None
    assert held(town) == ["a"]
    order_id = told(town, second)
    assert order_id is not None
    assert photos(town, order_id) == [("a", at(0), first.event_id), ("b", at(30), second.event_id)]
    assert seen(town, order_id) == [at(0), at(30)]
    assert held(town) == []


def test_a_batch_that_files_it_carries_them_too_and_each_photo_once(town: Database) -> None:
    words = [glimpse(1, 0, "a"), glimpse(2, 30, "a"), glimpse(3, 31, "b")]
    with town.write() as conn:
        journal = begin(conn, DISTRICT)
        answers = dispatch_many(journal, words)
        journal.flush()
    assert answers[0] is None
    assert photos(town, answers[2]) == [
        ("a", at(0), words[0].event_id),
        ("b", at(31), words[2].event_id),
    ]


def test_photos_of_another_problem_stay_where_they_are(town: Database) -> None:
    told(town, glimpse(1, 0, "a", problem_id="p-9"), glimpse(1, 0, "c", slot="cs-018"))
    order_id = told(town, glimpse(2, 1, "b"), glimpse(3, 2))
    assert [photo for photo, *_ in photos(town, order_id)] == ["b"]
    assert sorted(held(town)) == ["a", "c"]


def test_what_joins_an_order_that_others_have_filed_brings_its_photos(town: Database) -> None:
    """Not enough for itself, then close to what somebody else has reported."""
    low = {"problem_id": "p-2", "slot": "cs-018"}
    ended = heap(1, phase="ended", evidence=("a" * 64,), **low)
    assert told(town, ended) is None
    order_id = told(town, heap(2))
    assert told(town, heap(3, observed_at=at(-5), evidence=("b" * 64,), **low)) == order_id
    assert [photo for photo, *_ in photos(town, order_id)] == ["a", "b"]


@pytest.mark.parametrize(("minute", "begun"), [(1000, 0), (2000, 2000)])
def test_an_end_may_overtake_its_beginning_for_a_day(
    town: Database, minute: float, begun: float
) -> None:
    """And months later it is the end of something else."""
    told(town, heap(1, phase="ended"))
    order_id = told(town, heap(2, minute=minute))
    assert seen(town, order_id)[0] == at(begun)


def test_what_was_over_before_anybody_filed_it_is_looked_at_afresh(town: Database) -> None:
    """Two looks, half a year and an end between them, are not one problem seen twice."""
    told(town, glimpse(1, 0, "a"), glimpse(2, 10, phase="ended"))
    assert told(town, glimpse(3, 260_000, "b")) is None
    order_id = told(town, glimpse(4, 260_001, "c"))
    assert [photo for photo, *_ in photos(town, order_id)] == ["b", "c"]
    assert seen(town, order_id) == [at(260_000), at(260_001)]
    with town.read() as conn:
        observed = conn.scalar(sa.select(work_order.c.observed_at))
    assert observed == at(260_000)
    assert held(town) == []
