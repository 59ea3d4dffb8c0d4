"""A camera's view with everything that gw.toml says about it, for whoever puts it up."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.vision.boxes import Found
from edge_agent.vision.frames import Image, pixels_of

Colour = tuple[int, int, int]
ZONE: Colour = (80, 200, 80)  # BGR
LINE: Colour = (60, 160, 255)
MASK: Colour = (90, 90, 90)
PRESET: Colour = (220, 160, 60)
THING: Colour = (60, 60, 230)
GRID: Colour = (230, 230, 230)
FONT = cv2.FONT_HERSHEY_SIMPLEX


def drawn_view(upright: Image, config: CameraConfig, found: Sequence[Found] = ()) -> Image:
    """`upright` has its masks already. The grid's numbers are what gw.toml wants: parts of the picture."""
    picture = upright.copy()
    shaded = picture.copy()
    for zone in config.zones:
        cv2.fillPoly(shaded, [pixels_of(zone.points, picture.shape)], ZONE)
    picture = np.asarray(cv2.addWeighted(shaded, 0.25, picture, 0.75, 0.0), np.uint8)
    _grid(picture)
    for zone in config.zones:
        _outline(picture, zone.points, ZONE, zone.name)
    for mask in config.masks:
        _outline(picture, mask.points, MASK, mask.name)
    for preset in config.presets:
        if preset.token is None:
            x1, y1, x2, y2 = preset.box
            _outline(picture, ((x1, y1), (x2, y1), (x2, y2), (x1, y2)), PRESET, preset.name)
    for line in config.lines:
        _line(picture, line.a, line.b, line.name)
    for one in found:
        x1, y1, x2, y2 = one.box
        corners = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
        _outline(picture, corners, THING, f"{one.label} {one.score:.2f}")
    return picture


def _grid(picture: Image) -> None:
    high, wide = picture.shape[:2]
    for tenth in range(1, 10):
        x, y = wide * tenth // 10, high * tenth // 10
        cv2.line(picture, (x, 0), (x, high), GRID, 1)
        cv2.line(picture, (0, y), (wide, y), GRID, 1)
        write_on(picture, f"{tenth / 10:.1f}", (x + 2, 12), GRID)
        write_on(picture, f"{tenth / 10:.1f}", (2, y - 2), GRID)


def _outline(picture: Image, points: Sequence[Sequence[float]], colour: Colour, name: str) -> None:
    corners = pixels_of(points, picture.shape)
    cv2.polylines(picture, [corners], isClosed=True, color=colour, thickness=2)
    x, y = (int(part) for part in corners.min(axis=0))
    write_on(picture, name, (x + 4, y + 16), colour)


def _line(picture: Image, a: Sequence[float], b: Sequence[float], name: str) -> None:
    """With an arrow to the side that is `out`."""
    begin, end = (tuple(int(part) for part in one) for one in pixels_of((a, b), picture.shape))
    cv2.line(picture, begin, end, LINE, 2)
    middle = ((begin[0] + end[0]) // 2, (begin[1] + end[1]) // 2)
    across, down = end[0] - begin[0], end[1] - begin[1]
    length = max(1.0, float(np.hypot(across, down)))
    tip = (round(middle[0] - down / length * 30), round(middle[1] + across / length * 30))
    cv2.arrowedLine(picture, middle, tip, LINE, 2)
    write_on(picture, f"{name}:out", (tip[0] + 4, tip[1]), LINE)


def write_on(picture: Image, text: str, place: tuple[int, int], colour: Colour) -> None:
    """With a shadow: on any ground it can be read."""
    scale = max(0.4, picture.shape[1] / 1800)
    for (x, y), shade in (((place[0] + 1, place[1] + 1), (0, 0, 0)), (place, colour)):
        cv2.putText(picture, text, (x, y), FONT, scale, shade, 1, cv2.LINE_AA)
