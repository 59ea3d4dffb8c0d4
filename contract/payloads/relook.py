"""The second look at a case: is the problem gone?"""

from __future__ import annotations

from typing import ClassVar, Literal

from contract.names import Lane
from contract.payloads.base import Payload, PhotoRef

RelookVerdict = Literal["gone", "still-there", "cannot-tell"]


class RelookResult(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a `relook` command: `case` is the work order's id, `confidence` 0..1."""

    wire_type: ClassVar[str] = "edile.relook.result.v1"
    lane: ClassVar[Lane] = "urgent"

    case: str
    verdict: RelookVerdict
    confidence: float
    photos: tuple[PhotoRef, ...] = ()
