"""A hub under a real uvicorn whose looks happen when a test says so, and who listens to its stream."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa
from fastapi import FastAPI

from contract.problem_json import CONTENT
from hub.api.watching import Watch
from hub.config import HubConfig
from hub.errors import NotNow
from hub.store import journal, tokens
from hub.store.engine import Database
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT, at
from tests.hub.uvicorn_server import serving

PATIENCE_S = 60.0


class Beats:
    """In place of sleeping: `tick` lets one look happen, now or as soon as somebody watches."""

    def __init__(self) -> None:
        self._lock, self._early = threading.Lock(), 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._permits: asyncio.Semaphore | None = None
        self.slept = 0

    async def sleep(self, _seconds: float) -> None:
        self.slept += 1
        with self._lock:
            if self._permits is None:
                self._loop, self._permits = asyncio.get_running_loop(), asyncio.Semaphore(0)
                for _ in range(self._early):
                    self._permits.release()
        await self._permits.acquire()

    def tick(self, count: int = 1) -> None:
        with self._lock:
            if self._loop is None or self._permits is None:
                self._early += count
                return
            for _ in range(count):
                self._loop.call_soon_threadsafe(self._permits.release)


@dataclass
class Got:
    """A block of the stream: `event` None where there is nothing but an id."""

    id: int
    event: str | None
    data: dict[str, Any] | None


class Listener:
    """Blocks of an open answer, one after the other."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()
        self.last_id = 0

    def block(self) -> Got | None:
        """None at the end of the stream."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line:
                if "id" in fields:
                    break
                fields = {}
                continue
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            return None
        self.last_id = int(fields["id"])
        data = json.loads(fields["data"]) if "data" in fields else None
        return Got(self.last_id, fields.get("event"), data)

    def event(self) -> Got | None:
        """The next that is one."""
        while (got := self.block()) is not None and got.event is None:
            pass
        return got

    def ids(self, count: int) -> list[int]:
        return [got.id for _ in range(count) if (got := self.event()) is not None]


@dataclass
class Live:
    address: str
    database: Database
    beats: Beats
    statements: list[str] = field(default_factory=list)

    def tell(self, *subjects: str, district: str = DISTRICT, kind: str = "order.moved") -> None:
        while True:
            try:
                with self.database.write() as conn:
                    book = journal.begin(conn, district)
                    for subject in subjects:
                        book.tell(journal.Told(at(0), kind, subject, {"subject": subject}))
                    book.flush()
            except NotNow:
                continue  # the writer was busy: nothing was changed
            return

    def token(self, name: str = "lin", district: str = DISTRICT) -> str:
        with self.database.write() as conn:
            return tokens.add_token(
                conn, district=district, name=name, role="viewer", at=at(0),
                entropy=lambda n: name[0].encode() * n,
            )  # fmt: skip

    @contextmanager
    def listening(
        self, token: str, query: str = "", last_id: int | None = None
    ) -> Iterator[Listener]:
        headers = {"Authorization": f"Bearer {token}"}
        if last_id is not None:
            headers["Last-Event-ID"] = str(last_id)
        url = f"{self.address}/v1/stream{query}"
        with (
            httpx.Client(timeout=PATIENCE_S) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            assert answer.status_code == 200, answer.read()
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            yield Listener(answer)

    def refused(self, headers: dict[str, str], query: str = "") -> tuple[int, str]:
        got = httpx.get(f"{self.address}/v1/stream{query}", headers=headers, timeout=PATIENCE_S)
        assert got.headers["Content-Type"] == CONTENT
        return got.status_code, got.json()["detail"]


@contextmanager
def live_at(url: str, folder: Path, **options: Any) -> Iterator[Live]:
    """Over a migrated database; `options` go to the watch."""
    beats, made = Beats(), list[Database]()

    def prepare(app: FastAPI) -> None:
        made.append(app.state.parts.database)
        app.state.watch = Watch(made[0], sleep=beats.sleep, **options)

    config = HubConfig(
        database=url, data_dir=folder, district=DISTRICT, utc_ns=lambda: START_UTC_NS
    )
    with serving(config, prepare) as address:
        live = Live(address, made[0], beats)

        def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
            live.statements.append(statement)

        for engine in {made[0].writer_engine, made[0]._reader}:
            sa.event.listen(engine, "before_cursor_execute", note)
        yield live


@contextmanager
def quiet_connection(address: str, token: str, query: str) -> Iterator[socket.socket]:
    """A connection that holds little by itself; the stream has been asked for."""
    where = urlsplit(address)
    with socket.socket() as bare:
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        bare.settimeout(PATIENCE_S)
        bare.connect((where.hostname, where.port))
        asked = (
            f"GET /v1/stream{query} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
        bare.sendall(asked.encode())
        yield bare
