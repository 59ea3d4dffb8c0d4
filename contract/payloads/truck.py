"""Muck trucks passing a checkpoint: one record per pass."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from contract.names import Lane
from contract.payloads.base import Payload, PhotoRef

Direction = Literal["in", "out", "unknown"]
Cover = Literal["closed", "open", "partial", "unknown"]
Load = Literal["empty", "loaded", "unknown"]
PermitVerdict = Literal["valid", "none", "expired", "off-route", "off-hours", "unknown"]


class Plate(msgspec.Struct, frozen=True, kw_only=True):
    """The plate as read, how sure (0..1), and by what."""

    text: str
    confidence: float
    source: Literal["camera", "rfid", "jt808", "keyed"]


class TruckPassage(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A truck crossed the line once. `terminal` is its JT/T 808 terminal id where it has one;
    `permit` is unknown until a permit list was there to compare with."""

    wire_type: ClassVar[str] = "edile.truck.passage.v1"
    lane: ClassVar[Lane] = "routine"

    pass_id: str
    direction: Direction
    cover: Cover
    load: Load
    plate: Plate | None = None
    terminal: str | None = None
    permit: PermitVerdict = "unknown"
    photos: tuple[PhotoRef, ...] = ()
