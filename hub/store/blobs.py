"""Evidence files: parts are appended, the whole is hashed, and only then it has a name.

Every slot has its own unfinished files: no box can spoil what another one brings.

What cannot be what it says it is (magic bytes, more than 25 Mpx by its own header) is refused before
anything decodes it.
"""

from __future__ import annotations

import mmap
import os
import struct
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

MAX_PIXELS = 25_000_000
MAX_BLOB_BYTES = 64 * 1024 * 1024
FORGOTTEN_AFTER_S = 30 * 86_400
_PARTIAL = "partial"
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_STANDALONE = {0x01, *range(0xD0, 0xDA)}  # JPEG markers without a length (ITU-T T.81 §B.1.1.3)
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOFn
_MOST_SEGMENTS = 1_000  # before the frame header; pictures have some dozen
Content = bytes | mmap.mmap


class BlobRefused(ValueError):
    """Why these bytes are no evidence of the kind they claim to be."""


@dataclass(frozen=True)
class Blobs:
    """Files below `folder`: ab/abcdef... whole ones, partial/SLOT.abcdef... the others."""

    folder: Path

    def prepare(self, now_s: float) -> None:
        """Makes the folders, and forgets what nobody went on with for a month."""
        partial = self.folder / _PARTIAL
        partial.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, self.folder.parent):
            _sync(folder)
        for part in partial.iterdir():
            if part.stat().st_mtime < now_s - FORGOTTEN_AFTER_S:
                part.unlink()

    def path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def have(self, slot: str, name: str) -> int:
        """Bytes of the slot's unfinished file."""
        part = self._part(slot, name)
        return part.stat().st_size if part.exists() else 0

    def _part(self, slot: str, name: str) -> Path:
        return self.folder / _PARTIAL / f"{slot}.{name}"

    def append(self, slot: str, name: str, offset: int, content: bytes) -> int:
        """The size after it. The caller has seen that `offset` is where the file ends."""
        part = self._part(slot, name)
        with part.open("r+b" if part.exists() else "wb") as out:
            out.seek(offset)
            out.write(content)
            out.truncate()
            out.flush()
            os.fsync(out.fileno())
        return offset + len(content)

    def finish(self, slot: str, name: str, media_type: str) -> None:
        """Hashes, looks, renames. BlobRefused removes the unfinished file."""
        part = self._part(slot, name)
        try:
            _check(part, name, media_type)
        except BlobRefused:
            part.unlink()
            raise
        target = self.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)
        for folder in (target.parent, self.folder):
            _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(part: Path, name: str, media_type: str) -> None:
    """BlobRefused unless the file has its name's hash and is what it says. Never whole in memory."""
    with part.open("rb") as file:
        if file_digest(file, "sha256").hexdigest() != name:
            raise BlobRefused("the bytes do not have the SHA-256 they were announced with")
        if not part.stat().st_size:
            raise BlobRefused("there are no bytes in it")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            check_media(content, media_type)


def check_media(content: Content, media_type: str) -> None:
    """BlobRefused when the first bytes are not of `media_type`, or the picture is too large."""
    if media_type in _PICTURES:
        width, height = _PICTURES[media_type](content)
        if width * height > MAX_PIXELS:
            raise BlobRefused(f"{width} x {height} pixels are more than {MAX_PIXELS}")
    elif media_type.startswith("application/vnd.edile."):
        if content[:64].lstrip()[:1] not in (b"{", b"["):
            raise BlobRefused(f"{media_type} is JSON, these bytes are not")
    elif media_type == "application/jsonl":  # tracks, one JSON object a line
        if content[:1] != b"{":
            raise BlobRefused(f"{media_type} is one JSON object a line, these bytes are not")
    elif media_type in _VIDEOS:
        at, word, told = _VIDEOS[media_type]
        if content[at : at + len(word)] != word:
            raise BlobRefused(told)
    elif media_type != "application/octet-stream":  # what a salvage found: kept, never shown
        raise BlobRefused(f"evidence of type {media_type!r} is not taken")


def jpeg_size(content: Content) -> tuple[int, int]:
    """Width and height from the frame header (ITU-T T.81 §B.2.2)."""
    if content[:3] != _JPEG:
        raise BlobRefused("no JPEG (its first bytes are not FF D8 FF)")
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at + 9 > len(content) or content[at] != 0xFF:
            break
        marker = content[at + 1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    raise BlobRefused("a JPEG without a frame header")


def png_size(content: Content) -> tuple[int, int]:
    """Width and height from IHDR (PNG, third edition, §11.2.1)."""
    if content[:8] != _PNG or content[12:16] != b"IHDR" or len(content) < 24:
        raise BlobRefused("no PNG (signature or IHDR missing)")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def webp_size(content: Content) -> tuple[int, int]:
    """Width and height of a VP8, VP8L or VP8X image (RFC 9649 §2.5-2.7)."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        raise BlobRefused("no WebP (RIFF header missing)")
    kind = content[12:16]
    if kind == b"VP8X":
        return (
            1 + int.from_bytes(content[24:27], "little"),
            1 + int.from_bytes(content[27:30], "little"),
        )
    if kind == b"VP8L" and content[20] == 0x2F:
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind != b"VP8 " or content[23:26] != b"\x9d\x01\x2a":
        raise BlobRefused("a WebP without an image header")
    width, height = struct.unpack("<HH", content[26:30])
    return width & 0x3FFF, height & 0x3FFF


_PICTURES = {"image/jpeg": jpeg_size, "image/png": png_size, "image/webp": webp_size}
_VIDEOS = {
    "video/mp4": (4, b"ftyp", "no MP4 (ISO 14496-12 §4.3: `ftyp` at byte 4)"),
    "video/x-msvideo": (8, b"AVI ", "no AVI (a RIFF of form `AVI `)"),
}
