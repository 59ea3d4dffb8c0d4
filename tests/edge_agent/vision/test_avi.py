"""The file that a clip becomes, read by somebody else's reader, and by the words of the format."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.vision.avi import avi_of
from edge_agent.vision.frames import encoded
from tests.edge_agent.vision.street import HIGH, WIDE, street

SECOND = 1_000_000_000
MS = 1_000_000


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Name and content of each; those of lists are left whole."""
    found, at = [], 0
    while at < len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        found.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    assert at == len(data)
    return found


def parts(avi: bytes) -> dict[bytes, bytes]:
    """The chunks of the file by name, lists by their form."""
    ((riff, body),) = chunks(avi)
    assert (riff, body[:4]) == (b"RIFF", b"AVI ")
    return {(text[:4] if name == b"LIST" else name): text for name, text in chunks(body[4:])}


@pytest.mark.parametrize("backend", [cv2.CAP_FFMPEG, cv2.CAP_OPENCV_MJPEG])
def test_it_plays_with_each_frame_at_the_mean_rate(tmp_path: Path, backend: int) -> None:
    pictures = [street([("bag", (0.1 * n, 0.7, 0.1 * n + 0.1, 0.85))], noise=0) for n in range(8)]
    frames = [(n * SECOND // 2, encoded(one, 90)) for n, one in enumerate(pictures)]
    file = tmp_path / "clip.avi"
    file.write_bytes(avi_of(frames, (WIDE, HIGH), fps=9.0))
    capture = cv2.VideoCapture(str(file), backend)
    try:
        assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(2.0)
        assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 8
        shown = []
        while True:
            done, image = capture.read()
            if not done:
                break
            shown.append(image)
    finally:
        capture.release()
    assert len(shown) == 8
    for one, picture in zip(shown, pictures, strict=True):
        assert float(np.abs(one.astype(int) - picture).mean()) < 4.0


@given(
    st.lists(
        st.tuples(st.integers(0, 5_000), st.binary(min_size=1, max_size=60)),
        min_size=1,
        max_size=40,
    )
)
def test_frames_go_in_byte_by_byte_and_their_times_stand_beside_them(
    given_frames: list[tuple[int, bytes]],
) -> None:
    at_ms, frames = 0, []
    for step_ms, jpeg in given_frames:
        at_ms += step_ms
        frames.append((at_ms * MS, jpeg))
    found = parts(avi_of(frames, (640, 480), fps=2.0))
    assert [jpeg for _, jpeg in chunks(found[b"movi"][4:])] == [jpeg for _, jpeg in frames]
    comment = dict(chunks(found[b"INFO"][4:]))[b"ICMT"].rstrip(b"\0").split()
    begin_ms = frames[0][0] // MS
    assert comment == [b"times_ms", *(b"%d" % (at // MS - begin_ms) for at, _ in frames)]
    index = list(struct.iter_unpack("<4s3I", found[b"idx1"]))
    for (name, flags, offset, size), (_, jpeg) in zip(index, frames, strict=True):
        chunk = found[b"movi"][offset : offset + 8 + size]
        assert (name, flags, chunk) == (b"00dc", 0x10, b"00dc" + struct.pack("<I", size) + jpeg)


def test_a_clip_of_one_frame_lasts_as_long_as_its_camera_takes_for_one() -> None:
    head = parts(avi_of([(5 * SECOND, b"\xff\xd8")], (64, 48), fps=4.0))[b"hdrl"]
    (main,) = (text for name, text in chunks(head[4:]) if name == b"avih")
    step_us, _, _, _, count, _, streams, _, wide, high = struct.unpack_from("<10I", main)
    assert (step_us, count, streams, wide, high) == (250_000, 1, 1, 64, 48)


def test_a_clip_without_a_frame_is_none() -> None:
    with pytest.raises(ValueError, match="without a frame"):
        avi_of([], (64, 48), fps=2.0)
