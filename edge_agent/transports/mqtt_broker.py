"""A broker inside the agent, for try-outs without mosquitto: amqtt, MQTT 3.1.1, no accounts.

On this machine only, as anybody who reaches it may publish.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contract.broker_url import BrokerUrl
from edge_agent.errors import DeviceUnreachable

_ANYBODY = "amqtt.plugins.authentication.AnonymousAuthPlugin"


@asynccontextmanager
async def embedded_broker(url: BrokerUrl) -> AsyncIterator[None]:
    """Runs while the block does. DeviceUnreachable when the port is taken, or without the extra."""
    try:
        from amqtt.broker import Broker  # noqa: PLC0415 - extra `broker`
        from amqtt.errors import BrokerError  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise DeviceUnreachable("an embedded broker needs: pip install 'edile[broker]'") from error
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    listener = {"type": "tcp", "bind": f"{url.host}:{url.port}"}
    plugins = {_ANYBODY: {"allow_anonymous": True}}
    broker = Broker({"listeners": {"default": listener}, "plugins": plugins})
    try:
        await broker.start()
    except (BrokerError, OSError) as error:
        raise DeviceUnreachable(f"no broker of our own at {url}: {error}") from error
    try:
        yield
    finally:
        await broker.shutdown()
