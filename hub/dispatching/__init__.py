"""From detections to work orders, and what people do to them. Knows no HTTP; runs inside the caller's
transaction."""

from hub.dispatching.detections import DETECTED, Detection, detection_of
from hub.dispatching.opening import dispatch

__all__ = ["DETECTED", "Detection", "detection_of", "dispatch"]
