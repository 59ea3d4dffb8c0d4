"""The ports of models, and the queue before the one thread that runs them.

A LiteRT interpreter is not thread-safe, so one thread owns all models of the process. Each camera has
one place in the queue: a newer frame takes the place of the older, and cameras are served in turn,
so that a busy street cannot keep the other cameras waiting.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

from edge_agent.vision.boxes import Found
from edge_agent.vision.frames import Image

Job = Callable[[], None]


class Detects(Protocol):
    """`find` answers with boxes in parts of the image it was given (BGR), sure and doubtful alike.
    `input_size`: width and height of what it makes of an image, in pixels."""

    name: str
    sha256: str
    labels: Sequence[str]
    input_size: tuple[int, int]

    def find(self, image: Image) -> list[Found]: ...


class Classifies(Protocol):
    """`classify`: label and score, best first."""

    name: str
    sha256: str

    def classify(self, image: Image) -> list[tuple[str, float]]: ...


class LookQueue:
    """One waiting job for each camera. `busy_since_ns`: when the job now running began."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._changed = threading.Condition()
        self._ended = False
        self.busy_since_ns: int | None = None
        self.busy_with: str | None = None

    def put(self, camera: str, job: Job) -> bool:
        """True when it took the place of an older one, which is dropped. The place in the turn stays."""
        with self._changed:
            replaced = camera in self._jobs
            self._jobs[camera] = job
            self._changed.notify()
        return replaced

    def withdraw(self, camera: str) -> None:
        """The camera is over; what waits for it is not done."""
        with self._changed:
            self._jobs.pop(camera, None)

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def run(self) -> None:
        """In the one thread: until `end`."""
        while self.run_next(wait=True):
            pass

    def run_next(self, *, wait: bool) -> bool:
        """One job. False when there is none, or at the end."""
        with self._changed:
            while wait and not self._jobs and not self._ended:
                self._changed.wait()
            if self._ended or not self._jobs:
                return False
            self.busy_with, job = self._jobs.popitem(last=False)
            self.busy_since_ns = self._now_ns()
        try:
            job()
        finally:
            self.busy_since_ns = self.busy_with = None
        return True

    def stuck_s(self) -> float:
        """For how long the running job has been running."""
        since = self.busy_since_ns
        return 0.0 if since is None else (self._now_ns() - since) / 1e9
