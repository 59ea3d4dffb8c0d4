"""The worker: settings that change under it, weather, being told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.config import HubConfig
from hub.errors import NotNow
from hub.notifying import running
from hub.notifying.delivering import Send
from hub.notifying.retrying import Failure
from hub.notifying.running import Worker
from hub.notifying.settings import FILE, Keep
from hub.store import domain_events
from hub.store.engine import Database
from hub.store.notices import Claimed
from tests.hub.notifying.office import DISTRICT, Office
from tests.hub.notifying.receiver import Receiver

ALLOW = '[webhooks]\nallow_hosts = ["127.0.0.1"]\n'


def config(office: Office, data_dir: Path) -> HubConfig:
    return HubConfig(
        database=str(office.database.url),
        data_dir=data_dir,
        district=DISTRICT,
        utc_ns=lambda: office.clock.utc_ns,
    )


def sent(office: Office) -> list[int]:
    return [one.attempts for one in office.notices()]


def test_the_operators_file_is_followed_as_it_changes(
    office: Office, receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "edile.hub.notices")
    office.add("city", receiver.url)
    office.happens()
    worker = Worker(database=office.database, config=config(office, tmp_path), draw=lambda: 0.5)
    asyncio.run(worker.round())
    assert receiver.requests == []
    assert "plain http only to hosts" in office.tries()[0].said
    (tmp_path / FILE).write_text(ALLOW)
    office.wait(60)
    asyncio.run(worker.round())
    assert len(receiver.requests) == 1
    (tmp_path / FILE).write_text(ALLOW + "nonsense = 1\n")
    office.happens()
    asyncio.run(worker.round())
    asyncio.run(worker.round())
    assert len(receiver.requests) == 2  # the last good settings hold
    assert sum("nonsense" in line for line in caplog.messages) == 1
    assert caplog.messages.count("notices go out by webhook") == 2


class Weather(Database):
    """A database that does not answer for the first so many transactions."""

    @classmethod
    def around(cls, database: Database, bad: int) -> Weather:
        worse = cls.__new__(cls)
        worse.__dict__.update(database.__dict__)
        worse.bad = bad
        return worse

    bad = 0

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        self.bad -= 1
        if self.bad >= 0:
            raise NotNow("the database does not answer", retry_after_s=30)
        with super().write() as conn:
            yield conn


def test_a_database_that_does_not_answer_is_said_once_and_waited_for(
    office: Office, receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "edile.hub.notices")
    (tmp_path / FILE).write_text(ALLOW)
    office.add("city", receiver.url)
    office.happens()
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 4:
            raise asyncio.CancelledError

    weather = Weather.around(office.database, bad=2)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(running.run(weather, config(office, tmp_path), sleep=sleep))
    assert waits == [30, 30, 2, 2]
    assert len(receiver.requests) == 1
    said = [line for line in caplog.messages if "notices for now" in line or "again" in line]
    assert said == ["no notices for now: the database does not answer", "notices again"]


def test_what_was_sent_is_recorded_when_the_database_answers_again(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    office.happens()
    office.fan_out()
    weather = Weather.around(office.database, bad=0)
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def send(claimed: Claimed) -> tuple[Failure | None, str]:
        weather.bad = 20  # some of them meet lanes that look for more
        return await office.senders["webhook"](claimed)

    before = office.delivery
    delivery = type(before)(
        **{**before.__dict__, "database": weather, "senders": {"webhook": send}, "sleep": sleep}
    )
    asyncio.run(delivery.deliver())
    assert set(waits) == {30}
    assert len(receiver.requests) == 1
    assert office.states() == [("delivered", 1)]


def test_a_worker_told_to_stop_gives_back_what_it_was_sending(
    office: Office, tmp_path: Path
) -> None:
    office.add("city", "https://hooks.example/")
    office.happens()

    async def stop_in_the_middle() -> None:
        begun = asyncio.Event()

        async def hang(_: Claimed) -> tuple[Failure | None, str]:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError("never")

        def senders(*_: object) -> Mapping[str, Send]:
            return {"webhook": hang}

        worker = Worker(
            database=office.database, config=config(office, tmp_path), senders_of=senders
        )
        task = asyncio.create_task(worker.round())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop_in_the_middle())
    assert office.states() == [("pending", 0)]
    again = office.delivery.claim()
    assert again is not None
    assert again.attempt == 1


def test_old_events_and_old_notices_are_forgotten_and_nobody_loses_one(
    office: Office, receiver: Receiver
) -> None:
    office.add("city", receiver.url)
    office.happens(subject="a")
    office.round()
    office.happens(subject="b")
    office.wait(100 * 86_400)
    keep = Keep(events_days=30, notices_days=90)
    assert running.prune(office.database, DISTRICT, keep, office.clock.utc_ns) == (1, 1)
    assert office.tries() == []
    office.round()  # b was kept, because nobody had been told of it
    assert len(receiver.requests) == 2
    assert office.recipient("city").missed == 0
    assert running.prune(office.database, DISTRICT, keep, office.clock.utc_ns) == (1, 0)
    with office.database.read() as conn:
        assert domain_events.last(conn, DISTRICT) == 2


def test_notices_that_are_not_done_with_are_never_forgotten(office: Office) -> None:
    office.add("li", "li@city.example", channel="mail")
    office.happens()
    office.fan_out()
    office.wait(1000 * 86_400)
    assert running.prune(office.database, DISTRICT, Keep(), office.clock.utc_ns)[1] == 0
    assert sent(office) == [0]


def test_forgetting_goes_on_until_nothing_old_is_left(office: Office, receiver: Receiver) -> None:
    office.add("city", receiver.url)
    for _ in range(5):
        office.happens()
    office.round()
    office.wait(100 * 86_400)
    gone = running.prune(office.database, DISTRICT, Keep(), office.clock.utc_ns, most=2)
    assert gone == (5, 5)
