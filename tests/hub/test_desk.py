"""The desk: the same commands, whether the hub runs or not."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.keys import PrivateKey
from hub import desk
from hub.config import HubConfig
from hub.errors import HubStop
from hub.store import gateways, schema
from hub.store.engine import Database
from tests.hub.kept_tables import sqlite_tables

PEM = PrivateKey.generate().public.to_pem()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Database, HubConfig]]:
    url = sqlite_tables(tmp_path / "hub.db")
    database = Database.open(url)
    yield database, HubConfig(database=url, data_dir=tmp_path, district="baiyun")
    database.close()


def ask_while_open(
    database: Database, config: HubConfig, *requests: tuple[str, dict[str, object]]
) -> list[desk.Answer | None]:
    async def visit() -> list[desk.Answer | None]:
        async with desk.open_desk(database, config):
            path = desk.socket_of(database.url)
            assert path is not None
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            return [
                await asyncio.to_thread(desk.ask_running, database.url, operation, values)
                for operation, values in requests
            ]

    return asyncio.run(visit())


def test_a_running_hub_adds_and_revokes_keys_for_a_second_process(
    opened: tuple[Database, HubConfig],
) -> None:
    database, config = opened
    added, listed, revoked = ask_while_open(
        database,
        config,
        ("key-add", {"kid": "cs-017#1", "public": PEM, "unit": "north"}),
        ("key-list", {}),
        ("key-revoke", {"kid": "cs-017#1"}),
    )
    assert added == desk.Answer("cs-017#1 is active, unit north")
    assert listed is not None
    assert listed.text.startswith("cs-017#1")
    assert revoked == desk.Answer("cs-017#1 is revoked")
    with database.read() as conn:
        row = gateways.key_row(conn, "cs-017#1")
        actions = list(conn.scalars(sa.text("SELECT action FROM audit ORDER BY seq")))
    assert row is not None
    assert row.state == "revoked"
    assert actions == ["key-added", "key-revoked"]


def test_a_mistake_is_an_answer_with_status_2(opened: tuple[Database, HubConfig]) -> None:
    database, config = opened
    refused, unknown, incomplete = ask_while_open(
        database,
        config,
        ("key-revoke", {"kid": "nobody#1"}),
        ("drop-everything", {}),
        ("key-add", {}),
    )
    assert refused is not None
    assert (refused.status, "no key 'nobody#1'" in refused.text) == (2, True)
    assert unknown == desk.Answer("this hub does not know drop-everything", 2)
    assert incomplete is not None
    assert incomplete.status == 2


def test_without_a_running_hub_nobody_answers(opened: tuple[Database, HubConfig]) -> None:
    database, config = opened
    assert desk.ask_running(database.url, "key-list", {}) is None
    ask_while_open(database, config)
    path = desk.socket_of(database.url)
    assert path is not None
    assert not path.exists()


def test_a_socket_left_behind_by_a_kill_is_passed_over(
    opened: tuple[Database, HubConfig],
) -> None:
    database, config = opened
    path = desk.socket_of(database.url)
    assert path is not None
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    assert desk.ask_running(database.url, "key-list", {}) is None
    assert ask_while_open(database, config, ("key-list", {})) == [desk.Answer("")]


def test_a_folder_with_a_very_long_name_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    database = Database.open(f"sqlite:///{folder / 'hub.db'}")
    try:
        schema.migrate(database)
        config = HubConfig(database=str(database.url), data_dir=folder)
        assert ask_while_open(database, config, ("audit-verify", {})) == [
            desk.Answer("the audit log is whole")
        ]
    finally:
        database.close()
    assert len(os.fspath(folder)) > 108


def test_a_database_is_settled_on_one_district_and_one_name(
    opened: tuple[Database, HubConfig],
) -> None:
    database, _ = opened
    assert desk.names_of(database, district="baiyun", hub_id=None) == ("baiyun", "edile-hub")
    assert desk.names_of(database, district=None, hub_id=None) == ("baiyun", "edile-hub")
    with pytest.raises(HubStop, match="--district other: this database is settled on baiyun"):
        desk.names_of(database, district="other", hub_id=None)
    with pytest.raises(HubStop, match="use a-z, 0-9"):
        desk.names_of(database, district=None, hub_id="A B")
    with pytest.raises(HubStop, match="--hub-id"):
        desk.names_of(database, district=None, hub_id="other")
