"""The real gateway side against the real hub, through all adapters: what the contract promises holds
between the two programs that have to keep it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from contract.commands import Command, sign_command
from contract.desired import Desired, sign_desired
from contract.keys import PrivateKey
from contract.payloads.weigh import WeighAnomaly, WeighTicket
from contract.timestamps import rfc3339
from edge_agent.app.giving_originals import send_original
from edge_agent.commands import Commands, Performed
from edge_agent.desired import DesiredState
from edge_agent.identity import Identity
from edge_agent.ledger import IDLE_BUDGET, Ledger
from edge_agent.ports import Conclusion, HubLink, NewEvidence, Work
from edge_agent.store.database import Store
from edge_agent.store.writer import Writer
from edge_agent.transports.hub_asgi import AsgiHub
from edge_agent.transports.hub_http import HttpHub
from edge_agent.transports.hub_mqtt import MqttHub, Patience
from edge_agent.uplink.loop import Uplink
from hub import backup
from hub.app import create_app
from hub.config import HubConfig
from hub.consuming import Broker, Consumer, broker_of
from hub.identity import load_or_make_keys
from hub.store import gateways
from hub.store.engine import Database
from hub.store.tables import command, event, gateway
from tests.fakes.broker import Mosquitto, consuming, secure_broker
from tests.fakes.certificates import FAR_AHEAD, LONG_AGO, Authority
from tests.fakes.clock import START_UTC_NS, FakeClock
from tests.fakes.http_server import serving
from tests.hub.kept_tables import sqlite_tables

pytestmark = pytest.mark.anyio
SLOT, KID, HUB_ID, DISTRICT = "cs-017", "cs-017#1", "baiyun-hub", "baiyun"


@dataclass
class Town:
    """A hub on disk and a gateway that it knows. `running` is its database while it serves."""

    folder: Path
    config: HubConfig
    key: PrivateKey
    running: Database | None = None

    @classmethod
    def make(cls, folder: Path, clock: FakeClock) -> Town:
        config = HubConfig(
            database=sqlite_tables(folder / "hub.db"),
            data_dir=folder / "hub",
            hub_id=HUB_ID,
            district=DISTRICT,
            utc_ns=lambda: START_UTC_NS + clock.mono_ns,
        )
        config.data_dir.mkdir()
        town = cls(folder, config, PrivateKey.generate())
        with town.database() as opened, opened.write() as conn:
            public = town.key.public.to_pem()
            gateways.add_key(
                conn, kid=KID, public_pem=public, district=DISTRICT, unit="north", at="now"
            )
        return town

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        if self.running is not None:
            yield self.running
            return
        opened = Database.open(self.config.database)
        try:
            yield opened
        finally:
            opened.close()

    @property
    def command_key(self) -> PrivateKey:
        return load_or_make_keys(self.config.data_dir).command

    def bodies(self) -> list[bytes]:
        with self.database() as opened, opened.read() as conn:
            query = sa.select(event.c.body).order_by(event.c.lane_id, event.c.seq)
            return [bytes(body) for body in conn.scalars(query)]


class Box:
    """Store, writer and uplink as the agent builds them."""

    def __init__(self, town: Town, link: HubLink, clock: FakeClock) -> None:
        self.clock, self.link = clock, link
        store = Store.open(
            town.folder / "box",
            entropy=secrets.randbits,
            source=f"/{DISTRICT}/{SLOT}",
            moment=clock.moment(),
            unclean=False,
            versions={},
        )
        self.store, self.writer = store, Writer(store)
        key = town.command_key.public
        self.desired = DesiredState(slot=SLOT, key=key, validate=lambda _: [])
        self.ledger = Ledger()
        self.performed: list[object] = []

        async def photo(args: object) -> Performed:
            self.performed.append(args)
            return Performed("taken")

        self.commands = Commands(
            slot=SLOT,
            key=key,
            recorder=self.writer,
            clock=clock,
            executors={"photo": photo, "send-original": send_original(self.writer, clock)},
        )
        self.uplink = Uplink(
            writer=self.writer,
            link=link,
            identity=Identity(KID, town.key),
            clock=clock,
            hub_id=HUB_ID,
            command_key=key,
            desired=self.desired,
            commands=self.commands,
            ledger=self.ledger,
            random=lambda: 0.5,
        )

    async def record(self, *conclusions: Conclusion) -> None:
        await self.writer.record(Work(self.clock.moment(), conclusions))
        await self.writer.flush()

    async def talk(self, turns: int = 8) -> None:
        for _ in range(turns):
            pause = await self.uplink.exchange_once()
            while await self.commands.perform_next():
                pass
            self.clock.tick(min(pause.seconds, 3))
        status = await self.uplink.status()
        assert status.last_error is None, status

    async def close(self) -> None:
        await self.writer.close()
        await self.link.close()


@contextlib.contextmanager
def reached(kind: str, town: Town) -> Iterator[HubLink]:
    app = create_app(town.config)
    town.running = app.state.box.database
    try:
        with _linked(kind, town, app) as link:
            yield link
    finally:
        if not kind.startswith("http"):  # no lifespan ran
            town.running.close()
        town.running = None


@contextlib.contextmanager
def _linked(kind: str, town: Town, app: FastAPI) -> Iterator[HubLink]:
    if kind == "asgi":
        yield AsgiHub(app)
    elif kind == "http":
        with serving(app) as port:
            yield HttpHub(f"http://127.0.0.1:{port}")
    elif kind.startswith("mqtt "):
        with Mosquitto(town.folder) as broker, _behind(broker.url, town, app):
            yield mqtt_hub(f"{broker.url}?version={kind.removeprefix('mqtt ')}", town)
    elif kind == "mqtts":
        with secure_broker(town.folder) as broker:
            ca_file = town.folder / "ca.pem"
            source = broker_of(broker.url, ca_file, "hub", 4)
            with _behind(source, town, app):
                yield mqtt_hub(broker.url, town, ca_file)
    else:
        authority = Authority.make()
        ca_file = authority.write(town.folder / "ca.pem")
        with serving(app, authority.issue("localhost", LONG_AGO, FAR_AHEAD, town.folder)) as port:
            yield HttpHub(f"https://localhost:{port}", ca_file)


def _behind(broker: Broker | str, town: Town, app: FastAPI) -> AbstractContextManager[Consumer]:
    return consuming(app, broker, district=DISTRICT, key=town.command_key)


def mqtt_hub(
    url: str, town: Town, ca_file: Path | None = None, patience: Patience = Patience()
) -> MqttHub:
    return MqttHub(
        url,
        district=DISTRICT,
        slot=SLOT,
        command_key=town.command_key.public,
        password=lambda now_s: "unused",
        clock=FakeClock(),
        ca_file=ca_file,
        patience=patience,
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def town(tmp_path: Path, clock: FakeClock) -> Town:
    return Town.make(tmp_path, clock)


@pytest.fixture(params=["asgi", "http", "https", "mqtt 3.1.1", "mqtt 5", "mqtts"])
async def box(request: pytest.FixtureRequest, town: Town, clock: FakeClock) -> AsyncIterator[Box]:
    with reached(request.param, town) as link:
        made = Box(town, link, clock)
        yield made
        await made.close()


def alarm(number: int, *evidence: NewEvidence) -> Conclusion:
    payload = WeighAnomaly(
        problem_id=f"p-{number}", phase="opened", kind="over-capacity", weighbridge="wb-1"
    )
    return Conclusion(payload, "weighbridge/wb-1", evidence=evidence)


def ticket(number: int) -> Conclusion:
    payload = WeighTicket(
        ticket_no=f"t-{number}",
        weighbridge="wb-1",
        gross_kg=Decimal(1_000 + number),
        started="2026-09-21T00:00:00.000Z",
        settled=None,
        ended="2026-09-21T00:01:00.000Z",
        raw_sha256=sha256(b"%d" % number).hexdigest(),
        settlement="ok",
    )
    return Conclusion(payload, "weighbridge/wb-1")


async def test_every_byte_of_every_event_arrives_once(box: Box, town: Town) -> None:
    await box.record(*(ticket(n) for n in range(40)), alarm(1))
    await box.talk()
    depth = (await box.uplink.status()).depth
    assert depth == {"urgent": 0, "routine": 0}
    bodies = town.bodies()
    assert len(bodies) == len(set(bodies)) == 42
    assert b'"t-39"' in bodies[-1]


async def test_evidence_arrives_whole(box: Box, town: Town) -> None:
    content = b'["%s"]' % secrets.token_hex(200_000).encode()
    await box.record(alarm(1, NewEvidence(content, "application/vnd.edile.alibi")))
    await box.talk()
    name = sha256(content).hexdigest()
    (found,) = (town.config.data_dir / "evidence").rglob(name)
    assert found.read_bytes() == content
    assert (await box.uplink.status()).refused == ()
    assert box.store.next_upload() is None


async def test_a_box_of_1970_is_told_the_time(box: Box, town: Town, clock: FakeClock) -> None:
    clock.utc_ns, clock.state = 0, "rtc"
    await box.record(alarm(1))
    await box.talk()
    assert any(b"clock-corrected" in body for body in town.bodies())
    assert (await box.uplink.status()).offset_ns == pytest.approx(START_UTC_NS, abs=10**7)


async def test_a_box_without_any_time_asks_first(box: Box, town: Town, clock: FakeClock) -> None:
    clock.utc_ns, clock.state = 0, "unset"
    await box.talk()
    assert any(b"clock-corrected" in body for body in town.bodies())
    assert box.ledger.up()["time"] > 0


async def test_desired_state_and_commands_come_down(box: Box, town: Town) -> None:
    now = rfc3339(START_UTC_NS)
    document = Desired(slot=SLOT, serial=3, issued=now)
    order = Command(
        id="c-1", slot=SLOT, cmd_seq=1, op="photo", args={}, expires=rfc3339(START_UTC_NS + 10**13)
    )
    with town.database() as opened, opened.write() as conn:
        jws = sign_desired(town.command_key, "hub#command", document)
        conn.execute(sa.update(gateway).values(desired_serial=3, desired=jws))
        signed = sign_command(town.command_key, "hub#command", order)
        conn.execute(
            sa.insert(command).values(
                id="c-1",
                slot=SLOT,
                cmd_seq=1,
                op="photo",
                jws=signed,
                actor="anna",
                made_at=now,
                expires=order.expires,
            )
        )
    await box.talk(12)
    assert box.performed == [{}]
    assert box.desired.in_force == document
    assert any(b"config-applied" in body for body in town.bodies())
    with town.database() as opened, opened.read() as conn:
        assert conn.scalar(sa.select(command.c.outcome)) == "done"


async def test_an_idle_day_stays_within_its_budget(box: Box) -> None:
    await box.talk(3)
    for _ in range(12):
        box.clock.tick(300)
        await box.talk(2)
    cost = (await box.uplink.status()).idle_bytes_per_day
    assert cost is not None
    assert cost <= IDLE_BUDGET[300]
    half_hourly = box.ledger.idle_bytes_per_day(1_800)
    assert half_hourly is not None
    assert half_hourly <= IDLE_BUDGET[1_800]


async def test_a_restored_hub_gets_everything_again(town: Town, clock: FakeClock) -> None:
    """Backed up after the first half, lost after the second."""
    with reached("asgi", town) as link:
        box = Box(town, link, clock)
        await box.record(*(ticket(n) for n in range(10)), alarm(1))
        await box.talk()
        with town.database() as opened:
            backup.back_up(opened, town.config, town.folder / "backups")
        content = b'["recorded after the backup"]'
        await box.record(*(ticket(n) for n in range(10, 20)))
        await box.record(alarm(2, NewEvidence(content, "application/vnd.edile.alibi")))
        await box.talk(12)
    before = town.bodies()
    new = HubConfig(
        database=f"sqlite:///{town.folder / 'new.db'}",
        data_dir=town.folder / "new",
        hub_id=HUB_ID,
        district=DISTRICT,
        utc_ns=town.config.utc_ns,
    )
    (kept,) = backup.backups(town.folder / "backups")
    backup.restore(kept, new.database, new.data_dir, "g-restored")
    restored = Town(town.folder, new, town.key)
    assert len(restored.bodies()) < len(before)
    with reached("asgi", restored) as link:
        box.link = link
        box.uplink = Uplink(
            writer=box.writer,
            link=link,
            identity=Identity(KID, town.key),
            clock=clock,
            hub_id=HUB_ID,
            command_key=town.command_key.public,
            desired=box.desired,
            commands=box.commands,
            ledger=box.ledger,
            random=lambda: 0.5,
        )
        await box.talk(15)
        await box.close()
    assert sorted(restored.bodies()) == sorted(before)
    assert list((new.data_dir / "evidence").rglob(sha256(content).hexdigest()))
