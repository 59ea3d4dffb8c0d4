"""CSI cameras of a Jetson: through GStreamer, where OpenCV was built with it.

The wheels on the package index are not; NVIDIA's own build is. What is missing is said plainly.
"""

from __future__ import annotations

import re

import cv2

from edge_agent.vision.sources.port import SourceLost

WIDE, HIGH, FPS = 1280, 720, 30


def has_gstreamer(build: str | None = None) -> bool:
    """From OpenCV's own account of how it was built."""
    text = cv2.getBuildInformation() if build is None else build
    return re.search(r"^\s*GStreamer:\s+YES", text, re.MULTILINE) is not None


def csi_pipeline(sensor: int, build: str | None = None) -> str:
    """For cv2.CAP_GSTREAMER (Jetson's nvarguscamerasrc; L4T Accelerated GStreamer guide). Newest frame
    only: `drop=true max-buffers=1`."""
    if not has_gstreamer(build):
        raise SourceLost(
            f"csi:{sensor}: this OpenCV was built without GStreamer; use the one that comes with "
            "JetPack, or put the camera behind an RTSP server on the Jetson"
        )
    return (
        f"nvarguscamerasrc sensor-id={sensor} ! "
        f"video/x-raw(memory:NVMM),width={WIDE},height={HIGH},framerate={FPS}/1 ! "
        "nvvidconv ! video/x-raw,format=BGRx ! videoconvert ! video/x-raw,format=BGR ! "
        "appsink drop=true max-buffers=1 sync=false"
    )
