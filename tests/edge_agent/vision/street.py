"""A drawn street, and a detector that finds its coloured boxes: the rest of the pipeline is the real one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from edge_agent.vision.boxes import Box, Found
from edge_agent.vision.findings import Detection, Detections
from edge_agent.vision.frames import Image, encoded
from edge_agent.vision.shelf import OpenedModel

WIDE, HIGH = 640, 360
COLOURS = {"bag": (10, 10, 150), "person": (220, 60, 40), "bin": (60, 200, 60)}  # BGR
NOISE = np.random.default_rng(1).normal(0.0, 1.0, WIDE * HIGH * 3 + 100_003).astype(np.float32)


def street(
    things: Sequence[tuple[str, Box]] = (),
    *,
    light: float = 1.0,
    noise: float = 2.0,
    seed: int = 0,
    shift: int = 0,
) -> Image:
    """Houses, windows and a pavement, the same each time but for sensor noise; `shift`: pixels by which
    the camera has turned."""
    return _with_noise(_drawn(tuple(things), light, shift), noise, seed)


def grey(
    things: Sequence[tuple[str, Box]] = (),
    *,
    light: float = 1.0,
    noise: float = 2.0,
    seed: int = 0,
    shift: int = 0,
) -> Image:
    """The same as the gate sees it."""
    return _with_noise(_small(tuple(things), light, shift), noise / 2, seed)  # averaged over 2 x 2


def _with_noise(image: Image, noise: float, seed: int) -> Image:
    """Noise is taken from one large field, each time at another place: drawing it anew is slow."""
    if not noise:
        return image.copy()
    chance = np.random.default_rng(seed)
    at = int(chance.integers(0, NOISE.size - image.size))
    field = NOISE[at : at + image.size].reshape(image.shape)
    return np.clip(
        image.astype(np.int16) + (field * (noise * 16)).astype(np.int16) // 16, 0, 255
    ).astype(np.uint8)


@lru_cache(maxsize=64)
def _small(things: tuple[tuple[str, Box], ...], light: float, shift: int) -> Image:
    plain = cv2.cvtColor(_drawn(things, light, shift), cv2.COLOR_BGR2GRAY)
    return cv2.resize(plain, (WIDE // 2, HIGH // 2), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


@lru_cache(maxsize=64)
def _drawn(things: tuple[tuple[str, Box], ...], light: float, shift: int) -> Image:
    chance = np.random.default_rng(7)
    image = np.full((HIGH, WIDE, 3), 120, np.uint8)
    cv2.rectangle(image, (0, 240), (WIDE, HIGH), (95, 95, 95), cv2.FILLED)
    for _ in range(60):
        x, y = int(chance.integers(-40, WIDE)), int(chance.integers(0, 230))
        shade = int(chance.integers(30, 230))
        size = (x + int(chance.integers(15, 60)), y + int(chance.integers(10, 50)))
        cv2.rectangle(image, (x, y), size, (shade, shade, shade), cv2.FILLED)
    for x in range(0, WIDE, 40):
        cv2.line(image, (x, 240), (x - 60, HIGH), (70, 70, 70), 2)
    if shift:
        image = np.roll(image, shift, axis=1)
    for label, (x1, y1, x2, y2) in things:
        corner, other = (round(x1 * WIDE), round(y1 * HIGH)), (round(x2 * WIDE), round(y2 * HIGH))
        cv2.rectangle(image, corner, other, COLOURS[label], cv2.FILLED)
    return np.clip(image.astype(np.float32) * light, 0, 255).astype(np.uint8)


def jpeg(image: Image) -> bytes:
    return encoded(image, 90)


class Colours:
    """Finds boxes of the three colours. Counts how often it was asked, and of what size."""

    name, sha256 = "colours", "00" * 32
    labels, input_size = tuple(COLOURS), (WIDE, HIGH)

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def find(self, image: Image) -> list[Found]:
        self.asked.append(image.shape)
        high, wide = image.shape[:2]
        return [
            Found(label, score, (x / wide, y / high, (x + w) / wide, (y + h) / high))
            for label, score, (x, y, w, h) in coloured(image)
        ]


def coloured(image: Image) -> list[tuple[str, float, tuple[int, int, int, int]]]:
    found = []
    brightest = image.max(axis=2).astype(np.int32)
    for label, colour in COLOURS.items():
        strongest = int(np.argmax(colour))
        others = [image[:, :, one].astype(np.int32) for one in range(3) if one != strongest]
        own = image[:, :, strongest].astype(np.int32)
        mask = (own == brightest) & (own > 1.6 * np.maximum(*others)) & (own > 25)
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        for one in range(1, count):
            x, y, w, h, size = (int(part) for part in stats[one])
            if size >= 60:
                found.append((label, 0.9, (x, y, w, h)))
    return found


def open_colours(_place: Path | str, _kind: str, _threads: int) -> OpenedModel:
    """As the loader would."""

    def run(image: Image) -> Detections:
        return Detections(
            tuple(
                Detection(label, score, (float(x), float(y), float(x + w), float(y + h)))
                for label, score, (x, y, w, h) in coloured(image)
            )
        )

    return OpenedModel("colours", "00" * 32, tuple(COLOURS), (WIDE, HIGH), run)
