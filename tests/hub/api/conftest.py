"""The REST side of the hub in an app, over either database, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from hub.api.parts import Check, Parts
from hub.api.rest import install_rest
from hub.store import tokens
from hub.store.blobs import Blobs
from hub.store.engine import Database
from tests.fakes.clock import START_UTC_NS
from tests.hub.asgi import AsgiClient
from tests.hub.detections import DISTRICT, at


@dataclass
class Desk:
    """A client, and a token for whoever is asked for."""

    client: AsgiClient
    database: Database
    faults: dict[str, str] = field(default_factory=dict)
    now_ns: int = START_UTC_NS
    _headers: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)

    def as_(
        self, role: str, name: str | None = None, district: str = DISTRICT, unit: str | None = None
    ) -> dict[str, str]:
        """Headers of NAME (default: the role's own name) with that role, of that unit."""
        who = (district, name or role, role)
        if who not in self._headers:
            text = self.token(*who, unit)
            self._headers[who] = {"Authorization": f"Bearer {text}"}
        return self._headers[who]

    def token(self, district: str, name: str, role: str, unit: str | None = None) -> str:
        with self.database.write() as conn:
            count = len(self._headers)
            return tokens.add_token(
                conn,
                district=district,
                name=name,
                role=role,
                at=at(0),
                entropy=lambda n: bytes([count]) * n,
                unit=unit,
            )

    def report(self, **changes: object) -> httpx.Response:
        """An order by hand, dispatched to sanitation-3 unless `unit=None`."""
        body = {
            "class_code": "09006",
            "detail": "stall on the pavement",
            "unit": "sanitation-3",
            **changes,
        }
        return self.client.post(
            "/v1/work-orders",
            json={k: v for k, v in body.items() if v is not None},
            headers=self.as_("dispatcher"),
        )

    def move(
        self, order: dict[str, object], to: str, who: dict[str, str], **changes: object
    ) -> httpx.Response:
        """With the ETag of `order` as it is given."""
        body = {"to": to, "reason": "seen", **changes}
        headers = {**who, "If-Match": f'"{order["version"]}"'}
        return self.client.post(f"/v1/work-orders/{order['id']}/moves", json=body, headers=headers)


@pytest.fixture
def app_of_desk() -> FastAPI:
    return FastAPI(docs_url=None, redoc_url=None, openapi_url=None, title="Edile hub")


@pytest.fixture
def desk(database: Database, app_of_desk: FastAPI, tmp_path: Path) -> Iterator[Desk]:
    """Everything of `install_rest`, and a route with a bug."""
    made: list[Desk] = []
    blobs = Blobs(tmp_path / "evidence")
    blobs.prepare(START_UTC_NS / 1e9)
    parts = Parts(
        database=database,
        utc_ns=lambda: made[0].now_ns,
        checks=(Check("backup", lambda: made[0].faults.get("backup")),),
        blobs=blobs,
    )
    install_rest(app_of_desk, parts)

    @app_of_desk.get("/bug")
    def bug() -> None:
        raise RuntimeError("secret of the inside")

    with AsgiClient(app_of_desk) as client:
        made.append(Desk(client, database))
        yield made[0]
