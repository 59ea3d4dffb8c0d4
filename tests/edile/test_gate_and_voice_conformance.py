"""UHF readers and loudspeakers end to end: the simulator on a pty, the agent's driver on the other end.

Time does not pass while nothing happens: a clock moved by hand jumps on when the line is quiet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.config.devices.rfid_reader import RfidReaderConfig
from edge_agent.config.devices.speaker import PromptConfig, SpeakerConfig
from edge_agent.drivers.parts import DriverParts
from edge_agent.drivers.rfid_reader import RfidReaderDriver
from edge_agent.drivers.speaker.choice import speaker_of
from edge_agent.drivers.speaker.driver import SpeakerDriver
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import Say
from edge_agent.readings import Reading, VehicleReading
from firmware_bridges.rfid import RFID_READERS
from simulators.answering_line import Answering, TruthLine
from simulators.rfid.gate import Gate, stays
from simulators.speaker.sinks import ModbusSink, SoundModuleSink
from tests.fakes.clock import FakeClock
from tests.fakes.counted_pty import CountedLine, CountedTransport

LENGTH_S = 60.0


class Far:
    """The simulator's end: looked at whenever the driver waits."""

    def __init__(self, line: CountedLine, device: Answering, clock: FakeClock) -> None:
        self._line, self._device, self._clock = line, device, clock
        self.truth: list[TruthLine] = []

    def look(self) -> None:
        t = self._clock.monotonic_s() - 1.0
        answer = self._device.hear(self._line.heard(), t)
        self.truth += self._device.news(t)
        self._line.send(answer)


class HastyClock(FakeClock):
    """Whoever sleeps finds that the time has passed."""

    async def sleep(self, seconds: float) -> None:
        self.tick(max(seconds, 1e-3))
        await asyncio.sleep(0)


def read_at_gate(tmp_path: Path, protocol: str, *, calm: bool) -> tuple[list[Reading], Far, int]:
    spec, clock = RFID_READERS[protocol], HastyClock()
    plan = stays(7, LENGTH_S, 6)
    readings: list[Reading] = []
    with CountedLine(tmp_path / "uhf", spec.baud) as line:
        far = Far(line, Gate(spec, 1, plan, 7, calm=calm), clock)
        port = CountedTransport(tmp_path / "uhf", line, clock, far.look)
        config = RfidReaderConfig("uhf-1", "serial:x", protocol, address=1, again_s=3600)
        driver = RfidReaderDriver(config, port, clock)

        async def emit(reading: Reading) -> None:
            readings.append(reading)
            if clock.monotonic_s() > LENGTH_S + 1:
                line.unplug()

        with pytest.raises(DeviceUnreachable):
            asyncio.run(driver.run(emit))
    return readings, far, len(plan)


@pytest.mark.parametrize("protocol", RFID_READERS)
def test_every_tag_that_was_in_the_field_is_read_once_and_no_other(
    tmp_path: Path, protocol: str
) -> None:
    readings, far, passed = read_at_gate(tmp_path, protocol, calm=True)
    read = [one.vehicle.plate for one in readings if isinstance(one, VehicleReading)]
    true = [str(line["id"]) for line in far.truth if line["kind"] == "tag"]
    assert len(true) == passed
    assert read == true


@pytest.mark.parametrize("protocol", RFID_READERS)
def test_missed_rounds_and_damaged_answers_make_no_tag_up(tmp_path: Path, protocol: str) -> None:
    readings, far, _ = read_at_gate(tmp_path, protocol, calm=False)
    read = {one.vehicle.plate for one in readings if isinstance(one, VehicleReading)}
    assert read == {str(line["id"]) for line in far.truth if line["kind"] == "tag"}


SINKS: dict[str, Callable[[], Answering]] = {
    "dfplayer": lambda: SoundModuleSink(tracks=5, track_s=2.0),
    "modbus-mp3": lambda: ModbusSink(address=1, register=3, tracks=5),
}


@pytest.mark.parametrize("kind", SINKS)
def test_what_was_asked_for_is_what_was_said(tmp_path: Path, kind: str) -> None:
    prompts = tuple(PromptConfig(f"p{n}", track=n, seconds=0.5) for n in (1, 3, 9))
    config = SpeakerConfig(
        id="sp-1",
        kind="dfplayer" if kind == "dfplayer" else "modbus-mp3",
        link="serial:x",
        prompts=prompts,
    )
    clock = HastyClock()
    with CountedLine(tmp_path / "sp", 9600) as line:
        far = Far(line, SINKS[kind](), clock)
        port = CountedTransport(tmp_path / "sp", line, clock, far.look)
        parts = DriverParts(clock, lambda _: port)
        driver = SpeakerDriver(config, lambda: speaker_of(config, parts), clock)

        async def script() -> list[str]:
            refused, connected = [], asyncio.Event()

            async def emit(_status: Reading) -> None:
                connected.set()

            running = asyncio.create_task(driver.run(emit))
            await connected.wait()
            for prompt in ("p1", "p3", "p9"):  # there are five tracks
                try:
                    await driver.perform(Say(prompt))
                except DeviceRefused as error:
                    refused.append(str(error))
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            return refused

        refused = asyncio.run(script())
        far.look()
    assert [line["id"] for line in far.truth if line["kind"] == "said"] == ["1", "3"]
    assert len(refused) == 1
