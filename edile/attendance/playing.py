"""A simulated district day as the gateway's readings. The simulator must not know the agent, so the
words of the one are said in those of the other here. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from edge_agent.readings import Moment, PositionReading
from simulators.attendance.day import AttendanceDay
from simulators.attendance.receiver import Fixes

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


def readings(badge: str, fixes: Fixes, boot_ns: int) -> Iterator[PositionReading]:
    """`boot_ns`: UTC of the gateway's start. `ordinal` counts from 1."""
    columns = zip(
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
    for ordinal, row in enumerate(columns, start=1):
        arrived_ns, at_ns, lon, lat, fix, live, kmh, course, sky, battery, low, sos = row
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
