"""Where a JPEG ends, without decoding it. The pictures are written by libjpeg, not by us."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from edge_agent.vision.jpeg import MAX_PICTURE, BrokenPicture, JpegFramer, jpeg_end, jpeg_size


def picture(wide: int = 48, high: int = 32, **how: object) -> bytes:
    out = io.BytesIO()
    image = PillowImage.linear_gradient("L").resize((wide, high)).convert("RGB")
    image.save(out, "JPEG", **how)  # type: ignore[arg-type]
    return out.getvalue()


def with_thumbnail() -> bytes:
    """An EXIF segment that holds a whole JPEG of its own, as cameras write it."""
    inner = picture(16, 16)
    segment = b"Exif\x00\x00" + inner
    return b"\xff\xd8\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + picture()[2:]


PICTURES = {
    "plain": picture(),
    "progressive": picture(progressive=True),
    "with restarts": picture(200, 150, restart_marker_blocks=2),
    "with a thumbnail": with_thumbnail(),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_end_and_the_size_are_found(name: str) -> None:
    data = PICTURES[name]
    assert jpeg_end(data + b"--boundary") == len(data)
    with PillowImage.open(io.BytesIO(data)) as image:
        assert jpeg_size(data) == image.size


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(sorted(PICTURES)), min_size=1, max_size=4), st.integers(1, 400))
def test_chunking_is_irrelevant(names: list[str], chunk: int) -> None:
    stream = b"".join(
        b"--b\r\nContent-Type: image/jpeg\r\n\r\n" + PICTURES[n] + b"\r\n" for n in names
    )
    framer, found = JpegFramer(), []
    for start in range(0, len(stream), chunk):
        found += framer.feed(stream[start : start + chunk])
    assert found == [PICTURES[name] for name in names]


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300))
def test_any_bytes_are_answered_and_the_good_picture_after_them_is_found(noise: bytes) -> None:
    """Noise may begin a picture that swallows others, as many as a segment of it can: 64 kB."""
    both = PICTURES["plain"] + PICTURES["progressive"]
    found = JpegFramer().feed(noise + both * (2 * 2**16 // len(both)) + PICTURES["plain"])
    assert found[-1] == PICTURES["plain"]


def test_a_picture_that_was_cut_short_does_not_swallow_the_next() -> None:
    """Between two segments, or in its coded bytes."""
    for cut in (2, PICTURES["plain"].index(b"\xff\xda") + 30):
        found = JpegFramer().feed(PICTURES["plain"][:cut] + PICTURES["progressive"])
        assert found[-1] == PICTURES["progressive"]


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(sorted(PICTURES)), st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_picture_is_answered(name: str, place: int, change: int) -> None:
    data = bytearray(PICTURES[name])
    data[place % len(data)] ^= change
    for one in JpegFramer().feed(bytes(data) + PICTURES["plain"]):
        assert isinstance(one, bytes | BrokenPicture)
    jpeg_size(bytes(data))


def test_memory_is_bounded_by_the_largest_picture() -> None:
    framer = JpegFramer()
    start = PICTURES["plain"][: PICTURES["plain"].index(b"\xff\xda") + 20]
    told = framer.feed(start)
    for _ in range(MAX_PICTURE // 2**20 + 2):
        told += framer.feed(bytes(2**20))
    assert [type(one) for one in told] == [BrokenPicture]
    assert framer.feed(PICTURES["plain"]) == [PICTURES["plain"]]
