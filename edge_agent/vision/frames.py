"""One picture of a camera, decoded no further than somebody needs, and made upright.

Order: crop (of the picture as it comes), circle, rotation, privacy masks. After that nothing else ever
sees more than the masks leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.vision.jpeg import jpeg_size

Image = npt.NDArray[np.uint8]
SMALL_LONG_SIDE = 320
MAX_PIXELS = 50_000_000
TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
_REDUCED = ((8, cv2.IMREAD_REDUCED_GRAYSCALE_8), (4, cv2.IMREAD_REDUCED_GRAYSCALE_4),
            (2, cv2.IMREAD_REDUCED_GRAYSCALE_2))  # fmt: skip
_BORDER = np.ones((7, 7), np.uint8)  # as far as the filters of the view's judge reach
Points = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Frame:
    """`jpeg` where the source gives JPEG, else `pixels` (BGR). `place`: lon, lat of a moving camera."""

    captured_ns: int
    jpeg: bytes | None = None
    pixels: Image | None = None
    place: tuple[float, float] | None = None

    @property
    def size(self) -> int:
        """Bytes as they came."""
        if self.jpeg is not None:
            return len(self.jpeg)
        return 0 if self.pixels is None else int(self.pixels.nbytes)


@dataclass(frozen=True, slots=True)
class Small:
    """Upright and masked. `grey`: its long side SMALL_LONG_SIDE pixels before the crop. `half`: in colour, each
    pixel the mean of four; only where the way to `grey` leads past it."""

    grey: Image
    half: Image | None = None


class Shape:
    """How pictures of one camera become upright pictures."""

    def __init__(self, config: CameraConfig) -> None:
        self._crop, self._circle = config.crop, config.circle
        self._turn = TURNS.get(config.rotate)
        self._masks = [one.points for one in config.masks]
        self._seen: dict[tuple[int, ...], Image] = {}

    def grey(self, frame: Frame) -> Image | None:
        """The small grey picture alone."""
        small = self.small(frame)
        return None if small is None else small.grey

    def small(self, frame: Frame) -> Small | None:
        """None: no picture."""
        coded = frame.jpeg
        image = frame.pixels if coded is None else decoded(coded, _reduction(coded))
        if image is None or not image.size:
            return None
        half = _halved(image) if _step(image) == 2 and image.ndim == 3 else None
        shrunk = _shrunk(image if half is None else _grey(half))
        upright = self._shaped(shrunk)
        if (self._masks or self._circle) and upright.shape not in self._seen:
            white = self._shaped(np.full(shrunk.shape, 255, np.uint8))
            self._seen = {upright.shape: _typed(cv2.erode(white, _BORDER))}
        return Small(upright, None if half is None else self._shaped(half))

    def seen(self, small: Image) -> Image | None:
        """255 where something can be seen in an upright small picture, 0 behind masks, outside the circle and
        on their borders; None: everywhere."""
        return self._seen.get(small.shape)

    def colour(self, frame: Frame) -> Image | None:
        """Upright and masked, at full size, BGR; None: no picture."""
        full = frame.pixels if frame.jpeg is None else decoded(frame.jpeg, cv2.IMREAD_COLOR)
        if full is None or not full.size:
            return None
        if full.ndim == 2:
            full = _typed(cv2.cvtColor(full, cv2.COLOR_GRAY2BGR))
        return self._shaped(full)

    def _shaped(self, image: Image) -> Image:
        high, wide = image.shape[:2]
        x1, y1, x2, y2 = self._crop
        owned = False
        if self._circle:
            image, owned = _inside_circle(image, self._circle), True
        if self._crop != (0.0, 0.0, 1.0, 1.0):
            rows, columns = _span(y1, y2, high), _span(x1, x2, wide)
            image = image[rows, columns]
        if self._turn is not None:
            image, owned = _typed(cv2.rotate(image, self._turn)), True
        if self._masks and not owned:
            image = image.copy()  # the frame's own pixels stay as captured
        for points in self._masks:
            fill(image, points)
        return np.ascontiguousarray(image)


def decoded(jpeg: bytes, flag: int) -> Image | None:
    """Any picture file; EXIF's orientation is applied. None when it cannot be read, or is a bomb."""
    size = jpeg_size(jpeg)
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        return None
    try:
        image: Any = cv2.imdecode(np.frombuffer(jpeg, np.uint8), flag)
    except cv2.error:
        return None
    return None if image is None else _typed(image)


def encoded(image: Image, quality: int) -> bytes:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("this picture cannot be written as JPEG")
    return data.tobytes()


def fill(image: Image, points: Points) -> None:
    """Black, in place; `points` in parts."""
    cv2.fillPoly(image, [pixels_of(points, image.shape)], (0, 0, 0))


def pixels_of(points: Points, shape: tuple[int, ...]) -> npt.NDArray[np.int32]:
    high, wide = shape[:2]
    return np.array([[round(x * wide), round(y * high)] for x, y in points], np.int32)


def _reduction(jpeg: bytes) -> int:
    """The coarsest decoding that is still large enough."""
    size = jpeg_size(jpeg)
    longest = 4 * SMALL_LONG_SIDE if size is None else max(size)
    for factor, flag in _REDUCED:
        if longest // factor >= SMALL_LONG_SIDE:
            return flag
    return cv2.IMREAD_GRAYSCALE


def _shrunk(image: Image) -> Image:
    """Grey, its long side SMALL_LONG_SIDE pixels at most."""
    high, wide = image.shape[:2]
    longest = max(high, wide)
    if longest <= SMALL_LONG_SIDE:
        return _grey(image)
    scale = SMALL_LONG_SIDE / longest
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    step = _step(image)
    coarse = _every(image, step) if step > 1 else image
    return _grey(_typed(cv2.resize(coarse, size, interpolation=cv2.INTER_AREA)))


def _step(image: Image) -> int:
    """Every how many-th pixel is enough, so that two by two are left to average."""
    high, wide = image.shape[:2]
    return int(max(high, wide)) // (2 * SMALL_LONG_SIDE)


def _halved(image: Image) -> Image:
    """The mean of two by two: as soon done as taking one of the four."""
    high, wide = image.shape[:2]
    size = max(1, wide // 2), max(1, high // 2)
    return _typed(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR))


def _every(image: Image, step: int) -> Image:
    """Every n-th pixel, grey: averaging a whole megapixel costs more than the gate itself. Whole rows become
    grey before their columns are taken, for pixels of three bytes cannot be copied at a stride so fast."""
    return np.ascontiguousarray(_grey(image[::step])[:, ::step])


def _grey(image: Image) -> Image:
    return image if image.ndim == 2 else _typed(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))


def _inside_circle(image: Image, circle: tuple[float, ...]) -> Image:
    high, wide = image.shape[:2]
    x, y, radius = (round(part * wide) for part in circle)
    mask = np.zeros((high, wide), np.uint8)
    cv2.circle(mask, (x, y), radius, 255, cv2.FILLED)
    return _typed(cv2.bitwise_and(image, image, mask=mask))


def _span(low: float, high: float, length: int) -> slice:
    begin = min(length - 1, round(low * length))
    return slice(begin, max(begin + 1, round(high * length)))


def _typed(image: Any) -> Image:
    """OpenCV's types say less than it gives."""
    return image  # type: ignore[no-any-return]
