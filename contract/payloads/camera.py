"""Cameras: that they looked, also when there was nothing to see."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from contract.names import Lane
from contract.payloads.base import Payload
from contract.payloads.waste import Window

LookResult = Literal["seen", "not-seen", "could-not-look"]


class LookCount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Looks of one line of the schedule: at `preset` (None = as the camera stands), every `every_min` within
    `hours`. `reasons` of those that could not be made, by their number; `last` of all, and when (RFC 3339)."""

    every_min: float
    preset: str | None = None
    hours: tuple[str, ...] = ()
    seen: int = 0
    not_seen: int = 0
    could_not_look: int = 0
    reasons: dict[str, int] = {}
    last: LookResult | None = None
    last_at: str | None = None


class CameraLooks(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One camera over a window: what became of its scheduled looks, and how many looks at its whole view it
    made besides (`full_looks`). No event: no look was made, nor should have been."""

    wire_type: ClassVar[str] = "edile.camera.looks.v1"
    lane: ClassVar[Lane] = "routine"

    camera: str
    window: Window
    looks: tuple[LookCount, ...] = ()
    full_looks: int = 0
