"""A register comes in on both databases: every row taken or refused by name, again without a change."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.duties.registering import Register, TakenIn, read_register, take_in
from hub.duties.sweeping import Swept, sweep
from hub.duties.visits import retire
from hub.store.duty_tables import duty
from hub.store.engine import Database
from tests.hub.duties.town import BOOK, DISTRICT, Heard, local, rfc, row_of, words

NOW = "2026-11-21 12:00"
SOUND = """\ufeffkind,object,lon,lat,address,unit,contractor,lot,last_done,first_due
gas-inspection,home-1,113.26,23.13,1 Long Road,gas-office,,,2025-09-10,
gas-inspection,home-2,113.27,23.14,2 Long Road,gas-office,,,,2026-11-01

gas-inspection,home-3,,,"3, Long Road",,,,,
road-sweeping,road-1,,,,,green-clean,lot-3,2026-11-21T05:00:00+08:00,
"""
WRONG = """kind,object,lon,lat,last_done
gas-inspection,home-1,113.26,23.13,2026-01-01
gas-inspection,home-1,113.26,23.13,2026-01-02
moon-watch,home-2,,,
gas-inspection,,,,
gas-inspection,home-3,113.26,,
gas-inspection,home-4,23.13,113.26,
gas-inspection,home-5,,,1.1.2026
gas-inspection,home-6,,,2027-01-01
gas-inspection,home-7,
"""


def read(text: str, at: str = NOW) -> Register:
    return read_register(text, BOOK, district=DISTRICT, at_ns=local(at))


def taken(database: Database, text: str, at: str = NOW) -> TakenIn:
    return take_in(
        database, DISTRICT, BOOK, read(text, at), by="token/lin", open_problem=Heard(),
        at_ns=local(at),
    )  # fmt: skip


def all_rows(database: Database) -> list[tuple[object, ...]]:
    with database.read() as conn:
        return [tuple(row) for row in conn.execute(sa.select(duty).order_by(duty.c.n))]


def test_every_row_is_taken_or_refused_with_its_line() -> None:
    found = read(WRONG)
    assert (found.count, found.taken, len(found.faults)) == (9, 1, 8)
    assert [fault.line for fault in found.faults] == [3, 4, 5, 6, 7, 8, 9, 10]
    said = " ".join(str(fault) for fault in found.faults)
    for part in ("stands in line 2 too", "expected one of gas-inspection", "expected an id",
                 "lon and lat, or neither", "from -90 to 90", "a day like 2026-01-31",
                 "expected no time to come", "3 cells: expected 5"):  # fmt: skip
        assert part in said


@pytest.mark.parametrize("place", range(len(SOUND)))
def test_a_quotation_mark_too_many_loses_no_row_quietly(place: int) -> None:
    found = read(SOUND[:place] + '"' + SOUND[place:])
    assert found.faults or found.taken == 4


def test_what_a_quotation_mark_has_swallowed_is_told_where_it_begins() -> None:
    swallowed = read(SOUND.replace("1 Long", '"1 Long').replace("2 Long Road,", '2 Long Road",'))
    assert [fault.line for fault in swallowed.faults] == [2]
    assert "address: expected one line" in str(swallowed.faults[0])
    open_end = read(SOUND.replace(",lot-3", ',"lot-3'))
    assert [fault.line for fault in open_end.faults] == [6]
    assert "expected CSV from here" in str(open_end.faults[0])
    assert open_end.taken == 3


def test_a_header_that_is_none_is_one_fault_and_nothing_is_taken() -> None:
    for header in ("object,kinds", "kind,object,colour", "kind,object,object", ""):
        found = read(f"{header}\ngas-inspection,home-1\n")
        assert (found.taken, len(found.faults), found.count) == (0, 1, 1)


def test_a_register_comes_in_with_its_dates_and_opens_nothing_before_the_sweep(
    database: Database,
) -> None:
    assert taken(database, SOUND) == TakenIn(new=4, known=0, given_up=0)
    assert words(database) == []
    one, two, three = (row_of(database, f"home-{n}") for n in (1, 2, 3))
    assert (one.next_due_at, one.late_at) == (rfc("2026-09-11"), rfc("2026-09-18"))
    assert (two.last_done_at, two.next_due_at) == (None, rfc("2026-11-02"))
    assert (three.next_due_at, three.address) == (rfc("2026-12-22"), "3, Long Road")  # 30 days
    road = row_of(database, "road-1", "road-sweeping")
    assert (road.next_due_at, road.contractor, road.lot) == (
        rfc("2026-11-23"),
        "green-clean",
        "lot-3",
    )
    assert sweep(database, DISTRICT, BOOK, Heard(), at_ns=local(NOW)) == Swept(opened=2, batches=1)
    assert {problem.split("/")[1] for _, problem in words(database)} == {"home-1", "home-2"}


def test_the_same_register_again_changes_nothing_and_puts_nothing_off(database: Database) -> None:
    taken(database, SOUND)
    sweep(database, DISTRICT, BOOK, Heard(), at_ns=local(NOW))
    before, told = all_rows(database), words(database)
    assert taken(database, SOUND, "2026-11-25") == TakenIn(new=0, known=4, given_up=0)
    rows = all_rows(database)
    assert words(database)[: len(told)] == told
    assert [row[:16] for row in rows] == [row[:16] for row in before]


def test_a_register_that_knows_a_later_doing_ends_the_problem(database: Database) -> None:
    taken(database, SOUND)
    sweep(database, DISTRICT, BOOK, Heard(), at_ns=local(NOW))
    taken(database, SOUND.replace("2025-09-10", "2026-10-01"), "2026-11-22")
    assert row_of(database, "home-1").state == "waiting"
    assert [phase for phase, problem in words(database) if "home-1" in problem] == [
        "opened",
        "ended",
    ]
    taken(database, SOUND.replace("2025-09-10", ""), "2026-11-23")
    assert row_of(database, "home-1").register_done_at == rfc("2026-10-01")


def test_what_was_given_up_stays_so(database: Database) -> None:
    taken(database, SOUND)
    with database.write() as conn:
        retire(
            conn, DISTRICT, BOOK, kind_name="gas-inspection", object_id="home-1", by="token/lin",
            why="gone", open_problem=Heard(), at_ns=local(NOW),
        )  # fmt: skip
    assert taken(database, SOUND) == TakenIn(new=0, known=3, given_up=1)
    assert row_of(database, "home-1").state == "retired"
