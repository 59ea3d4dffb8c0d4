"""Pictures from anywhere, against Pillow, which decodes them by other code."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from edge_agent.vision.stills.header import BadPicture, is_whole, read_header
from edge_agent.vision.stills.reading import decode_picture, read_picture

Array = NDArray[Any]

QUARTERS = np.zeros((40, 60, 3), np.uint8)
QUARTERS[:20, :30], QUARTERS[:20, 30:] = (200, 30, 30), (30, 200, 30)
QUARTERS[20:, :30], QUARTERS[20:, 30:] = (30, 30, 200), (220, 220, 60)
PLAIN = Image.fromarray(QUARTERS)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def same(found: Array, expected: Image.Image, atol: int = 4) -> bool:
    """Ours is blue, green, red. JPEG's colours bleed at edges: the middles are compared."""
    truth = np.asarray(expected.convert("RGB"))[:, :, ::-1]
    if found.shape != truth.shape:
        return False
    rows, columns = truth.shape[0], truth.shape[1]
    at = [(r * rows // 4, c * columns // 4) for r in (1, 3) for c in (1, 3)]
    return all(np.allclose(found[p].astype(int), truth[p].astype(int), atol=atol) for p in at)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_every_format_is_read(kind: str) -> None:
    assert same(decode_picture(saved(PLAIN, kind)), PLAIN)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_is_turned_upright_as_its_exif_says(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    data = saved(PLAIN, kind, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert upright is not None
    assert same(decode_picture(data), upright)


def test_broken_exif_is_no_turn_and_no_error() -> None:
    data = saved(PLAIN, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\x7f")
    assert same(decode_picture(data), PLAIN)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("L", "JPEG"), ("L", "PNG"), ("1", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("L", "TIFF")],
)
def test_grey_and_palettes_become_colours(mode: str, kind: str) -> None:
    image = PLAIN.convert(mode)
    assert same(decode_picture(saved(image, kind)), image)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_colours(kind: str) -> None:
    image = PLAIN.convert("CMYK")
    assert same(decode_picture(saved(image, kind)), image)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_become_the_upper_eight(kind: str) -> None:
    values = (np.arange(2400, dtype=np.uint32).reshape(40, 60) * 27).astype(np.uint16)
    found = decode_picture(saved(Image.fromarray(values), kind))
    assert found.dtype == np.uint8
    assert np.abs(found[:, :, 1].astype(int) - (values >> 8)).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_is_white(kind: str) -> None:
    image = PLAIN.convert("RGBA")
    alpha = np.full((40, 60), 255, np.uint8)
    alpha[:20] = 0
    image.putalpha(Image.fromarray(alpha))
    found = decode_picture(saved(image, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert found[5, 5].tolist() == [255, 255, 255]
    assert found[30, 10].tolist() == [200, 30, 30]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_a_picture_cut_short_is_refused(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    data = saved(Image.fromarray(noise), kind)
    for share in (0.01, 0.3, 0.6, 0.95):
        with pytest.raises(BadPicture):
            decode_picture(data[: int(len(data) * share)])


def test_a_jpeg_without_its_last_two_bytes_is_cut_short() -> None:
    with pytest.raises(BadPicture, match="it has no end"):
        decode_picture(saved(PLAIN, "JPEG")[:-2])


def png_of(width: int, height: int) -> bytes:
    """A header that promises so many pixels, and no pixels."""
    chunks = b""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for name, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")):
        crc = zlib.crc32(name + body)
        chunks += struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)
    return b"\x89PNG\r\n\x1a\n" + chunks


def jpeg_of(width: int, height: int) -> bytes:
    data = bytearray(saved(PLAIN, "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def test_a_bomb_is_refused_by_its_header() -> None:
    bmp = bytearray(saved(PLAIN, "BMP"))
    bmp[18:26] = struct.pack("<ii", 40_000, 40_000)
    for data in (png_of(60_000, 60_000), jpeg_of(65_000, 65_000), bytes(bmp), png_of(5001, 5000)):
        with pytest.raises(BadPicture, match="at most 25 million"):
            decode_picture(data)
    with pytest.raises(BadPicture, match="0 x 10"):
        decode_picture(png_of(0, 10))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "no bytes"),
        (b"%PDF-1.7", "a PDF, which is not read here; make a JPEG or PNG of it"),
        (b"GIF89a" + bytes(50), "a GIF, which is not read here"),
        (bytes(3) + b"\x18ftypheic" + bytes(50), "a HEIC picture"),
        (bytes(3) + b"\x1cftypavif" + bytes(50), "an AVIF picture"),
        (bytes(3) + b"\x20ftypisom" + bytes(50), "a video"),
        (b"<!doctype html>", "a web page"),
        (b"hello", "no JPEG, PNG, WebP, BMP or TIFF: it begins with 68 65"),
        (b"\xff\xd8\xff", "cut short"),
        (b"RIFF\x00\x01\x00\x00AVI LIST", "no WebP"),
        (b"II*\x00\xff\xff\xff\xff", "cut short"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, found: str) -> None:
    with pytest.raises(BadPicture, match=found):
        decode_picture(data)


def test_measurements_are_no_photos() -> None:
    depth = Image.fromarray(np.linspace(0, 1, 2400, dtype=np.float32).reshape(40, 60))
    with pytest.raises(BadPicture, match="a measurement and no photo"):
        decode_picture(saved(depth, "TIFF"))
    with pytest.raises(BadPicture, match="photometric 8"):
        decode_picture(saved(PLAIN.convert("LAB"), "TIFF"))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadPicture, match="no such file"):
        read_picture(tmp_path / "absent.jpg")
    with pytest.raises(BadPicture, match=r"a folder; name the pictures in it"):
        read_picture(tmp_path)
    with pytest.raises(BadPicture, match="cannot be read: File name too long"):
        read_picture(tmp_path / ("a" * 300))


def test_a_device_without_an_end_is_given_up() -> None:
    with pytest.raises(BadPicture, match="more than any picture"):
        read_picture(Path("/dev/zero"))


def test_a_picture_is_whole_to_its_last_byte_only() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        data = saved(PLAIN, kind)
        assert is_whole(data)
        assert not any(is_whole(data[:size]) for size in range(len(data) - 1))


def test_a_very_long_picture_of_one_row_is_read() -> None:
    assert decode_picture(saved(Image.new("RGB", (5000, 1), (9, 9, 9)), "PNG")).shape == (
        1,
        5000,
        3,
    )


FUZZ = """
import random, sys
sys.path.insert(0, {root!r})
from edge_agent.vision.stills.header import BadPicture
from edge_agent.vision.stills.reading import decode_picture
chance = random.Random(3)
for name in sys.argv[1:]:
    whole = open(name, "rb").read()
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            found = decode_picture(bytes(broken))
            assert found.dtype == "uint8" and found.ndim == 3 and found.shape[2] == 3
        except BadPicture:
            pass
"""


def test_mutated_pictures_are_read_or_refused(tmp_path: Path) -> None:
    names = []
    for kind in ("JPEG", "PNG", "WEBP", "BMP", "TIFF"):
        names.append(str(tmp_path / kind))
        exif = Image.Exif()
        exif[274] = 6
        options = {} if kind == "BMP" else {"exif": exif}
        (tmp_path / kind).write_bytes(saved(PLAIN.convert("RGB"), kind, **options))
    program = FUZZ.format(root=str(Path(__file__).parents[4]))
    done = subprocess.run(
        [sys.executable, "-c", program, *names], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_size_is_known_before_anything_is_decoded() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "BMP", "TIFF"):
        header = read_header(saved(PLAIN, kind))
        assert (header.width, header.height) == (60, 40)


def test_the_fourth_byte_of_a_bitmap_is_no_alpha() -> None:
    pixels = np.dstack([QUARTERS[::-1, :, ::-1], np.zeros((40, 60), np.uint8)]).tobytes()
    head = struct.pack("<IiiHHIIiiII", 40, 60, 40, 1, 32, 0, len(pixels), 2835, 2835, 0, 0)
    data = b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + head + pixels
    assert same(decode_picture(data), PLAIN)


def test_of_several_frames_or_pages_the_first_counts() -> None:
    other = PLAIN.rotate(180)
    for kind in ("WEBP", "PNG", "TIFF"):
        data = saved(PLAIN, kind, save_all=True, append_images=[other])
        assert same(decode_picture(data), PLAIN)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_sixteen_bit_tiff_is_turned_too(orientation: int) -> None:
    values = (np.arange(2400, dtype=np.uint32).reshape(40, 60) * 27).astype(np.uint16)
    data = saved(Image.fromarray(values), "TIFF", tiffinfo={274: orientation})
    turns = {1: 0, 3: 2, 6: 3, 8: 1}[orientation]
    expected = np.rot90(values >> 8, turns).astype(int)
    assert np.abs(decode_picture(data)[:, :, 1].astype(int) - expected).max() <= 1
