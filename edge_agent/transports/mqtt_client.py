"""What aiomqtt leaves to its users: closing after failures, manual acknowledgement, refusals in SUBACK.

It wraps paho and shows little of it; the reaches into its insides are all here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeVar

import aiomqtt

T = TypeVar("T")
VERSIONS = {"3.1.1": aiomqtt.ProtocolVersion.V311, "5": aiomqtt.ProtocolVersion.V5}
QUIET = logging.getLogger("edile.mqtt")  # the library's own words; its users say what matters
QUIET.setLevel(logging.CRITICAL)
_FAILURE = 0x80  # SUBACK (MQTT 3.1.1 §3.9.3); in 5.0 every reason code from here on


def refused(granted: Iterable[object]) -> bool:
    """Whether a SUBACK says no to any of the subscriptions."""
    return any(_code(one) >= _FAILURE for one in granted)


def acknowledge_by_hand(client: aiomqtt.Client) -> None:
    """Before it connects: nothing is acknowledged until `acknowledge`."""
    client._client.manual_ack_set(True)


def acknowledge(client: aiomqtt.Client, message: aiomqtt.Message) -> None:
    client._client.ack(message.mid, message.qos)


def socket_of(client: aiomqtt.Client) -> object:
    """Its socket; None when there is none."""
    return client._client.socket()


def lost(client: aiomqtt.Client) -> bool:
    """The connection ended by itself: a broker restarted, a line dropped. Looks at the error, so that
    asyncio does not complain that nobody did."""
    ended = client._disconnected
    return ended.done() and (ended.cancelled() or ended.exception() is not None)


async def while_connected(client: aiomqtt.Client, doing: Coroutine[Any, Any, T]) -> T:
    """What `doing` gives, or MqttError as soon as the connection is lost: aiomqtt itself goes on waiting
    for an acknowledgement that cannot come any more."""
    task = asyncio.ensure_future(doing)
    try:
        either: set[asyncio.Future[Any]] = {task, client._disconnected}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        lost(client)
        raise aiomqtt.MqttError("Disconnected before the broker had acknowledged")
    finally:
        task.cancel()


def hang_up(client: aiomqtt.Client) -> None:
    """Closes what aiomqtt leaves open: when the broker says nothing, or reading failed."""
    lost(client)
    with suppress(OSError):
        client._client.disconnect()


async def leave(client: aiomqtt.Client, within_s: float) -> None:
    """In order where that is possible."""
    if not lost(client):
        with suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(within_s):
                await client.__aexit__(None, None, None)
                return
    hang_up(client)


def _code(granted: object) -> int:
    return granted if isinstance(granted, int) else int(getattr(granted, "value", _FAILURE))
