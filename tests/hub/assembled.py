"""The whole app in process, with one box it believes and a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from contract.token import Op
from hub.app import create_app
from hub.config import HubConfig
from hub.store import gateways, tokens
from hub.store.engine import Database
from tests.fakes.clock import START_UTC_NS
from tests.hub.asgi import AsgiClient
from tests.hub.detections import DISTRICT, at
from tests.hub.signing_box import KID, SigningBox


@dataclass
class Hub:
    client: AsgiClient
    config: HubConfig
    database: Database
    box: SigningBox
    bearer: dict[str, dict[str, str]] = field(default_factory=dict)

    def sync(self, first: int, last: int, **options: Any) -> httpx.Response:
        body, headers = self.box.sync(first, last, **options)
        return self.client.post("/v1/sync", content=body, headers=headers)

    def ask(
        self, method: str, path: str, op: Op, body: bytes = b"", *,
        headers: dict[str, str] | None = None, **claims: Any,
    ) -> httpx.Response:  # fmt: skip
        """A request of the box with a fresh token over `body`."""
        signed = self.box.signed(self.box.claims(op, body, **claims))
        return self.client.request(
            method, path, content=body, headers={**signed, **(headers or {})}
        )


@contextmanager
def assembled(url: str, folder: Path, **changes: Any) -> Iterator[Hub]:
    """Over a migrated database; `changes` go to the HubConfig."""
    config = HubConfig(
        database=url,
        data_dir=folder,
        district=DISTRICT,
        **{"utc_ns": lambda: START_UTC_NS, **changes},
    )
    box = SigningBox()
    database = Database.open(url)
    with database.write() as conn:
        gateways.add_key(
            conn,
            kid=KID,
            public_pem=box.key.public.to_pem(),
            district=DISTRICT,
            unit="sanitation-3",
            at=at(0),
        )
        texts = {
            role: tokens.add_token(
                conn,
                district=DISTRICT,
                name=role,
                role=role,
                at=at(0),
                entropy=lambda n, c=role[0]: c.encode() * n,
            )
            for role in ("viewer", "dispatcher")
        }
    database.close()
    app = create_app(config)
    opened: Database = app.state.box.database
    try:
        with AsgiClient(app) as client:
            bearer = {who: {"Authorization": f"Bearer {text}"} for who, text in texts.items()}
            yield Hub(client, config, opened, box, bearer)
    finally:
        opened.close()
