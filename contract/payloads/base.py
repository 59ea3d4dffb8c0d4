"""What every payload shares: its wire type, its lane, its readers' tolerance."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

import msgspec

from contract.names import Lane

TYPE = re.compile(r"edile\.[a-z]+\.[a-z]+\.v[1-9][0-9]*|edile\.problem\.v[1-9][0-9]*")
Phase = Literal["opened", "updated", "ended"]


class Payload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all payloads. Unknown fields are ignored when read (the raw event keeps them)."""

    wire_type: ClassVar[str]
    lane: ClassVar[Lane]


class PhotoRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A photo, clip or record in the evidence store, named by the SHA-256 (hex) of its bytes."""

    sha256: str
    media_type: str = "image/jpeg"
    taken: str | None = None
    camera: str | None = None
    parent: str | None = None


class ModelRef(msgspec.Struct, frozen=True, kw_only=True):
    """The model that concluded: name and SHA-256 (hex) of its file."""

    name: str
    sha256: str


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where: WGS 84 degrees, radius of uncertainty in metres, and the camera's own terms."""

    lon: float | None = None
    lat: float | None = None
    error_m: float | None = None
    zone: str | None = None
    camera: str | None = None
    preset: str | None = None
