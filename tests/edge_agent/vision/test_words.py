"""What goes through the pipe comes out of it, and nothing else does."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.devices.camera import CameraConfig, MaskConfig, PtzConfig, ZoneConfig
from edge_agent.readings import SeenThing
from edge_agent.vision import words
from edge_agent.vision.words import BadWord, Counts, Looked, Open, Seen, TakenPicture, View

CORNERS = ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0))
CONFIG = CameraConfig(
    id="cam-1",
    source="rtsp://10.0.0.7/one",
    password_file=Path("secrets/cam-1"),
    rotate=90,
    masks=(MaskConfig("window", CORNERS),),
    zones=(ZoneConfig("pavement", CORNERS),),
    ptz=PtzConfig(url="http://10.0.0.7/onvif/device_service"),
)
THING = SeenThing("bag", 0.9, (0.1, 0.2, 0.3, 0.4), 7, 1.5, 0.5, ("pavement",), (("paper", 0.8),))
PICTURE = TakenPicture(
    captured_ns=5, original=b"\xff\xd8", masked=b"m", thumbnail=b"t", parent_sha256="ab" * 32
)
HEARD = [
    Seen(
        camera="cam-1", captured_ns=5, things=(THING,), full=True, picture=PICTURE, model=("m", "s")
    ),
    Looked(camera="cam-1", captured_ns=5, look="l", preset=None, done=False, reason="dark"),
    View(camera="cam-1", captured_ns=5, state="turned", detail="10 %"),
    Counts(camera="cam-1", bytes=1, frames=2, looks=3, refused=4, dropped=5, quiet=6),
]


@pytest.mark.parametrize("word", HEARD, ids=lambda word: type(word).__name__)
def test_a_word_of_the_vision_process_arrives_as_it_was_said(word: words.Heard) -> None:
    frame = words.frame_of(word)
    assert words.length_of(frame[:4]) == len(frame) - 4
    assert words.heard(frame[4:]) == word


def test_the_settings_of_a_camera_arrive_whole() -> None:
    word = Open(config=CONFIG, folder="data/cam-1", first_track=8, password="s3cret")
    stream = io.BytesIO(words.frame_of(word) + words.frame_of(word))
    assert words.read_told(stream) == word
    assert words.read_told(stream) == word
    assert words.read_told(stream) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_a_word_or_refused(body: bytes) -> None:
    for read in (words.heard, words.told):
        try:
            word = read(body)
        except BadWord:
            continue
        assert isinstance(word, words.Heard | words.Told)


@given(st.integers(0, len(words.frame_of(HEARD[0])) - 5), st.integers(1, 255))
def test_a_word_with_one_byte_changed_is_a_word_or_refused(place: int, change: int) -> None:
    body = bytearray(words.frame_of(HEARD[0])[4:])
    body[place] ^= change
    try:
        word = words.heard(bytes(body))
    except BadWord:
        return
    assert isinstance(word, words.Heard)


def test_no_length_is_believed_beyond_the_longest_word() -> None:
    with pytest.raises(BadWord, match="at most"):
        words.length_of(struct.pack(">I", words.MAX_BYTES + 1))


def test_half_a_word_is_the_end() -> None:
    frame = words.frame_of(Open(config=CONFIG, folder="x"))
    assert words.read_told(io.BytesIO(frame[:-1])) is None
    assert words.read_told(io.BytesIO(frame[:3])) is None
