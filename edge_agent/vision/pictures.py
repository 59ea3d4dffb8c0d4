"""Photos: the original as captured and hashed first, the masked derivative that may leave, the thumbnail.

No face or plate detector ships: OpenCV 5 has no cascades, and the free weights that come in a package
(BlazeFace) find faces within a few metres. So whole persons and vehicles that the detector finds are made
unrecognisable. A detector that knows no persons cannot cover them: then everything but the things of
interest is covered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import cv2

from edge_agent.config.devices.camera import Bystanders
from edge_agent.vision.boxes import Box, grown
from edge_agent.vision.frames import Frame, Image, encoded
from edge_agent.vision.words import TakenPicture

ORIGINAL_QUALITY, MASKED_QUALITY = 92, 82
THUMBNAIL_BYTES = 8_000
THUMBNAIL_WIDE = 192
BLOCKS = 6  # across what is covered: no face survives that
PERSON_LABELS = frozenset({"person", "face", "pedestrian", "people"})
_TRIES = ((1.0, 75), (1.0, 55), (0.75, 50), (0.5, 45), (0.35, 35), (0.2, 30))


def take_picture(
    frame: Frame,
    upright: Image,
    *,
    covered: Iterable[Box],
    shown: Iterable[Box] | None = None,
) -> TakenPicture:
    """`upright` has the camera's masks already; `covered` are made unrecognisable. `shown`: only these
    are left as they are, everything else is covered; None = everything else is shown."""
    original = encoded(_pixels(frame), ORIGINAL_QUALITY) if frame.jpeg is None else frame.jpeg
    sha256 = hashlib.sha256(original).hexdigest()
    masked = hidden(upright, covered, shown)
    return TakenPicture(
        captured_ns=frame.captured_ns,
        original=original,
        masked=encoded(masked, MASKED_QUALITY),
        thumbnail=thumbnail(masked),
        parent_sha256=sha256,
    )


def hidden(upright: Image, covered: Iterable[Box], shown: Iterable[Box] | None = None) -> Image:
    """A copy in which what must not be recognised is not."""
    if shown is None:
        masked = upright.copy()
    else:
        masked = _coarse(upright, 48)
        for box in shown:
            rows, columns = _part(upright, grown(box, 0.1))
            masked[rows, columns] = upright[rows, columns]
    for box in covered:
        rows, columns = _part(upright, grown(box, 0.08))
        if masked[rows, columns].size:
            masked[rows, columns] = _coarse(upright[rows, columns], BLOCKS)
    return masked


def can_see_persons(labels: Sequence[str]) -> bool:
    return any(label.lower() in PERSON_LABELS for label in labels)


def way_of_masking(wanted: Bystanders, labels: Sequence[str]) -> Bystanders:
    """What is possible with a detector of these labels."""
    return "all-but-things" if wanted == "persons" and not can_see_persons(labels) else wanted


def thumbnail(image: Image) -> bytes:
    """At most THUMBNAIL_BYTES."""
    high, wide = image.shape[:2]
    small = b""
    for scale, quality in _TRIES:
        factor = min(1.0, THUMBNAIL_WIDE * scale / max(wide, high))
        size = (max(1, round(wide * factor)), max(1, round(high * factor)))
        small = encoded(cv2.resize(image, size, interpolation=cv2.INTER_AREA), quality)  # type: ignore[arg-type]
        if len(small) <= THUMBNAIL_BYTES:
            break
    return small


def _pixels(frame: Frame) -> Image:
    if frame.pixels is None:
        raise ValueError("a frame without pixels and without JPEG")
    return frame.pixels


def _coarse(image: Image, blocks: int) -> Image:
    high, wide = image.shape[:2]
    size = (max(1, min(blocks, wide)), max(1, min(blocks, round(blocks * high / wide))))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (wide, high), interpolation=cv2.INTER_NEAREST)  # type: ignore[return-value]


def _part(image: Image, box: Box) -> tuple[slice, slice]:
    high, wide = image.shape[:2]
    x1, y1, x2, y2 = box
    return slice(int(y1 * high), int(y2 * high) + 1), slice(int(x1 * wide), int(x2 * wide) + 1)
