"""Runs the agent: one TaskGroup until a signal, then everything flushed within seconds."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import apsw

from edge_agent.app.building import Agent, assemble, clocks, open_store
from edge_agent.app.hosting import load
from edge_agent.app.listeners import pid_listening_on
from edge_agent.app.lock import FolderLock, Running
from edge_agent.app.revising import Revisions
from edge_agent.clock import save_floor
from edge_agent.config.gateway import GatewayConfig
from edge_agent.config.links import serial_ports
from edge_agent.errors import AlreadyRunning, StopError, StoreFull
from edge_agent.status_page import StatusPage
from edge_agent.store.writer import Writer
from edge_agent.transports.serial_port import lock_holder
from edge_agent.watchdog import Notifier, Watchdog

LOG = logging.getLogger("edile.agent")
FLUSH_S = 4.0
SECRET_BYTES = 24


def run(config_file: Path) -> int:
    """Until SIGTERM or SIGINT, then 0. StopError when it must not start."""
    write_log_to(sys.stderr)
    config = load(config_file)
    lock = FolderLock.take(config.gateway.data_dir)
    clean = False
    try:
        refuse_held_ports(config)
        lock.mark_dirty()
        asyncio.run(_serve(config, lock, Notifier.from_environment()))
        clean = True
    except BaseExceptionGroup as group:
        raise _stop_in(group) or group from None
    finally:
        lock.release(clean=clean)
    return 0


def write_log_to(stream: Any) -> None:
    """One line for each change of state. EDILE_LOG=DEBUG tells more; httpx's own lines are noise."""
    level = os.environ.get("EDILE_LOG", "INFO").upper()
    logging.basicConfig(
        stream=stream,
        level=level if level in logging.getLevelNamesMapping() else "INFO",
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
    )
    for noisy in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def refuse_held_ports(config: GatewayConfig) -> None:
    """Two agents on one serial port would each get half of the bytes."""
    for device, path in serial_ports(config.devices):
        holder = lock_holder(path)
        if holder is not None and holder != os.getpid():
            raise AlreadyRunning(f"the port {path} of device {device}", holder)


async def _serve(config: GatewayConfig, lock: FolderLock, notifier: Notifier) -> None:
    """Everything that needs the event loop. Returns after an orderly end."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    system, clock = clocks(config)
    # A simulation's faster clock has no use for the hub's time, which would set it back.
    adopt = system.adopt if clock is system else ignore_time
    store = open_store(config, lock, clock)
    writer = Writer(store)
    try:
        agent = await assemble(
            config, store, writer, clock, adopt=adopt, restart=stop.set, unclean=lock.unclean
        )
        await agent.audit()
        await _work(agent, lock, Watchdog(notifier, system, agent.probe), stop)
    finally:
        await writer.close()
    LOG.info("stopped, everything is on disk")


async def _work(agent: Agent, lock: FolderLock, watchdog: Watchdog, stop: asyncio.Event) -> None:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    server = await _listen(agent, secret)
    async with server:
        port: int = server.sockets[0].getsockname()[1]
        lock.publish(Running(os.getpid(), port, secret))
        watchdog.notifier.tell(READY=1, STATUS=f"recording; status page on port {port}")
        LOG.info("recording; status page at http://127.0.0.1:%d", port)
        try:
            await _until(stop, agent.tasks(watchdog))
        finally:
            watchdog.notifier.tell(STOPPING=1)
            await _flush(agent)


async def _until(
    stop: asyncio.Event, tasks: Mapping[str, Callable[[], Coroutine[None, None, None]]]
) -> None:
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(start(), name=name) for name, start in tasks.items()]
        await stop.wait()
        LOG.info("stopping")
        for task in running:
            task.cancel()


async def _flush(agent: Agent) -> None:
    """Bounded: whoever stopped us waits, and what is committed is safe already."""
    save_floor(agent.config.gateway.data_dir, agent.clock.moment())
    try:
        async with asyncio.timeout(FLUSH_S):
            await agent.writer.flush()
            await agent.uplink.save_ledger()
            await agent.link.close()
            if agent.tracks is not None:
                await agent.tracks.close()
    except (TimeoutError, StoreFull, apsw.FullError) as error:
        LOG.warning("stopping without a last save: %s", error or "out of time")  # type: ignore[truthy-bool]


async def _listen(agent: Agent, secret: str) -> asyncio.Server:
    revisions = Revisions(agent.writer, agent.clock)
    port = agent.config.gateway.port
    try:
        wishes = {"/tickets/revise": revisions.take, "/cameras/accept": agent.acceptance.take}
        return await StatusPage(agent.status, wishes, secret).listen(port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise AlreadyRunning(f"the status page's port {port}", pid_listening_on(port)) from error


def ignore_time(_offset_ns: int, _err_ms: int) -> None:
    """See `_serve`."""


def _stop_in(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    """A StopError anywhere inside is what the person should read."""
    stops = group.subgroup(StopError)
    while stops is not None and stops.exceptions:
        first = stops.exceptions[0]
        if not isinstance(first, BaseExceptionGroup):
            return first
        stops = first
    return None
