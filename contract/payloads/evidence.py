"""Evidence that leaves a gateway because somebody asked for it, and clips, which mostly stay."""

from __future__ import annotations

from typing import ClassVar

from contract.names import Lane
from contract.payloads.base import ModelRef, Payload, PhotoRef


class EvidenceOriginal(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """An original as captured, unmasked, given out on a person's request: who asked, why, and in
    `evidence` the one file. `size_bytes`: how much will follow. A repeated request is told again."""

    wire_type: ClassVar[str] = "edile.evidence.original.v1"
    lane: ClassVar[Lane] = "urgent"

    evidence: tuple[PhotoRef]
    size_bytes: int
    requested_by: str
    reason: str


class EvidencePhoto(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A photo that a person asked a camera for: who, why, and in `evidence` the thumbnail and the masked
    photo. `view`: what is wrong with the camera's view, if it is not good."""

    wire_type: ClassVar[str] = "edile.evidence.photo.v1"
    lane: ClassVar[Lane] = "urgent"

    camera: str
    requested_by: str
    reason: str
    preset: str | None = None
    evidence: tuple[PhotoRef, ...] = ()
    view: str | None = None
    model: ModelRef | None = None


class EvidenceClip(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Some seconds of a camera around what it saw. The clip as captured (`original_sha256`,
    `original_bytes`) stays sealed on the gateway; `evidence` holds the masked one where the gateway is
    configured to let it leave. `occasion`: a class code, or "wrong-deposit"; `problem_id`: the gateway's
    own, where it belongs to one. `begin` and `end`: when the first and the last frame were captured."""

    wire_type: ClassVar[str] = "edile.evidence.clip.v1"
    lane: ClassVar[Lane] = "urgent"

    camera: str
    occasion: str
    begin: str
    end: str
    frames: int
    original_sha256: str
    original_bytes: int
    media_type: str
    problem_id: str | None = None
    evidence: tuple[PhotoRef, ...] = ()


class CameraView(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A person accepted what a camera sees now as what it is meant to see: who and why, the `zones`
    (names) that were thereby confirmed and `zones_sha256` of their corners as the gateway has them;
    `evidence`: what the camera saw, masked."""

    wire_type: ClassVar[str] = "edile.camera.view.v1"
    lane: ClassVar[Lane] = "urgent"

    camera: str
    requested_by: str
    reason: str
    zones: tuple[str, ...]
    zones_sha256: str
    preset: str | None = None
    before: str | None = None
    evidence: tuple[PhotoRef, ...] = ()
