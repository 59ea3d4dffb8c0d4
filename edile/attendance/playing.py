"""A simulated district day as the gateway's readings. The simulator must not know the agent, so the
words of the one are said in those of the other here. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from types import MappingProxyType

import numpy as np

from edge_agent.readings import Moment, PositionReading
from simulators.attendance.day import AttendanceDay
from simulators.attendance.receiver import Fixes, joined

DEVICE, BOOT = "terminals", "0000000000000"
_NO_VALUES: Mapping[str, str] = MappingProxyType({})
_FLAGS: dict[tuple[bool, bool], tuple[str, ...]] = {
    (False, False): (),
    (True, False): ("low-battery",),
    (False, True): ("sos",),
    (True, True): ("low-battery", "sos"),
}


def readings_of(day: AttendanceDay, badge: str) -> list[PositionReading]:
    """Everything that arrives under the badge's number that day, in the order of its arrival."""
    return list(readings(badge, day.fixes(badge), day.times.origin_ns))


def in_order(
    fixes_of: Mapping[str, Fixes], boot_ns: int, chunk_s: float = 600.0
) -> Iterator[PositionReading]:
    """Those of all these badges as they arrive, made for so many seconds at a time. The columns of every
    badge stay in memory: some 0.3 MB each."""
    badges, whole = list(fixes_of), list(fixes_of.values())
    begin_ns = min((int(fixes.arrived_ns[0]) for fixes in whole if len(fixes)), default=0)
    end_ns = max((int(fixes.arrived_ns[-1]) for fixes in whole if len(fixes)), default=-1)
    step_ns, ordinal = round(chunk_s * 1e9), 1
    while begin_ns <= end_ns:
        parts = [_between(fixes, begin_ns, begin_ns + step_ns) for fixes in whole]
        names = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        order = np.argsort(np.concatenate([part.arrived_ns for part in parts]), kind="stable")
        heard = (badges[index] for index in names[order].tolist())
        yield from _said(heard, joined(parts), boot_ns, ordinal)
        ordinal += len(order)
        begin_ns += step_ns


def _between(fixes: Fixes, begin_ns: int, end_ns: int) -> Fixes:
    since, until = np.searchsorted(fixes.arrived_ns, (begin_ns, end_ns))
    return fixes.those(np.arange(since, until))


def readings(badge: str, fixes: Fixes, boot_ns: int) -> Iterator[PositionReading]:
    """`boot_ns`: UTC of the gateway's start. `ordinal` counts from 1."""
    return _said(repeat(badge, len(fixes)), fixes, boot_ns, 1)


def _said(
    badges: Iterable[str], fixes: Fixes, boot_ns: int, first: int
) -> Iterator[PositionReading]:
    columns = zip(
        badges,
        fixes.arrived_ns.tolist(),
        fixes.at_ns.tolist(),
        fixes.lon.tolist(),
        fixes.lat.tolist(),
        fixes.fix.tolist(),
        fixes.live.tolist(),
        fixes.speed_kmh.tolist(),
        fixes.course_deg.tolist(),
        fixes.satellites.tolist(),
        fixes.battery.tolist(),
        fixes.low.tolist(),
        fixes.sos.tolist(),
        strict=True,
    )
    for ordinal, row in enumerate(columns, start=first):
        badge, arrived_ns, at_ns, lon, lat, fix, live, kmh, course, sky, battery, low, sos = row
        yield PositionReading(
            device=DEVICE,
            moment=Moment(BOOT, arrived_ns - boot_ns + 10**12, arrived_ns, "ntp"),
            terminal=badge,
            at_ns=at_ns,
            lon=lon,
            lat=lat,
            fix=fix,
            live=live,
            speed_kmh=kmh,
            course_deg=course,
            satellites=sky,
            battery=battery,
            flags=_FLAGS[low, sos],
            values=_NO_VALUES,
            ordinal=ordinal,
        )
