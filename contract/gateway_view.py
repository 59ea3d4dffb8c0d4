"""A gateway as the hub shows it over REST (`GET /v1/gateways`)."""

from __future__ import annotations

import msgspec

from contract.payloads.camera import LookCount
from contract.payloads.gateway import GatewayHealth


class LaneView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far one `{epoch}.{lane}` is committed, and how far it is in a verified backup. `announced`: how
    far the box said it went when its next epoch began; beyond `stored`, that much is still to come."""

    stored: int
    archived: int
    announced: int = 0


class GatewayView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One slot: its unit (who answers for it), the boxes' key ids, when it was last heard, its last
    health report with its time, and its lanes by `{epoch}.{lane}`. Times RFC 3339."""

    slot: str
    unit: str | None = None
    kids: list[str] = []
    last_seen: str | None = None
    health: GatewayHealth | None = None
    health_at: str | None = None
    lanes: dict[str, LaneView] = {}


class GatewayPage(msgspec.Struct, frozen=True, kw_only=True):
    """`next` is the cursor of the next page, None on the last."""

    items: list[GatewayView]
    next: str | None = None


class CameraLooked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One camera: how many windows it told of, when the last ended, how many looks at its whole view it made
    by itself, and its scheduled looks over all of them, by preset and hours."""

    slot: str
    camera: str
    windows: int
    last_window_end: str
    full_looks: int = 0
    looks: list[LookCount] = []


class LooksPage(msgspec.Struct, frozen=True, kw_only=True):
    """By slot and camera. A camera that told nothing in that time is not there."""

    items: list[CameraLooked]


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the hub keeps it: `event` is the envelope's exact JSON."""

    received_at: str
    event: msgspec.Raw


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events oldest first; `next` is the cursor of the next page, None on the last."""

    items: list[StoredEvent]
    next: str | None = None
