"""Positions to keep: report `n` of a terminal, one a second."""

from __future__ import annotations

from contract.envelope import Moment
from edge_agent.readings import PositionReading

BEGIN_S = 1_790_000_000
NOW = Moment("boot-1", 10**9, BEGIN_S * 10**9, "ntp")


def position(
    n: int, terminal: str = "13912345678", *, came_s: int | None = None
) -> PositionReading:
    came = NOW.utc_ns + (n if came_s is None else came_s) * 10**9
    return PositionReading(
        device="terms-1",
        moment=NOW._replace(utc_ns=came),
        terminal=terminal,
        at_ns=(BEGIN_S + n) * 10**9,
        lon=113.2 + n / 10**6,
        lat=23.1,
        fix=True,
        speed_kmh=4.5,
        flags=("acc-on", "sos"),
        values={"cover": "open"},
        raw=n.to_bytes(28, "big"),
    )


def reports(positions: object) -> list[tuple[str, int]]:
    """(terminal, n) of each."""
    assert isinstance(positions, list)
    return [(one.terminal, int.from_bytes(one.raw, "big")) for one in positions]
