"""An ASGI application behind a real socket, in a thread of this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn


@contextmanager
def serving(app: Any, certificate: tuple[Path, Path] | None = None) -> Iterator[int]:
    """Yields the port on 127.0.0.1. The application's start-up and shut-down run."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # connections wait from now on, also before uvicorn takes them
    cert_file, key_file = certificate or (None, None)
    config = uvicorn.Config(
        app,
        log_level="critical",
        ssl_certfile=cert_file,
        ssl_keyfile=key_file,
        timeout_keep_alive=300,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        listener.close()
        assert not thread.is_alive(), "the test server did not stop"
