"""The app under a real uvicorn, in a thread of the test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from hub.app import create_app
from hub.config import HubConfig
from hub.serving import Server


@contextmanager
def serving(config: HubConfig, prepare: Callable[[FastAPI], None] | None = None) -> Iterator[str]:
    """The app under uvicorn on a free port of this machine. `prepare` alters the app before."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(config)
        if prepare is not None:
            prepare(app)
        server = Server(uvicorn.Config(app, log_config=None, access_log=False), app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=60)
