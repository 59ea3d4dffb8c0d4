"""What OpenCV opens: RTSP, video files, V4L2 cameras, and CSI cameras through GStreamer.

A stream is grabbed frame by frame, so that nothing old waits in its buffers, and only the frames
that are due are turned into pictures.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from edge_agent.vision.frames import Frame
from edge_agent.vision.sources.port import Pace, SourceLost

OPEN_MS, READ_MS = 8_000, 8_000
FALLBACK_FPS = 25.0


class VideoSource:
    """`shown` is what errors call it; `target` may hold a password and is shown nowhere. `live`: the
    frames' times are those of their arrival."""

    def __init__(
        self,
        target: str | int,
        shown: str,
        pace: Pace,
        *,
        backend: int = cv2.CAP_ANY,
        live: bool = True,
    ) -> None:
        self.skipped = self.refused = 0
        self._shown, self._pace, self._live = shown, pace, live
        self._capture = _opened(target, backend, shown)
        rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        self._rate = rate if 1.0 <= rate <= 240.0 else FALLBACK_FPS
        self._start_ns = pace.now_ns()
        self._index, self._due_ns = -1, self._start_ns

    def read(self) -> Frame | None:
        """Skips to the next frame that is due."""
        while True:
            if not self._capture.grab():
                return self._ended()
            self._index += 1
            at_ns = self._pace.now_ns() if self._live else self._file_ns()
            if at_ns >= self._due_ns:
                break
            self.skipped += 1
        self._due_ns = max(self._due_ns + self._pace.step_ns, at_ns)
        if (
            not self._live
            and self._pace.paced
            and self._pace.wait((at_ns - self._pace.now_ns()) / 1e9)
        ):
            return None
        return self._retrieved(at_ns)

    def close(self) -> None:
        self._capture.release()

    def _file_ns(self) -> int:
        return self._start_ns + int(self._index * 1e9 / self._rate)

    def _retrieved(self, at_ns: int) -> Frame | None:
        done, image = self._capture.retrieve()
        if not done or image is None:
            self.refused += 1
            return None
        if image.ndim == 2 and image.shape[0] == 1:  # MJPG of a V4L2 camera, as it came
            return Frame(at_ns, jpeg=image.tobytes())
        return Frame(at_ns, pixels=np.asarray(image, np.uint8))

    def _ended(self) -> Frame | None:
        if not self._live and self._pace.repeat and self._index >= 0:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            self._start_ns, self._index = self._file_ns(), -1
            self._start_ns += int(1e9 / self._rate)
            return None
        what = "sends no more pictures" if self._live else "has ended"
        raise SourceLost(f"{self._shown} {what}")


def _opened(target: str | int, backend: int, shown: str) -> Any:
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS]
    network = isinstance(target, str) and "://" in target
    try:
        if network:
            capture = cv2.VideoCapture(str(target), cv2.CAP_FFMPEG, limits)
        else:
            capture = cv2.VideoCapture(target, backend)
    except cv2.error:
        raise SourceLost(f"{shown} cannot be opened") from None
    if not capture.isOpened():
        capture.release()
        raise SourceLost(
            f"{shown} cannot be opened: not there, not allowed, or nothing OpenCV reads"
        )
    if backend == cv2.CAP_V4L2:
        _as_jpeg(capture)
    return capture


def _as_jpeg(capture: Any) -> None:
    """USB cameras give 720p at speed as MJPG only; its bytes are the evidence as captured."""
    if capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")):
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
