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


@dataclass(frozen=True, slots=True)
class Walked:
    """How far a picture was followed: `place` is the next byte to look at, `coded` whether it lies in a
    scan. `over`: `place` is the end."""

    place: int
    coded: bool = False
    over: bool = False


def walk(data: bytes | bytearray, begin: Walked) -> Walked:
    """As far as the bytes go; with more of them, on from there. Broken when it is no picture."""
    place, coded, end = begin.place, begin.coded, len(data)
    while place + 2 <= end or coded:
        if coded:
            found = _coded_end(data, place)
            if found is None:
                return Walked(max(place, end - 1), coded=True)
            place, coded = found, False
        elif data[place] != 0xFF:
            raise Broken(f"no marker at byte {place}")
        elif data[place + 1] == EOI:
            return Walked(place + 2, over=True)
        elif data[place + 1] == SOI:  # the one before was cut short
            raise Broken(f"another picture begins at byte {place}")
        elif data[place + 1] == 0xFF:  # fill byte
            place += 1
        elif data[place + 1] in RESTARTS or data[place + 1] == TEM:
            place += 2
        else:
            following = _segment_end(data, place)
            if following is None:
                break
            coded, place = data[place + 1] == SOS, following
    return Walked(place)


def jpeg_end(data: bytes | bytearray) -> int | None:
    """The index behind the EOI of the picture that begins here; None when more bytes are needed.
    Broken when it is none."""
    walked = walk(data, Walked(2))
    return walked.place if walked.over else None


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
        self._walked: Walked | None = None  # in the picture at the beginning of what is held

    def feed(self, data: bytes) -> list[bytes | BrokenPicture]:
        self._held += data
        found: list[bytes | BrokenPicture] = []
        while (one := self._next()) is not None:
            found.append(one)
        return found

    def _next(self) -> bytes | BrokenPicture | None:
        if self._walked is None and not self._begin():
            return None
        try:
            self._walked = walk(self._held, self._walked or Walked(2))
        except Broken as error:
            return self._dropped(str(error))
        if self._walked.over:
            picture = bytes(self._held[: self._walked.place])
            del self._held[: self._walked.place]
            self._walked = None
            return picture
        if len(self._held) > MAX_PICTURE:
            return self._dropped(f"longer than {MAX_PICTURE} bytes")
        return None

    def _begin(self) -> bool:
        """Up to the next start, what lies before it is forgotten."""
        start = self._held.find(START)
        del self._held[: start if start >= 0 else max(0, len(self._held) - 2)]
        return start >= 0

    def _dropped(self, reason: str) -> BrokenPicture:
        """Up to the next start, which may lie in what was held."""
        self._walked = None
        following = self._held.find(START, 2)
        size = len(self._held) - 2 if following < 0 else following
        del self._held[:size]
        return BrokenPicture(reason, size)
