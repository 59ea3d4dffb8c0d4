"""Waste sorting: what was put into which bin, and whether a prompt helped."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from contract.names import Lane
from contract.payloads.base import Payload


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """From `start` up to `end`, RFC 3339."""

    start: str
    end: str


class DepositCount(msgspec.Struct, frozen=True, kw_only=True):
    """`n` items of one class of waste put into the bin of one stream."""

    stream: str
    waste_class: str = msgspec.field(name="class")
    n: int


class WasteDeposit(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A disposal point over a window: items put right (`correct`) and wrong (`mixed`), spoken
    `prompts`, and how many people then corrected it."""

    wire_type: ClassVar[str] = "edile.waste.deposit.v1"
    lane: ClassVar[Lane] = "routine"

    point: str
    window: Window
    counts: tuple[DepositCount, ...]
    correct: int
    mixed: int
    prompts: int
    corrected_after_prompt: int
