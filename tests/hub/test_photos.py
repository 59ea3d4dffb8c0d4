"""What a photo says of itself, and when two photos are the same."""

from __future__ import annotations

import io
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from contract.timestamps import rfc3339
from hub.dispatching.guards import TWIN_BITS
from hub.dispatching.photos import apart
from hub.photos import NoPhoto, read_photo
from hub.store.prints import Print
from tests.fakes.clock import START_UTC_NS
from tests.hub.photos import photo


def read(content: bytes) -> Print:
    return read_photo(sha256(content).hexdigest(), content)


def test_the_cameras_own_record_is_read() -> None:
    found = read(photo(utc_ns=START_UTC_NS, place=(113.27, 23.16)))
    assert found.taken_at == rfc3339(START_UTC_NS // 10**9 * 10**9)
    assert (found.lon, found.lat) == pytest.approx((113.27, 23.16), abs=1e-6)


def test_south_and_west_are_below_zero() -> None:
    found = read(photo(place=(-43.2, -22.9)))
    assert (found.lon, found.lat) == pytest.approx((-43.2, -22.9), abs=1e-6)


def test_a_photo_without_a_record_says_nothing() -> None:
    found = read(photo())
    assert (found.taken_at, found.lon, found.lat) == (None, None, None)


def test_a_time_without_its_offset_is_no_time() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:09:21 14:00:00"
    out = io.BytesIO()
    Image.new("RGB", (32, 32)).save(out, "JPEG", exif=exif)
    assert read(out.getvalue()).taken_at is None


def test_gps_time_is_utc() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({0x1D: "2026:09:21", 0x07: (14, 30, 15)})
    out = io.BytesIO()
    Image.new("RGB", (32, 32)).save(out, "JPEG", exif=exif)
    assert read(out.getvalue()).taken_at == "2026-09-21T14:30:15.000Z"


@pytest.mark.parametrize("changes", [{"quality": 30}, {"size": 640}, {"kind": "PNG"}])
def test_the_same_picture_stored_otherwise_is_a_twin(changes: dict[str, object]) -> None:
    one, other = read(photo(7)), read(photo(7, **changes))  # type: ignore[arg-type]
    assert apart(one.dhash, other.dhash) <= TWIN_BITS


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_other_pictures_are_no_twins(one: int, other: int) -> None:
    if one != other:
        assert apart(read(photo(one)).dhash, read(photo(other)).dhash) > TWIN_BITS


def test_a_turned_photo_is_compared_upright() -> None:
    upright = Image.open(io.BytesIO(photo(3))).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    out = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", exif=exif)
    assert apart(read(out.getvalue()).dhash, read(photo(3)).dhash) <= TWIN_BITS


@settings(deadline=None)
@given(st.binary(max_size=64), st.integers(0, 4000), st.integers(0, 4000))
def test_any_damage_is_read_or_refused(noise: bytes, at: int, cut: int) -> None:
    whole = photo(utc_ns=START_UTC_NS, place=(113.27, 23.16))
    damaged = whole[: at % len(whole)] + noise + whole[at % len(whole) : len(whole) - cut % 500]
    try:
        found = read(damaged)
    except NoPhoto:
        return
    assert -(1 << 63) <= found.dhash < 1 << 63


@pytest.mark.parametrize("content", [b"", b"GIF89a" + bytes(64), b"\xff\xd8\xff", b"%PDF-1.7"])
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    with pytest.raises(NoPhoto):
        read(content)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    with pytest.raises(NoPhoto):
        read(out.getvalue())
