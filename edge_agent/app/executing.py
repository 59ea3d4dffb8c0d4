"""What this gateway can be commanded to do (contract §4); every other op is answered `refused`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from contract.commands import SpeakArgs
from edge_agent.commands import Executor, Performed
from edge_agent.errors import DeviceRefused
from edge_agent.ports import Order, Say

Perform = Callable[[str, Order], Awaitable[None]]
"""(device, order); DeviceRefused, DeviceUnreachable."""


def executors(
    restart: Callable[[], None],
    perform: Perform,
    more: Mapping[str, Executor],
) -> Mapping[str, Executor]:
    """By op, with `more` of them. `restart` ends the process in order."""

    async def end_in_order(_: Mapping[str, Any]) -> Performed:
        return Performed("the agent ends in order and is started again", after=restart)

    async def speak(args: Mapping[str, Any]) -> Performed:
        try:
            wanted = msgspec.convert(args, SpeakArgs)
        except msgspec.ValidationError as error:
            raise DeviceRefused(f"speak: {error}") from None
        await perform(wanted.device, Say(wanted.prompt, wanted.text))
        return Performed(f"{wanted.device} said it")

    return {
        "restart": end_in_order,
        "speak": speak,
        **more,
    }
