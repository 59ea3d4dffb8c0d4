"""A camera without a lens: where a point of the street stands in the picture. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulators.scenes.arrays import Floats, f32, turned


@dataclass(frozen=True)
class Pinhole:
    """At (x, y, z) metres; `yaw` 0 looks along +y and turns left, `pitch` is down, `roll` clockwise, all in
    degrees; `across` is the horizontal angle of view. Pixel centres stand at whole numbers + 0.5."""

    x: float
    y: float
    z: float
    yaw: float = 0.0
    pitch: float = 20.0
    roll: float = 0.0
    across: float = 70.0
    width: int = 640
    height: int = 360

    @cached_property
    def focal_px(self) -> float:
        return float(self.width / 2 / np.tan(np.radians(self.across) / 2))

    @cached_property
    def at(self) -> Floats:
        return f32((self.x, self.y, self.z))

    @cached_property
    def axes(self) -> Floats:
        """Rows: right, down and ahead of the picture, in the street's directions."""
        yaw, pitch, roll = np.radians((self.yaw, self.pitch, self.roll))
        level = np.array([-np.sin(yaw), np.cos(yaw), 0.0])
        right = np.array([np.cos(yaw), np.sin(yaw), 0.0])
        ahead = np.cos(pitch) * level - np.sin(pitch) * np.array([0, 0, 1.0])
        down = np.cross(ahead, right)
        turned_right = np.cos(roll) * right + np.sin(roll) * down
        turned_down = -np.sin(roll) * right + np.cos(roll) * down
        return f32([turned_right, turned_down, ahead])

    def screen(self, points: Floats) -> Floats:
        """Homogeneous: column × depth, row × depth and depth in metres along the view."""
        seen = turned(points - self.at, self.axes)
        half = f32((self.width / 2, self.height / 2))
        spread = seen[:, :2] * self.focal_px + seen[:, 2:] * half
        return np.concatenate([spread, seen[:, 2:]], 1)

    def pixel(self, x: float, y: float, z: float) -> tuple[float, float] | None:
        """Column and row, or None behind the camera."""
        column, row, depth = self.screen(f32([[x, y, z]]))[0]
        return (float(column / depth), float(row / depth)) if depth > 1e-3 else None

    def ground(self, column: float, row: float, z: float = 0.0) -> tuple[float, float] | None:
        """Where the ray of a pixel meets the level z, or None above the horizon."""
        aim = f32(
            ((column - self.width / 2) / self.focal_px, (row - self.height / 2) / self.focal_px, 1)
        )
        ray = aim @ self.axes
        if ray[2] >= -1e-6:
            return None
        way = (z - self.z) / ray[2]
        return float(self.x + way * ray[0]), float(self.y + way * ray[1])

    def rays(self, pixel: NDArray[np.int64]) -> Floats:
        """Directions of pixels by flat number (n × 3), not of unit length (1 along the view)."""
        row, column = np.divmod(pixel, self.width)
        x = (column.astype(np.float32)[:, None] + (0.5 - self.width / 2)) / self.focal_px
        y = (row.astype(np.float32)[:, None] + (0.5 - self.height / 2)) / self.focal_px
        right, down, ahead = self.axes
        return f32(x * right + y * down + ahead)


@dataclass(frozen=True)
class Lightmap:
    """A view without perspective along the light, `reach` metres around a middle: who stands in whose
    shadow."""

    middle: tuple[float, float, float]
    towards_light: tuple[float, float, float]
    reach: float
    side: int = 512

    @cached_property
    def axes(self) -> Floats:
        back = f32(self.towards_light)
        right = np.cross(f32((0.0, 1.0, 0.0)) if abs(back[2]) > 0.5 else f32((0, 0, 1.0)), back)
        right = right / np.linalg.norm(right)
        return f32([right, np.cross(right, back), -back])

    @property
    def width(self) -> int:
        return self.side

    @property
    def height(self) -> int:
        return self.side

    def screen(self, points: Floats) -> Floats:
        """Column, row and metres along the light (not homogeneous: there is no perspective)."""
        seen = turned(points - f32(self.middle), self.axes)
        spread = seen[:, :2] * (self.side / 2 / self.reach) + self.side / 2
        return np.concatenate([spread, seen[:, 2:]], 1)
