"""Publishing rules: together or not at all, in force at once, history kept."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.workorder import Extension
from hub.config import HubConfig
from hub.desk import perform
from hub.dispatching import dispatch
from hub.dispatching.book import book_of
from hub.dispatching.moves import extend_order
from hub.errors import HubStop
from hub.policies import shipped_files
from hub.rulebook import publish_rules
from hub.store import audit
from hub.store.engine import Database
from hub.store.flow_tables import reference
from hub.store.order_heads import OrderHead, head_of
from hub.store.reference import Kind
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT, actor, at, detection

OVER = shipped_files()["over-capacity.yaml"]
SHORTER = OVER.replace(b"time: 4 urgent-hour", b"time: 2 urgent-hour")
UNITS = """zone,Asia/Shanghai
id,kind,zh,en,parent,valid_from,valid_to,lots,calendar
baiyun,district,白云区,Baiyun,,,,,
north,subdistrict,北街道,North,baiyun,,,,
""".encode()
OFFICE = b"""zone = "Asia/Shanghai"
units = ["baiyun"]
[[weeks]]
since = 2024-01-01
mon = ["08:30-12:00", "14:30-18:00"]
tue = ["08:30-12:00", "14:30-18:00"]
wed = ["08:30-12:00", "14:30-18:00"]
thu = ["08:30-12:00", "14:30-18:00"]
fri = ["08:30-12:00", "14:30-18:00"]
"""


def publish(
    database: Database, kind: Kind, name: str, content: bytes | None, minute: float = 0
) -> int | None:
    """The version that is in force now; None = it was already."""
    with database.write() as conn:
        files = {name: content}
        done = publish_rules(conn, DISTRICT, kind, files, by="Li Na", actor="desk", at=at(minute))
    return done[0].version


def opened(database: Database, n: int, minute: float) -> OrderHead:
    """A new order over capacity."""
    with database.write() as conn:
        order_id = dispatch(conn, detection(n, problem_id=f"p-{n}", minute=minute))
        head = head_of(conn, DISTRICT, order_id or "")
    assert head is not None
    return head


def test_a_policy_is_in_force_for_the_next_order_and_no_earlier_one(database: Database) -> None:
    before = opened(database, 1, 0)
    assert (before.due_at, before.policy_version) == (at(240), 1)
    assert publish(database, "policy", "over-capacity.yaml", SHORTER) == 2
    after = opened(database, 2, 1)
    assert (after.due_at, after.policy_version) == (at(121), 2)
    with database.write() as conn:
        more = Extension(amount=1, reason="a strike")
        extend_order(conn, before.id, more, actor=actor(), version=None, at=at(5))
        extended = head_of(conn, DISTRICT, before.id)
        assert audit.verify(conn) == []
    assert extended is not None
    assert (extended.due_at, extended.policy_version) == (at(300), 1)


def test_publishing_the_same_again_makes_no_version(database: Database) -> None:
    assert publish(database, "policy", "over-capacity.yaml", SHORTER) == 2
    assert publish(database, "policy", "over-capacity", SHORTER) is None
    assert publish(database, "policy", "over-capacity", OVER) == 3


def test_one_fault_and_nothing_is_published(database: Database) -> None:
    files = {"over-capacity.yaml": SHORTER, "idle.yaml": b"title: {zh: x}\ntime: soon\n"}
    with pytest.raises(HubStop, match=r"idle\.yaml:\d+") as refused, database.write() as conn:
        publish_rules(conn, DISTRICT, "policy", files, by="Li Na", actor="desk", at=at(0))
    assert "time" in str(refused.value)
    with database.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(reference)) == 0
    assert opened(database, 1, 0).due_at == at(240)


def test_two_policies_for_one_kind_are_refused(database: Database) -> None:
    with pytest.raises(HubStop, match="over-capacity"):
        publish(database, "policy", "mine.yaml", OVER)


def test_a_withdrawn_policy_leaves_its_kind_without_an_answer(database: Database) -> None:
    publish(database, "policy", "over-capacity", None)
    with database.read() as conn:
        assert book_of(conn, DISTRICT).policies.for_event("over-capacity") is None
        assert book_of(conn, DISTRICT).policies.for_event("step-change") is not None


def test_units_and_calendars_change_what_is_due(database: Database) -> None:
    """21 September 2026 is a Monday; the tests' zero hour is 14:13:20Z, 22:13:20 in Guangzhou."""
    assert publish(database, "units", "units.csv", UNITS) == 1
    assert publish(database, "calendar", "office.toml", OFFICE) == 1
    text = OVER.replace(b"time: 4 urgent-hour", b"time: 4 working-hour")
    assert publish(database, "policy", "over-capacity", text) == 2
    with database.write() as conn:
        one = detection(1, unit="north", minute=0)
        head = head_of(conn, DISTRICT, dispatch(conn, one) or "")
    assert head is not None
    assert head.due_at == "2026-09-22T07:00:00.000Z"  # 15:00 on Tuesday: 3.5 h, lunch, 0.5 h


def test_a_unit_that_has_begun_is_not_written_out_of_history(database: Database) -> None:
    publish(database, "units", "units.csv", UNITS)
    fewer = b"\n".join(line for line in UNITS.splitlines() if not line.startswith(b"north"))
    with pytest.raises(HubStop, match="north"):
        publish(database, "units", "units.csv", fewer, minute=10)


def test_the_desk_publishes_lists_and_refuses(database: Database, tmp_path: Path) -> None:
    config = HubConfig(
        database=str(database.url),
        data_dir=tmp_path,
        district=DISTRICT,
        utc_ns=lambda: START_UTC_NS,
    )
    assert "shipped set" in perform(database, config, "rules-list", {}).text
    files = {"over-capacity.yaml": base64.b64encode(SHORTER).decode()}
    values = {"kind": "policy", "files": files, "by": "Li Na"}
    said = perform(database, config, "rules-publish", values)
    assert (said.status, said.text) == (0, "policy over-capacity: version 2 is in force")
    listed = perform(database, config, "rules-list", {}).text
    assert any("over-capacity" in line and "Li Na" in line for line in listed.splitlines())
    for wrong in ({"kind": "poetry"}, {"by": " "}):
        refused = perform(database, config, "rules-publish", {**values, **wrong})
        assert (refused.status, "expected" in refused.text) == (2, True)
