"""From detections to work orders, and what people do to them. Knows no HTTP; runs inside the caller's
transaction.

correlating  which order a word belongs to (pure)      scene, cells   what it is decided upon
opening      a batch: read, decided word by word       recording      the batch, written
endings      what follows when a problem is over       course         clocks as they stand
moves        what people do, one order at a time       guards         who may, and what it takes (pure)
merging      two orders that are one problem           transitions    what a move does
timing       stages, reminders, escalations (pure)     book           the rules in force
second_looks the device that saw it looks again
"""

from hub.dispatching.detections import DETECTED, Detection, detection_of
from hub.dispatching.opening import Undecided, dispatch, dispatch_many

__all__ = ["DETECTED", "Detection", "Undecided", "detection_of", "dispatch", "dispatch_many"]
