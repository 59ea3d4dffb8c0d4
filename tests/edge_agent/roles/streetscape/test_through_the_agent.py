"""From gw.toml through the real supervisor: a street camera, a disposal point and its voice, and a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.keys import PrivateKey
from contract.payloads.problem import Problem
from contract.payloads.relook import RelookResult
from edge_agent.app.hosting import kinds
from edge_agent.config.gateway import load_gateway
from edge_agent.errors import ConfigError, StopError
from edge_agent.health import DeviceHealthBook
from edge_agent.ports import Emit, Look, Order, Role, Say
from edge_agent.readings import LineStatus, LookAsked, LookReading, SceneReading, SeenThing
from edge_agent.roles.table import ROLES
from edge_agent.supervisor import Attached, Hosted, Retry, Supervisor
from tests.edge_agent.rules.standing.street import MODEL
from tests.fakes.clock import FakeClock
from tests.fakes.recorder import ListRecorder

DEVICES = """
[[devices]]
id = "cam-1"
driver = "camera"
source = "folder:pictures"
presets = [{ name = "walls", labels = ["fly_posting"] }]
zones = [
  { name = "bin-food", points = [[0, 0], [0.5, 0], [0.5, 1]] },
  { name = "bin-residual", points = [[0.5, 0], [1, 0], [1, 1]] },
  { name = "ground", points = [[0, 0.8], [1, 0.8], [1, 1]] },
]

[[devices]]
id = "sp-1"
driver = "speaker"
kind = "dfplayer"
link = "serial:/dev/ttyUSB0?baud=9600"
prompts = [{ name = "wrong-zh", track = 1 }, { name = "wrong-en", track = 2 }]
"""
ROLE_TABLES = """
[roles.streetscape]
cameras = ["cam-1"]
places = [{ camera = "cam-1", lon = 113.3051, lat = 23.1042, error_m = 12 }]
schedule = [{ camera = "cam-1", preset = "walls", every_min = 10 }]

[roles.disposal_point]
point = "dp-12"
camera = "cam-1"
bins = [{ zone = "bin-food", stream = "food" }, { zone = "bin-residual", stream = "residual" }]
ground = ["ground"]
bags = ["bag"]
speaker = "sp-1"

[roles.disposal_point.streams]
tea-leaves = "food"

