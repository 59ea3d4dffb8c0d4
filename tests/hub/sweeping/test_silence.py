"""A gateway that is not heard is one order, which ends when it is heard; a hub that was down accuses nobody."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.keys import PrivateKey
from hub.config import HubConfig
from hub.store import gateways
from hub.store.engine import Database
from hub.store.order_tables import sighting, work_order
from hub.store.tables import device_key, gateway
from hub.sweeping import silence
from tests.hub.detections import DISTRICT, at
from tests.hub.sweeping.town import ns

HOUR = 60.0
LONG_AGO = ns(-1000)


@dataclass
class Watch:
    """Two gateways, heard when a test says so."""

    database: Database
    minute: float = 0.0

    def __post_init__(self) -> None:
        with self.database.write() as conn:
            for slot in ("cs-017", "cs-018"):
                gateways.add_key(
                    conn,
                    kid=f"{slot}#1",
                    public_pem=PrivateKey.generate().public.to_pem(),
                    district=DISTRICT,
                    unit="sanitation-3",
                    at=at(0),
                )

    @property
    def config(self) -> HubConfig:
        return HubConfig(
            database=str(self.database.url),
            data_dir=Path(),
            district=DISTRICT,
            utc_ns=lambda: ns(self.minute),
        )

    def heard(self, slot: str, minute: float) -> None:
        with self.database.write() as conn:
            conn.execute(
                sa.update(gateway).where(gateway.c.slot == slot).values(last_seen=at(minute))
            )

    def looks(self, minute: float, begun_ns: int = LONG_AGO) -> int:
        self.minute = minute
        return silence.look(self.database, self.config, begun_ns)

    def orders(self) -> list[tuple[str, str, str | None]]:
        with self.database.read() as conn:
            rows = conn.execute(sa.select(work_order).order_by(work_order.c.seq)).all()
        return [(row.object, row.state, row.owner_unit) for row in rows]


@pytest.fixture
def watch(database: Database) -> Watch:
    return Watch(database)


def test_silence_is_one_order_of_the_gateways_own_unit_and_being_heard_ends_it(
    watch: Watch,
) -> None:
    watch.heard("cs-017", 0)
    watch.heard("cs-018", 55)
    assert watch.looks(HOUR - 1) == 0
    assert [watch.looks(HOUR + n) for n in range(3)] == [1, 0, 0]
    assert watch.orders() == [("gateway/cs-017", "dispatched", "sanitation-3")]
    watch.heard("cs-017", HOUR + 10)
    assert [watch.looks(HOUR + 11 + n) for n in range(2)] == [1, 0]
    assert watch.orders() == [("gateway/cs-017", "closed", "sanitation-3")]


def test_a_gateway_that_falls_silent_again_is_another_order(watch: Watch) -> None:
    watch.heard("cs-017", 0)
    watch.looks(HOUR)
    watch.heard("cs-017", HOUR + 10)
    watch.looks(HOUR + 11)
    assert watch.looks(3 * HOUR) == 1
    assert [state for _, state, _ in watch.orders()] == ["closed", "dispatched"]


def test_a_hub_that_was_down_gives_gateways_their_time_to_be_heard(watch: Watch) -> None:
    watch.heard("cs-017", 0)
    assert watch.looks(10 * HOUR, begun_ns=ns(9.5 * HOUR)) == 0
    assert watch.looks(10.5 * HOUR, begun_ns=ns(9.5 * HOUR)) == 1


def test_who_was_never_heard_or_is_out_of_service_is_not_missed(watch: Watch) -> None:
    watch.heard("cs-017", 0)
    with watch.database.write() as conn:
        conn.execute(
            sa.update(device_key).where(device_key.c.slot == "cs-017").values(state="revoked")
        )
    assert watch.looks(5 * HOUR) == 0
    assert watch.orders() == []


def test_two_workers_tell_it_once(watch: Watch) -> None:
    watch.heard("cs-017", 0)
    watch.minute = HOUR
    with ThreadPoolExecutor(4) as pool:
        every = [
            pool.submit(silence.look, watch.database, watch.config, LONG_AGO) for _ in range(4)
        ]
        assert max(one.result() for one in every) == 1
    with watch.database.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(sighting)) == 1
    assert len(watch.orders()) == 1


def test_the_worker_looks_once_a_minute_until_it_is_told_to_stop(watch: Watch) -> None:
    watch.heard("cs-017", 0)
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        watch.minute += seconds / 60
        if len(waited) > 70:
            raise asyncio.CancelledError
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(silence.run(watch.database, watch.config, sleep=sleep))
    assert set(waited) == {silence.EVERY_S}
    assert watch.orders() == [("gateway/cs-017", "dispatched", "sanitation-3")]
