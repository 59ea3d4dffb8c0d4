"""Devices are retried for ever and reported once; what roles conclude is recorded in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from contract.payloads.gateway import GatewayNotice
from edge_agent.errors import AlreadyRunning, DeviceUnreachable, StoreFull
from edge_agent.health import DeviceHealthBook
from edge_agent.ports import Conclusion, Emit, RoleStep, Work
from edge_agent.readings import LineStatus, LookAsked, Reading, Tick, ViewReading, WeightReading
from edge_agent.supervisor import (
    KEPT_WORKS,
    RETRY_CAP_S,
    STATE,
    Attached,
    Hosted,
    Retry,
    Supervisor,
)
from tests.fakes.clock import FakeClock

Act = Callable[[Emit], Awaitable[None]]


class ScriptedDriver:
    """Plays one act per run; after the last one the link fails at once."""

    def __init__(self, *acts: Act, device: str = "wb-1") -> None:
        self.device, self.runs, self._acts = device, 0, list(acts)

    async def run(self, emit: Emit) -> None:
        self.runs += 1
        if self._acts:
            await self._acts.pop(0)(emit)
        raise DeviceUnreachable("no such port")


class Notebook:
    """A recorder that can be full."""

    def __init__(self) -> None:
        self.works: list[Work] = []
        self.full, self.slow = False, True

    async def record(self, work: Work) -> tuple[str, ...]:
        if self.slow:
            await asyncio.sleep(0)
        if self.full:
            raise StoreFull("no room")
        self.works.append(work)
        return ()

    async def flush(self) -> None:
        return

    def notices(self) -> list[tuple[str, str | None]]:
        payloads = [one.payload for work in self.works for one in work.conclusions]
        return [(one.kind, one.device) for one in payloads if isinstance(one, GatewayNotice)]

    def views(self) -> list[tuple[str, str | None]]:
        payloads = [one.payload for work in self.works for one in work.conclusions]
        notices = [one for one in payloads if isinstance(one, GatewayNotice)]
        return [(one.kind, one.detail) for one in notices if one.kind.startswith("view")]


class Scribe:
    """A role that writes down each reading; concludes from weights and keeps their count."""

    name = "scribe"

    def __init__(self) -> None:
        self.seen: list[Reading] = []
        self.weights = 0

    def step(self, reading: Reading) -> RoleStep:
        self.seen.append(reading)
        if not isinstance(reading, WeightReading):
            return RoleStep()
        self.weights += 1
        notice = GatewayNotice(kind="gap", detail=str(reading.weight_kg))
        return RoleStep((Conclusion(notice, "x"),), str(self.weights).encode())

    def restore(self, state: bytes) -> None:
        self.weights = int(state)


class Watchman(Scribe):
    """Takes questions about one problem."""

    def takes(self, asked: LookAsked) -> bool:
        return asked.problem_id == "p-1"

    def step(self, reading: Reading) -> RoleStep:
        self.seen.append(reading)
        if not isinstance(reading, LookAsked):
            return RoleStep()
        notice = GatewayNotice(kind="gap", detail=reading.case)
        return RoleStep((Conclusion(notice, "x"),), b"1")


class Yard:
    """A supervisor over scripted drivers, with everything it touches in view."""

    def __init__(
        self,
        *drivers: ScriptedDriver,
        state: bytes | None = None,
        watchman: Watchman | None = None,
        retry_cap_s: float = RETRY_CAP_S,
    ) -> None:
        self.clock, self.notebook, self.scribe = FakeClock(), Notebook(), Scribe()
        names = tuple(one.device for one in drivers)
        self.book = DeviceHealthBook(names)
        self.supervisor = Supervisor(
            devices=[Attached(one, f"weighbridge/{one.device}", retry_cap_s) for one in drivers],
            roles=[
                Hosted(self.scribe, frozenset({"wb-1"})),
                *([Hosted(watchman, frozenset())] if watchman else []),
            ],
            recorder=self.notebook,
            clock=self.clock,
            retry=Retry(lambda: 1.0, base_s=1.0, cap_s=8.0),
            book=self.book,
            state=state,
        )

    def run(self, *steps: float) -> None:
        async def scene() -> None:
            running = asyncio.create_task(self.supervisor.run())
            for seconds in steps:
                await self.clock.advance(seconds)
                if running.done():
                    break
            running.cancel()
            await asyncio.gather(running)

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(scene())

    def weight(self, kg: int, device: str = "wb-1") -> WeightReading:
        moment, raw = self.clock.moment(), b"%d" % kg
        return WeightReading(device, moment, Decimal(kg), None, None, False, False, raw)


def lasting(yard: Callable[[], Yard], seconds: int) -> Act:
    """The link gives a line status each second, as drivers do, and then fails."""

    async def act(emit: Emit) -> None:
        for _ in range(seconds):
            await emit(LineStatus("wb-1", yard().clock.moment(), 0, 0, 0, 0))
            await yard().clock.sleep(1.0)

    return act


def test_a_missing_port_is_reported_once_and_tried_for_ever() -> None:
    driver = ScriptedDriver()
    yard = Yard(driver)
    yard.run(120.0)
    assert yard.notebook.notices() == [("device-lost", "wb-1")]
    assert driver.runs == 18  # pauses of 1, 2, 4 and then 8 seconds
    assert yard.book.state("wb-1", yard.clock.moment()) == "lost"


def test_a_device_that_comes_back_and_stays_is_reported_back_once() -> None:
    driver = ScriptedDriver()
    yard = Yard(driver)
    driver._acts = [lasting(lambda: yard, 0), lasting(lambda: yard, 600)]
    yard.run(60.0)
    assert yard.notebook.notices() == [("device-lost", "wb-1"), ("device-back", "wb-1")]


def test_a_link_that_flaps_is_lost_once_and_not_back_each_time() -> None:
    driver = ScriptedDriver()
    yard = Yard(driver)
    driver._acts = [lasting(lambda: yard, 2) for _ in range(20)]
    yard.run(200.0)
    assert yard.notebook.notices() == [("device-lost", "wb-1")]


def test_what_hangs_on_a_line_of_this_box_is_tried_more_often() -> None:
    driver = ScriptedDriver()
    Yard(driver, retry_cap_s=3.0).run(120.0)
    assert driver.runs == 42  # at 0, 1, 3 and then each 3 seconds up to 120


def test_pauses_begin_small_again_after_a_link_that_lasted() -> None:
    driver = ScriptedDriver()
    yard = Yard(driver)
    driver._acts = [lasting(lambda: yard, 0)] * 4 + [lasting(lambda: yard, 30)]
    yard.run(1 + 2 + 4 + 8 + 30 + 1.5)
    assert driver.runs == 6


def test_a_restart_does_not_report_the_same_loss_again() -> None:
    first = Yard(ScriptedDriver())
    first.run(5.0)
    state = first.notebook.works[-1].role_states[STATE]

    second = Yard(ScriptedDriver(), state=state)
    second.run(60.0)
    assert second.notebook.notices() == []

    driver = ScriptedDriver()
    third = Yard(driver, state=state)
    driver._acts = [lasting(lambda: third, 60)]
    third.run(30.0)
    assert third.notebook.notices() == [("device-back", "wb-1")]


def test_a_device_that_left_the_configuration_is_forgotten() -> None:
    state = b'{"devices":["wb-9"]}'
    yard = Yard(ScriptedDriver(), state=state)
    yard.run(1.0)
    assert yard.notebook.works[-1].role_states[STATE] == b'{"devices":["wb-1"]}'


def test_roles_hear_that_the_link_is_gone() -> None:
    yard = Yard(ScriptedDriver())
    yard.run(0.5)
    heard = [one for one in yard.scribe.seen if isinstance(one, LineStatus)]
    assert [one.connected for one in heard] == [False]


def test_a_reading_reaches_the_roles_that_asked_for_its_device() -> None:
    mine, other = ScriptedDriver(), ScriptedDriver(device="wb-2")
    yard = Yard(mine, other)

    async def weigh(emit: Emit) -> None:
        await emit(yard.weight(10))

    async def weigh_elsewhere(emit: Emit) -> None:
        await emit(yard.weight(20, "wb-2"))

    mine._acts, other._acts = [weigh], [weigh_elsewhere]
    yard.run(0.1)
    weights = [one for one in yard.scribe.seen if isinstance(one, WeightReading)]
    assert [one.device for one in weights] == ["wb-1"]


@pytest.mark.parametrize(("problem", "taken"), [("p-1", True), ("p-2", False)])
def test_a_question_goes_to_the_role_that_takes_it(problem: str, taken: bool) -> None:
    watchman = Watchman()
    yard = Yard(watchman=watchman)
    question = LookAsked(yard.clock.moment(), "o-1", "E0301", "local", problem)
    assert asyncio.run(yard.supervisor.ask(question)) is taken
    assert watchman.seen == ([question] if taken else [])
    assert yard.scribe.seen == []
    assert len(yard.notebook.works) == int(taken)


def test_conclusions_and_the_state_that_led_to_them_are_one_work() -> None:
    driver = ScriptedDriver()
    yard = Yard(driver)

    async def weigh(emit: Emit) -> None:
        for kg in (1, 2, 3):
            await emit(yard.weight(kg))

    driver._acts = [weigh]
    yard.run(0.1)
    works = [one for one in yard.notebook.works if "scribe" in one.role_states]
    assert [one.role_states["scribe"] for one in works] == [b"1", b"2", b"3"]
    assert [len(one.conclusions) for one in works] == [1, 1, 1]


def test_roles_get_a_tick_four_times_a_second() -> None:
    yard = Yard()
    yard.run(10.0)
    assert sum(isinstance(one, Tick) for one in yard.scribe.seen) == 41
    assert yard.supervisor.progress.ticked_s == yard.clock.monotonic_s()


def test_a_port_that_another_program_took_is_a_lost_device_not_the_end() -> None:
    async def taken(emit: Emit) -> None:
        raise AlreadyRunning("the port /dev/ttyUSB0", 4711)

    driver = ScriptedDriver(taken)
    yard = Yard(driver)
    yard.run(20.0)
    (notice,) = [one.payload for work in yard.notebook.works for one in work.conclusions]
    assert isinstance(notice, GatewayNotice)
    assert "4711" in str(notice.detail)
    assert driver.runs > 1


def test_a_bug_in_a_driver_ends_the_supervisor() -> None:
    async def bug(emit: Emit) -> None:
        raise LookupError("bug")

    yard = Yard(ScriptedDriver(bug))

    async def scene() -> None:
        async with asyncio.timeout(60):
            await yard.supervisor.run()

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(scene())
    assert caught.value.subgroup(LookupError) is not None


def test_a_full_disk_keeps_works_in_order_until_there_is_room() -> None:
    driver = ScriptedDriver()
    yard = Yard(driver)

    async def weigh(emit: Emit) -> None:
        for kg in range(1, 7):
            yard.notebook.full = kg in (3, 4, 5)
            await emit(yard.weight(kg))
        await yard.clock.sleep(600.0)

    driver._acts = [weigh]
    yard.run(30.0)
    states = [one.role_states["scribe"] for one in yard.notebook.works]
    assert states == [b"1", b"2", b"3", b"4", b"5", b"6"]
    assert yard.supervisor.drops == {}


def test_more_than_memory_may_hold_is_counted_and_the_newest_kept() -> None:
    driver = ScriptedDriver()
    yard = Yard(driver)
    yard.notebook.full, yard.notebook.slow = True, False

    async def weigh(emit: Emit) -> None:
        for kg in range(KEPT_WORKS + 5):
            await emit(yard.weight(kg))
        yard.notebook.full = False
        await yard.clock.sleep(600.0)

    driver._acts = [weigh]
    yard.run(10.0)
    assert yard.supervisor.drops == {"store-full": 5}
    assert len(yard.notebook.works) == KEPT_WORKS
    assert yard.notebook.works[-1].role_states["scribe"] == b"%d" % (KEPT_WORKS + 5)


@pytest.mark.parametrize(
    ("draw", "failures", "pause"), [(1, 0, 0.5), (1, 3, 4), (1, 99, 30), (0, 9, 0)]
)
def test_pauses_are_capped_and_fully_jittered(draw: float, failures: int, pause: float) -> None:
    assert Retry(lambda: draw).pause_s(failures) == pause
    assert Retry(lambda: draw).pause_s(failures, 3.0) == min(pause, 3.0)


def test_what_is_the_matter_with_a_camera_s_view_is_a_fault_until_it_is_good_again() -> None:
    states = ["good", "turned", "turned", "dark", "good", "covered"]

    async def show(emit: Emit) -> None:
        for state in states:
            await emit(ViewReading("cam-1", yard.clock.moment(), state, "10 % in place"))

    camera = ScriptedDriver(show, device="cam-1")
    yard = Yard(camera)
    yard.run(1)
    faults = yard.notebook.views()
    assert faults == [
        ("view-lost", "the view is turned: 10 % in place"),
        ("view-back", "the view is good again"),
        ("view-lost", "the view is covered: 10 % in place"),
    ]


def test_a_view_that_was_reported_before_a_restart_is_not_reported_again() -> None:
    async def show(emit: Emit) -> None:
        for state in ("covered", "good"):
            await emit(ViewReading("cam-1", yard.clock.moment(), state))

    state = b'{"devices":[],"views":{"cam-1":"covered"}}'
    yard = Yard(ScriptedDriver(show, device="cam-1"), state=state)
    yard.run(1)
    faults = yard.notebook.views()
    assert faults == [("view-back", "the view is good again")]
