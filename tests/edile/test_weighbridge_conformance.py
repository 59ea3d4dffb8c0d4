"""Every dialect end to end: the simulator on a pty, the agent's driver under its supervisor.

What the driver reads is what the display showed. Time does not pass: a clock moved by hand stands in
for waiting, and jumps on when the line has nothing more to say.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from edge_agent.config.devices import WeighbridgeConfig
from edge_agent.drivers.weighbridge import WeighbridgeDriver
from edge_agent.health import DeviceHealthBook
from edge_agent.ports import RoleStep, Work
from edge_agent.readings import LineStatus, Reading, WeightReading
from edge_agent.supervisor import Attached, Hosted, Retry, Supervisor
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from simulators.scenario import Scenario, build_scenario
from simulators.weighbridge.asked import asked
from simulators.weighbridge.indicator import Conversion, Weighbridge, passes_as_weight
from tests.fakes.clock import FakeClock
from tests.fakes.counted_pty import IDLE_S, CountedLine, CountedTransport

TRUCK = {"t": 0.5, "kind": "truck", "id": "T", "mass_kg": 18_460, "stay_s": 2.5, "plate": "A1"}
every = pytest.mark.parametrize("dialect", DIALECTS)


class Notebook:
    async def record(self, work: Work) -> tuple[str, ...]:
        return ()

    async def flush(self) -> None:
        return


class Ear:
    """A role that only listens."""

    name = "ear"

    def __init__(self) -> None:
        self.weights: list[WeightReading] = []
        self.connected: list[bool] = []

    def step(self, reading: Reading) -> RoleStep:
        if isinstance(reading, WeightReading):
            self.weights.append(reading)
        elif isinstance(reading, LineStatus):
            self.connected.append(reading.connected)
        return RoleStep()

    def restore(self, state: bytes) -> None:
        raise AssertionError("it keeps nothing")


@dataclass
class Stand:
    """A simulated indicator on one end of a pty and the agent's driver on the other."""

    dialect: str
    line: CountedLine
    bridge: Weighbridge
    transport: CountedTransport
    clock: FakeClock
    ear: Ear = field(default_factory=Ear)
    sent: int = 0

    async def play(self, conversions: int) -> list[Conversion]:
        """Conversion by conversion, each sent only when the one before was read."""
        return [await self.step(self.bridge.convert) for _ in range(conversions)]

    async def step(self, convert: Callable[[bytes, int], Conversion]) -> Conversion:
        heard = await self._question() if DIALECTS[self.dialect].poll else b""
        conversion = convert(heard, self.line.speed())
        self.clock.tick(0.1)
        self.sent += len(conversion.sent)
        await self.put(conversion.sent)
        return conversion

    async def put(self, data: bytes) -> None:
        already = self.transport.taken
        gone = self.line.send(data)
        await until(lambda: self.transport.taken >= already + gone)

    async def _question(self) -> bytes:
        """What the driver asks when the line is quiet; one that repeats by itself is asked once."""
        for _ in range(1 if self.sent and self.dialect == "mt-sics" else 40):
            if heard := self.line.heard():
                return heard
            await asyncio.sleep(IDLE_S / 4)
        return b""


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not done():
            await others()


async def others() -> None:
    await asyncio.sleep(0)


def scenario(*more: dict[str, object]) -> Scenario:
    rows: list[tuple[int, dict[str, object]]] = [(1, TRUCK), *enumerate(more, 2)]
    return build_scenario("conformance", rows, "conformance")


def conforming(
    folder: Path,
    dialect: str,
    played: Scenario,
    script: Callable[[Stand], object],
    *,
    ask: bool = True,
) -> Stand:
    """The stand after the script has run on it."""
    spec, clock, path = DIALECTS[dialect], FakeClock(), folder / "wb"
    bridge = Weighbridge(
        played, 1, spec.encode, asked=asked(dialect, spec), passes=passes_as_weight(spec)
    )
    config = WeighbridgeConfig("wb-1", f"serial:{path}", dialect, ask=ask, ask_every_s=0.05)

    async def run() -> Stand:
        with CountedLine(path, 9600) as line:
            transport = CountedTransport(path, line, clock)
            stand = Stand(dialect, line, bridge, transport, clock)
            driver = WeighbridgeDriver(config, transport, clock)
            supervisor = Supervisor(
                devices=[Attached(driver, "weighbridge/wb-1")],
                roles=[Hosted(stand.ear, frozenset({"wb-1"}))],
                recorder=Notebook(),
                clock=clock,
                retry=Retry(lambda: 0.0),
                book=DeviceHealthBook(("wb-1",)),
            )
            running = asyncio.create_task(supervisor.run())
            await until(lambda: bool(transport.links))
            await script(stand)  # type: ignore[misc]
            await clock.settle()
            running.cancel()
            await asyncio.wait([running])
        return stand

    return asyncio.run(run())


