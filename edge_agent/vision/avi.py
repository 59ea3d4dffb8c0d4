"""A clip as a file that any player opens: Motion JPEG in AVI. Pure.

Facts from Microsoft's "AVI RIFF File Reference" (DirectShow): a RIFF of form `AVI `; the list `hdrl`
with `avih` (AVIMAINHEADER) and, in the list `strl`, `strh` (AVISTREAMHEADER) and `strf`
(BITMAPINFOHEADER); the list `movi` with one chunk `00dc` for each frame; `idx1` with 16 bytes for each,
their offsets counted from the word `movi`. Chunks begin at even bytes; numbers are little-endian. The
list `INFO` with `ICMT` (a comment) is of "Multimedia Programming Interface and Data Specifications 1.0"
(IBM and Microsoft, 1991, chapter 3).

An AVI has one frame rate for all of it: here the mean. When each frame was captured stands in the
comment, `times_ms` after the first. Frames go in byte by byte as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

MEDIA_TYPE = "video/x-msvideo"
Frames = Sequence[tuple[int, bytes]]
"""(nanoseconds, JPEG), oldest first."""

_MAIN = struct.Struct("<14I")
_STREAM = struct.Struct("<4s4sIHH8I4h")
_BITMAP = struct.Struct("<IiiHH4sIiiII")
_INDEX = struct.Struct("<4s3I")
_HAS_INDEX, _KEY_FRAME = 0x10, 0x10
_FRAME, _JPEG = b"00dc", b"MJPG"
_ANY_QUALITY = 0xFFFFFFFF
SECOND_US = 1_000_000


def avi_of(frames: Frames, size: tuple[int, int], *, fps: float) -> bytes:
    """`size`: width and height of the frames; `fps` where there is one frame alone, so that nobody can
    say. ValueError without frames."""
    if not frames:
        raise ValueError("a clip without a frame")
    first_ns = frames[0][0]
    times_ms = [(at_ns - first_ns) // 10**6 for at_ns, _ in frames]
    step_us = round(SECOND_US / fps)
    if times_ms[-1] > 0:
        step_us = max(1, round(times_ms[-1] * 1000 / (len(frames) - 1)))
    comment = f"times_ms {' '.join(map(str, times_ms))}".encode() + b"\0"
    movie, index = _movie(frames)
    return _list(
        b"RIFF", b"AVI ",
        _headers(frames, size, step_us),
        _list(b"LIST", b"INFO", _chunk(b"ICMT", comment)),
        movie,
        _chunk(b"idx1", index),
    )  # fmt: skip


def _headers(frames: Frames, size: tuple[int, int], step_us: int) -> bytes:
    wide, high = size
    count, longest = len(frames), max(len(jpeg) for _, jpeg in frames)
    rate = min(2**32 - 1, longest * SECOND_US // step_us)
    main = _MAIN.pack(
        step_us, rate, 0, _HAS_INDEX, count, 0, 1, longest, wide, high, 0, 0, 0, 0
    )  # fmt: skip
    stream = _STREAM.pack(
        b"vids", _JPEG, 0, 0, 0, 0, step_us, SECOND_US, 0, count, longest, _ANY_QUALITY, 0,
        0, 0, min(wide, 32_767), min(high, 32_767),
    )  # fmt: skip
    bitmap = _BITMAP.pack(40, wide, high, 1, 24, _JPEG, wide * high * 3, 0, 0, 0, 0)
    streams = _list(b"LIST", b"strl", _chunk(b"strh", stream), _chunk(b"strf", bitmap))
    return _list(b"LIST", b"hdrl", _chunk(b"avih", main), streams)


def _movie(frames: Frames) -> tuple[bytes, bytes]:
    """The list `movi`, and what `idx1` says of it."""
    chunks, index, offset = [], [], 4
    for _, jpeg in frames:
        chunk = _chunk(_FRAME, jpeg)
        index.append(_INDEX.pack(_FRAME, _KEY_FRAME, offset, len(jpeg)))
        chunks.append(chunk)
        offset += len(chunk)
    return _list(b"LIST", b"movi", *chunks), b"".join(index)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _list(kind: bytes, form: bytes, *chunks: bytes) -> bytes:
    return _chunk(kind, form + b"".join(chunks))
