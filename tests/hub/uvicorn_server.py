"""The app under a real uvicorn, in a thread of the test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from hub.app import create_app
from hub.config import HubConfig


@contextmanager
def serving(config: HubConfig) -> Iterator[str]:
    """The app under uvicorn on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        options = uvicorn.Config(create_app(config), log_config=None, access_log=False)
        server = uvicorn.Server(options)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)
