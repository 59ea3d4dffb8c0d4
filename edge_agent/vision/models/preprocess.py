"""From a picture to the model's input, and from the input's pixels back to the picture's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.postprocess.tensors import Array, Floats

Picture = NDArray[np.uint8]
Colour = Literal["rgb", "bgr", "grey"]
Fit = Literal["letterbox", "stretch", "crop"]
PADDING = 114  # the grey that YOLO letterboxes are trained with


@dataclass(frozen=True)
class Geometry:
    """Where the picture lies in the input: input = picture * scale + shift, for x and y."""

    scale_x: float
    scale_y: float
    shift_x: float
    shift_y: float
    width: int
    height: int

    def in_picture(self, boxes: Floats) -> Floats:
        """Boxes of the input's pixels in the picture's, cut off at its edges."""
        shift = np.array([self.shift_x, self.shift_y] * 2, np.float32)
        scale = np.array([self.scale_x, self.scale_y] * 2, np.float32)
        most = np.array([self.width, self.height] * 2, np.float32)
        inside: Floats = np.clip((boxes - shift) / scale, 0, most).astype(np.float32)
        return inside


@dataclass(frozen=True)
class InputPlan:
    """How a picture becomes the input: value = (pixel - mean) / std, then quantised where `scale`."""

    width: int
    height: int
    channels_first: bool
    colour: Colour
    fit: Fit
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    dtype: np.dtype[Any]
    scale: float = 0.0
    zero_point: int = 0

    @cached_property
    def table(self) -> Array | None:
        """The value of each pixel value for each channel, [1, 256, channels], or for all of them, [1, 256, 1];
        None = as it is."""
        pixels = np.arange(256, dtype=np.float64)[:, np.newaxis]
        real = (pixels - np.array(self.mean)) / np.array(self.std)
        if self.dtype.kind == "f":
            table = real.astype(np.float32)
        else:
            limits = np.iinfo(self.dtype)
            whole = np.rint(real / (self.scale or 1.0) + self.zero_point)
            table = np.clip(whole, limits.min, limits.max).astype(self.dtype)
        if self.dtype == np.uint8 and np.array_equal(table, np.repeat(pixels, 3, axis=1)):
            return None
        # One table for all channels is looked up twice as fast as three.
        alike = bool((table == table[:, :1]).all())
        chosen: Array = table[np.newaxis, :, : 1 if alike else self.channels]
        return chosen

    @cached_property
    def line(self) -> tuple[float, float] | None:
        """Gain and offset, where the one table of all channels is a straight line cut off at a byte's ends: to
        compute it takes half as long as to look it up. Tried with every pixel value: in a row, of which many
        are computed at once, and alone, like what is left of a row. None: it is looked up."""
        if self.table is None or self.table.shape[2] != 1 or self.dtype.itemsize != 1:
            return None
        gain = 1.0 / (self.std[0] * (self.scale or 1.0))
        line = gain, self.zero_point - self.mean[0] * gain
        pixels, values = np.arange(256, dtype=np.uint8)[np.newaxis], self.table[0, :, 0]
        alone = [_on_line(pixels[:, n : n + 1], line, self.dtype)[0, 0] for n in range(256)]
        exact = np.array_equal(_on_line(pixels, line, self.dtype)[0], values)
        return line if exact and np.array_equal(alone, values) else None

    @property
    def as_bytes(self) -> bool:
        """Pixels go in as they are (less 128 where the input is signed), whatever its scale says."""
        least = {"uint8": 0, "int8": -128}.get(self.dtype.name)
        same = set(self.mean) == {0.0} and set(self.std) == {1.0}
        return same and self.scale == 1.0 and self.zero_point == least

    @property
    def channels(self) -> int:
        return 1 if self.colour == "grey" else 3

    def prepare(self, picture: Picture) -> tuple[Array, Geometry]:
        """`picture`: height x width x 3, blue, green, red."""
        fitted, geometry = fit(picture, self.width, self.height, self.fit)
        if self.colour == "grey":
            fitted = cv2.cvtColor(fitted, cv2.COLOR_BGR2GRAY)[:, :, np.newaxis]
        elif self.colour == "rgb":
            fitted = cv2.cvtColor(fitted, cv2.COLOR_BGR2RGB)
        values = self._values(fitted).reshape(self.height, self.width, self.channels)
        if self.channels_first:
            values = np.ascontiguousarray(values.transpose(2, 0, 1))
        return values[np.newaxis].astype(self.dtype, copy=False), geometry

    def _values(self, fitted: Array) -> Array:
        if self.table is None:
            return fitted
        if self.line is not None:
            return _on_line(fitted, self.line, self.dtype)
        looked_up: Array = cv2.LUT(fitted, self.table)
        return looked_up


def _on_line(pixels: Array, line: tuple[float, float], dtype: np.dtype[Any]) -> Array:
    """round(pixel * gain + offset), cut off. `dtype`: of one byte; OpenCV cuts off at 0 and 255, so signed
    values are moved there and back."""
    gain, offset = line
    if dtype == np.uint8:
        return cv2.addWeighted(pixels, gain, pixels, 0.0, offset)
    moved: Array = cv2.addWeighted(pixels, gain, pixels, 0.0, offset + 128.0)
    return (moved ^ np.uint8(128)).view(dtype)


def fit(picture: Picture, width: int, height: int, how: Fit) -> tuple[Array, Geometry]:
    rows, columns = picture.shape[:2]
    if how == "stretch":
        scales = width / columns, height / rows
        return _resized(picture, width, height), Geometry(*scales, 0, 0, columns, rows)
    if how == "crop":
        return _cropped(picture, width, height)
    scale = min(width / columns, height / rows)
    inner_x, inner_y = max(1, round(columns * scale)), max(1, round(rows * scale))
    left, top = (width - inner_x) // 2, (height - inner_y) // 2
    padded = np.full((height, width, 3), PADDING, np.uint8)
    padded[top : top + inner_y, left : left + inner_x] = _resized(picture, inner_x, inner_y)
    scales = inner_x / columns, inner_y / rows
    return padded, Geometry(*scales, left, top, columns, rows)


def _cropped(picture: Picture, width: int, height: int) -> tuple[Array, Geometry]:
    """The largest middle part of the input's shape."""
    rows, columns = picture.shape[:2]
    scale = max(width / columns, height / rows)
    wide, high = (
        min(columns, max(1, round(width / scale))),
        min(rows, max(1, round(height / scale))),
    )
    left, top = (columns - wide) // 2, (rows - high) // 2
    part = picture[top : top + high, left : left + wide]
    across, down = width / wide, height / high
    geometry = Geometry(across, down, -left * across, -top * down, columns, rows)
    return _resized(part, width, height), geometry


def _resized(picture: Array, width: int, height: int) -> Array:
    """Halved as often as it goes, then bilinear: bilinear alone skips pixels beyond a factor of two, and
    averaging areas of any size costs twenty times as much."""
    rows, columns = picture.shape[:2]
    while columns >= 2 * width or rows >= 2 * height:
        columns = columns // 2 if columns >= 2 * width else columns
        rows = rows // 2 if rows >= 2 * height else rows
        picture = _bilinear(picture, columns, rows)
    return picture if (columns, rows) == (width, height) else _bilinear(picture, width, height)


def _bilinear(picture: Array, width: int, height: int) -> Array:
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
