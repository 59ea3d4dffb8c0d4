"""What a hub does besides answering: tasks that run as long as it serves, and are missed when they do not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

LOG = logging.getLogger("edile.hub")


class Workers:
    """A task that ends by an exception is a bug: it is logged at once, and the hub is not ready any more, so
    that whoever watches it starts it again."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._failed: list[str] = []

    def start(self, name: str, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def fault(self) -> str | None:
        """For /readyz."""
        return f"stopped: {', '.join(self._failed)}" if self._failed else None

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._failed.append(task.get_name())
        LOG.critical("%s stopped by a bug of the hub's own", task.get_name(), exc_info=error)
