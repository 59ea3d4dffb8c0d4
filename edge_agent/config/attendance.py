"""`[roles.attendance]`: whose badges are listened to, where and when people are expected, how patient
the gateway is before it says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from contract.timestamps import parse_rfc3339
from edge_agent.config.attendance_limits import DAY_S, AttendanceLimits
from edge_agent.config.devices import ID
from edge_agent.config.proxy_limits import ProxyLimits

MINUTE_S, HOUR_S = 60, 3600
_RFC_3339 = "RFC 3339 with a zone, such as 2026-07-01T11:00:00+08:00"


def _seconds(low: float, high: float, doc: str) -> dict[str, object]:
    return {"min": low, "max": high, "doc": doc}


@dataclass(frozen=True)
class WeatherAlert:
    """While it lasts nobody is expected to stand outside; `areas` empty = everywhere."""

    kind: Literal["heat", "cold", "snow", "rain", "storm", "air"]
    begin: str = field(metadata={"doc": _RFC_3339})
    until: str = field(metadata={"doc": _RFC_3339})
    areas: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for key in ("begin", "until"):
            try:
                parse_rfc3339(getattr(self, key))
            except ValueError:
                raise ValueError(f"{key}: {_RFC_3339}") from None
        if self.until_ns <= self.begin_ns:
            raise ValueError("until: later than begin")

    @property
    def begin_ns(self) -> int:
        return parse_rfc3339(self.begin)

    @property
    def until_ns(self) -> int:
        return parse_rfc3339(self.until)


@dataclass(frozen=True)
class AttendanceConfig:
    """Areas and rosters come from files beside gw.toml, or from the hub's desired state, which then
    stands instead of them. Judging needs the extra `attendance`."""

    devices: tuple[str, ...] = field(
        metadata={
            "pattern": ID,
            "doc": "ids of terminal servers, badge-mqtt: what badges report to",
        }
    )
    areas: tuple[Path, ...] = field(default=(), metadata={"doc": "GeoJSON files"})
    rosters: tuple[Path, ...] = field(default=(), metadata={"doc": "roster files, CSV or JSON"})
    rest_areas: tuple[str, ...] = field(
        default=(), metadata={"doc": "ids of areas where resting is part of the work"}
    )
    alerts: tuple[WeatherAlert, ...] = ()
    limits: AttendanceLimits = field(default_factory=AttendanceLimits)
    proxy: ProxyLimits = field(default_factory=ProxyLimits)

    verdict_after_s: float = field(
        default=900.0, metadata=_seconds(0, DAY_S, "a shift's end is this old: its verdict")
    )
    revise_hours: float = field(
        default=72.0, metadata={"min": 0, "max": 31 * 24, "doc": "late reports re-open it so long"}
    )
    revise_quiet_s: float = field(
        default=300.0, metadata=_seconds(0, DAY_S, "no more late reports for so long")
    )
    absent_after_s: float = field(
        default=1800.0, metadata=_seconds(1, DAY_S, "seen elsewhere since the start: absent")
    )
    left_after_s: float = field(
        default=480.0, metadata=_seconds(1, DAY_S, "seen outside so long: left-area")
    )
    silent_after_s: float = field(
        default=1800.0, metadata=_seconds(1, DAY_S, "nothing heard so long: badge-silent")
    )
    idle_after_s: float = field(
        default=0.0, metadata=_seconds(0, DAY_S, "on one spot so long: idle; 0 = never")
    )
    idle_m: float = field(default=20.0, metadata={"min": 5, "max": 500})
    low_battery: float = field(default=15.0, metadata={"min": 0, "max": 100, "doc": "per cent"})
    quiet_s: float = field(
        default=300.0, metadata=_seconds(0, HOUR_S, "a call for help is over when unsaid so long")
    )
    clock_doubt_s: float = field(
        default=600.0,
        metadata=_seconds(60, DAY_S, "most badges' clocks differ so much: ours is wrong"),
    )
    spot_check_share: float = field(
        default=0.01,
        metadata={"min": 0, "max": 1, "doc": "share of shifts in which a person shall go and look"},
    )
    proxies: bool = field(default=True, metadata={"doc": "look for badges that go as one"})
    proxies_every_s: float = field(default=60.0, metadata=_seconds(1, HOUR_S, "how often"))

    def __post_init__(self) -> None:
        if not self.devices:
            raise ValueError("devices: at least one")
        if len(set(self.devices)) < len(self.devices):
            raise ValueError("devices: each once")
