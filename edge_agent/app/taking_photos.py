"""The command `photo`: a camera looks now because an operator asked and said why.

What leaves is masked like any other photo, named by an event of its own; the original stays sealed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from contract.commands import PhotoArgs
from contract.payloads.base import ModelRef
from contract.payloads.evidence import EvidencePhoto
from edge_agent.commands import Executor, Performed
from edge_agent.errors import DeviceRefused, StoreFull
from edge_agent.ports import Clock, Conclusion, Recorder, Work
from edge_agent.readings import LookReading
from edge_agent.rules.standing.photos import photos_of

LookNow = Callable[[str, str | None], Awaitable[LookReading]]
"""(camera, preset); DeviceRefused, DeviceUnreachable."""


def photo(look: LookNow, recorder: Recorder, clock: Clock) -> Executor:
    """A view that is turned or out of focus is shown, and said to be so; through one that is covered, dark
    or frozen nothing is to be seen."""

    async def take(args: Mapping[str, Any]) -> Performed:
        try:
            wanted = msgspec.convert(args, PhotoArgs)
        except msgspec.ValidationError as error:
            raise DeviceRefused(f"photo: {error}") from None
        reading = await look(wanted.camera, wanted.preset)
        if reading.picture is None:
            raise DeviceRefused(f"photo: {wanted.camera} could not look: {reading.reason}")
        refs, evidence = photos_of(reading.picture, wanted.camera)
        payload = EvidencePhoto(
            camera=wanted.camera,
            preset=wanted.preset,
            requested_by=wanted.requested_by,
            reason=wanted.reason,
            evidence=refs,
            view=reading.reason,
            model=ModelRef(name=reading.model[0], sha256=reading.model[1])
            if reading.model
            else None,
        )
        conclusion = Conclusion(
            payload, f"camera/{wanted.camera}", observed=reading.moment, evidence=evidence
        )
        try:
            await recorder.record(Work(clock.moment(), (conclusion,)))
        except StoreFull as error:
            raise DeviceRefused(f"photo: the disk is full: {error}") from error
        view = f"; the view is {reading.reason}" if reading.reason else ""
        return Performed(f"{refs[-1].sha256} will follow{view}")

    return take
