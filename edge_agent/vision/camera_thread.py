"""One camera's thread: takes its frames from the source, one after the other, until it fails or is closed.

It never retries: a source that fails is told as lost, and whoever asked for the camera asks again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from edge_agent.errors import StopError
from edge_agent.vision.detector import LookQueue
from edge_agent.vision.eye import Eye
from edge_agent.vision.sources.port import Source, SourceLost

JOIN_S = 2.0


class CameraThread:
    """`open_eye` and `open_source` run in the thread: a model or a camera may take seconds to open."""

    def __init__(
        self,
        camera: str,
        *,
        open_eye: Callable[[], Eye],
        open_source: Callable[[Callable[[float], bool]], Source],
        queue: LookQueue,
        lost: Callable[[str], None],
        now_ns: Callable[[], int],
        newest_wins: bool = True,
    ) -> None:
        self.camera = camera
        self.eye: Eye | None = None
        self._open_eye, self._open_source = open_eye, open_source
        self._queue, self._lost, self._now_ns = queue, lost, now_ns
        self._newest_wins = newest_wins
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self.run, name=f"camera {camera}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Returns when it has ended, or JOIN_S later: a camera that hangs must not hold the others."""
        self._ending.set()
        self._queue.withdraw(self.camera)
        self._thread.join(JOIN_S)

    def run(self) -> None:
        try:
            self.eye = self._open_eye()
            source = self._open_source(self._ending.wait)
        except (SourceLost, StopError) as error:
            self._over(str(error))
            return
        try:
            while not self._ending.is_set():
                self._step(source, self.eye)
        except SourceLost as error:
            self._over(str(error))
        finally:
            source.close()
            self._queue.withdraw(self.camera)

    def _step(self, source: Source, eye: Eye) -> None:
        frame = source.read()
        eye.skipped, eye.broken = source.skipped, source.refused
        if frame is None:
            return
        job = eye.take(frame)
        if job is None:
            return
        if self._newest_wins:
            eye.dropped += self._queue.put(self.camera, job)
            return
        done = threading.Event()

        def told(job: Callable[[], None] = job) -> None:
            job()
            done.set()

        self._queue.put(self.camera, told)
        while not done.wait(0.5) and not self._ending.is_set():
            pass

    def _over(self, reason: str) -> None:
        if self.eye is not None:
            self.eye.end(self._now_ns(), "unreachable")
        if not self._ending.is_set():
            self._lost(reason)
