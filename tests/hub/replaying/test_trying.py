"""Past events through a draft: what would have happened, and nothing is kept of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from contract.payloads.base import Phase
from contract.payloads.weigh import AnomalyKind, WeighAnomaly
from hub.desk import perform
from hub.policies import shipped_files
from hub.store.order_tables import audit, work_order
from tests.hub.assembled import Hub, assembled

OVER = shipped_files()["over-capacity.yaml"].decode()
REVIEWED = OVER.replace("review: false", "review: true").replace("4 urgent-hour", "1 urgent-hour")


@pytest.fixture
def hub(migrated_url: str, tmp_path: Path) -> Iterator[Hub]:
    with assembled(migrated_url, tmp_path) as made:
        said(made)
        yield made


def said(hub: Hub) -> None:
    """Two trucks too heavy, one told twice, and an indicator that is silent."""

    def tells(kind: AnomalyKind, problem: str, phase: Phase = "opened") -> WeighAnomaly:
        return WeighAnomaly(problem_id=problem, phase=phase, kind=kind, weighbridge="wb-1")

    hub.box.lane = "urgent"
    hub.box.records(
        tells("over-capacity", "p-1"),
        tells("over-capacity", "p-1", "updated"),
        tells("over-capacity", "p-2"),
        tells("indicator-silent", "p-3"),
    )
    assert hub.sync(1, 4).status_code == 200


def tried(hub: Hub, **body: object) -> httpx.Response:
    return hub.client.post("/v1/policies:try", json=body, headers=hub.bearer["dispatcher"])


def counted(hub: Hub) -> tuple[int, int]:
    with hub.database.read() as conn:
        orders = conn.scalar(sa.select(sa.func.count()).select_from(work_order))
        rows = conn.scalar(sa.select(sa.func.count()).select_from(audit))
    return int(orders or 0), int(rows or 0)


def test_the_draft_is_compared_with_what_is_in_force_over_the_same_words(hub: Hub) -> None:
    before = counted(hub)
    answer = tried(hub, policies={"over-capacity": REVIEWED}, days=2)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["words"], body["cut"]) == (4, False)
    now, draft = body["comparison"]["now"], body["comparison"]["draft"]
    assert (now["over-capacity"]["orders"], now["over-capacity"]["words"]) == (2, 3)
    assert (now["over-capacity"]["review"], now["over-capacity"]["hours"]) == (0, 4)
    assert (draft["over-capacity"]["review"], draft["over-capacity"]["hours"]) == (2, 1)
    assert draft["indicator-silent"] == now["indicator-silent"]
    assert body["comparison"]["changed"] == 2
    change = body["comparison"]["changes"][0]
    assert (change["was"]["state"], change["would_be"]["state"]) == ("dispatched", "review")
    assert counted(hub) == before


def test_what_a_policy_taken_out_would_leave_unanswered_is_told(hub: Hub) -> None:
    comparison = tried(hub, policies={"over-capacity": None}).json()["comparison"]
    assert comparison["unanswered"] == {"over-capacity": 3}
    assert "over-capacity" not in comparison["draft"]
    assert comparison["changed"] == 2


def test_nothing_of_before_the_days_is_replayed(hub: Hub) -> None:
    assert tried(hub, policies={}, days=1e-9).json()["words"] in {0, 4}
    for days in (0, -1, 1000):
        refused = tried(hub, policies={}, days=days)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/days")


def test_a_faulty_draft_is_refused_with_file_line_and_expectation(hub: Hub) -> None:
    refused = tried(hub, policies={"over-capacity": OVER.replace("time: 4", "time: four")})
    assert (refused.status_code, refused.json()["type"]) == (
        422,
        "urn:edile:problem:policy-refused",
    )
    told = refused.json()["errors"][0]
    line = OVER.splitlines().index("time: 4 urgent-hour") + 1
    assert told["pointer"].startswith("/policies/over-capacity")
    assert f":{line}:" in told["detail"]
    assert tried(hub, policies={"nonsense": None}).status_code == 422


def test_the_desk_tells_it_as_a_table(hub: Hub) -> None:
    files = {"over-capacity.yaml": base64.b64encode(REVIEWED.encode()).decode()}
    values = {"files": files, "days": 7}
    answer = perform(hub.database, hub.config, "policy-try", values)
    assert answer.status == 0
    assert "4 words on problems replayed" in answer.text
    row = next(line for line in answer.text.splitlines() if line.startswith("over-capacity"))
    assert "0 -> 2" in row
    assert "4.0 -> 1.0" in row
    assert "orders that differ: 2" in answer.text
