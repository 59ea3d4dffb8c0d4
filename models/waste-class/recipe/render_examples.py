"""Draw the pictures that `expected.json` answers to: six simple things on a pale table.

    python models/waste-class/recipe/render_examples.py models/waste-class/examples

Drawn, so that the test needs no photograph of anybody's data set. They are no measure of anything:
the model has never seen a drawing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Canvas = NDArray[np.uint8]
WIDTH, HEIGHT, SCALE = 256, 192, 4  # drawn four times as large, then shrunk: soft edges


def table(rng: Generator) -> Canvas:
    """A pale grey, unevenly lit ground."""
    y, x = np.mgrid[0 : HEIGHT * SCALE, 0 : WIDTH * SCALE].astype(np.float32)
    light = 205 + 25 * np.cos(x / 400 + rng.uniform(0, 3)) * np.cos(y / 500 + rng.uniform(0, 3))
    return np.repeat(light[:, :, None], 3, 2).astype(np.uint8)


def polygon(canvas: Canvas, points: list[tuple[int, int]], colour: tuple[int, int, int]) -> None:
    corners = np.array(points, np.int32) * SCALE
    cv2.fillPoly(canvas, [corners], colour, cv2.LINE_AA)
    cv2.polylines(canvas, [corners], True, tuple(int(c * 0.7) for c in colour), 3, cv2.LINE_AA)


def box(canvas: Canvas, _rng: Generator) -> None:
    polygon(canvas, [(60, 70), (140, 50), (200, 75), (120, 100)], (120, 165, 200))
    polygon(canvas, [(60, 70), (120, 100), (120, 165), (60, 130)], (90, 130, 165))
    polygon(canvas, [(120, 100), (200, 75), (200, 135), (120, 165)], (75, 110, 145))
    cv2.line(canvas, (100 * SCALE, 60 * SCALE), (160 * SCALE, 88 * SCALE), (140, 180, 210), 16)


def bottle(canvas: Canvas, _rng: Generator) -> None:
    glass = canvas.copy()
    polygon(
        glass, [(70, 80), (150, 80), (175, 92), (220, 92), (220, 104), (175, 104)], (60, 120, 40)
    )
    polygon(
        glass, [(70, 80), (150, 80), (175, 92), (175, 104), (150, 116), (70, 116)], (60, 120, 40)
    )
    cv2.addWeighted(glass, 0.7, canvas, 0.3, 0, canvas)
    cv2.line(canvas, (80 * SCALE, 87 * SCALE), (148 * SCALE, 87 * SCALE), (220, 240, 220), 10)


def can(canvas: Canvas, _rng: Generator) -> None:
    for row in range(55 * SCALE, 145 * SCALE):
        for start, stop, shade in (
            (95, 110, 120),
            (110, 125, 230),
            (125, 150, 170),
            (150, 160, 90),
        ):
            canvas[row, start * SCALE : stop * SCALE] = shade
    centre, axes = (127 * SCALE, 55 * SCALE), (33 * SCALE, 11 * SCALE)
    cv2.ellipse(canvas, centre, axes, 0, 0, 360, (200, 200, 200), -1, cv2.LINE_AA)
    cv2.ellipse(canvas, centre, axes, 0, 0, 360, (110, 110, 110), 6, cv2.LINE_AA)


def sheet(canvas: Canvas, rng: Generator) -> None:
    polygon(canvas, [(70, 40), (190, 55), (175, 165), (55, 150)], (245, 245, 245))
    for line in range(12):
        y = 60 + line * 8
        stop = 90 + int(rng.integers(40, 80))
        cv2.line(canvas, (80 * SCALE, y * SCALE), (stop * SCALE, (y + 8) * SCALE), (70, 70, 70), 5)


def cup(canvas: Canvas, _rng: Generator) -> None:
    polygon(canvas, [(95, 50), (165, 50), (150, 150), (110, 150)], (235, 230, 225))
    centre, axes = (130 * SCALE, 50 * SCALE), (35 * SCALE, 9 * SCALE)
    cv2.ellipse(canvas, centre, axes, 0, 0, 360, (215, 210, 205), -1, cv2.LINE_AA)
    for x in range(100, 165, 8):
        cv2.line(
            canvas,
            (x * SCALE, 60 * SCALE),
            ((x + 130) // 2 * SCALE, 148 * SCALE),
            (205, 200, 195),
            4,
        )


def crumpled(canvas: Canvas, rng: Generator) -> None:
    for _ in range(60):
        centre = np.array([128, 96]) + rng.normal(0, 22, 2)
        corners = centre + rng.normal(0, 16, (3, 2))
        shade = tuple(int(v) for v in rng.integers(90, 240) + rng.integers(-20, 20, 3))
        cv2.fillPoly(canvas, [(corners * SCALE).astype(np.int32)], shade, cv2.LINE_AA)


THINGS: dict[str, Callable[[Canvas, Generator], None]] = {
    "box": box,
    "bottle": bottle,
    "can": can,
    "sheet": sheet,
    "cup": cup,
    "crumpled": crumpled,
}


def drawn(name: str) -> Canvas:
    """Blue, green, red; the same bytes on every machine with the same OpenCV."""
    rng = np.random.default_rng(sorted(THINGS).index(name))
    canvas = table(rng)
    THINGS[name](canvas, rng)
    small = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.clip(small + rng.normal(0, 3, small.shape), 0, 255).astype(np.uint8)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in THINGS:
        cv2.imwrite(str(folder / f"{name}.jpg"), drawn(name), [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    main()
