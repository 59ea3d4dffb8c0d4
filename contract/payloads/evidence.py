"""Evidence that leaves a gateway because somebody asked for it."""

from __future__ import annotations

from typing import ClassVar

from contract.names import Lane
from contract.payloads.base import Payload, PhotoRef


class EvidenceOriginal(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """An original as captured, unmasked, given out on a person's request: who asked, why, and in
    `evidence` the one file. `size_bytes`: how much will follow. A repeated request is told again."""

    wire_type: ClassVar[str] = "edile.evidence.original.v1"
    lane: ClassVar[Lane] = "urgent"

    evidence: tuple[PhotoRef]
    size_bytes: int
    requested_by: str
    reason: str
