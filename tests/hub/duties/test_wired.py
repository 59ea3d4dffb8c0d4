"""The duties' commands and worker in the hub: from a document and a register to an order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from hub.cli import app
from hub.config import HubConfig
from hub.duties.running import run
from hub.store.engine import Database
from hub.store.order_tables import work_order
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT

SHIPPED = Path(__file__).parents[3] / "hub/duties/shipped/duties.yaml"


def said(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, list(arguments))
    return found.exit_code, found.output


def test_a_document_is_published_listed_and_swept_by_commands(tmp_path: Path) -> None:
    at = ("--database", f"sqlite:///{tmp_path / 'hub.db'}")
    assert said("migrate", *at, "--district", DISTRICT)[0] == 0
    status, text = said("duties", "publish", str(SHIPPED), "--by", "Li Na", *at)
    assert (status, "version 1 is in force" in text) == (0, True)
    assert (
        said("duties", "publish", str(SHIPPED), "--by", "Li Na", *at)[1].strip().endswith("already")
    )
    assert said("duties", "list", *at)[0] == 0
    assert said("duties", "sweep", *at)[0] == 0
    status, text = said("duties", "visit", "gas-inspection", "home-1", "done", "--by", "Chen", *at)
    assert status == 2
    assert "home-1" in text
    missing = said("duties", "import", str(tmp_path / "none.csv"), "--by", "Li", *at)
    assert (missing[0], "none.csv" in missing[1]) == (2, True)
    assert said("performance", "list", *at)[0] == 0


@pytest.mark.anyio
async def test_the_worker_goes_on_after_weather_and_ends_when_it_is_told(
    database: Database, tmp_path: Path
) -> None:
    config = HubConfig(
        database=str(database.url),
        data_dir=tmp_path,
        district=DISTRICT,
        utc_ns=lambda: START_UTC_NS,
    )
    rounds = asyncio.Semaphore(0)

    async def sleep(_seconds: float) -> None:
        rounds.release()
        await asyncio.sleep(0)

    task = asyncio.create_task(run(database, config, sleep=sleep))
    for _ in range(2):
        await rounds.acquire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with database.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(work_order)) == 0
