"""A clip that a gateway kept is on the record of its problem's order, and its evidence where it may leave."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from contract.payloads.base import PhotoRef, Place
from contract.payloads.evidence import EvidenceClip
from contract.payloads.problem import Problem
from hub.store.order_tables import audit, order_evidence, work_order
from tests.hub.detections import at
from tests.hub.ingest.conftest import Desk

MASKED, ORIGINAL = "ab" * 32, "cd" * 32
SLOWLY = "06001"


def problem(
    phase: str = "opened", code: str = "06010", looks: int = 3, minute: float = 0
) -> Problem:
    return Problem(
        problem_id="cam-1-X-p1", phase=phase, class_code=code, place=Place(lon=113.3, lat=23.1),  # type: ignore[arg-type]
        first_seen=at(0), last_seen=at(minute), sightings=looks, confidence=0.9,
    )  # fmt: skip


def clip(problem_id: str | None = "cam-1-X-p1", *, leaves: bool = True) -> EvidenceClip:
    ref = PhotoRef(sha256=MASKED, media_type="video/x-msvideo", parent=ORIGINAL)
    return EvidenceClip(
        camera="cam-1", occasion="06010", problem_id=problem_id, begin=at(0), end=at(1), frames=30,
        original_sha256=ORIGINAL, original_bytes=3_000_000, media_type="video/x-msvideo",
        evidence=(ref,) if leaves else (),
    )  # fmt: skip


def rows(desk: Desk, query: sa.Select[Any]) -> list[sa.Row[Any]]:
    with desk.database.read() as conn:
        return list(conn.execute(query))


def proofs(desk: Desk) -> list[str]:
    return [one.sha256 for one in rows(desk, sa.select(order_evidence))]


def noted(desk: Desk) -> list[sa.Row[Any]]:
    return rows(desk, sa.select(audit).where(audit.c.action == "clip-kept"))


@pytest.mark.parametrize("together", [True, False])
def test_it_is_named_by_the_order_of_its_problem(desk: Desk, together: bool) -> None:
    """Also when a gateway brings a day's events at once."""
    box = desk.box("urgent")
    box.records(problem(), clip(), problem("ended"))
    parts = [(1, 3)] if together else [(1, 1), (2, 2), (3, 3)]
    for first, last in parts:
        desk.take(box, first, last)
    (order,) = rows(desk, sa.select(work_order))
    assert proofs(desk) == [MASKED]
    (entry,) = noted(desk)
    assert entry.subject == f"work-order/{order.id}"
    assert ORIGINAL in str(entry.detail)


def test_one_that_stays_sealed_is_on_record_and_no_evidence_that_should_come(desk: Desk) -> None:
    box = desk.box("urgent")
    box.records(problem(), clip(leaves=False))
    desk.take(box, 1, 2)
    assert proofs(desk) == []
    assert len(noted(desk)) == 1


@pytest.mark.parametrize("problem_id", [None, "cam-1-X-p9"])
def test_one_of_no_problem_that_is_known_is_kept_as_an_event(
    desk: Desk, problem_id: str | None
) -> None:
    box = desk.box("urgent")
    box.records(clip(problem_id))
    desk.take(box, 1, 1)
    assert noted(desk) == []
    assert rows(desk, sa.select(work_order)) == []


def test_one_of_a_problem_that_is_not_filed_yet_waits_with_it(desk: Desk) -> None:
    """Its class wants two looks."""
    box = desk.box("urgent")
    box.records(problem(code=SLOWLY, looks=1), clip())
    desk.take(box, 1, 2)
    assert (proofs(desk), rows(desk, sa.select(work_order))) == ([], [])
    box.records(problem("updated", SLOWLY, looks=2, minute=2))
    desk.take(box, 3, 3)
    assert len(rows(desk, sa.select(work_order))) == 1
    assert proofs(desk) == [MASKED]
