"""A hub with an admin, what its gateway is told to do, and who asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contract.commands import open_command
from hub.identity import load_command_key
from hub.store import tokens
from tests.hub.assembled import Hub, assembled
from tests.hub.detections import DISTRICT, at


@contextmanager
def with_admin(migrated_url: str, folder: Path) -> Iterator[Hub]:
    with assembled(migrated_url, folder) as made:
        with made.database.write() as conn:
            text = tokens.add_token(
                conn, district=DISTRICT, name="li-na", role="admin", at=at(0),
                entropy=lambda n: b"a" * n,
            )  # fmt: skip
        made.bearer["admin"] = {"Authorization": f"Bearer {text}"}
        made.box.lane = "urgent"
        yield made


def told(hub: Hub) -> list[dict[str, Any]]:
    """The commands that the gateway gets with its next sync."""
    key = load_command_key(hub.config.data_dir)
    texts = hub.sync(1, hub.box.last).json().get("commands", [])
    return [{"op": one.op, **one.args} for one in (open_command(text, key) for text in texts)]


def log(hub: Hub) -> list[tuple[str, str, str, str | None]]:
    with hub.database.read() as conn:
        query = "SELECT actor, action, subject, reason FROM audit ORDER BY seq"
        return [tuple(row) for row in conn.exec_driver_sql(query)]  # type: ignore[misc]
