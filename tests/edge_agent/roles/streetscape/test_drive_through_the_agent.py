"""Five drives past a heap, from the receiver's bytes through the real driver and supervisor to one problem."""

from __future__ import annotations

import asyncio
import contextlib
import math

import pytest

from contract.payloads.camera import CameraLooks
from contract.payloads.problem import Problem
from edge_agent.clock import SystemClock
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.gnss import GnssConfig
from edge_agent.config.links import TcpLink
from edge_agent.config.streetscape import CarConfig, StreetscapeConfig
from edge_agent.drivers.gnss import GnssDriver
from edge_agent.health import DeviceHealthBook
from edge_agent.ports import Emit
from edge_agent.readings import LineStatus, PositionReading, Reading, SceneReading
from edge_agent.roles.table import ROLES
from edge_agent.supervisor import Attached, Hosted, Retry, Supervisor
from edge_agent.transports.memory import MemoryLine, MemoryTransport
from edge_agent.transports.tcp import TcpTransport
from simulators.gnss.cli import _port
from simulators.gnss.receiver import Receiver, Sky
from simulators.gnss.route import Route, metres
from tests.edge_agent.rules.standing.street import MODEL, thing
from tests.fakes.clock import FakeClock
from tests.fakes.recorder import ListRecorder

CAR = CameraConfig(id="car-1", source="rtsp://10.0.0.7/one", moving=True)
GNSS = GnssConfig("gnss-1", "serial:/dev/ttyACM0")
ROUND = ((113.3, 23.1), (113.301, 23.1), (113.301, 23.1007), (113.3, 23.1007))
"""A block of 102 by 78 m: 52 s at 25 km/h."""
CONFIG = StreetscapeConfig(
    cameras=("car-1",), cars=(CarConfig("car-1", "gnss-1"),), looks_window_min=5
)
HEAP = ((ROUND[0][0] + ROUND[1][0]) / 2, ROUND[0][1])
SEEN_FROM_M = 20.0  # ahead


class DrivingCamera:
    """Looks twice a second from where the car really is, and does not know where that is."""

    def __init__(self, clock: FakeClock, route: Route) -> None:
        self.device, self.clock, self.route = "car-1", clock, route
        self.there = True

    async def run(self, emit: Emit) -> None:
        while True:
            t = self.clock.monotonic_s() - 1
            here = self.route.at(t)
            east, north = metres((here.lon, here.lat), HEAP)
            near = self.there and 0 <= east <= SEEN_FROM_M and abs(north) < 5
            now = self.clock.moment()
            things = (thing(track=int(t)),) if near else ()
            await emit(LineStatus("car-1", now, 1, 1, 1, 0))
            await emit(SceneReading("car-1", now, things, full=True, model=MODEL))
            await self.clock.sleep(0.5)


class Drive:
    """A patrol car with a receiver whose bytes come a fifth of a second late."""

    def __init__(self, sky: Sky) -> None:
        self.clock, self.line, self.recorder = FakeClock(), MemoryLine(), ListRecorder()
        self.route = Route(ROUND, 25 / 3.6, around=True)
        self.camera = DrivingCamera(self.clock, self.route)
        # Its clock is GPS time before the leap seconds are known: 18 s ahead of ours.
        self.receiver = Receiver(self.route, sky, 3, self.clock.utc_ns / 1e9 + 18)
        self.fixes = 0
        gnss = GnssDriver(GNSS, MemoryTransport(self.line, self.clock), self.clock)
        role = ROLES["streetscape"].build(CONFIG, {"car-1": CAR, "gnss-1": GNSS}, None)  # type: ignore[arg-type]
        self.supervisor = Supervisor(
            devices=[Attached(self.camera, "camera/car-1"), Attached(gnss, "gnss/gnss-1")],
            roles=[Hosted(role, ROLES["streetscape"].devices(CONFIG))],
            recorder=self.recorder,
            clock=self.clock,
            retry=Retry(lambda: 1.0),
            book=DeviceHealthBook(("car-1", "gnss-1")),
        )

    async def rounds(self, count: int) -> None:
        end = self.fixes + round(count * self.route.length_s)
        while self.fixes < end:
            late_s = self.fixes + 0.2 - (self.clock.monotonic_s() - 1)
            await self.clock.advance(max(0.0, late_s))
            self.line.feed(self.receiver.tell(self.fixes).data)
            self.fixes += 1

    def problems(self) -> list[Problem]:
        return [one for one in self.recorder.payloads() if isinstance(one, Problem)]


def test_five_drives_past_one_heap_are_one_problem_where_it_lies_and_it_ends_when_it_is_gone() -> (
    None
):
    drive = Drive(Sky(error_m=2.0, damaged=0.02, tunnels=((26.0, 38.0),)))

    async def scene() -> None:
        running = asyncio.create_task(drive.supervisor.run())
        await drive.rounds(5)
        drive.camera.there = False
        await drive.rounds(3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(scene())
    told = drive.problems()
    assert [one.phase for one in told] == ["opened", "ended"]
    assert told[-1].sightings == 5
    place = told[0].place
    assert place.lon is not None
    assert place.lat is not None
    off_m = math.hypot(*metres((place.lon, place.lat), HEAP))
    assert off_m <= SEEN_FROM_M + 6.0
    assert place.error_m == 25.0
    looked = [one for one in drive.recorder.payloads() if isinstance(one, CameraLooks)]
    before_the_window_ended_s, in_tunnels_s = 100, 18  # less 2 s at each end
    assert looked[0].full_looks == pytest.approx(
        2 * (before_the_window_ended_s - in_tunnels_s), rel=0.08
    )


def test_over_a_real_port_the_receiver_is_heard() -> None:
    heard: list[Reading] = []
    receiver = Receiver(Route(ROUND, 10.0, around=True), Sky(), 1, 1_790_000_000.0)

    async def listen() -> None:
        with contextlib.ExitStack() as stack:
            send, where = _port(stack, 0)
            enough = asyncio.Event()

            async def emit(reading: Reading) -> None:
                heard.append(reading)
                if sum(isinstance(one, PositionReading) for one in heard) >= 2:
                    enough.set()

            link = TcpLink("127.0.0.1", int(where.rpartition(":")[2]))
            driver = GnssDriver(GNSS, TcpTransport(link), SystemClock())
            running = asyncio.create_task(driver.run(emit))
            t = 0
            async with asyncio.timeout(60):
                while not enough.is_set():
                    await asyncio.to_thread(send, receiver.tell(t).data)
                    t += 1
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(listen())
    first, second, *_ = (one for one in heard if isinstance(one, PositionReading))
    assert first.fix
    assert second.fix
    assert first.lon == pytest.approx(ROUND[0][0], abs=0.01)
