"""A worker in a process of its own, killed while its notice is on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hub.notifying.delivering import HOLD_S
from hub.notifying.settings import FILE
from hub.store.engine import Database
from tests.hub.notifying.office import DISTRICT, Office
from tests.hub.notifying.receiver import Receiver

WORKER = """
import asyncio, sys
from pathlib import Path
from hub.config import HubConfig
from hub.notifying import running
from hub.store.engine import Database

url, folder, district, utc_ns = sys.argv[1:]
config = HubConfig(database=url, data_dir=Path(folder), district=district, utc_ns=lambda: int(utc_ns))
asyncio.run(running.run(Database.open(url), config))
"""


@pytest.mark.postgres
def test_kill_9_after_the_receiver_has_it_and_before_the_hub_knows(
    postgres_database: Database, receiver: Receiver, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_text('[webhooks]\nallow_hosts = ["127.0.0.1"]\n', encoding="utf-8")
    office = Office(postgres_database)
    office.add("city", receiver.url)
    office.happens()
    receiver.may_answer.clear()
    url = postgres_database.url.render_as_string(hide_password=False)
    arguments = [url, str(tmp_path), DISTRICT, str(office.clock.utc_ns)]
    worker = subprocess.Popen([sys.executable, "-c", WORKER, *arguments])
    try:
        assert receiver.arrived.wait(timeout=60)
    finally:
        worker.kill()
        worker.wait(timeout=60)
    receiver.may_answer.set()
    assert office.states() == [("pending", 1)]
    office.round()
    assert len(receiver.requests) == 1  # nobody knows yet that it was killed
    office.wait(HOLD_S)
    office.round()
    assert len(receiver.requests) == 2
    assert len(receiver.effects) == 1
    assert office.states() == [("delivered", 2)]