def frames(dialect: str, conversion: Conversion) -> int:
    """An indicator that is asked twice at once answers twice."""
    shown = Shown(conversion.shown, stable=conversion.stable)
    return round(len(conversion.sent) / len(DIALECTS[dialect].encode(shown)))


@every
def test_readings_equal_the_truth(tmp_path: Path, dialect: str) -> None:
    shown: list[Conversion] = []

    async def script(stand: Stand) -> None:
        shown.extend(await stand.play(80))
        await stand.put(b"\r\n")  # ends what only the next byte ends

    stand = conforming(tmp_path, dialect, scenario(), script)
    true = [(c.shown, c.stable) for c in shown for _ in range(frames(dialect, c))]
    heard = [(w.weight_kg, w.stable) for w in stand.ear.weights]
    assert [weight for weight, _ in heard] == [weight for weight, _ in true]
    assert len(true) > 40
    assert max(weight for weight, _ in true) >= 18_440
    if heard[0][1] is not None:
        assert heard == true
        assert {True, False} == {stable for _, stable in heard}


@every
def test_garble_gives_no_reading_and_the_line_comes_back_by_itself(
    tmp_path: Path, dialect: str
) -> None:
    shown: list[Conversion] = []

    async def script(stand: Stand) -> None:
        shown.extend(await stand.play(60))
        await stand.put(b"\r\n")

    hurt = {"t": 2, "kind": "garble", "id": "G", "duration_s": 2}
    stand = conforming(tmp_path, dialect, scenario(hurt), script)
    sound = [c.shown for c in shown if not 2 <= c.t < 4 for _ in range(frames(dialect, c))]
    heard = [w.weight_kg for w in stand.ear.weights]
    assert len([c for c in shown if c.sent and 2 <= c.t < 4]) > 8
    assert len(sound) - 2 <= len(heard) <= len(sound)
    assert set(heard) <= set(sound)


@every
def test_a_plug_pulled_in_mid_frame_is_told_once_and_back_once(
    tmp_path: Path, dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    shown: list[Conversion] = []

    async def script(stand: Stand) -> None:
        shown.extend(await stand.play(10))
        whole = DIALECTS[dialect].encode
        links = len(stand.transport.links)
        await stand.put(whole(Shown(Decimal(77_777)))[:-6])
        stand.line.unplug()
        await until(lambda: False in stand.ear.connected)
        for _ in range(5):
            await stand.clock.advance(1)
        stand.line.plug()
        while len(stand.transport.links) == links:
            await stand.clock.advance(1)
        shown.extend(await stand.play(60))
        await stand.clock.advance(1)

    with caplog.at_level(logging.INFO, logger="edile.devices"):
        stand = conforming(tmp_path, dialect, scenario(), script)
    said = [(r.levelname, r.getMessage().split(":")[0]) for r in caplog.records]
    assert said == [("WARNING", "wb-1 lost"), ("INFO", "wb-1 back")]
    assert {w.weight_kg for w in stand.ear.weights} <= {c.shown for c in shown}
    assert len(stand.ear.weights) >= sum(frames(dialect, c) for c in shown) - 3


@every
def test_a_tap_that_only_listens_never_sends_a_byte(tmp_path: Path, dialect: str) -> None:
    """The program that asks is on the line, too: its questions are heard and mean nothing."""
    spec, heard = DIALECTS[dialect], list[bytes]()

    async def script(stand: Stand) -> None:
        for weight in range(1000, 1200, 20):
            question = spec.poll(spec.settings()) if spec.poll else b""
            await stand.put(question + spec.encode(Shown(Decimal(weight))))
            stand.clock.tick(1)
            heard.append(stand.line.heard())
        await stand.put(b"\r\n")
        heard.append(stand.line.heard())

    stand = conforming(tmp_path, dialect, scenario(), script, ask=False)
    assert b"".join(heard) == b""
    assert [w.weight_kg for w in stand.ear.weights] == list(range(1000, 1200, 20))
