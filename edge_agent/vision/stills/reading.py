"""A picture file as an upright picture: blue, green, red, 8 bits. Refused in one line when it is none.

Bombs are refused by what their header says, before they are decoded. Alpha is laid on white, 16 bits
become the upper 8, grey and CMYK become colours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.stills.header import BadPicture, Header, read_header

Picture = NDArray[np.uint8]
MAX_PIXELS = 25_000_000
MAX_BYTES = 128 << 20
TURNS: dict[int, tuple[bool, int | None]] = {
    # orientation: mirrored left to right first, then turned (EXIF 2.32, 4.6.5.1.6)
    2: (True, None),
    3: (False, cv2.ROTATE_180),
    4: (True, cv2.ROTATE_180),
    5: (True, cv2.ROTATE_90_COUNTERCLOCKWISE),
    6: (False, cv2.ROTATE_90_CLOCKWISE),
    7: (True, cv2.ROTATE_90_CLOCKWISE),
    8: (False, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def read_picture(path: Path) -> Picture:
    """BadPicture with what was found instead of a picture."""
    return decode_picture(_content(path))


def decode_picture(data: bytes) -> Picture:
    header = read_header(data)
    pixels = header.width * header.height
    if not 0 < pixels <= MAX_PIXELS:
        raise BadPicture(
            f"{header.width} x {header.height} pixels, of which at most 25 million are decoded; "
            "make it smaller first"
        )
    try:
        return _decoded(data, header)
    except (cv2.error, MemoryError) as error:
        raise BadPicture(f"a {header.format} that cannot be decoded") from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(
                MAX_BYTES + 1
            )  # a pipe or device has no size that could be asked for
    except FileNotFoundError as error:
        raise BadPicture("no such file") from error
    except IsADirectoryError as error:
        raise BadPicture("a folder; name the pictures in it, as FOLDER/*.jpg") from error
    except OSError as error:
        raise BadPicture(f"a file that cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise BadPicture(f"over {MAX_BYTES >> 20} MiB, more than any picture that is read here")
    return content


def _decoded(data: bytes, header: Header) -> Picture:
    content = np.frombuffer(data, np.uint8)
    decoded: NDArray[Any] | None = None
    if header.format == "TIFF":  # OpenCV turns it upright, whatever it is asked
        decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)
    elif header.format in {"JPEG", "BMP"}:  # a fourth byte of a BMP is seldom alpha
        decoded = cv2.imdecode(content, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    else:
        decoded = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)  # with its alpha, not turned
    if decoded is None:
        raise BadPicture(f"a {header.format} that cannot be decoded")
    picture = _coloured(_eight_bits(decoded))
    return picture if header.format == "TIFF" else upright(picture, header.orientation)


def _eight_bits(decoded: NDArray[Any]) -> Picture:
    if decoded.dtype == np.uint16:
        return (decoded >> 8).astype(np.uint8)
    if decoded.dtype != np.uint8:
        raise BadPicture(f"values of type {decoded.dtype}, a measurement and no photo")
    return decoded


def _coloured(decoded: Picture) -> Picture:
    channels = 1 if decoded.ndim == 2 else decoded.shape[2]
    if channels == 3:
        return decoded
    if channels == 1:
        return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_GRAY2BGR), np.uint8)
    if channels != 4:
        raise BadPicture(f"{channels} channels")
    alpha = decoded[:, :, 3:].astype(np.uint16)
    laid = (decoded[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return laid.astype(np.uint8)


def upright(picture: Picture, orientation: int) -> Picture:
    mirrored, turn = TURNS.get(orientation, (False, None))
    if mirrored:
        picture = np.asarray(cv2.flip(picture, 1), np.uint8)
    return picture if turn is None else np.asarray(cv2.rotate(picture, turn), np.uint8)
