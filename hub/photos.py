"""What a photo says of itself: its perceptual hash, when and where its camera says it was taken. Pure.

The hash is the difference hash of 64 bits: the picture in grey, 9 x 8, one bit for each pixel that is
darker than its right neighbour. It stays nearly the same when a photo is scaled or compressed again.
EXIF 2.32 (CIPA DC-008-2019): DateTimeOriginal 0x9003 with OffsetTimeOriginal 0x9011, else GPSDateStamp
0x001D with GPSTimeStamp 0x0007; GPSLatitude 0x0002, GPSLongitude 0x0004 with their references.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from PIL import Image, ImageOps

from contract.timestamps import rfc3339
from hub.store.blobs import MAX_PIXELS
from hub.store.prints import Print

_FORMATS = ("JPEG", "PNG", "WEBP")
_EXIF, _GPS = 0x8769, 0x8825
_TAKEN, _OFFSET = 0x9003, 0x9011
_WIDE, _HIGH = 9, 8
_SIGN = 1 << 63


class NoPhoto(ValueError):
    """Bytes that are no picture of ours, or cannot be decoded."""


def read_photo(sha256: str, content: bytes) -> Print:
    """NoPhoto for what is no JPEG, PNG or WebP, is damaged, or has more than 25 Mpx."""
    try:
        with (
            warnings.catch_warnings(action="error"),
            Image.open(io.BytesIO(content), formats=_FORMATS) as picture,
        ):
            _check_size(picture)
            exif = picture.getexif()
            dhash = _dhash(ImageOps.exif_transpose(picture))
            taken, gps = exif.get_ifd(_EXIF), exif.get_ifd(_GPS)
    except NoPhoto:
        raise
    except (OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError) as error:
        raise NoPhoto(f"no picture that can be read: {error}") from error
    lon, lat = _place(gps)
    return Print(sha256, dhash, _taken_at(taken) or _gps_at(gps), lon, lat)


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise NoPhoto(f"{picture.width} x {picture.height} pixels")


def _dhash(picture: Image.Image) -> int:
    """Signed, as databases keep 64 bits."""
    grey = picture.convert("L").resize((_WIDE, _HIGH), Image.Resampling.BOX)
    pixels = grey.tobytes()
    bits = 0
    for row in range(_HIGH):
        for column in range(_WIDE - 1):
            here = row * _WIDE + column
            bits = bits << 1 | (pixels[here] < pixels[here + 1])
    return bits - (1 << 64) if bits & _SIGN else bits


def _taken_at(exif: Mapping[int, Any]) -> str | None:
    """Without an offset nobody knows which hour it was."""
    told, offset = exif.get(_TAKEN), exif.get(_OFFSET)
    if not isinstance(told, str) or not isinstance(offset, str):
        return None
    try:
        moment = datetime.strptime(
            f"{told.strip(chr(0)).strip()}{offset.strip(chr(0)).strip()}", "%Y:%m:%d %H:%M:%S%z"
        )
    except ValueError:
        return None
    return _text(moment)


def _gps_at(gps: Mapping[int, Any]) -> str | None:
    """UTC by definition."""
    day, time = gps.get(0x1D), gps.get(0x07)
    try:
        hour, minute, second = (float(part) for part in time or ())
        begin = datetime.strptime(f"{str(day).strip(chr(0))} +0000", "%Y:%m:%d %z")
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    seconds = hour * 3600 + minute * 60 + second
    if not 0 <= seconds < 86_400:
        return None
    return _text(datetime.fromtimestamp(begin.timestamp() + seconds, UTC))


def _place(gps: Mapping[int, Any]) -> tuple[float | None, float | None]:
    lat, lon = (
        _degrees(gps.get(0x02), gps.get(0x01), "S"),
        _degrees(gps.get(0x04), gps.get(0x03), "W"),
    )
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat, lon) == (0.0, 0.0):
        return None, None
    return lon, lat


def _degrees(parts: Any, reference: Any, negative: str) -> float | None:
    try:
        degree, minute, second = (float(part) for part in parts or ())
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degree + minute / 60 + second / 3600
    if value != value:  # noqa: PLR0124 - a rational without a denominator
        return None
    return -value if str(reference).strip("\0").upper() == negative else value


def _text(moment: datetime) -> str | None:
    try:
        return rfc3339(int(moment.timestamp() * 1000) * 10**6)
    except (ValueError, OverflowError):
        return None
