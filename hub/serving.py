"""The hub under uvicorn: one process, plain HTTP on loopback only, a socket made before anything else
so that a taken port is one clear line."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from hub.app import create_app
from hub.config import HubConfig
from hub.errors import HubStop

# Longer than the longest pause between a gateway's heartbeats (30 min): a handshake costs it more.
KEEP_ALIVE_S = 1_900
_DURATION = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DRAIN_S = 5  # how long requests under way may take after SIGTERM


@dataclass(frozen=True)
class Tls:
    cert: Path
    key: Path


def tls_of(host: str, cert: Path | None, key: Path | None) -> Tls | None:
    """HubStop for plain HTTP beyond loopback, or a certificate that does not load."""
    if (cert is None) != (key is None):
        raise HubStop("--tls-cert and --tls-key go together")
    if cert is None or key is None:
        if not _loopback(host):
            raise HubStop(
                f"--host {host} is reachable from elsewhere: give --tls-cert and --tls-key, or listen "
                "on 127.0.0.1 behind something that speaks TLS"
            )
        return None
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise HubStop(f"--tls-cert {cert}, --tls-key {key}: {error}") from error
    return Tls(cert, key)


def seconds_of(text: str | None, option: str = "--backup-every") -> float | None:
    """`15m` -> 900. HubStop for anything but a number and s, m, h or d."""
    if text is None:
        return None
    found = _DURATION.fullmatch(text)
    if not found or int(found[1]) == 0:
        raise HubStop(f"{option} {text!r}: expected a number and s, m, h or d, like 15m")
    return float(int(found[1]) * _SECONDS[found[2]])


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise HubStop(
            f"port {port} on {host} cannot be had ({error.strerror}); --port names another, 0 any"
        ) from error
    return listener


class Server(uvicorn.Server):
    """Ends the streams first: a server waits for answers that are under way, and theirs have no end."""

    def __init__(self, options: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(options)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.watch.close()
        await super().shutdown(sockets)


Beside = Callable[[FastAPI], Coroutine[None, None, None]]


def serve(
    config: HubConfig, *, host: str, port: int, tls: Tls | None, beside: Beside | None = None
) -> None:
    """Until SIGTERM or SIGINT. `beside` runs as long, in the same process, and gets the app."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    listener = _listen(host, port)
    try:
        app = create_app(config)
        options = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=DRAIN_S,
            timeout_keep_alive=KEEP_ALIVE_S,
            proxy_headers=False,
            server_header=False,
            ssl_certfile=tls.cert if tls else None,
            ssl_keyfile=tls.key if tls else None,
        )
        scheme = "https" if tls else "http"
        where = f"{scheme}://{host}:{listener.getsockname()[1]}"
        logging.getLogger("edile.hub").info("serving %s, documentation at %s/docs", where, where)
        server = Server(options, app)
        if beside is None:
            server.run(sockets=[listener])
        else:
            asyncio.run(_both(server, listener, beside(app)))
    finally:
        listener.close()


async def _both(
    server: uvicorn.Server, listener: socket.socket, beside: Coroutine[None, None, None]
) -> None:
    async with asyncio.TaskGroup() as tasks:
        other = tasks.create_task(beside, name="beside")
        await server.serve(sockets=[listener])
        other.cancel()
