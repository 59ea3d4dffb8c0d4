"""The system's clock, and a faster one for simulations.

Boot time (CLOCK_BOOTTIME) orders and times everything; wall time is read only to date an event, and
comes with how far to trust it: `unset` (no clock worth the name), `rtc` (a battery clock), `ntp`
(the kernel says it is disciplined), `hub` (the hub told us an offset, which then wins).
"""

from __future__ import annotations

import asyncio
import ctypes
import time
from collections.abc import Callable
from pathlib import Path

from contract.envelope import Moment
from contract.names import ClockState
from edge_agent.ports import Clock

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
RTC_SET_SYSTEM_CLOCK = Path("/sys/class/rtc/rtc0/hctosys")  # "1" when the kernel read it at boot
TIMESYNCD_MARK = Path("/run/systemd/timesync/synchronized")
FLOOR_FILE = "time-floor"
CHECK_EVERY_NS = 10 * 10**9
STA_UNSYNC = 0x0040  # <sys/timex.h>, adjtimex(2)
TIME_ERROR = 5

WallNs = Callable[[], int]


class _Timex(ctypes.Structure):
    """The head of `struct timex` (adjtimex(2)); the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_byte * 256),
    )


def kernel_synchronised() -> bool:
    """Whether some NTP or PTP daemon disciplines the kernel's clock. Reading needs no privilege."""
    timex = _Timex()
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except (AttributeError, OSError):
        return TIMESYNCD_MARK.exists()
    return 0 <= answer < TIME_ERROR and not timex.status & STA_UNSYNC


def has_battery_clock() -> bool:
    """False on a Raspberry Pi without one: its clock then starts where it last stopped."""
    try:
        return RTC_SET_SYSTEM_CLOCK.read_text().strip() == "1"
    except OSError:
        return False


def boot_id() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return "unknown-boot"


def build_time_ns() -> int:
    """When this program was installed: no earlier time can be right."""
    return Path(__file__).stat().st_mtime_ns


class SystemClock:
    """The adapter that every gateway uses. `floor_ns` is a UTC that has certainly passed."""

    def __init__(
        self,
        *,
        floor_ns: int = 0,
        boot: str | None = None,
        wall_ns: WallNs = time.time_ns,
        boottime_ns: WallNs = lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME),
        synchronised: Callable[[], bool] = kernel_synchronised,
        battery: Callable[[], bool] = has_battery_clock,
    ) -> None:
        self.floor_ns = floor_ns
        self._boot = boot or boot_id()
        self._wall_ns, self._boottime_ns = wall_ns, boottime_ns
        self._synchronised, self._battery = synchronised, battery()
        self._offset_ns: int | None = None
        self._checked_ns: int | None = None
        self._ntp = False
        self.error_ms: int | None = None

    def moment(self) -> Moment:
        boottime = self._boottime_ns()
        if self._offset_ns is not None:
            return Moment(self._boot, boottime, boottime + self._offset_ns, "hub")
        wall = self._wall_ns()
        return Moment(self._boot, boottime, wall, self._state(wall, boottime))

    def monotonic_s(self) -> float:
        return self._boottime_ns() / 1e9

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    def adopt(self, offset_ns: int, err_ms: int) -> None:
        """From now on UTC is boot time + `offset_ns`, as the hub signed it, good to `err_ms`."""
        self._offset_ns, self.error_ms = offset_ns, err_ms

    def _state(self, wall: int, boottime: int) -> ClockState:
        if wall < self.floor_ns:
            return "unset"
        if self._checked_ns is None or boottime - self._checked_ns >= CHECK_EVERY_NS:
            self._checked_ns, self._ntp = boottime, self._synchronised()
        if self._ntp:
            return "ntp"
        return "rtc" if self._battery else "unset"


class ScaledClock:
    """Everything `scale` times faster than `inner`, from now on. Only for simulations."""

    def __init__(self, inner: Clock, scale: float) -> None:
        self._inner, self._scale = inner, scale
        self._start = inner.moment()
        self._start_s = inner.monotonic_s()

    def moment(self) -> Moment:
        now = self._inner.moment()
        ahead = int((now.mono_ns - self._start.mono_ns) * self._scale)
        utc = self._start.utc_ns + ahead
        return Moment(now.boot_id, self._start.mono_ns + ahead, utc, now.clock)

    def monotonic_s(self) -> float:
        return self._start_s + (self._inner.monotonic_s() - self._start_s) * self._scale

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds / self._scale)


def read_floor(data_dir: Path) -> int:
    """The latest UTC that this folder or this installation knows to have passed."""
    try:
        saved = int((data_dir / FLOOR_FILE).read_text())
    except (OSError, ValueError):
        saved = 0
    return max(saved, build_time_ns())


def save_floor(data_dir: Path, moment: Moment) -> None:
    """Kept only when the time is believed; a torn or lost file costs nothing."""
    if moment.clock != "unset":
        draft = data_dir / f"{FLOOR_FILE}.new"
        draft.write_text(str(moment.utc_ns))
        draft.replace(data_dir / FLOOR_FILE)
