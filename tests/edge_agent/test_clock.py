"""Wall time comes with how far to trust it; nothing else depends on it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from contract.envelope import Moment
from contract.names import ClockState
from edge_agent.clock import (
    CHECK_EVERY_NS,
    ScaledClock,
    SystemClock,
    boot_id,
    build_time_ns,
    kernel_synchronised,
    read_floor,
    save_floor,
)
from tests.fakes.clock import FakeClock

YEAR_2026 = 1_790_000_000 * 10**9


class Sources:
    """What a kernel would answer, set by hand."""

    def __init__(self) -> None:
        self.wall, self.boottime, self.ntp, self.asked = YEAR_2026, 10**9, False, 0

    def synchronised(self) -> bool:
        self.asked += 1
        return self.ntp


def system_clock(sources: Sources, *, floor_ns: int = 0, battery: bool = False) -> SystemClock:
    return SystemClock(
        floor_ns=floor_ns,
        boot="b",
        wall_ns=lambda: sources.wall,
        boottime_ns=lambda: sources.boottime,
        synchronised=sources.synchronised,
        battery=lambda: battery,
    )


@pytest.mark.parametrize(
    ("wall", "ntp", "battery", "state"),
    [
        (YEAR_2026, True, False, "ntp"),
        (YEAR_2026, True, True, "ntp"),
        (YEAR_2026, False, True, "rtc"),
        (YEAR_2026, False, False, "unset"),
        (0, True, True, "unset"),
        (YEAR_2026 - 1, True, True, "unset"),
    ],
)
def test_the_state_says_how_far_to_trust_the_wall_clock(
    wall: int, ntp: bool, battery: bool, state: ClockState
) -> None:
    sources = Sources()
    sources.wall, sources.ntp = wall, ntp
    clock = system_clock(sources, floor_ns=YEAR_2026, battery=battery)
    assert clock.moment() == Moment("b", 10**9, wall, state)


def test_a_late_ntp_daemon_is_noticed_and_the_kernel_is_asked_seldom() -> None:
    sources = Sources()
    clock = system_clock(sources)
    states = [clock.moment().clock for _ in range(50)]
    sources.ntp = True
    sources.boottime += CHECK_EVERY_NS
    assert set(states) == {"unset"}
    assert clock.moment().clock == "ntp"
    assert sources.asked == 2


def test_what_the_hub_said_wins_over_a_wall_clock_that_jumps() -> None:
    sources = Sources()
    clock = system_clock(sources, floor_ns=YEAR_2026)
    clock.adopt(YEAR_2026 - 10**9, 40)
    sources.wall, sources.boottime = 0, 5 * 10**9
    assert clock.moment() == Moment("b", 5 * 10**9, YEAR_2026 + 4 * 10**9, "hub")
    assert clock.error_ms == 40


def test_this_machine_has_a_boot_and_a_clock_that_runs() -> None:
    clock = SystemClock()
    first, second = clock.moment(), clock.moment()
    assert first.boot_id == boot_id()
    assert first.mono_ns < second.mono_ns
    assert kernel_synchronised() in (True, False)


def test_a_scaled_clock_runs_ahead_from_where_it_started() -> None:
    inner = FakeClock()
    scaled = ScaledClock(inner, 60)
    start, start_s = scaled.moment(), scaled.monotonic_s()
    inner.tick(2.0)
    assert start == Moment("boot-1", inner.mono_ns - 2 * 10**9, inner.utc_ns - 2 * 10**9, "ntp")
    assert scaled.moment().mono_ns - start.mono_ns == 120 * 10**9
    assert scaled.moment().utc_ns - start.utc_ns == 120 * 10**9
    assert scaled.monotonic_s() - start_s == pytest.approx(120)


def test_a_scaled_sleeper_wakes_sooner() -> None:
    async def scene() -> None:
        inner = FakeClock()
        sleeper = asyncio.create_task(ScaledClock(inner, 60).sleep(120.0))
        await inner.advance(1.9)
        assert not sleeper.done()
        await inner.advance(0.2)
        assert sleeper.done()

    asyncio.run(scene())


def test_the_floor_only_remembers_a_time_that_was_believed(tmp_path: Path) -> None:
    assert read_floor(tmp_path) == build_time_ns()
    far = build_time_ns() + 10**18
    save_floor(tmp_path, Moment("b", 1, far, "unset"))
    assert read_floor(tmp_path) == build_time_ns()
    save_floor(tmp_path, Moment("b", 1, far, "rtc"))
    assert read_floor(tmp_path) == far
    (tmp_path / "time-floor").write_text("torn")
    assert read_floor(tmp_path) == build_time_ns()
