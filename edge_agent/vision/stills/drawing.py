"""Boxes and their labels on a picture, in any script that the installed OpenCV can draw."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import cv2
import numpy as np

from edge_agent.vision.findings import Classes, Detections, Findings
from edge_agent.vision.stills.reading import Picture

Colour = tuple[int, int, int]
TOP_CLASSES = 3
PROBES = "街区"


def drawn(picture: Picture, findings: Findings) -> Picture:
    """A copy with what was found on it."""
    canvas = picture.copy()
    size = max(14, round(min(canvas.shape[:2]) / 28))
    if isinstance(findings, Detections):
        for one in reversed(findings.items):  # the best is drawn last, on top
            x1, y1, x2, y2 = (round(edge) for edge in one.box)
            colour = colour_of(one.label)
            cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, max(2, size // 8))
            _label(canvas, f"{one.label} {one.score:.2f}", (x1, y1), size, colour)
        return canvas
    if isinstance(findings, Classes):
        lines = [f"{one.label} {one.score:.2f}" for one in findings.items[:TOP_CLASSES]]
    else:
        lines = [f"{findings.text} {findings.score:.2f}"]
    for number, line in enumerate(lines):
        _label(canvas, line, (0, round((number + 1) * size * 2.0)), size, colour_of(line))
    return canvas


def colour_of(label: str) -> Colour:
    """The same for the same label, dark enough for white letters."""
    red, green, blue = (byte * 170 // 255 for byte in hashlib.sha256(label.encode()).digest()[:3])
    return blue, green, red


def _label(canvas: Picture, text: str, corner: tuple[int, int], size: int, colour: Colour) -> None:
    """White on the colour, above `corner`, moved so that it stays on the picture."""
    painter = writer()
    width, height = painter.extent(text, size)
    x = max(0, min(corner[0], canvas.shape[1] - width - 4))
    bottom = max(height + 6, min(corner[1], canvas.shape[0]))
    cv2.rectangle(canvas, (x, bottom - height - 6), (x + width + 4, bottom), colour, -1)
    painter.write(canvas, text, (x + 2, bottom - 4), size)


class _AnyScript:
    """OpenCV 5: its built-in font knows Chinese."""

    def __init__(self) -> None:
        self._face: Any = getattr(cv2, "FontFace")("uni")  # noqa: B009 - OpenCV 4 has no such name

    def extent(self, text: str, size: int) -> tuple[int, int]:
        left, _, width, height = cv2.getTextSize((0, 0), text, (0, 0), self._face, size)
        return int(left + width), max(int(height), size)

    def write(self, canvas: Picture, text: str, place: tuple[int, int], size: int) -> None:
        cv2.putText(canvas, text, place, (255, 255, 255), self._face, size)


class _Latin:
    """OpenCV 4: letters that its stroke font lacks are written by their number."""

    def extent(self, text: str, size: int) -> tuple[int, int]:
        (width, height), _ = cv2.getTextSize(self._plain(text), 0, size / 24, 1)
        return int(width), int(height)

    def write(self, canvas: Picture, text: str, place: tuple[int, int], size: int) -> None:
        cv2.putText(canvas, self._plain(text), place, 0, size / 24, (255, 255, 255), 1, cv2.LINE_AA)

    def _plain(self, text: str) -> str:
        return "".join(one if " " <= one <= "~" else f"u{ord(one):04x}" for one in text)


@cache
def writer() -> _AnyScript | _Latin:
    """By trying: a font that lacks a character draws the same sign for all that it lacks."""
    try:
        face = _AnyScript()
        tried = [np.zeros((40, 40, 3), np.uint8) for _ in PROBES]
        for canvas, probe in zip(tried, PROBES, strict=True):
            face.write(canvas, probe, (2, 32), 24)
    except (AttributeError, cv2.error, TypeError):
        return _Latin()
    return _Latin() if np.array_equal(tried[0], tried[1]) else face
