"""The command `relook`: whether a problem is gone, asked of the role that saw it (contract §4).

Whoever asks gets an answer: where no role knows the problem it is `cannot-tell`, at once, so that the hub
need not wait until its time for an answer is over before it asks a person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from contract.commands import RelookArgs
from contract.payloads.relook import RelookResult
from edge_agent.commands import Executor, Performed
from edge_agent.errors import DeviceRefused, StoreFull
from edge_agent.ports import Clock, Conclusion, Recorder, Work
from edge_agent.readings import LookAsked

Ask = Callable[[LookAsked], Awaitable[bool]]
"""Whether a role took the question."""


def relook(ask: Ask, recorder: Recorder, clock: Clock) -> Executor:
    async def look(args: Mapping[str, Any]) -> Performed:
        try:
            wanted = msgspec.convert(args, RelookArgs)
        except msgspec.ValidationError as error:
            raise DeviceRefused(f"relook: {error}") from None
        now = clock.moment()
        if await ask(LookAsked(now, **msgspec.structs.asdict(wanted))):
            return Performed(f"asked for {wanted.case}")
        unknown = RelookResult(case=wanted.case, verdict="cannot-tell", confidence=0.0)
        conclusion = Conclusion(unknown, f"work-order/{wanted.case}")
        try:
            await recorder.record(Work(now, (conclusion,)))
        except StoreFull as error:
            raise DeviceRefused(f"relook: the disk is full: {error}") from error
        return Performed(f"nothing here knows what {wanted.case} is about: cannot tell")

    return look
