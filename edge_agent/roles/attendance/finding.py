"""A finding about badges, and the sentence that tells a person what was seen: never more than that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from contract.timestamps import rfc3339
from edge_agent.rules.proxy_badges import Together
from edge_agent.rules.two_places import Leap

Kind = Literal["proxy-suspected", "replayed-track", "cloned-id", "impossible-speed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`badges` sorted. `detail`: what was seen, for a person. `evidence`: JSON Lines, one thinned
    position each (`badge`, `at`, `lon`, `lat`)."""

    kind: Kind
    badges: tuple[str, ...]
    since_ns: int
    until_ns: int
    detail: str
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """Two badges that were as one."""

    found: Together
    since_ns: int
    until_ns: int
    areas_differ: bool


def group_detail(badges: tuple[str, ...], links: Sequence[Link]) -> str:
    counted = max(link.found.counted for link in links)
    typical_m = float(np.median([link.found.typical_m for link in links]))
    share = float(np.median([link.found.close_share for link in links]))
    still = all(link.found.manner == "lying" for link in links)
    how = "kept one place, without a step away from it" if still else "went one way"
    areas = (
        "they are planned in different areas"
        if any(link.areas_differ for link in links)
        else "they are planned in the same area"
    )
    return (
        f"Badges {', '.join(badges)} {how} for {counted // 60} h {counted % 60} min of work on foot: "
        f"typically {typical_m:.0f} m apart, which is what two receivers differ by in one place "
        f"({share:.0%} of the minutes closer than the limit), and never apart in between; {areas}."
    )


def leap_finding(badge: str, leap: Leap) -> Finding:
    far_km = leap.far_m / 1000
    detail = (
        f"Badge {badge} reports from two places up to {far_km:.1f} km apart, to and fro {leap.times} "
        "times within an hour and faster than anything drives: two devices may use one number."
        if leap.kind == "cloned-id"
        else f"Badge {badge} was {far_km:.1f} km farther faster than anything drives, and stayed there."
    )
    lines = [line_of(badge, at_ns, lon, lat) for at_ns, lon, lat in leap.positions]
    return Finding(
        leap.kind, (badge,), leap.since_ns, leap.until_ns, detail, "".join(lines).encode()
    )


def line_of(badge: str, at_ns: int, lon: float, lat: float) -> str:
    position = {"badge": badge, "at": rfc3339(at_ns), "lon": round(lon, 6), "lat": round(lat, 6)}
    return json.dumps(position) + "\n"
