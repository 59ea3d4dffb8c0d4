"""`edile hub consume` and `edile hub serve --broker` as processes, and what they refuse."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import aiomqtt
import pytest
from typer.testing import CliRunner

from hub.cli import app as hub_app
from hub.store.engine import Database
from tests.fakes.broker import Mosquitto, wait_until
from tests.hub.broker_town import Town, asking, down, gateway, sent_to
from tests.hub.detections import DISTRICT
from tests.hub.kept_tables import sqlite_tables

pytestmark = pytest.mark.anyio
BROKER = ["--broker", "mqtt://127.0.0.1:9"]


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = Town.make(sqlite_tables(tmp_path / "hub.db"), tmp_path)
    with made.app():
        pass  # makes the hub's keys
    return made


def refused(*words: str) -> str:
    done = CliRunner().invoke(hub_app, [*words])
    assert (done.exit_code, done.output.count("\n")) == (2, 1), done.output
    return done.output


def test_an_sqlite_hub_is_one_process(town: Town) -> None:
    serving = Database.open(town.config.database)
    said = refused("consume", *BROKER, "--database", town.config.database)
    serving.close()
    assert "another hub (pid" in said


def test_a_hub_without_keys_makes_none_here(town: Town, tmp_path: Path) -> None:
    elsewhere = ["--data-dir", str(tmp_path / "elsewhere")]
    said = refused("consume", *BROKER, "--database", town.config.database, *elsewhere)
    assert "no hub has its keys" in said
    assert not (tmp_path / "elsewhere" / "keys").exists()


def test_a_mistyped_broker_is_one_line(town: Town) -> None:
    for command in ("consume", "serve"):
        words = ["--broker", "broker.example", "--database", town.config.database]
        assert "mqtts://HOST" in refused(command, *words)


@pytest.mark.e2e
@pytest.mark.parametrize("command", [["consume"], ["serve", "--port", "0"]])
async def test_it_answers_until_it_is_told_to_stop(
    town: Town, tmp_path: Path, command: list[str]
) -> None:
    log = tmp_path / "hub.log"
    with Mosquitto(tmp_path) as broker, log.open("w") as out:
        words = ["--broker", broker.url, "--database", town.config.database]
        process = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs meanwhile
            [sys.executable, "-m", "edile.cli", "hub", *command, *words, "--district", DISTRICT],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(lambda: "connected to broker" in log.read_text(), log.read_text())
            box = town.boxes[0]
            async with gateway(broker, box) as client:
                await client.publish(sent_to(box), asking(box, "time.get"), qos=1)
                assert await answered(client)
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(60)
    assert status in (0, -signal.SIGTERM), log.read_text()
    assert "Traceback" not in log.read_text()


async def answered(client: aiomqtt.Client) -> bool:
    return (await down(client))[0] == 0xE1
