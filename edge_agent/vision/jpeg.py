"""JPEG as a stream: where a picture ends and how large it is, without decoding it. Pure.

Facts from ITU-T T.81 (1992), annex B: markers are FF and a byte; all but SOI, EOI, RSTn and TEM carry
two bytes of length, big-endian, that count themselves; after SOS come coded bytes in which FF is
followed by 00 or RSTn until the next marker. A picture inside a picture (the thumbnail of an EXIF
segment) is skipped with its segment.
"""

from __future__ import annotations

from dataclasses import dataclass

SOI, EOI, SOS, TEM = 0xD8, 0xD9, 0xDA, 0x01
RESTARTS = range(0xD0, 0xD8)
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOFn; not DHT, JPG, DAC
MAX_PICTURE = 16 * 1024 * 1024
START = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class BrokenPicture:
    """Bytes that began like a picture and were none."""

    reason: str
    size: int


class Broken(ValueError):
    """Not a JPEG from here on."""


def jpeg_end(data: bytes | bytearray, start: int = 0) -> int | None:
    """The index behind the EOI of the picture that begins at `start`; None when more bytes are needed.
    Broken when it is none."""
    place, end = start + 2, len(data)
    while place + 2 <= end:
        if data[place] != 0xFF:
            raise Broken(f"no marker at byte {place - start}")
        marker = data[place + 1]
        if marker == 0xFF:  # fill byte
            place += 1
        elif marker == EOI:
            return place + 2
        elif marker in RESTARTS or marker == TEM:
            place += 2
        else:
            following = _segment_end(data, place)
            if following is None:
                return None
            if marker != SOS:
                place = following
                continue
            found = _coded_end(data, following)
            if found is None:
                return None
            place = found
    return None


def _segment_end(data: bytes | bytearray, place: int) -> int | None:
    if place + 4 > len(data):
        return None
    size = int.from_bytes(data[place + 2 : place + 4], "big")
    if size < 2:
        raise Broken(f"a segment of {size} bytes")
    return place + 2 + size


def _coded_end(data: bytes | bytearray, place: int) -> int | None:
    """The next marker that ends a scan."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            return None
        if data[place + 1] != 0 and data[place + 1] not in RESTARTS:
            return place
        place += 2


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) as coded, before any EXIF rotation; None when the bytes do not tell."""
    place = 2
    if data[:2] != START[:2]:
        return None
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker in FRAME_HEADERS:
            height, width = data[place + 5 : place + 7], data[place + 7 : place + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        if marker in {SOS, EOI}:
            return None
        if marker == 0xFF:
            place += 1
            continue
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None


class JpegFramer:
    """Cuts pictures out of any stream (multipart or bare). Never raises; holds at most MAX_PICTURE."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes | BrokenPicture]:
        self._held += data
        found: list[bytes | BrokenPicture] = []
        while (one := self._next()) is not None:
            found.append(one)
        return found

    def _next(self) -> bytes | BrokenPicture | None:
        start = self._held.find(START)
        if start < 0:
            del self._held[: max(0, len(self._held) - 2)]
            return None
        del self._held[:start]
        try:
            end = jpeg_end(self._held)
        except Broken as error:
            return self._dropped(str(error))
        if end is None and len(self._held) > MAX_PICTURE:
            return self._dropped(f"longer than {MAX_PICTURE} bytes")
        if end is None:
            return None
        picture = bytes(self._held[:end])
        del self._held[:end]
        return picture

    def _dropped(self, reason: str) -> BrokenPicture:
        """Up to the next start, which may lie in what was held."""
        following = self._held.find(START, 2)
        size = len(self._held) - 2 if following < 0 else following
        del self._held[:size]
        return BrokenPicture(reason, size)
