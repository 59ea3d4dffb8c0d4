"""Second looks from end to end: a box reports, people say done, the box is asked and answers, by real sync."""

from __future__ import annotations

import pytest

from hub.dispatching import dispatch_many
from hub.dispatching.book import book_of
from hub.store.engine import Database
from hub.store.journal import begin
from tests.hub.detections import DISTRICT, actor, at, detection
from tests.hub.owners.town import place
from tests.hub.sweeping.site import DAY, STREET, WANG, Site, site_of
from tests.hub.sweeping.town import Town

PHOTO = "ab" * 32


@pytest.fixture
def site(database: Database) -> Site:
    return site_of(database)


def kinds(town: Town, order: str) -> list[str]:
    return [one.type for one in town.told(order_id=order)]


def test_seen_to_be_gone_it_is_closed_without_anybody(site: Site) -> None:
    town, order = site.town, site.asked()
    commands = site.commands("cam-a", 101)
    assert [one.op for one in commands] == ["relook"]
    assert commands[0].args == {
        "case": order,
        "class_code": "06042",
        "catalogue": "gbt47678-2026",
        "problem_id": "bin",
        "object": None,
        "lon": place(0.5, 0.5)[0],
        "lat": place(0.5, 0.5)[1],
    }
    assert commands[0].expires == at(130)
    site.answers("cam-a", order, "gone", minute=105, photo=PHOTO)
    assert town.head(order).state == "closed"
    (look,) = town.looks(order)
    assert (look.id, look.slot, look.why_slot) == (commands[0].id, "cam-a", "saw-it")
    assert (look.verdict, look.answered_at) == ("gone", at(105))
    moved = [(row.actor, row.to_state) for row in town.noted("moved")]
    assert moved == [("token/wang", "resolved"), ("gateway/cam-a", "closed")]
    assert site.sweeps(200).counts == {}  # nobody waits for an answer any more


def test_it_is_asked_at_a_moment_within_the_window_and_asked_once(site: Site) -> None:
    order = site.resolved(minute=10)
    due = site.town.timers(order)["ask:"].due_at
    assert at(15) <= due < at(70)
    assert site.sweeps(14.99).counts == {}
    minute = next(minute for minute in range(15, 72) if site.sweeps(minute).of("done"))
    assert at(minute - 1) < due <= at(minute)
    assert len(site.commands("cam-a", minute)) == 1
    assert site.sweeps(minute).counts == {}


@pytest.mark.parametrize(("drawn", "minute"), [(0.0, 5), (0.5, 32.5), (0.999, 59.945)])
def test_the_moment_is_drawn(database: Database, drawn: float, minute: float) -> None:
    town = Town(database, policy=STREET + "on_end: relook\n")
    lon, lat = place(0.5, 0.5)
    seen = detection(1, kind="06042", class_code="06042", lon=lon, lat=lat)
    gone = detection(2, kind="06042", class_code="06042", lon=lon, lat=lat, phase="ended")
    with database.write() as conn:
        journal = begin(conn, DISTRICT, draw=lambda: drawn)
        order, _ = dispatch_many(journal, [seen, gone], book_of(conn, DISTRICT))
        journal.flush()
    assert order is not None
    assert town.head(order).state == "resolved"
    assert town.timers(order)["ask:"].due_at == at(minute)


def test_no_two_orders_are_looked_at_together(site: Site) -> None:
    due = set()
    for number in range(6):
        order = site.sees("cam-a", f"bin-{number}", minute=0, east=0.1 * number)
        site.town.moves(order, "resolved", minute=10, who=WANG)
        due.add(site.town.timers(order)["ask:"].due_at)
    assert len(due) == 6


def test_still_there_it_is_rework_by_the_same_clock(site: Site) -> None:
    town, order = site.town, site.asked()
    before = town.head(order)
    site.answers("cam-a", order, "still-there", minute=110)
    head = town.head(order)
    assert (head.state, head.rework, head.due_at) == ("dispatched", 1, before.due_at)
    town.moves(order, "resolved", minute=115, who=WANG)
    site.sweeps(300)
    assert [one.round for one in town.looks(order)] == [0, 1]
    site.answers("cam-a", order, "gone", minute=301)
    assert town.head(order).state == "closed"
    assert town.head(order).rework == 1


@pytest.mark.parametrize(
    ("verdict", "confidence"), [("cannot-tell", 0.9), ("gone", 0.59), ("still-there", 0.1)]
)
def test_an_answer_that_is_not_sure_leaves_it_to_a_person(
    site: Site, verdict: str, confidence: float
) -> None:
    town, order = site.town, site.asked()
    site.answers("cam-a", order, verdict, minute=110, confidence=confidence)  # type: ignore[arg-type]
    assert town.head(order).state == "resolved"
    (needed,) = town.told("order.look-needed")
    assert verdict in needed.data["why"]
    assert site.sweeps(500).of("done") == 0  # no second question
    assert len(town.told("order.look-needed")) == 1


