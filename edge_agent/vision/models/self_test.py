"""Pictures that every unknown model must answer something to. Rendered here, the same on every machine."""

from __future__ import annotations

import cv2
import numpy as np

from edge_agent.vision.models.preprocess import Picture

WIDTH, HEIGHT = 320, 240


def pictures() -> list[Picture]:
    """A made-up scene, a checked pattern with noise, a soft gradient with a ball."""
    return [_scene(), _pattern(), _ball()]


def _scene() -> Picture:
    sky = np.linspace(230, 120, HEIGHT, dtype=np.float32)[:, np.newaxis, np.newaxis]
    picture = np.clip(sky * np.array([1.0, 0.9, 0.8], np.float32), 0, 255)
    painted: Picture = np.repeat(picture, WIDTH, axis=1).astype(np.uint8)
    return _things(painted)


def _things(picture: Picture) -> Picture:
    cv2.rectangle(picture, (0, 170), (WIDTH, HEIGHT), (70, 80, 85), -1)
    cv2.rectangle(picture, (30, 110), (130, 185), (40, 40, 190), -1)  # a car
    cv2.rectangle(picture, (50, 88), (112, 112), (60, 60, 200), -1)
    for x in (52, 108):
        cv2.circle(picture, (x, 186), 14, (20, 20, 20), -1)
    cv2.circle(picture, (220, 92), 13, (150, 180, 220), -1)  # a person
    cv2.rectangle(picture, (204, 105), (236, 160), (160, 90, 30), -1)
    for x in (207, 223):
        cv2.rectangle(picture, (x, 160), (x + 11, 205), (60, 40, 30), -1)
    cv2.rectangle(picture, (270, 130), (305, 200), (60, 130, 50), -1)  # a bin
    return picture


def _pattern() -> Picture:
    noise = np.random.default_rng(7).integers(0, 120, (HEIGHT, WIDTH, 3))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    checks = ((x // 20 + y // 20) % 2 * 130)[:, :, np.newaxis]
    pattern: Picture = (noise + checks).astype(np.uint8)
    return pattern


def _ball() -> Picture:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    base = np.stack([x / WIDTH * 255, y / HEIGHT * 255, 255 - x / WIDTH * 200], axis=2)
    picture = np.ascontiguousarray(base).astype(np.uint8)
    cv2.circle(picture, (160, 120), 60, (30, 120, 230), -1)
    cv2.line(picture, (100, 120), (220, 120), (10, 10, 10), 3)
    cv2.ellipse(picture, (160, 120), (25, 60), 0, 0, 360, (10, 10, 10), 3)
    return picture
