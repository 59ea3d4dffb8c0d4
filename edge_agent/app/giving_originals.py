"""The command `send-original`: one sealed original leaves because an operator asked and said why.

Originals leave the gateway in no other way than this. That it was asked for is an event, recorded in the
transaction that unseals it, so nothing unmasked goes out without a signed and chained word on who wanted
it. The uplink then brings the file as it brings any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from contract.commands import OriginalArgs
from contract.payloads.base import PhotoRef
from contract.payloads.evidence import EvidenceOriginal
from edge_agent.commands import Executor, Performed
from edge_agent.errors import DeviceRefused, StoreFull
from edge_agent.ports import Clock, Conclusion
from edge_agent.store.originals import Original
from edge_agent.store.writer import Writer


def send_original(writer: Writer, clock: Clock) -> Executor:
    """`sha256` may be that of the original or of a photo made of it."""

    async def give(args: Mapping[str, Any]) -> Performed:
        try:
            wanted = msgspec.convert(args, OriginalArgs)
        except msgspec.ValidationError as error:
            raise DeviceRefused(f"send-original: {error}") from None
        moment = clock.moment()

        def conclude(original: Original) -> Conclusion:
            payload = EvidenceOriginal(
                evidence=(PhotoRef(sha256=original.sha256, media_type=original.media_type),),
                size_bytes=original.size,
                requested_by=wanted.requested_by,
                reason=wanted.reason,
            )
            return Conclusion(payload, f"evidence/{original.sha256}")

        try:
            found = await writer.call(
                lambda store: store.give_original(wanted.sha256, moment, conclude)
            )
        except StoreFull as error:
            raise DeviceRefused(f"send-original: the disk is full: {error}") from error
        return Performed(_told(wanted.sha256, found))

    return give


def _told(name: str, found: Original | None) -> str:
    """DeviceRefused when there is nothing to give."""
    if found is None:
        raise DeviceRefused(f"send-original: no sealed original of {name} was ever kept here")
    if found.given is not None:
        return f"{found.sha256} was given before, by {found.given}"
    if not found.here:
        raise DeviceRefused(
            f"send-original: the original {found.sha256} is gone: its time was over, or room was wanted"
        )
    return f"{found.sha256}, {found.size} bytes, will follow"
