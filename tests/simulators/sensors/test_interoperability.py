"""The simulated bus as a real process, asked by pymodbus, by minimalmodbus and by our own master."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import minimalmodbus
import pytest
from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient

from edge_agent.clock import SystemClock
from edge_agent.config.devices.air_sensor import AirSensorConfig
from edge_agent.config.devices.modbus_bus import place_of
from edge_agent.drivers.air_sensor import AirSensorDriver
from edge_agent.drivers.table import transport_of
from edge_agent.readings import Reading, SensorReading
from edge_agent.transports.modbus import ModbusBuses

TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Playing:
    link: Path
    port: int
    truth: Path

    def told(self, what: str) -> list[float]:
        """The values that went out, as the simulator wrote them down."""
        lines = [json.loads(line) for line in self.truth.read_text().splitlines()]
        return [one["value"] for one in lines if one["id"] == what]


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playing]:
    folder = tmp_path_factory.mktemp("sensors")
    link, truth = folder / "bus", folder / "truth.jsonl"
    command = [sys.executable, "-m", "edile.cli", "sim", "sensors", "--calm", "--minutes", "10"]
    command += ["--map", "sonbest-sm7901", "--map", "sht20@5", "--map", "vaisala-hpp272"]
    command += ["--link", str(link), "--tcp", "127.0.0.1:0", "--truth", str(truth)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("playing"), said
        yield Playing(link, int(said.rpartition(":")[2]), truth)
        process.terminate()


def test_minimalmodbus_reads_our_slave(playing: Playing) -> None:
    noise = minimalmodbus.Instrument(str(playing.link), 1)
    try:
        noise.serial.baudrate, noise.serial.timeout = 9600, TIMEOUT_S
        value = noise.read_register(0, 1)
        climate = minimalmodbus.Instrument(noise.serial, 5)
        temperature = climate.read_register(1, 1, functioncode=4, signed=True)
        probe = minimalmodbus.Instrument(noise.serial, 240)
        gas = probe.read_float(0, byteorder=minimalmodbus.BYTEORDER_LITTLE_SWAP)
        noise.serial.timeout = 2.0  # it waits that long for the rest of a longer answer
        with pytest.raises(minimalmodbus.IllegalRequestError):
            noise.read_register(7)
    finally:
        noise.serial.close()
    assert value == playing.told("air-1/noise")[-1]
    assert temperature == playing.told("air-2/temperature")[-1]
    assert gas == pytest.approx(playing.told("air-3/voc")[-1])


def test_pymodbus_reads_our_slave_on_the_pty_and_over_tcp(playing: Playing) -> None:
    async def ask(client: Any) -> None:
        assert await client.connect()
        try:
            noise = await client.read_holding_registers(0, count=1, device_id=1)
            assert noise.registers[0] / 10 == playing.told("air-1/noise")[-1]
            climate = await client.read_input_registers(1, count=2, device_id=5)
            assert climate.registers[1] / 10 == playing.told("air-2/humidity")[-1]
            floats = await client.read_holding_registers(0, count=2, device_id=240)
            gas = client.convert_from_registers(
                floats.registers, client.DATATYPE.FLOAT32, word_order="little"
            )
            assert gas == pytest.approx(playing.told("air-3/voc")[-1])
            refused = await client.read_holding_registers(9, count=1, device_id=1)
            assert (refused.isError(), refused.exception_code) == (True, 2)
        finally:
            client.close()

    async def both() -> None:
        await ask(AsyncModbusSerialClient(str(playing.link), baudrate=9600, timeout=TIMEOUT_S))
        tcp = AsyncModbusTcpClient(
            "127.0.0.1", port=playing.port, framer=FramerType.RTU, timeout=TIMEOUT_S
        )
        await ask(tcp)

    asyncio.run(both())


@pytest.mark.parametrize("line", ["serial", "tcp"])
def test_our_driver_says_what_the_simulator_measured(playing: Playing, line: str) -> None:
    link = f"serial:{playing.link}" if line == "serial" else f"tcp:127.0.0.1:{playing.port}"
    noise = AirSensorConfig("a", link, map="sonbest-sm7901", every_s=0.5, timeout_s=TIMEOUT_S)
    climate = AirSensorConfig("b", link, map="sht20", address=5, every_s=0.5, timeout_s=TIMEOUT_S)
    got: list[Reading] = []
    buses, clock = ModbusBuses(), SystemClock(floor_ns=0)

    async def until_both_were_heard() -> None:
        done = asyncio.Event()

        async def emit(reading: Reading) -> None:
            got.append(reading)
            if {r.device for r in got if isinstance(r, SensorReading)} == {"a", "b"}:
                done.set()

        async with asyncio.TaskGroup() as group:
            running = []
            for config in (noise, climate):
                place = place_of(config)
                bus = buses.bus(place.link, transport_of)
                driver = AirSensorDriver(config, place, bus, clock)
                running.append(group.create_task(driver.run(emit)))
            async with asyncio.timeout(30):
                await done.wait()
            for task in running:
                task.cancel()

    asyncio.run(until_both_were_heard())
    names = {
        "noise": "air-1/noise",
        "temperature": "air-2/temperature",
        "humidity": "air-2/humidity",
    }
    readings = [r for r in got if isinstance(r, SensorReading)]
    assert {r.quantity for r in readings} == set(names)
    for reading in readings:
        assert reading.value in playing.told(names[reading.quantity])
