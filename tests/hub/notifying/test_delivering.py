"""From an event to a receiver on a real socket: once, in order, again when it failed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.notifying import retrying
from hub.notifying.delivering import HOLD_S
from hub.notifying.retrying import DELAYS_S, Failure
from hub.notifying.signing import sign
from hub.store import domain_events, recipients
from hub.store.engine import Database
from hub.store.notices import Claimed
from tests.hub.notifying.office import DISTRICT, SECRET, Office
from tests.hub.notifying.receiver import Answer, Receiver


class Killed(BaseException):
    """What kill -9 looks like from inside: nothing after it happens."""


def test_an_event_arrives_once_signed_and_as_it_happened(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    office.happens("order.opened", "o7", unit="north", title="积存垃圾渣土")
    office.round()
    office.round()
    (request,) = receiver.requests
    assert json.loads(request.body) == {
        "type": "order.opened",
        "timestamp": office.now,
        "district": DISTRICT,
        "n": 1,
        "subject": "work-order/o7",
        "data": {"unit": "north", "title": "积存垃圾渣土"},
    }
    now_s = office.clock.utc_ns // 10**9
    expected = sign([SECRET], request.id, now_s, request.body)
    assert {name: request.headers[name] for name in expected} == expected
    assert "." not in request.id
    assert office.states() == [("delivered", 1)]
    assert [(one.attempt, one.delivered, one.said) for one in office.tries()] == [(1, 1, "200 ok")]


def test_events_arrive_in_their_order_and_each_recipient_gets_its_own_id(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    office.add("press", receiver.url + "?press")
    for number in range(5):
        office.happens(subject=f"o{number}")
    office.round()
    for path in ("/hook", "/hook?press"):
        bodies = [json.loads(one.body) for one in receiver.requests if one.path == path]
        assert [body["n"] for body in bodies] == [1, 2, 3, 4, 5]
    assert len(receiver.effects) == len(receiver.requests) == 10


def test_a_step_of_an_order_is_told_once_however_often_an_event_says_so(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    for turn in (0, 0, 1):
        office.happens("order.escalated", "o1", step="escalate:half-way", round=turn)
    office.happens("order.escalated", "o2", step="escalate:half-way", round=0)
    office.round()
    told = [json.loads(one.body) for one in receiver.requests]
    assert [(one["subject"], one["data"]["round"]) for one in told] == [
        ("work-order/o1", 0),
        ("work-order/o1", 1),
        ("work-order/o2", 0),
    ]


def test_what_happened_before_somebody_was_added_is_not_theirs(
    office: Office, receiver: Receiver
) -> None:
    office.happens()
    office.add("city", receiver.url)
    office.happens()
    office.round()
    assert [json.loads(one.body)["n"] for one in receiver.requests] == [2]


def test_a_failure_is_tried_again_on_the_published_schedule_and_then_given_up(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    office.happens()
    receiver.answers = [Answer(500, body=b"ouch")] * 20
    office.round()
    for delay_s in DELAYS_S:
        assert office.states() == [("failed", len(receiver.requests))]
        tries = len(receiver.requests)
        office.wait(delay_s - 1)
        office.round()
        assert len(receiver.requests) == tries
        office.wait(delay_s * retrying.JITTER + 1)
        office.round()
        assert len(receiver.requests) == tries + 1
    assert office.states() == [("gave-up", 10)]
    office.wait(30 * 86_400)
    office.round()
    assert len(receiver.requests) == 10
    assert len(receiver.effects) == 1
    assert {one.said for one in office.tries()} == {"500 ouch"}


def test_a_receiver_that_fails_is_left_alone_and_what_follows_waits_in_order(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    receiver.answers = [Answer(503)]
    for number in range(3):
        office.happens(subject=f"o{number}")
    office.round()
    assert len(receiver.requests) == 1
    office.wait(7)
    office.round()
    told = [json.loads(one.body)["n"] for one in receiver.requests]
    assert told == [1, 1, 2, 3]
    assert office.recipient("city").failures == 0


def test_retry_after_is_kept_to(office: Office, receiver: Receiver) -> None:
    office.add("city", receiver.url)
    office.happens()
    receiver.answers = [Answer(429, {"Retry-After": "3600"})]
    office.round()
    office.wait(3599)
    office.round()
    assert len(receiver.requests) == 1
    office.wait(1)
    office.round()
    assert office.states() == [("delivered", 2)]


def test_one_that_fails_does_not_hold_up_another(office: Office, receiver: Receiver) -> None:
    office.add("broken", "http://127.0.0.1:9/nobody-listens")
    office.add("city", receiver.url)
    office.happens()
    office.round()
    assert len(receiver.requests) == 1
    assert sorted(office.states()) == [("delivered", 1), ("failed", 1)]


def test_410_gone_pauses_the_recipient_and_keeps_its_notices(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    office.happens()
    office.happens()
    receiver.answers = [Answer(410, body=b"moved away")]
    office.round()
    office.wait(86_400)
    office.round()
    assert len(receiver.requests) == 1
    assert office.recipient("city").paused_why == "410 moved away"
    with office.database.write() as conn:
        recipients.resume(conn, office.recipient("city").id)
    office.round()
    assert office.states() == [("delivered", 2), ("delivered", 1)]


def test_five_days_of_nothing_but_failures_pause_a_recipient(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    receiver.answers = [Answer(500)] * 9999
    for _ in range(6):
        office.happens()
        office.round()
        assert office.recipient("city").paused_why is None
        office.wait(86_400)
    office.happens()
    office.round()
    why = office.recipient("city").paused_why or ""
    assert why.startswith("nothing but failures since 2026-09-21T")


@pytest.mark.parametrize("sent_first", [True, False])
def test_killed_between_sending_and_recording_it_repeats_under_the_same_id(
    office: Office, receiver: Receiver, sent_first: bool
) -> None:
    office.add("city", receiver.url)
    office.happens()

    async def killed(claimed: Claimed) -> tuple[Failure | None, str]:
        if sent_first:
            await office.senders["webhook"](claimed)
        raise Killed

    office.fan_out()
    with pytest.raises(BaseExceptionGroup):
        asyncio.run(office.beside(webhook=killed).delivery.deliver())
    office.round()
    assert len(receiver.requests) == sent_first  # somebody may still be sending it
    office.wait(HOLD_S)
    office.round()
    assert len(receiver.requests) == 1 + sent_first
    assert len(receiver.effects) == 1
    assert office.states() == [("delivered", 2)]


def test_a_worker_that_comes_back_late_spoils_nothing(office: Office, receiver: Receiver) -> None:
    office.add("city", receiver.url)
    office.happens()
    office.fan_out()
    slow = office.delivery.claim()
    assert slow is not None
    office.wait(HOLD_S)
    quick = office.delivery.claim()
    assert quick is not None
    assert (quick.id, quick.attempt) == (slow.id, 2)
    office.delivery.record(slow, Failure("timed out"), "timed out", office.clock.utc_ns)
    assert office.states() == [("pending", 2)]
    assert office.recipient("city").failures == 0
    assert office.delivery.claim() is None  # the quick one holds it still
    office.delivery.record(quick, None, "200", office.clock.utc_ns)
    assert office.states() == [("delivered", 2)]
    assert office.recipient("city").failures == 0


def test_a_late_delivery_counts_because_it_was_one(office: Office, receiver: Receiver) -> None:
    office.add("city", receiver.url)
    office.happens()
    office.fan_out()
    slow = office.delivery.claim()
    office.wait(HOLD_S)
    quick = office.delivery.claim()
    assert slow is not None
    assert quick is not None
    office.delivery.record(slow, None, "200", office.clock.utc_ns)
    office.delivery.record(quick, Failure("refused"), "refused", office.clock.utc_ns)
    assert office.states()[0][0] == "delivered"


def test_two_workers_at_once_make_and_send_each_notice_once(
    office: Office, receiver: Receiver
) -> None:
    names = [f"r{number}" for number in range(4)]
    for name in names:
        office.add(name, f"{receiver.url}?{name}")
    for number in range(12):
        office.happens(subject=f"o{number}")
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(office.beside().round) for _ in range(2)]:
            done.result()
    office.round()
    told = Counter((one.path, json.loads(one.body)["n"]) for one in receiver.requests)
    assert len(told) == 4 * 12
    assert set(told.values()) == {1}
    for name in names:
        its = [json.loads(one.body)["n"] for one in receiver.requests if one.path.endswith(name)]
        assert its == list(range(1, 13))
    assert set(office.states()) == {("delivered", 1)}


@pytest.mark.postgres
def test_while_one_worker_makes_notices_for_a_recipient_another_leaves_it_alone(
    postgres_database: Database, receiver: Receiver
) -> None:
    office = Office(postgres_database)
    office.add("city", receiver.url)
    office.happens()
    with office.database.write() as one, office.database.write() as other:
        assert recipients.lagging(one, DISTRICT) is not None
        assert recipients.lagging(other, DISTRICT) is None


def test_a_round_with_nothing_to_do_disturbs_no_writer(office: Office, receiver: Receiver) -> None:
    office.add("city", receiver.url)
    office.happens()
    office.round()
    with office.database.write():
        office.round()  # on SQLite a second writer would be refused after a while
    assert len(receiver.requests) == 1


def test_a_restart_between_the_two_halves_loses_nothing_and_repeats_nothing(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    office.happens()
    office.fan_out()  # and then the process ended
    again = office.beside()
    again.happens()
    again.round()
    assert [json.loads(one.body)["n"] for one in receiver.requests] == [1, 2]


def test_a_transaction_that_fails_in_the_middle_of_fanning_out_leaves_no_half(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    office.happens()

    def breaks_off() -> None:
        with office.database.write() as conn:
            recipient = recipients.lagging(conn, DISTRICT)
            assert recipient is not None
            recipients.move_cursor(conn, recipient.id, 1)
            raise Killed

    with pytest.raises(Killed):
        breaks_off()
    office.round()
    assert len(receiver.requests) == 1


def test_a_paused_recipient_hears_later_and_is_told_what_was_forgotten_meanwhile(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    with office.database.write() as conn:
        recipients.pause(conn, office.recipient("city").id, at=office.now, why="holidays")
    office.happens(subject="old")
    office.round()
    assert receiver.requests == []
    office.wait(86_400)
    office.happens(subject="new")
    with office.database.write() as conn:
        assert domain_events.prune(conn, DISTRICT, before=office.now) == 1
        recipients.resume(conn, office.recipient("city").id)
    office.round()
    assert [json.loads(one.body)["n"] for one in receiver.requests] == [2]
    assert office.recipient("city").missed == 1


def test_a_channel_that_is_off_waits_and_counts_no_try(office: Office) -> None:
    office.add("anna", "anna@city.example", channel="mail")
    office.happens()
    office.round()
    assert office.states() == [("pending", 0)]
