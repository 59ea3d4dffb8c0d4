"""What a picture file says of itself: format, size, orientation. Pure; nothing is decoded.

JPEG: ITU-T T.81 annex B. PNG: W3C PNG 3rd edition, chunks IHDR, eXIf, IEND. WebP: RFC 9649. BMP:
BITMAPINFOHEADER. TIFF: revision 6.0. Orientation: EXIF 2.32, tag 0112.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

WIDTH, HEIGHT, BITS, PHOTOMETRIC, ORIENTATION, FORMAT = 256, 257, 258, 262, 274, 339
PHOTOMETRICS = frozenset({0, 1, 2, 3, 5, 6})  # grey, RGB, palette, CMYK, YCbCr; not CIE L*a*b*
FLOATING = 3
SEPARATED = 5
MAX_TAGS = 512
UPRIGHT = 1
PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_ALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
EXIF_START = b"Exif\x00\x00"
OTHERS = (
    (0, b"GIF8", "a GIF"),
    (4, b"ftyphei", "a HEIC picture, as iPhones write them"),
    (4, b"ftyphevc", "a HEIC picture, as iPhones write them"),
    (4, b"ftypmif1", "a HEIF picture"),
    (4, b"ftypavi", "an AVIF picture"),
    (4, b"ftyp", "a video"),
    (4, b"jP  ", "a JPEG 2000 picture"),
    (0, b"%PDF", "a PDF"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),
    (0, b"<", "a web page or SVG drawing"),
    (0, b"version https://git-lfs", "a git-lfs pointer"),
)


class BadPicture(ValueError):
    """The file cannot be a whole picture; the message says what was found."""


@dataclass(frozen=True)
class Header:
    """`width`, `height` as stored, before it is turned. `orientation` 1..8 as in EXIF."""

    format: str
    width: int
    height: int
    orientation: int = UPRIGHT


def read_header(data: bytes) -> Header:
    """BadPicture for other formats and for files that end too early."""
    try:
        for start, read in READERS:
            if data.startswith(start):
                return read(data)
    except (struct.error, IndexError) as error:
        raise BadPicture("a picture cut short: its header ends too early") from error
    raise BadPicture(_other(data))


def is_whole(data: bytes) -> bool:
    """Whether the picture is there to its end, as far as its format tells."""
    try:
        read_header(data)
    except BadPicture:
        return False
    return True


def _other(data: bytes) -> str:
    """What it is instead."""
    if not data:
        return "no bytes: an empty file"
    for place, start, what in OTHERS:
        if data[place:].startswith(start):
            return f"{what}, which is not read here; make a JPEG or PNG of it"
    return f"no JPEG, PNG, WebP, BMP or TIFF: it begins with {data[:8].hex(' ')}"


def _jpeg(data: bytes) -> Header:
    at, orientation, size = 2, UPRIGHT, None
    while True:
        if data[at] != 0xFF:
            raise BadPicture(f"a broken JPEG: no marker at byte {at}")
        marker = data[at + 1]
        if marker == 0xFF or marker in JPEG_ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        body = data[at + 4 : at + 2 + length]
        if marker in JPEG_FRAMES:
            size = struct.unpack_from(">HH", body, 1)
        elif marker == 0xE1 and body.startswith(EXIF_START):
            orientation = _orientation(body[len(EXIF_START) :])
        elif marker in {0xDA, 0xD9}:
            break
        at += 2 + length
    if size is None:
        raise BadPicture("a broken JPEG: no frame before its scan")
    if data.rfind(b"\xff\xd9", at) < 0:
        raise BadPicture("a JPEG cut short: it has no end")
    return Header("JPEG", size[1], size[0], orientation)


def _png(data: bytes) -> Header:
    width, height = struct.unpack_from(">II", data, 16)
    at, orientation = len(PNG_START), UPRIGHT
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(kind + body) != crc:
            raise BadPicture(f"a broken PNG: the checksum of its chunk at byte {at} is wrong")
        if kind == b"eXIf":
            orientation = _orientation(body)
        if kind == b"IEND":
            return Header("PNG", width, height, orientation)
        at += 12 + length
    raise BadPicture("a PNG cut short: it has no end")


def _webp(data: bytes) -> Header:
    (size,) = struct.unpack_from("<I", data, 4)
    if data[8:12] != b"WEBP":
        raise BadPicture("a RIFF file that is no WebP")
    if size + 8 > len(data):
        raise BadPicture(f"a WebP cut short: it says {size + 8} bytes and has {len(data)}")
    at, orientation, found = 12, UPRIGHT, (0, 0)
    while at + 8 <= size + 8:
        kind, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        if kind == b"EXIF":
            orientation = _orientation(body.removeprefix(EXIF_START))
        elif kind in WEBP_SIZES:
            found = max(found, WEBP_SIZES[kind](body))
        at += 8 + length + length % 2
    return Header("WebP", *found, orientation)


def _vp8(body: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _vp8l(body: bytes) -> tuple[int, int]:
    (bits,) = struct.unpack_from("<I", body, 1)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _vp8x(body: bytes) -> tuple[int, int]:
    return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1


WEBP_SIZES = {b"VP8 ": _vp8, b"VP8L": _vp8l, b"VP8X": _vp8x}


def _bmp(data: bytes) -> Header:
    (size, width, height) = struct.unpack_from("<Iii", data, 14)
    if size < 40:
        raise BadPicture("a BMP older than BITMAPINFOHEADER")
    return Header("BMP", abs(width), abs(height))


def _tiff(data: bytes) -> Header:
    tags = _tags(data)
    if WIDTH not in tags or HEIGHT not in tags:
        raise BadPicture("a TIFF without a width and a height")
    if tags.get(PHOTOMETRIC, 1) not in PHOTOMETRICS:
        raise BadPicture(f"a TIFF of colours not read here (photometric {tags[PHOTOMETRIC]})")
    if tags.get(FORMAT) == FLOATING or tags.get(BITS, 1) > 16:
        raise BadPicture("a TIFF of floating or 32-bit values, a measurement and no photo")
    return Header("TIFF", tags[WIDTH], tags[HEIGHT], tags.get(ORIENTATION, UPRIGHT))


def _orientation(exif: bytes) -> int:
    """Broken EXIF data is none."""
    try:
        found = _tags(exif).get(ORIENTATION, UPRIGHT)
    except (struct.error, BadPicture, IndexError):
        return UPRIGHT
    return found if found in range(1, 9) else UPRIGHT


def _tags(data: bytes) -> dict[int, int]:
    """The first number of each tag of the first directory that holds SHORT or LONG."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        raise BadPicture("a directory of no known byte order")
    magic, at = struct.unpack_from(order + "HI", data, 2)
    if magic != 42:
        raise BadPicture("a BigTIFF or no TIFF at all")
    (count,) = struct.unpack_from(order + "H", data, at)
    found = {}
    for number in range(min(count, MAX_TAGS)):
        place = at + 2 + 12 * number
        tag, kind, values = struct.unpack_from(order + "HHI", data, place)
        form = {3: "H", 4: "I"}.get(kind)
        if form is None:
            continue
        if values * struct.calcsize(form) > 4:
            (place,) = struct.unpack_from(order + "I", data, place + 8)
        else:
            place += 8
        (found[tag],) = struct.unpack_from(order + form, data, place)
    return found


READERS = (
    (b"\xff\xd8", _jpeg),
    (PNG_START, _png),
    (b"RIFF", _webp),
    (b"BM", _bmp),
    (b"II", _tiff),
    (b"MM", _tiff),
)