def test_no_answer_in_time_leaves_it_to_a_person_and_a_late_one_moves_nothing(site: Site) -> None:
    town, order = site.town, site.asked(minute=100)
    assert site.sweeps(129.9).of("done") == 0
    assert town.told("order.look-needed") == []
    site.sweeps(130)
    (needed,) = town.told("order.look-needed")
    assert "cam-a did not answer" in needed.data["why"]
    assert site.commands("cam-a", 131) == []
    site.answers("cam-a", order, "gone", minute=140, photo=PHOTO)
    assert town.head(order).state == "resolved"
    assert [row.action for row in town.noted("look-not-awaited")] == ["look-not-awaited"]
    assert [look.verdict for look in town.looks(order)] == ["no-answer"]
    town.moves(order, "closed", minute=150, who=actor("zhao"))
    assert town.head(order).state == "closed"


def test_after_a_day_it_is_looked_at_once_more(site: Site) -> None:
    town, order = site.town, site.asked(minute=100)
    site.answers("cam-a", order, "gone", minute=105)
    assert site.sweeps(105 + DAY - 1).counts == {}
    assert site.sweeps(105 + DAY).counts == {("ask-again", "done"): 1}
    site.answers("cam-a", order, "gone", minute=110 + DAY)
    assert town.head(order).state == "closed"
    assert site.sweeps(110 + 10 * DAY).counts == {}
    assert [look.verdict for look in town.looks(order)] == ["gone", "gone"]


def test_still_there_a_day_later_it_is_open_again_and_late_at_once(site: Site) -> None:
    town, order = site.town, site.asked(minute=100)
    site.answers("cam-a", order, "gone", minute=105)
    site.sweeps(105 + DAY)
    site.answers("cam-a", order, "still-there", minute=110 + DAY)
    head = town.head(order)
    assert (head.state, head.reopened, head.closed_at) == ("dispatched", 1, None)
    site.sweeps(111 + DAY)
    assert [one.at for one in town.told("order.overdue")] == [at(111 + DAY)]
    town.moves(order, "resolved", minute=120 + DAY, who=WANG)
    site.sweeps(200 + DAY)
    site.answers("cam-a", order, "gone", minute=201 + DAY)
    assert town.head(order).state == "closed"
    assert site.sweeps(201 + 2 * DAY).counts == {("ask-again", "done"): 1}


def test_nobody_hears_of_a_look_after_closing_that_is_not_answered(site: Site) -> None:
    town, order = site.town, site.asked(minute=100)
    site.answers("cam-a", order, "gone", minute=105)
    site.sweeps(105 + DAY)
    site.sweeps(136 + DAY)
    assert town.head(order).state == "closed"
    assert town.told("order.look-needed") == []
    assert len(town.noted("look-unanswered")) == 1


def test_what_a_person_reported_is_looked_at_by_a_camera_that_covers_the_place(site: Site) -> None:
    site.sees("cam-far", "other", minute=0, east=0.9)
    seen = site.sees("cam-near", "bin", minute=0)
    site.town.moves(seen, "void", minute=1)
    lon, lat = place(0.5, 0.5)
    order = site.town.opens(
        7, kind="06042", class_code="06042", slot="hotline", source_kind="person", lon=lon, lat=lat
    )
    site.town.moves(order, "resolved", minute=10, who=WANG)
    site.sweeps(100)
    assert [look.why_slot for look in site.town.looks(order)] == ["covers-place"]
    assert [one.args["problem_id"] for one in site.commands("cam-near", 101)] == [None]
    assert site.commands("cam-far", 101) == []


def test_with_nobody_to_ask_it_is_left_to_a_person(site: Site) -> None:
    order = site.town.opens(
        7, kind="06042", class_code="06042", slot="hotline", source_kind="person"
    )
    site.town.moves(order, "resolved", minute=10, who=WANG)
    site.sweeps(100)
    (needed,) = site.town.told("order.look-needed")
    assert (needed.order_id, needed.data["why"]) == (
        order,
        "no gateway saw it or covers the place",
    )


def test_a_look_at_something_that_is_worked_on_again_is_called_off(site: Site) -> None:
    town, order = site.town, site.asked(minute=100)
    town.moves(order, "dispatched", minute=101)
    site.answers("cam-a", order, "gone", minute=105)
    assert town.head(order).state == "dispatched"
    assert [look.verdict for look in town.looks(order)] == ["called-off"]
    assert "unanswered:" not in site.town.outcomes(order)