[[roles.disposal_point.prompts]]
on = "wrong"
say = ["wrong-zh", "wrong-en"]
"""


def gateway(tmp_path: Path, tables: str = ROLE_TABLES) -> Path:
    (tmp_path / "pictures").mkdir(exist_ok=True)
    key = PrivateKey.generate()
    (tmp_path / "command.pem").write_text(key.public.to_pem())
    (tmp_path / "box.pem").write_bytes(key.to_pem())
    (tmp_path / "box.pem").chmod(0o600)
    file = tmp_path / "gw.toml"
    file.write_text(
        '[gateway]\ndistrict = "baiyun"\nslot = "sc-1"\ndata_dir = "data"\n'
        '[identity]\nkid = "sc-1#1"\nkey_file = "box.pem"\n'
        '[hub]\nid = "hub"\nurl = "http://127.0.0.1:9"\ncommand_key = "command.pem"\n'
        + DEVICES
        + tables
    )
    return file


def roles(file: Path) -> list[Hosted]:
    config = load_gateway(file, kinds())
    devices = {one.id: one for one in config.devices}
    return [
        Hosted(ROLES[name].build(one, devices, None), ROLES[name].devices(one))  # type: ignore[arg-type]
        for name, one in config.roles.items()
    ]


class FakeCamera:
    """Sees what it is told to see, in a full look every ten seconds, and when it is asked."""

    def __init__(self, clock: FakeClock) -> None:
        self.device, self.clock = "cam-1", clock
        self.things: tuple[SeenThing, ...] = ()
        self.gone: tuple[SeenThing, ...] = ()
        self.looks: list[Look] = []
        self._emit: Emit | None = None

    async def run(self, emit: Emit) -> None:
        self._emit = emit
        while True:
            await emit(LineStatus("cam-1", self.clock.moment(), 1, 1, 1, 0))
            await self.show(full=True)
            await self.clock.sleep(10)

    async def show(self, *, full: bool = False) -> None:
        assert self._emit is not None
        gone, self.gone = self.gone, ()
        now = self.clock.moment()
        await self._emit(SceneReading("cam-1", now, self.things, gone, full=full, model=MODEL))

    async def perform(self, order: Order) -> None:
        assert isinstance(order, Look)
        assert self._emit is not None
        self.looks.append(order)
        now = self.clock.moment()
        await self._emit(
            LookReading("cam-1", now, order.look, order.preset, True, None, self.things)
        )


class FakeSpeaker:
    def __init__(self, clock: FakeClock) -> None:
        self.device, self.clock = "sp-1", clock
        self.said: list[tuple[float, str]] = []

    async def run(self, emit: Emit) -> None:
        while True:
            await emit(LineStatus("sp-1", self.clock.moment(), 0, 0, 0, 0, passive=True))
            await self.clock.sleep(10)

    async def perform(self, order: Order) -> None:
        assert isinstance(order, Say)
        self.said.append((self.clock.monotonic_s(), order.prompt))


class Place:
    """A gateway with a camera and a speaker; `restart` is a kill: only what was recorded comes back."""

    def __init__(self, file: Path) -> None:
        self.file, self.clock, self.recorder = file, FakeClock(), ListRecorder()
        self.camera, self.speaker = FakeCamera(self.clock), FakeSpeaker(self.clock)
        self._task: asyncio.Task[None] | None = None
        self.supervisor: Supervisor

    def begin(self) -> None:
        hosted = roles(self.file)
        for one in hosted:
            self._restore(one.role)
        self.supervisor = Supervisor(
            devices=[Attached(one, f"x/{one.device}") for one in (self.camera, self.speaker)],
            roles=hosted,
            recorder=self.recorder,
            clock=self.clock,
            retry=Retry(lambda: 1.0),
            book=DeviceHealthBook(("cam-1", "sp-1")),
        )
        self._task = asyncio.create_task(self.supervisor.run())

    def _restore(self, role: Role) -> None:
        for work in reversed(self.recorder.works[: self.recorder.durable]):
            if role.name in work.role_states:
                role.restore(work.role_states[role.name])
                return

    async def end(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def problems(self) -> list[Problem]:
        return [one for one in self.recorder.payloads() if isinstance(one, Problem)]


def bag(track: int, *zones: str) -> SeenThing:
    return SeenThing("bag", 0.9, (0.1, 0.5, 0.2, 0.6), track, 3, 0, zones, (("tea-leaves", 0.9),))


HEAP = SeenThing("waste_heap", 0.9, (0.7, 0.7, 0.9, 0.9), 3, 5, 5)


def played(tmp_path: Path, act: Callable[[Place], object]) -> Place:
    place = Place(gateway(tmp_path))

    async def scene() -> None:
        place.begin()
        await place.clock.advance(1)
        await act(place)  # type: ignore[misc]
        await place.end()

    asyncio.run(scene())
    return place


def test_a_heap_goes_from_camera_to_problem_over_a_kill_and_is_looked_at_again(
    tmp_path: Path,
) -> None:
    async def act(place: Place) -> None:
        place.camera.things = (HEAP,)
        await place.clock.advance(60)
        await place.end()
        place.begin()
        await place.clock.advance(600)
        street = [one for one in place.problems() if one.place.lon is not None]
        asked = LookAsked(
            place.clock.moment(), "order-3", "06010", "gbt47678-2026",
            problem_id=street[0].problem_id,
        )  # fmt: skip
        assert await place.supervisor.ask(asked)
        await place.clock.advance(5)
        place.camera.things = ()
        await place.clock.advance(60)

    place = played(tmp_path, act)
    street = [one for one in place.problems() if one.place.lon is not None]
    assert [(one.phase, one.class_code) for one in street] == [
        ("opened", "06010"),
        ("ended", "06010"),
    ]
    assert len({one.problem_id for one in street}) == 1
    answers = [one for one in place.recorder.payloads() if isinstance(one, RelookResult)]
    assert [(one.case, one.verdict) for one in answers] == [("order-3", "still-there")]
    scheduled = [one for one in place.camera.looks if one.preset == "walls"]
    assert len(scheduled) == 2


def test_the_voice_answers_a_wrong_bag_within_the_same_instant(tmp_path: Path) -> None:
    async def act(place: Place) -> None:
        for zones in ((), ("bin-residual",)):
            place.camera.things = (bag(5, *zones),)
            await place.camera.show()
        place.camera.things, place.camera.gone = (), (bag(5, "bin-residual"),)
        await place.camera.show()
        await place.clock.settle()

    place = played(tmp_path, act)
    assert [word for _, word in place.speaker.said] == ["wrong-zh", "wrong-en"]
    assert {at for at, _ in place.speaker.said} == {place.clock.monotonic_s()}


@pytest.mark.parametrize(
    ("wrong", "right", "complaint"),
    [
        ('preset = "walls"', 'preset = "wall"', "has no preset 'wall'"),
        ('ground = ["ground"]', 'ground = ["lawn"]', "a zone 'lawn'"),
        ('speaker = "sp-1"', 'speaker = "cam-1"', "must be a speaker, it is camera"),
        ('say = ["wrong-zh"', 'say = ["wrong"', "has no prompt 'wrong'"),
        ('cameras = ["cam-1"]', 'cameras = ["sp-1"]', "'cam-1' is not among cameras"),
    ],
)
def test_a_name_that_nobody_has_is_refused_before_anything_runs(
    tmp_path: Path, wrong: str, right: str, complaint: str
) -> None:
    assert wrong in ROLE_TABLES
    file = gateway(tmp_path, ROLE_TABLES.replace(wrong, right, 1))
    with pytest.raises((StopError, ConfigError), match=complaint):
        roles(file)
