"""Pictures as cameras really write them: turned by EXIF, in CMYK, in 16 bits, torn, enormous."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from edge_agent.config.devices.camera import CameraConfig, MaskConfig
from edge_agent.vision.frames import Frame, Image, Shape, decoded
from edge_agent.vision.pictures import take_picture
from tests.edge_agent.vision.street import HIGH, WIDE, jpeg, street

PLAIN = Shape(CameraConfig(id="cam-1", source="v4l2:x"))
STREET = street([("bag", (0.1, 0.7, 0.3, 0.9))], noise=0)


def pillow(image: Image, mode: str, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    made = PillowImage.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).convert(mode)
    made.save(out, kind, **how)  # type: ignore[arg-type]
    return out.getvalue()


def turned_by_exif(image: Image) -> bytes:
    """Stored lying down, with orientation 6: whoever shows it turns it a quarter to the right."""
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    return pillow(np.ascontiguousarray(np.rot90(image)), "RGB", "JPEG", exif=exif, quality=95)


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB"])
def test_every_colour_space_of_jpeg_is_the_same_street(mode: str) -> None:
    data = pillow(STREET, mode, "JPEG", quality=95)
    colour, grey = PLAIN.colour(Frame(0, jpeg=data)), PLAIN.grey(Frame(0, jpeg=data))
    assert colour is not None
    assert grey is not None
    assert colour.shape == (HIGH, WIDE, 3)
    shown = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY).astype(int)
    wanted = cv2.cvtColor(STREET, cv2.COLOR_BGR2GRAY).astype(int)
    assert np.abs(shown - wanted).mean() < 12
    assert grey.shape == (180, 320)


def test_a_picture_that_exif_turns_is_upright_small_and_large_and_its_bytes_stay() -> None:
    data = turned_by_exif(STREET)
    frame = Frame(0, jpeg=data)
    colour, grey = PLAIN.colour(frame), PLAIN.grey(frame)
    assert colour is not None
    assert grey is not None
    assert colour.shape == (HIGH, WIDE, 3)
    assert np.abs(colour.astype(int) - STREET).mean() < 6
    assert grey.shape == (180, 320)
    assert take_picture(frame, colour, covered=[]).original == data


def test_sixteen_bits_become_eight() -> None:
    done, data = cv2.imencode(".png", STREET.astype(np.uint16) * 257)
    assert done
    image = decoded(data.tobytes(), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.dtype == np.uint8
    assert np.array_equal(image, STREET)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 255), st.integers(0, 2**31))
def test_a_damaged_picture_is_a_picture_or_none(place: int, change: int, cut: int) -> None:
    data = bytearray(SMALL)
    data[place % len(data)] ^= change
    torn = bytes(data[: 20 + cut % len(data)])
    for read in (PLAIN.colour, PLAIN.grey):
        image = read(Frame(0, jpeg=torn))
        assert image is None or (image.dtype == np.uint8 and image.size)


SMALL = jpeg(np.ascontiguousarray(STREET[::4, ::4]))


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (900, 2), (2160, 3840)])
def test_any_size_has_a_small_picture(size: tuple[int, int]) -> None:
    image = np.full((*size, 3), 100, np.uint8)
    grey = PLAIN.grey(Frame(0, pixels=image))
    assert grey is not None
    assert max(grey.shape) == min(320, max(size))
    assert PLAIN.grey(Frame(0, jpeg=jpeg(image))) is not None


@pytest.mark.parametrize(("wide", "high"), [(1920, 1080), (1931, 1093)])
def test_a_small_picture_is_made_of_every_nth_pixel_whether_that_divides_its_sides_or_not(
    wide: int, high: int
) -> None:
    image = np.random.default_rng(3).integers(0, 256, (high, wide, 3)).astype(np.uint8)
    taken = cv2.cvtColor(image[::3, ::3].copy(), cv2.COLOR_BGR2GRAY)
    small = PLAIN.small(Frame(0, pixels=image))
    assert small is not None
    assert small.half is None
    assert np.array_equal(small.grey, in_area(taken, wide, high))


@pytest.mark.parametrize(("wide", "high"), [(1280, 720), (1281, 721), (720, 1280)])
def test_on_the_way_to_a_small_picture_four_pixels_become_their_mean(wide: int, high: int) -> None:
    image = np.random.default_rng(3).integers(0, 256, (high, wide, 3)).astype(np.uint8)
    small = PLAIN.small(Frame(0, pixels=image))
    assert small is not None
    assert small.half is not None
    assert small.half.shape == (high // 2, wide // 2, 3)
    if wide % 2 == 0:
        fours = image.reshape(high // 2, 2, wide // 2, 2, 3).astype(np.int64).sum(axis=(1, 3))
        assert np.array_equal(small.half, (fours + 2) // 4)
    mean = cv2.cvtColor(small.half, cv2.COLOR_BGR2GRAY)
    assert np.array_equal(small.grey, in_area(mean, wide, high))


def in_area(image: Image, wide: int, high: int) -> Image:
    scale = 320 / max(wide, high)
    size = round(wide * scale), round(high * scale)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def test_the_half_picture_is_turned_and_masked_like_the_others() -> None:
    window = MaskConfig("window", ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)))
    shape = Shape(CameraConfig(id="cam-1", source="v4l2:x", rotate=90, masks=(window,)))
    frame = Frame(0, pixels=np.full((720, 1280, 3), 200, np.uint8))
    small, upright = shape.small(frame), shape.colour(frame)
    assert small is not None
    assert upright is not None
    assert small.half is not None
    assert small.half.shape == (640, 360, 3)
    assert np.array_equal(small.half[:310, :170], np.zeros((310, 170, 3)))
    assert small.half[330:].min() == small.half[:, 190:].min() == 200
    assert frame.pixels is not None
    assert frame.pixels.min() == 200  # as captured
