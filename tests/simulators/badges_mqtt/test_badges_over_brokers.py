"""What the simulated badges publish is what the agent's driver reads: over a real broker."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_agent.config.devices.badge_mqtt import BadgeMqttConfig
from edge_agent.drivers.badge_mqtt import BadgeMqttDriver
from edge_agent.readings import LineStatus, PositionReading, Reading
from simulators.cli import app
from tests.fakes.broker import Mosquitto
from tests.fakes.clock import FakeClock


@pytest.mark.anyio
async def test_the_readings_are_the_truth(tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    with Mosquitto(tmp_path) as broker:
        readings: list[Reading] = []
        ready = asyncio.Event()

        async def emit(reading: Reading) -> None:
            readings.append(reading)
            ready.set()

        config = BadgeMqttConfig("badges", broker=broker.url)
        driver = BadgeMqttDriver(config, FakeClock())
        task = asyncio.create_task(driver.run(emit))
        await ready.wait()
        words = ["--broker", broker.url, "--count", "12", "--minutes", "4", "--speed", "10000"]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "edile.cli", "sim", "badges-mqtt", *words),
            *("--seed", "5", "--truth", str(truth)),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert (process.returncode, b"has ended" in said) == (0, True)
        lines = [json.loads(line) for line in truth.read_text().splitlines()]
        fixes = [one for one in lines if one["kind"] == "fix"]
        async with asyncio.timeout(20):
            while driver.counts["frames"] < 12 * 24:
                ready.clear()
                await ready.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    found = [one for one in readings if isinstance(one, PositionReading)]
    assert len(readings) - len(found) == sum(isinstance(one, LineStatus) for one in readings)
    assert [told(one) for one in found] == [true(one) for one in fixes]
    assert driver.counts["refused"] == sum(one["kind"] == "bad-json" for one in lines) > 0
    for reading, fix in zip(found, fixes, strict=True):
        if reading.lat is not None:
            assert reading.lat == pytest.approx(fix["lat"], abs=0.0003)


def told(one: PositionReading) -> tuple[Any, ...]:
    return (
        one.terminal,
        (one.at_ns or 0) // 10**9,
        one.battery,
        "sos" in one.flags,
        one.lat is None,
    )


def true(one: dict[str, Any]) -> tuple[Any, ...]:
    return (one["id"], one["time"], one["battery"], one["sos"], one["hidden"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--broker", "broker.example"], "--broker: expected mqtts://"),
        (["--broker", "mqtt://127.0.0.1:9"], "mqtt://127.0.0.1:9: Connection refused"),
        (["--topic", "badges"], "--topic: expected {id}"),
    ],
)
def test_what_was_mistyped_is_one_line(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["badges-mqtt", *words])
    assert done.exit_code == 2
    assert said in done.output
