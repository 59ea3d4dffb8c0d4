"""Photos as phones make them, small: a picture that differs from others, with its camera's own record."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime
from fractions import Fraction

from PIL import Image

_EXIF, _GPS = 0x8769, 0x8825


def photo(
    seed: int = 1,
    *,
    utc_ns: int | None = None,
    place: tuple[float, float] | None = None,
    quality: int = 85,
    size: int = 160,
    kind: str = "JPEG",
) -> bytes:
    """Blotches by `seed`; `place` is lon, lat."""
    draw = random.Random(seed)
    small = Image.new("L", (9, 8))
    small.putdata([draw.randrange(256) for _ in range(72)])
    picture = small.resize((size, size), Image.Resampling.BICUBIC).convert("RGB")
    exif = Image.Exif()
    if utc_ns is not None:
        moment = datetime.fromtimestamp(utc_ns / 1e9, UTC)
        exif.get_ifd(_EXIF).update({0x9003: f"{moment:%Y:%m:%d %H:%M:%S}", 0x9011: "+00:00"})
    if place is not None:
        lon, lat = place
        exif.get_ifd(_GPS).update(
            {
                1: "N" if lat >= 0 else "S",
                2: _sexagesimal(lat),
                3: "E" if lon >= 0 else "W",
                4: _sexagesimal(lon),
            }
        )
    out = io.BytesIO()
    picture.save(out, kind, quality=quality, exif=exif)
    return out.getvalue()


def _sexagesimal(value: float) -> tuple[Fraction, Fraction, Fraction]:
    whole = Fraction(abs(value)).limit_denominator(10_000_000)
    degrees = int(whole)
    minutes = int((whole - degrees) * 60)
    seconds = ((whole - degrees) * 60 - minutes) * 60
    return Fraction(degrees), Fraction(minutes), seconds.limit_denominator(10_000)
