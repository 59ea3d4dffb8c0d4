"""A real mosquitto for tests, on a port of its own, which can be killed and started again; and hub
workers behind it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from contract.keys import PrivateKey
from hub.consuming import Broker, Consumer, broker_of
from tests.conftest import skip_or_fail
from tests.fakes.certificates import FAR_AHEAD, LONG_AGO, Authority

PATIENCE_S = 60.0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Real processes take real time: asks often, gives up late."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.005)


class Mosquitto:
    """`settings` are lines of mosquitto.conf besides the listener."""

    def __init__(self, folder: Path, *settings: str, scheme: str = "mqtt") -> None:
        found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/sbin")
        if found is None:
            skip_or_fail("no MQTT broker: apt install mosquitto")
        self._program = str(found)
        self._config = folder / "mosquitto.conf"
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        self.url = f"{scheme}://localhost:{self.port}"
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "persistence false"]
        lines.append("set_tcp_nodelay true")  # its acknowledgement and our answer are two writes
        if os.geteuid() == 0:
            lines.append("user root")
        self._config.write_text("\n".join([*lines, *settings, ""]))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> None:
        command = [self._program, "-c", str(self._config)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._listens, "mosquitto listens")

    def kill(self) -> None:
        """As by kill -9: what it had not delivered is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


def secure_broker(folder: Path) -> Mosquitto:
    """With TLS; its authority in `folder`/ca.pem."""
    authority = Authority.make()
    authority.write(folder / "ca.pem")
    certificate, key = authority.issue("localhost", LONG_AGO, FAR_AHEAD, folder)
    settings = (f"certfile {certificate}", f"keyfile {key}")
    return Mosquitto(folder, *settings, scheme="mqtts")


@contextmanager
def consuming(
    app: Any, broker: Broker | str, *, district: str, key: PrivateKey
) -> Iterator[Consumer]:
    """A hub worker in a thread of its own, connected."""
    if isinstance(broker, str):
        broker = broker_of(broker, None, "hub", 4)
    consumer = Consumer(app, broker, district=district, key=key, draw=lambda: 0.02)
    ready, ended = threading.Event(), threading.Event()
    stop: list[Callable[[], object]] = []
    failed: list[BaseException] = []

    async def run() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        stop.append(lambda: loop.call_soon_threadsafe(task.cancel))
        ready.set()
        await consumer.run()

    def work() -> None:
        try:
            asyncio.run(run())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # handed to the test below
            failed.append(error)
            raise
        finally:
            ended.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        ready.wait(PATIENCE_S)
        wait_until(
            lambda: consumer.counts["connected"] > 0 or ended.is_set(), "the worker is connected"
        )
        yield consumer
    finally:
        if not ended.is_set():
            stop[0]()
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the worker did not stop"
        assert not failed, failed
