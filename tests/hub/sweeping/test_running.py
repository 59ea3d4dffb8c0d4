"""The worker: its pace, weather, rules that cannot be read, being told to stop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.keys import PrivateKey
from hub.config import HubConfig
from hub.errors import NotNow
from hub.store.engine import Database
from hub.sweeping.running import run
from tests.hub.detections import DISTRICT
from tests.hub.sweeping.town import CHAIN, LADDER, Town, ns

KEY = PrivateKey.generate()


@dataclass
class Pace:
    """Counts what the worker waits for, moves the clock by it, and cancels it after so many rests."""

    rests: int
    minute: float = 0.0
    waited: list[float] = field(default_factory=list)

    async def sleep(self, wait_s: float) -> None:
        self.waited.append(wait_s)
        self.minute += wait_s / 60
        if sum(one > 0 for one in self.waited) >= self.rests:
            raise asyncio.CancelledError
        await asyncio.sleep(0)

    def config(self, database: Database, **changes: float | None) -> HubConfig:
        return HubConfig(
            database=str(database.url),
            data_dir=Path(),
            district=DISTRICT,
            utc_ns=lambda: ns(self.minute),
            **{"sweep_every_s": 300.0, **changes},  # type: ignore[arg-type]
        )


def works(database: Database, pace: Pace, limit: int = 100) -> None:
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run(database, pace.config(database), key=KEY, limit=limit, sleep=pace.sleep))


def test_it_sweeps_again_and_again(town: Town) -> None:
    town.opens()
    works(town.database, pace := Pace(rests=26))
    assert town.steps() == CHAIN
    assert pace.waited == [300.0] * 26


def test_it_rests_only_when_a_chunk_was_not_full(town: Town) -> None:
    town.opens_many(5)
    works(town.database, pace := Pace(rests=1, minute=500), limit=10)
    assert len(town.steps()) == 30
    assert pace.waited == [0.0, 0.0, 0.0, 300.0]


def test_a_hub_that_shall_not_sweep_does_not(town: Town) -> None:
    town.opens()
    pace = Pace(rests=1, minute=500)
    asyncio.run(run(town.database, pace.config(town.database, sweep_every_s=None), key=KEY))
    assert town.steps() == []


class Weather(Database):
    """Does not answer for the first so many transactions."""

    bad = 0

    @classmethod
    def around(cls, database: Database, bad: int) -> Weather:
        worse = cls.__new__(cls)
        worse.__dict__.update(database.__dict__)
        worse.bad = bad
        return worse

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        self.bad -= 1
        if self.bad >= 0:
            raise NotNow("the database does not answer", retry_after_s=900)
        with super().read() as conn:
            yield conn


def test_a_database_that_does_not_answer_is_said_once_and_waited_for(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "edile.hub.sweep")
    town.opens()
    works(Weather.around(town.database, 3), pace := Pace(rests=4))
    assert pace.waited == [900.0, 900.0, 900.0, 300.0]
    assert len([line for line in caplog.messages if "does not answer" in line]) == 1
    assert caplog.messages.count("orders' steps go on") == 1
    assert town.steps() == CHAIN[:2]


def test_rules_that_cannot_be_read_stop_no_worker_for_good(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.opens()
    town.publish("policy", "hydrant", b"title: nonsense\n")
    works(town.database, Pace(rests=2, minute=60))
    assert town.steps() == []
    assert len([line for line in caplog.messages if "rules in force" in line]) == 1
    town.publish("policy", "hydrant", LADDER.encode())
    works(town.database, Pace(rests=1, minute=60))
    assert town.steps() == CHAIN[:5]


class Slow(Database):
    """Its writing waits for a sign, and says when it has begun and ended."""

    @classmethod
    def around(cls, database: Database) -> Slow:
        slow = cls.__new__(cls)
        slow.__dict__.update(database.__dict__)
        slow.begun, slow.go, slow.ended = threading.Event(), threading.Event(), threading.Event()
        return slow

    begun: threading.Event
    go: threading.Event
    ended: threading.Event

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        with super().write() as conn:
            self.begun.set()
            assert self.go.wait(60)
            yield conn
        self.ended.set()


def test_told_to_stop_it_ends_the_chunk_in_hand_first(town: Town) -> None:
    town.opens()
    slow = Slow.around(town.database)

    async def stop_in_the_midst() -> None:
        pace = Pace(rests=1, minute=60)
        worker = asyncio.create_task(run(slow, pace.config(slow), key=KEY))
        await asyncio.to_thread(slow.begun.wait, 30)
        worker.cancel()
        await asyncio.sleep(0)
        assert not worker.done()
        slow.go.set()
        with pytest.raises(asyncio.CancelledError):
            await worker
        assert slow.ended.is_set()

    asyncio.run(stop_in_the_midst())
    assert town.steps() == CHAIN[:5]
