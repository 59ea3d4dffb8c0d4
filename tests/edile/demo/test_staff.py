"""The people of the demo: what they do next, and what the audit log says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace as replace_order
from sqlalchemy import Connection, create_engine

from contract.client import HubClient
from contract.payloads.relook import RelookResult, RelookVerdict
from contract.workorder import NewOrder, OrderPlace, Owner, State, WorkOrder
from edile.demo.staff import MOST_ACTS, ROLES, Handling, Staff, next_step
from hub.config import HubConfig
from hub.dispatching import dispatch, second_looks
from hub.dispatching.book import book_of
from hub.dispatching.versions import policy_of
from hub.store import order_heads, schema, tokens
from hub.store.engine import Database
from hub.store.journal import begin
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT, at, detection, name_unit
from tests.hub.uvicorn_server import serving


def order(state: State, owner: Owner | None = None) -> WorkOrder:
    return WorkOrder(
        id="1" * 24,
        number="2026-000001",
        class_code="E0102",
        catalogue="edile-local",
        kind="over-capacity",
        state=state,
        priority="high",
        place=OrderPlace(),
        opened_at=at(0),
        observed_at=at(0),
        version=1,
        owner=owner,
    )


@pytest.mark.parametrize(
    ("state", "who", "to"),
    [
        ("review", "dispatcher", "dispatched"),
        ("no-owner", "dispatcher", "dispatched"),
        ("returned", "dispatcher", "dispatched"),
        ("dispatched", "worker", "resolved"),
        ("resolved", "inspector", "closed"),
    ],
)
def test_each_state_has_somebody_who_goes_on(state: State, who: str, to: str) -> None:
    step = next_step(order(state))
    assert step is not None
    assert (step[0], step[1].to) == (who, to)
    assert (step[1].unit is None) == (to != "dispatched")


def test_what_a_camera_still_sees_after_it_was_seen_to_is_void() -> None:
    sent_back = replace_order(order("dispatched"), kind="06010", class_code="06010", rework=1)
    step = next_step(sent_back)
    assert step is not None
    assert (step[0], step[1].to) == ("dispatcher", "void")
    for other in (replace_order(sent_back, rework=0), replace_order(sent_back, kind="air-alarm")):
        step = next_step(other)
        assert step is not None
        assert step[1].to == "resolved"


def test_nothing_is_left_to_do_for_the_closed_the_void_and_the_shelved() -> None:
    states: list[State] = ["closed", "void", "shelved"]
    assert [next_step(order(state)) for state in states] == [None, None, None]


def test_more_acts_than_published_practice_and_what_stays_open_are_complaints() -> None:
    assert Handling((1, MOST_ACTS), ()).complaints() == []
    told = Handling((MOST_ACTS + 1,), ("2026-000007",)).complaints()
    assert len(told) == 2
    assert "2026-000007" in told[0]


def test_more_than_one_act_beside_a_devices_look_is_a_complaint() -> None:
    assert Handling((1, 3), (), looked=(1,)).complaints() == []
    (told,) = Handling((2, 3), (), looked=(2,)).complaints()
    assert "a device's look" in told


def test_three_people_close_everything_and_the_log_counts_their_acts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    database = Database.open(url)
    schema.migrate(database)
    with database.write() as conn:
        name_unit(conn, "cs-017", "sanitation-3")
        dispatch(conn, detection(1, problem_id="p-1"))
        dispatch(conn, detection(2, problem_id="p-2", kind="same-load-twice"))
        texts = _tokens(conn)
    database.close()
    config = HubConfig(
        database=url,
        data_dir=tmp_path,
        district=DISTRICT,
        utc_ns=lambda: START_UTC_NS + 60 * 10**9,
    )
    with serving(replace(config)) as address:
        with HubClient(address, texts["dispatcher"]) as client:
            report = NewOrder(class_code="09006", detail="stall")
            client.open_work_order(report, idempotency_key="k")
        with Staff(address, texts) as staff:
            handled, again = staff.handle(), staff.handle()
    # Sent out by itself; looked at first; reported by a person, then sent out.
    assert sorted(handled.acts) == [2, 3, 3]
    assert handled.left == ()
    assert again == handled


@dataclass
class Box:
    """What the gateway does while the staff waits: at its second breath it answers what the hub asks."""

    url: str
    orders: dict[str, RelookVerdict]
    breaths: int = 0

    def breathe(self, _: float) -> None:
        self.breaths += 1
        if self.breaths != 2:
            return
        engine = create_engine(self.url)  # beside the hub, which holds the file as a Database
        with engine.begin() as conn:
            for n, (order_id, verdict) in enumerate(self.orders.items()):
                self._answer(conn, f"cmd-{n}", order_id, verdict)
        engine.dispose()

    @staticmethod
    def _answer(conn: Connection, command: str, order_id: str, verdict: RelookVerdict) -> None:
        journal, book = begin(conn, DISTRICT), book_of(conn, DISTRICT)
        head = order_heads.lock_order(conn, DISTRICT, order_id)
        assert head is not None
        policy = policy_of(conn, DISTRICT, book, head)
        second_looks.ask(journal, head, policy, send=lambda *_: command, at=at(2))
        result = RelookResult(case=order_id, verdict=verdict, confidence=1.0)
        second_looks.answered(journal, book, head, policy, result, slot="cs-017", at=at(2))
        journal.flush()


def test_a_device_that_looks_again_closes_and_one_that_cannot_tell_leaves_it_to_a_person(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    database = Database.open(url)
    schema.migrate(database)
    with database.write() as conn:
        name_unit(conn, "cs-017", "sanitation-3")
        verdicts: dict[str, RelookVerdict] = {}
        for n, verdict in enumerate(get_args(RelookVerdict)[::2]):
            silent = {"kind": "indicator-silent", "object": f"weighbridge/wb-{n}"}
            found = dispatch(conn, detection(n, problem_id=f"p-{n}", **silent))
            assert found is not None
            verdicts[found] = verdict
        assert sorted(verdicts.values()) == ["cannot-tell", "gone"]
        texts = _tokens(conn)
    database.close()
    box = Box(url, verdicts)
    config = HubConfig(
        database=url,
        data_dir=tmp_path,
        district=DISTRICT,
        utc_ns=lambda: START_UTC_NS + 60 * 10**9,
    )
    with (
        serving(config) as address,
        Staff(address, texts, frozenset({"indicator-silent"}), box.breathe) as staff,
    ):
        handled = staff.handle()
    assert sorted(handled.acts) == [1, 2]
    assert handled.looked == (1,)
    assert handled.complaints() == []
    assert box.breaths == 2


def _tokens(conn: Connection) -> dict[str, str]:
    return {
        name: tokens.add_token(
            conn,
            district=DISTRICT,
            name=name,
            role=role,
            at=at(0),
            entropy=lambda n, c=name[0]: c.encode() * n,
        )
        for name, role in ROLES.items()
    }
