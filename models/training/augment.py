"""Random changes of a picture that leave its class what it was. Pure: the generator is data."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.training.pictures import Picture


@dataclass(frozen=True)
class Strength:
    """How far a picture may be moved and recoloured."""

    rotation_deg: float = 180.0
    zoom: tuple[float, float] = (0.75, 1.5)
    shift: float = 0.12  # of the picture's side
    stretch: float = 0.2
    light: float = 0.25
    colour: float = 0.2
    cut_out: float = 0.5  # probability
    noise: float = 8.0


def warp(rng: Generator, width: int, height: int, size: int, how: Strength) -> NDArray[np.float32]:
    """A 2x3 matrix from the picture's pixels to a `size` square: squash, turn, zoom, shift, flip."""
    zoom = np.exp(rng.uniform(*np.log(how.zoom)))
    stretch = np.exp(rng.uniform(-how.stretch, how.stretch) / 2)
    flip = 1.0 if rng.random() < 0.5 else -1.0
    angle = np.deg2rad(rng.uniform(-how.rotation_deg, how.rotation_deg))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([flip * zoom * stretch * size / width, zoom / stretch * size / height])
    centre = np.array([width / 2, height / 2])
    target = np.full(2, size / 2) + rng.uniform(-how.shift, how.shift, 2) * size
    return np.column_stack([linear, target - linear @ centre]).astype(np.float32)


def _curves(rng: Generator, how: Strength) -> Picture:
    """A 256-entry table per channel: gamma, exposure, white balance, contrast."""
    x = np.linspace(0, 1, 256, dtype=np.float64)[:, None] ** np.exp(rng.uniform(-1, 1) * how.light)
    x = x * np.exp(rng.uniform(-1, 1) * how.light + rng.uniform(-1, 1, 3) * how.colour * 0.4)
    x = (x - 0.5) * np.exp(rng.uniform(-1, 1) * how.light) + 0.5
    return np.asarray(np.clip(x * 255.0, 0, 255), dtype=np.uint8)[None]


def recolour(rng: Generator, picture: Picture, how: Strength) -> Picture:
    """Light, contrast, gamma, white balance, saturation, blur and sensor noise."""
    picture = cv2.LUT(picture, _curves(rng, how))
    keep = np.exp(rng.uniform(-1, 1) * how.colour * 2)
    picture = cv2.transform(picture, keep * np.eye(3) + (1 - keep) / 3)
    if rng.random() < 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.6)))
    if rng.random() < 0.4:
        noise = rng.standard_normal(picture.shape, dtype=np.float32) * rng.uniform(0, how.noise)
        picture = np.asarray(np.clip(picture + noise, 0, 255), dtype=np.uint8)
    return picture


def cut_out(rng: Generator, picture: Picture) -> Picture:
    """A grey or noisy rectangle of up to a sixth of the picture: part of the thing is hidden."""
    height, width = picture.shape[:2]
    h, w = (int(side * rng.uniform(0.15, 0.4)) for side in (height, width))
    y, x = int(rng.integers(0, height - h)), int(rng.integers(0, width - w))
    picture[y : y + h, x : x + w] = rng.integers(0, 255, 3)
    return picture


def augmented(rng: Generator, picture: Picture, size: int, how: Strength) -> Picture:
    height, width = picture.shape[:2]
    moved = cv2.warpAffine(
        picture, warp(rng, width, height, size, how), (size, size), borderMode=cv2.BORDER_REFLECT
    )
    moved = recolour(rng, moved, how)
    return cut_out(rng, moved) if rng.random() < how.cut_out else moved
