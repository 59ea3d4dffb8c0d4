"""The gateway about itself: health, notices, answers to commands."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from contract.names import ClockState, Lane
from contract.payloads.base import Payload

DeviceState = Literal["starting", "up", "silent", "garbled", "lost"]
NoticeKind = Literal[
    "started",
    "clock-corrected",
    "device-lost",
    "device-back",
    "sensor-fault",
    "sensor-back",
    "view-lost",
    "view-back",
    "disk-low",
    "shed",
    "gap",
    "salvage",
    "config-applied",
    "config-refused",
    "clone-suspected",
    "roster-change-held",
]
Outcome = Literal["done", "failed", "refused", "expired", "unknown"]


class DeviceHealth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One device: its state and when it last gave a reading (RFC 3339)."""

    state: DeviceState
    last_seen: str | None = None
    counts: dict[str, int] = {}


class GatewayHealth(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """How the gateway is: bytes, seconds, degrees Celsius; `outbox` is depth by lane."""

    wire_type: ClassVar[str] = "edile.gateway.health.v1"
    lane: ClassVar[Lane] = "routine"

    uptime_s: int
    disk_free_bytes: int
    disk_total_bytes: int
    outbox: dict[str, int]
    clock: ClockState
    devices: dict[str, DeviceHealth]
    drops: dict[str, int]
    versions: dict[str, str]
    temperatures_c: dict[str, float] = {}
    bytes_up: dict[str, int] = {}
    bytes_down: dict[str, int] = {}


class LaneEnd(msgspec.Struct, frozen=True, kw_only=True):
    """Last sequence and chain head (hex) of a lane."""

    seq: int
    chain_head: str


class PreviousEpoch(msgspec.Struct, frozen=True, kw_only=True):
    """Where the epoch before this one ended, so that the hub sees a lost tail."""

    epoch: str
    lanes: dict[str, LaneEnd]


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """A moment at which boot time and UTC were both known; `monotime` ns since boot as text."""

    bootid: str
    monotime: str
    utc: str
    err_ms: int


class Shed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What pressure made us drop: how many of which kind, and which sequences where they had any."""

    what: str
    count: int
    bytes: int
    first: str | None = None
    last: str | None = None


class GatewayNotice(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A change of the gateway's own state that a person may have to know. `part`: what of the device it is
    about where several may be concerned at once, such as one quantity of a sensor."""

    wire_type: ClassVar[str] = "edile.gateway.notice.v1"
    lane: ClassVar[Lane] = "urgent"

    kind: NoticeKind
    detail: str | None = None
    device: str | None = None
    part: str | None = None
    previous: PreviousEpoch | None = None
    anchor: Anchor | None = None
    shed: Shed | None = None
    serial: int | None = None
    counts: dict[str, int] = {}
    versions: dict[str, str] = {}


class CommandResult(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a command; `unknown` = accepted before a restart, its effect not known."""

    wire_type: ClassVar[str] = "edile.command.result.v1"
    lane: ClassVar[Lane] = "urgent"

    command: str
    outcome: Outcome
    detail: str | None = None
