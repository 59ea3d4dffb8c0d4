"""What evidence may be, read from its own first bytes."""

from __future__ import annotations

import struct
import zlib
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.store.blobs import FORGOTTEN_AFTER_S, BlobRefused, Blobs, check_media


def png(width: int, height: int) -> bytes:
    """A picture's signature and IHDR, as in PNG (third edition) §5.2 and §11.2.1."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )


def jpeg(width: int, height: int, before: bytes = b"") -> bytes:
    """SOI, JFIF, `before`, SOF0 (ITU-T T.81 §B.2.2)."""
    jfif = b"\xff\xe0\x00\x10JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + bytes(9)
    return b"\xff\xd8" + jfif + before + frame


def webp(kind: bytes, payload: bytes) -> bytes:
    """RIFF and one chunk (RFC 9649 §2.3)."""
    chunk = kind + struct.pack("<I", len(payload)) + payload
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(8))


def lossless(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", bits) + bytes(12))


def extended(width: int, height: int) -> bytes:
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return webp(b"VP8X", bytes(4) + sizes + bytes(8))


MAKERS = {
    "jpeg": ("image/jpeg", jpeg),
    "png": ("image/png", png),
    "webp lossy": ("image/webp", lossy),
    "webp lossless": ("image/webp", lossless),
    "webp extended": ("image/webp", extended),
}


@pytest.mark.parametrize(("media", "make"), MAKERS.values(), ids=MAKERS.keys())
def test_25_megapixels_are_taken_and_26_are_not(media: str, make: object) -> None:
    check_media(make(5000, 5000), media)  # type: ignore[operator]
    with pytest.raises(BlobRefused, match="5200 x 5000 pixels"):
        check_media(make(5200, 5000), media)  # type: ignore[operator]


def test_the_frame_is_found_behind_other_segments() -> None:
    comment = b"\xff\xfe\x00\x0a" + b"\xff\xc0\x00\x11\x08\x00\x01\x00"
    with pytest.raises(BlobRefused, match="6000 x 5000"):
        check_media(jpeg(6000, 5000, comment + b"\xff\xff\xff\xd0"), "image/jpeg")
    with pytest.raises(BlobRefused, match="without a frame header"):
        check_media(jpeg(10, 10, b"\xff\xd0" * 5_000), "image/jpeg")


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (png(10, 10), "image/jpeg"),
        (jpeg(10, 10), "image/png"),
        (b"GIF89a" + bytes(40), "image/webp"),
        (b"<html><script>", "image/png"),
        (b"<html>", "application/vnd.edile.alibi"),
        (b"<html>", "application/jsonl"),
        (b"\x00\x00\x00\x18mdat", "video/mp4"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "video/x-msvideo"),
        (b"<html>", "text/html"),
        (b"<svg/>", "image/svg+xml"),
        (b"anything", ""),
    ],
)
def test_bytes_that_are_not_what_they_say_are_refused(content: bytes, media: str) -> None:
    with pytest.raises(BlobRefused):
        check_media(content, media)


def test_tracks_of_badges_are_taken() -> None:
    check_media(b'{"terminal":"13900000000"}\n', "application/jsonl")


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (b' {"frames": []}', "application/vnd.edile.alibi"),
        (b"[1]", "application/vnd.edile.track"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"<html>", "application/octet-stream"),
    ],
)
def test_what_it_says_it_is_is_taken(content: bytes, media: str) -> None:
    check_media(content, media)


def verdict(content: bytes, media: str) -> str:
    try:
        check_media(content, media)
    except BlobRefused as refused:
        return str(refused)
    return "taken"


@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\xff\xd8" * 3]
    ),
    st.binary(max_size=60),
    st.sampled_from(["image/jpeg", "image/png", "image/webp", "video/mp4", "video/x-msvideo"]),
)
def test_any_bytes_are_answered(lead: bytes, rest: bytes, media: str) -> None:
    assert verdict(lead + rest, media)


@given(st.data())
def test_any_cut_of_a_real_header_is_answered(data: st.DataObject) -> None:
    media, make = data.draw(st.sampled_from(sorted(MAKERS.values(), key=lambda one: one[0])))
    whole = make(640, 480)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert verdict(cut, media)


def test_a_file_has_its_name_only_when_whole(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "evidence")
    blobs.prepare(0)
    content = b'{"raw": "0102"}'
    name = sha256(content).hexdigest()
    assert blobs.append("cs-017", name, 0, content[:5]) == 5
    assert not blobs.path(name).exists()
    assert (blobs.have("cs-017", name), blobs.have("cs-018", name)) == (5, 0)
    assert blobs.append("cs-017", name, 5, content[5:]) == len(content)
    blobs.finish("cs-017", name, "application/vnd.edile.alibi")
    assert blobs.path(name).read_bytes() == content
    assert blobs.have("cs-017", name) == 0


@pytest.mark.parametrize(
    ("content", "media", "why"),
    [
        (b'{"other": 1}', "application/vnd.edile.alibi", "do not have the SHA-256"),
        (b"", "application/octet-stream", "no bytes"),
        (b'{"raw": 1}', "image/png", "no PNG"),
    ],
)
def test_what_is_refused_begins_anew(tmp_path: Path, content: bytes, media: str, why: str) -> None:
    blobs = Blobs(tmp_path / "evidence")
    blobs.prepare(0)
    wanted = content if why != "do not have the SHA-256" else b"announced"
    name = sha256(wanted).hexdigest()
    blobs.append("cs-017", name, 0, content)
    with pytest.raises(BlobRefused, match=why):
        blobs.finish("cs-017", name, media)
    assert blobs.have("cs-017", name) == 0
    assert not blobs.path(name).exists()


def test_what_nobody_went_on_with_for_a_month_is_forgotten(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "evidence")
    blobs.prepare(0)
    name = sha256(b"x").hexdigest()
    blobs.append("cs-017", name, 0, b"x")
    began = next((tmp_path / "evidence" / "partial").iterdir()).stat().st_mtime
    blobs.prepare(began + FORGOTTEN_AFTER_S - 1)
    assert blobs.have("cs-017", name) == 1
    blobs.prepare(began + FORGOTTEN_AFTER_S + 1)
    assert blobs.have("cs-017", name) == 0
