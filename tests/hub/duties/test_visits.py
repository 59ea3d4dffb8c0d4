"""Visits on both databases: what they do to the row, to dispatching and to the audit log."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
import sqlalchemy as sa

from hub.duties.sweeping import sweep
from hub.duties.visits import Made, Noted, VisitRefused, record, retire, strike
from hub.store import audit
from hub.store.duty_tables import duty_visit
from hub.store.engine import Database
from hub.store.order_tables import audit as audit_table
from hub.store.order_tables import sighting
from tests.hub.duties.town import BOOK, DISTRICT, Heard, list_duty, local, rfc, row_of, words

HOME = "home-1"


@pytest.fixture
def home(database: Database) -> Database:
    """Done on 10 September 2025, swept on 20 September 2026: late."""
    with database.write() as conn:
        list_duty(conn, HOME, last_done="2025-09-10")
    sweep(database, DISTRICT, BOOK, Heard(), at_ns=local("2026-09-20"))
    return database


def made(day: str, outcome: str = "done", **changes: object) -> Made:
    one = Made(
        kind="gas-inspection", object=HOME, outcome=outcome, made_at=rfc(day), by="token/lin"
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def recorded(database: Database, one: Made, at: str, heard: Heard | None = None) -> Noted:
    with database.write() as conn:
        return record(conn, DISTRICT, BOOK, one, heard or Heard(), at_ns=local(at))


def phases(database: Database) -> list[str]:
    return [phase for phase, _ in words(database)]


def test_done_ends_the_problem_and_sets_the_next_date(home: Database) -> None:
    noted = recorded(home, made("2026-09-21 10:00", photos=("a" * 64,)), "2026-09-21 11:00")
    assert (noted.new, noted.counts) == (True, True)
    assert phases(home) == ["opened", "ended"]
    row = row_of(home, HOME)
    assert (row.state, row.last_done_at) == ("waiting", rfc("2026-09-21 10:00"))
    assert row.next_due_at == rfc("2027-09-22")
    assert row.wake_at == row.late_at == rfc("2027-09-29")
    assert sweep(home, DISTRICT, BOOK, Heard(), at_ns=local("2027-09-29")).opened == 1
    assert len({problem for _, problem in words(home)}) == 2


def test_the_same_visit_told_twice_changes_nothing(home: Database) -> None:
    one = made("2026-09-21 10:00")
    recorded(home, one, "2026-09-21 11:00")
    before = row_of(home, HOME)
    assert not recorded(home, one, "2026-09-22 11:00").new
    assert row_of(home, HOME) == before
    assert phases(home) == ["opened", "ended"]


def test_nobody_home_keeps_the_order_and_refused_says_so(home: Database) -> None:
    recorded(home, made("2026-09-21 10:00", "nobody-home"), "2026-09-21 11:00")
    assert phases(home) == ["opened"]
    recorded(home, made("2026-09-22 10:00", "refused"), "2026-09-22 11:00")
    assert phases(home) == ["opened", "updated"]
    with home.read() as conn:
        said = conn.scalars(sa.select(sighting.c.detail).order_by(sighting.c.received_at)).all()
    assert [one.partition("|")[0] for one in said] == [
        "duty-overdue:gas-inspection",
        "duty-refused:gas-inspection",
    ]


def test_a_hazard_is_a_problem_of_its_own_and_the_inspection_is_done(home: Database) -> None:
    heard = Heard()
    recorded(home, made("2026-09-21 10:00", "hazard", note="old hose"), "2026-09-21 11:00", heard)
    assert sorted(phases(home)) == ["ended", "opened", "opened"]
    assert heard.calls == [1, 1]
    with home.read() as conn:
        said = conn.scalars(sa.select(sighting.c.detail)).all()
    assert any(one.startswith("gas-hazard|") and "old hose" in one for one in said)


def test_visits_that_come_late_end_where_those_in_order_do(database: Database) -> None:
    """Six homes, each order of the same three visits."""
    three = [
        made("2026-09-12 19:00", "nobody-home"),
        made("2026-09-14 19:00", "refused"),
        made("2026-09-16 09:00"),
    ]
    orders = dict(enumerate(permutations(three)))
    with database.write() as conn:
        for number in orders:
            list_duty(conn, f"home-{number}", last_done="2025-09-10")
    sweep(database, DISTRICT, BOOK, Heard(), at_ns=local("2026-09-20"))
    for number, order in orders.items():
        for n, one in enumerate(order):
            recorded(database, replace(one, object=f"home-{number}"), f"2026-09-2{n + 1}")
        row = row_of(database, f"home-{number}")
        assert (row.state, row.reason, row.tries) == ("waiting", "overdue", 0)
        assert (row.next_due_at, row.wake_at) == (rfc("2027-09-17"), rfc("2027-09-24"))
        own = [phase for phase, problem in words(database) if f"/home-{number}/" in problem]
        assert (own[0], own[-1]) == ("opened", "ended")


def test_a_visit_struck_out_counts_no_more_and_the_problem_is_told_anew(home: Database) -> None:
    recorded(home, made("2026-09-21 10:00", id="v-1"), "2026-09-21 11:00")
    with home.write() as conn:
        row = strike(
            conn, DISTRICT, BOOK, kind_name="gas-inspection", object_id=HOME, visit_id="v-1",
            by="token/wang", why="another house", open_problem=Heard(),
            at_ns=local("2026-09-23"),
        )  # fmt: skip
    assert (row.state, row.last_done_at) == ("open", rfc("2025-09-10 10:00"))
    assert phases(home) == ["opened", "ended", "opened"]
    with home.read() as conn:
        assert conn.scalar(sa.select(duty_visit.c.struck_why)) == "another house"
        actions = conn.scalars(sa.select(audit_table.c.action).order_by(audit_table.c.seq)).all()
        assert actions == ["visited", "visit-struck"]
        assert audit.verify(conn) == []


def test_a_duty_given_up_ends_its_problem_and_never_falls_due_again(home: Database) -> None:
    with home.write() as conn:
        retire(
            conn, DISTRICT, BOOK, kind_name="gas-inspection", object_id=HOME, by="token/wang",
            why="piped gas now", open_problem=Heard(), at_ns=local("2026-09-23"),
        )  # fmt: skip
    assert phases(home) == ["opened", "ended"]
    assert sweep(home, DISTRICT, BOOK, Heard(), at_ns=local("2036-01-01")).batches == 0
    with pytest.raises(VisitRefused, match="no duty gas-inspection is listed"):
        recorded(home, made("2026-09-24"), "2026-09-25")


def test_swept_without_proof_is_kept_and_closes_nothing(database: Database) -> None:
    with database.write() as conn:
        list_duty(conn, "road-7", kind="road-sweeping", first_due="2026-09-19")
    sweep(database, DISTRICT, BOOK, Heard(), at_ns=local("2026-09-20"))
    drive = made("2026-09-20 05:00", kind="road-sweeping", object="road-7", covered=0.6)
    assert not recorded(database, drive, "2026-09-20 06:00").counts
    assert row_of(database, "road-7", "road-sweeping").state == "open"
    whole = replace(drive, made_at=rfc("2026-09-20 07:00"), covered=0.91)
    assert recorded(database, whole, "2026-09-20 08:00").counts
    assert row_of(database, "road-7", "road-sweeping").state == "waiting"
    assert phases(database) == ["opened", "ended"]


def test_what_no_duty_has_is_refused_with_what_was_expected(home: Database) -> None:
    wrong: list[tuple[dict[str, object], str]] = [
        ({"kind": "moon-watch"}, "expected one of gas-inspection"),
        ({"object": "home-2"}, "no duty gas-inspection is listed"),
        ({"outcome": "perhaps"}, "ends as one of done, nobody-home, refused, hazard"),
        ({"made_at": "2026-09-21"}, "not an RFC 3339 time"),
        ({"made_at": "2026-09-22T00:00:00Z"}, "expected no time to come"),
        ({"covered": 1.5}, "expected a share from 0 to 1"),
    ]
    for change, said in wrong:
        with pytest.raises(VisitRefused, match=said):
            recorded(home, made("2026-09-21 10:00", **change), "2026-09-21 11:00")
    assert phases(home) == ["opened"]


def test_a_clock_a_little_ahead_is_taken_for_now(home: Database) -> None:
    noted = recorded(home, made("2026-09-21 10:04"), "2026-09-21 10:00")
    assert noted.duty.last_done_at == rfc("2026-09-21 10:00")
