"""`edile hub kpis`, and the worker that keeps past days."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.config import HubConfig
from hub.store import kpi_days, schema
from hub.store.engine import Database
from hub.sweeping import figures
from tests.hub.kpis.histories import DISTRICT, town

PERIOD = ("--since", "2026-02-25T00:00:00+08:00", "--until", "2026-03-20T00:00:00+08:00")


@pytest.fixture
def hub(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    database = Database.open(url)
    schema.migrate(database)
    with database.write() as conn:
        town(3, 300).write(conn)
    database.close()
    settled = CliRunner().invoke(
        app, ["migrate", "--database", url, "--district", DISTRICT, "--hub-id", "h"]
    )
    assert settled.exit_code == 0, settled.output
    return url


def test_people_get_a_table_and_programs_json(hub: str) -> None:
    told = CliRunner().invoke(app, ["kpis", *PERIOD, "--database", hub, "--by", "unit"])
    assert told.exit_code == 0, told.output
    lines = told.output.splitlines()
    assert "u-1" in lines
    assert "without unit" in lines
    assert any("按期处置率 (in_time.sql)" in line for line in lines)
    asked = ["kpis", *PERIOD, "--database", hub, "--by", "unit", "--only", "u-1", "--json"]
    (part,) = json.loads(CliRunner().invoke(app, asked).output)["parts"]
    filed, refused = part["counts"]["filed"], part["counts"]["refused"]
    assert filed > 0
    row = next(line for line in lines[lines.index("u-1") :] if "filing_rate" in line)
    assert f"{filed:g} / {filed + refused:g}" in row


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--since", "2027-01-01T00:00:00Z"), "--until is not behind --since"),
        (("--until", "tomorrow"), "no RFC 3339 time"),
        (("--only", "u-1"), "--by unit"),
    ],
)
def test_a_mistake_is_one_line(hub: str, wrong: tuple[str, ...], said: str) -> None:
    told = CliRunner().invoke(app, ["kpis", *PERIOD, "--database", hub, *wrong])
    assert told.exit_code == 2
    assert said in told.output


class _Enough(Exception):
    """Thrown by the clock that the worker waits on."""


def test_the_worker_keeps_every_past_day_and_then_waits(database: Database, tmp_path: Path) -> None:
    made = town(5, 400)
    with database.write() as conn:
        made.write(conn)
    config = HubConfig(
        database=str(database.url), data_dir=tmp_path, district=DISTRICT, utc_ns=lambda: made.now_ns
    )
    waits: list[float] = []

    async def sleep(wait_s: float) -> None:
        waits.append(wait_s)
        if wait_s == figures.EVERY_S:
            raise _Enough

    with pytest.raises(_Enough):
        asyncio.run(figures.run(database, config, sleep=sleep))
    with database.read() as conn:
        assert kpi_days.missing(conn, DISTRICT, at=made.at()) == []
        assert len(kpi_days.missing(conn, DISTRICT, at="2027-04-01T00:00:00.000Z")) > 0
    assert waits == [figures.SOON_S] * (len(waits) - 1) + [figures.EVERY_S]
