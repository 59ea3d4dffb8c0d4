"""The camera of a Raspberry Pi, through picamera2, which comes from the Pi's own apt repository."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge_agent.vision.frames import Frame
from edge_agent.vision.sources.port import Pace, SourceLost

SIZE = (1280, 720)


def _camera(number: int) -> Any:
    try:
        from picamera2 import Picamera2  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415
    except ImportError as error:
        raise SourceLost(
            f"picamera:{number}: the package picamera2 is missing; on Raspberry Pi OS "
            "`apt install python3-picamera2`, and a virtual environment made with "
            "--system-site-packages"
        ) from error
    try:
        return Picamera2(number)
    except (IndexError, RuntimeError) as error:
        raise SourceLost(f"picamera:{number}: {error}") from error


class PiCameraSource:
    """Frames as the sensor's pipeline gives them; in picamera2's words "RGB888" is OpenCV's BGR."""

    def __init__(self, number: int, pace: Pace, camera: Any = None) -> None:
        self.skipped = self.refused = 0
        self._pace, self._shown = pace, f"picamera:{number}"
        self._camera = _camera(number) if camera is None else camera
        wanted = self._camera.create_video_configuration(
            main={"size": SIZE, "format": "RGB888"}, controls={"FrameRate": max(pace.fps, 5.0)}
        )
        self._camera.configure(wanted)
        self._camera.start()
        self._due_ns = pace.now_ns()

    def read(self) -> Frame | None:
        left_ns = self._due_ns - self._pace.now_ns()
        if left_ns > 0 and self._pace.wait(left_ns / 1e9):
            return None
        try:
            pixels = self._camera.capture_array("main")
        except (RuntimeError, TimeoutError) as error:
            raise SourceLost(f"{self._shown}: {error}") from error
        at_ns = self._pace.now_ns()
        self._due_ns = max(self._due_ns + self._pace.step_ns, at_ns)
        return Frame(at_ns, pixels=np.asarray(pixels, np.uint8)[:, :, :3])

    def close(self) -> None:
        self._camera.stop()
        self._camera.close()
