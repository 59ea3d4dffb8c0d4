"""The last seconds of a camera, in memory alone: what came before an event. Never unbounded.

Frames are as captured and not masked: a clip of them is sealed evidence, and goes nowhere by itself.
"""

from __future__ import annotations

import threading
from collections import deque

Frames = tuple[tuple[int, bytes], ...]
"""(nanoseconds of the boot clock, JPEG), oldest first."""


class ClipRing:
    """At most `seconds` and `max_bytes`, one frame each 1/`fps` s; the oldest go first."""

    def __init__(self, *, seconds: float, max_bytes: int, fps: float) -> None:
        self._seconds_ns, self._max_bytes = int(seconds * 1e9), max_bytes
        self._step_ns = int(1e9 / fps)
        self._frames: deque[tuple[int, bytes]] = deque()
        self._due_ns: int | None = None
        self._lock = threading.Lock()
        self.bytes = 0

    def wants(self, at_ns: int) -> bool:
        """Whether a frame of this time is due, so that nothing is encoded in vain."""
        return self._seconds_ns > 0 and (self._due_ns is None or at_ns >= self._due_ns)

    def put(self, at_ns: int, jpeg: bytes) -> None:
        """A frame that alone is larger than the ring is not kept."""
        with self._lock:
            late = self._due_ns is None or at_ns - self._due_ns > self._step_ns
            self._due_ns = at_ns + self._step_ns if late else (self._due_ns or 0) + self._step_ns
            if len(jpeg) > self._max_bytes:
                return
            self._frames.append((at_ns, jpeg))
            self.bytes += len(jpeg)
            while self.bytes > self._max_bytes or at_ns - self._frames[0][0] > self._seconds_ns:
                self.bytes -= len(self._frames.popleft()[1])

    def between(self, begin_ns: int, end_ns: int) -> Frames:
        """Oldest first, both ends included."""
        with self._lock:
            return tuple(one for one in self._frames if begin_ns <= one[0] <= end_ns)

    def clear(self) -> None:
        with self._lock:
            self._frames.clear()
            self.bytes = 0


def fitting(frames: Frames, most_bytes: int) -> Frames:
    """Thinned out, every second frame again and again, until they are no more than so many bytes: the time
    that they cover stays, but for its last step."""
    while len(frames) > 1 and sum(len(jpeg) for _, jpeg in frames) > most_bytes:
        frames = frames[::2]
    return frames if frames and len(frames[0][1]) <= most_bytes else frames[:0]
