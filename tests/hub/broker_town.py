"""A hub that knows some boxes, and what they and their broker say, for tests over MQTT."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import sqlalchemy as sa
from fastapi import FastAPI

from contract.mqtt_binding import Reply, encode_frame, open_down, request_id, topic
from contract.token import SCHEME
from hub.app import create_app
from hub.config import HubConfig
from hub.consuming import broker_of
from hub.store import gateways
from hub.store.engine import Database
from hub.store.tables import event
from tests.fakes.broker import Mosquitto, consuming
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT, at
from tests.hub.signing_box import SigningBox


@dataclass
class Town:
    """A hub and the boxes it knows."""

    config: HubConfig
    boxes: list[SigningBox]

    @classmethod
    def make(cls, url: str, folder: Path, boxes: int = 1) -> Town:
        """Over a migrated database."""
        made = [SigningBox(kid=f"cs-{number:03}#1") for number in range(boxes)]
        database = Database.open(url)
        with database.write() as conn:
            for box in made:
                gateways.add_key(
                    conn,
                    kid=box.kid,
                    public_pem=box.key.public.to_pem(),
                    district=DISTRICT,
                    unit="north",
                    at=at(0),
                )
        database.close()
        config = HubConfig(
            database=url, data_dir=folder, district=DISTRICT, utc_ns=lambda: START_UTC_NS
        )
        return cls(config, made)

    @contextmanager
    def app(self) -> Iterator[FastAPI]:
        made = create_app(self.config)
        try:
            yield made
        finally:
            made.state.box.database.close()


def slot_of(box: SigningBox) -> str:
    return box.kid.partition("#")[0]


def sent_to(box: SigningBox) -> str:
    return topic("up", DISTRICT, slot_of(box))


def batch(box: SigningBox, first: int, last: int) -> bytes:
    body, headers = box.sync(first, last)
    return encode_frame(headers["Authorization"].removeprefix(f"{SCHEME} "), body)


def asking(box: SigningBox, op: Any, body: bytes = b"", **claims: Any) -> bytes:
    signed = box.signed(box.claims(op, body, **claims))
    return encode_frame(signed["Authorization"].removeprefix(f"{SCHEME} "), body)


def stored(app: FastAPI) -> list[bytes]:
    with app.state.box.database.read() as conn:
        return [bytes(body) for body in conn.scalars(sa.select(event.c.body))]


def opened(app: FastAPI, box: SigningBox, answer: tuple[str, bytes] | None) -> tuple[str, Reply]:
    """What the box makes of an answer on its own topic."""
    assert answer is not None
    where, payload = answer
    assert where == topic("down", DISTRICT, slot_of(box))
    return open_down(payload, app.state.box.keys.command.public, slot=slot_of(box))


def client_topic(box: SigningBox) -> str:
    return topic("down", DISTRICT, slot_of(box))


@asynccontextmanager
async def gateway(broker: Mosquitto, box: SigningBox) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client("localhost", broker.port) as client:
        await client.subscribe(topic("down", DISTRICT, slot_of(box)), qos=1)
        yield client


async def down(client: aiomqtt.Client) -> bytes:
    async with asyncio.timeout(60):
        return bytes((await anext(client.messages)).payload)


def behind(town: Town, app: Any, broker: Mosquitto, **settings: Any) -> Any:
    source = broker_of(f"{broker.url}?version={settings.get('version', '3.1.1')}", None, "hub", 2)
    key = app.state.box.keys.command if isinstance(app, FastAPI) else settings["key"]
    return consuming(app, source, district=DISTRICT, key=key)


class Gate:
    """An app that answers nobody before it is opened."""

    def __init__(self, app: FastAPI) -> None:
        self._app, self._open = app, threading.Event()
        self.state, self.waiting = app.state, 0

    def open(self) -> None:
        self._open.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.waiting += 1
        await asyncio.to_thread(self._open.wait, 60)
        await self._app(scope, receive, send)


def retried(box: SigningBox, first: int, last: int) -> Callable[[], bytes]:
    """The same batch under a token of its own each time, as an uplink asks again."""
    return lambda: batch(box, first, last)


async def drain(
    app: FastAPI, box: SigningBox, broker: Mosquitto, patience_s: float, lost: Callable[[], None]
) -> None:
    """Asks until each batch is answered with 200, as an uplink does; `lost` hears of each silence."""
    async with gateway(broker, box) as client:
        for first in range(1, box.last + 1, 2):
            make = retried(box, first, min(first + 1, box.last))
            while not await accepted(app, box, client, make(), patience_s):
                lost()


async def accepted(
    app: FastAPI, box: SigningBox, client: aiomqtt.Client, frame: bytes, patience_s: float
) -> bool:
    await client.publish(sent_to(box), frame, qos=1)
    try:
        async with asyncio.timeout(patience_s):
            while True:
                payload = bytes((await anext(client.messages)).payload)
                answered, reply = opened(app, box, (client_topic(box), payload))
                if answered == request_id(frame):
                    assert reply.status == 200, reply
                    return True
    except TimeoutError:
        return False
