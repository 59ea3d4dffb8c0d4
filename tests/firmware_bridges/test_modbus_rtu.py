"""Modbus RTU frames on a tapped line: foreign frames, and the five laws."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridges.frames import BadFrame, Frame
from firmware_bridges.modbus_rtu import (
    ExceptionAnswer,
    Message,
    OtherFrame,
    ReadAnswer,
    ReadRequest,
    crc16,
    exception_answer,
    is_whole,
    parse,
    read_answer,
    read_request,
    rtu_framer,
)

GOLDEN: list[tuple[str, Message, str]] = [  # raw on the wire
    ("01 03 00 00 00 01 84 0A", ReadRequest(1, 3, 0, 1), "SonBest SM7901 manual, 1"),
    ("01 03 02 02 18 B9 2E", ReadAnswer(1, 3, (0x218,)), "SonBest SM7901M page, 1: 53.6 dB"),
    ("01 03 02 00 79 79 A6", ReadAnswer(1, 3, (0x79,)), "SonBest SM7901 manual V21, 1"),
    ("01 03 00 00 00 02 C4 0B", ReadRequest(1, 3, 0, 2), "SonBest SM7820B page, 1"),
    ("01 03 04 0A E4 17 65 76 07", ReadAnswer(1, 3, (2788, 5989)), "capture, Rhino Pi guide"),
    ("01 04 00 01 00 01 60 0A", ReadRequest(1, 4, 1, 1), "XY-MD02 sheet"),
    ("01 04 02 01 31 79 74", ReadAnswer(1, 4, (305,)), "XY-MD02 sheet: 30.5 degC"),
    (
        "01 03 08 02 92 FF 9B 03 E8 00 38 57 B6",
        ReadAnswer(1, 3, (658, 0xFF9B, 1000, 56)),
        "DFRobot SEN0604",
    ),
    ("01 03 06 02 92 FF 9B 03 E8 D8 0F", ReadAnswer(1, 3, (658, 0xFF9B, 1000)), "DFRobot SEN0601"),
    (
        "F0 03 04 D4 7A 43 E8 33 AB",
        ReadAnswer(0xF0, 3, (0xD47A, 0x43E8)),
        "Vaisala HPP272 guide, A.5",
    ),
    ("01 06 00 03 00 01 B8 0A", OtherFrame(1, 6), "Modbus MP3 product page"),
    ("01 10 00 00 00 01 02 00 02 27 91", OtherFrame(1, 16), "aje/scale-docs, basic-config.md"),
    ("01 10 00 00 00 01 01 C9", OtherFrame(1, 16), "aje/scale-docs, basic-config.md"),
]
FRAMES = [bytes.fromhex(text) for text, _, _ in GOLDEN]
STREAM = b"".join(FRAMES)


def cut(*chunks: bytes, flush: bool = True) -> list[Frame | BadFrame]:
    framer = rtu_framer()
    found = [one for chunk in chunks for one in framer.feed(chunk)]
    return found + framer.flush() if flush else found


def frames(*chunks: bytes) -> list[bytes]:
    return [one.raw for one in cut(*chunks) if isinstance(one, Frame)]


@pytest.mark.parametrize(("text", "message", "source"), GOLDEN)
def test_a_documents_frame_is_understood(text: str, message: Message, source: str) -> None:
    raw = bytes.fromhex(text)
    assert (frames(raw), parse(raw)) == ([raw], message), source


def test_the_crc_is_the_standards() -> None:
    # MODBUS over Serial Line V1.02, 6.2.2, and every catalogue of CRCs: "123456789" gives 4B37h
    assert crc16(b"123456789") == bytes((0x37, 0x4B))


def test_requests_and_answers_on_one_line_are_told_apart() -> None:
    assert frames(STREAM) == FRAMES


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_how_a_stream_is_cut_into_chunks_does_not_matter(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    assert frames(*(STREAM[a:b] for a, b in pairwise(edges))) == FRAMES


def test_byte_by_byte_gives_the_same() -> None:
    assert frames(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == FRAMES


hurt = st.builds(
    lambda frame, at, mask, tail: (
        bytes(byte ^ mask if index == at % len(frame) else byte for index, byte in enumerate(frame))
        + tail
    ),
    st.sampled_from(FRAMES),
    st.integers(0, 20),
    st.integers(0, 255),
    st.binary(max_size=3),
)


@settings(max_examples=300)
@given(st.lists(hurt | st.binary(max_size=40), max_size=12))
def test_any_bytes_are_answered_and_bounded(chunks: list[bytes]) -> None:
    _answered(chunks)


@pytest.mark.long
@settings(max_examples=60_000, deadline=None)
@given(st.lists(hurt, min_size=16, max_size=18))
def test_a_million_hurt_frames_are_answered(chunks: list[bytes]) -> None:
    _answered(chunks)


def _answered(chunks: list[bytes]) -> None:
    found = cut(*chunks)
    heard = b"".join(chunks)
    for one in found:
        assert one.raw in heard
        assert len(one.raw) <= 264
        if isinstance(one, Frame):
            assert is_whole(one.raw)
            parse(one.raw)
        else:
            assert one.reason in ("checksum", "truncated")


@given(st.binary(max_size=60), st.sampled_from(FRAMES))
def test_a_good_frame_after_noise_is_found(noise: bytes, frame: bytes) -> None:
    found = frames(noise + frame)
    # One chance in 65,536: noise and the frame's beginning together are a whole frame themselves.
    assert frame in found or any(one in noise + frame for one in found)


registers = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=125).map(tuple)


@given(st.integers(1, 247), st.sampled_from([3, 4]), registers)
def test_what_is_encoded_is_decoded(address: int, function: int, words: tuple[int, ...]) -> None:
    asked, answer = (
        read_request(address, function, 7, len(words)),
        read_answer(address, function, words),
    )
    assert parse(asked) == ReadRequest(address, function, 7, len(words))
    assert parse(answer) == ReadAnswer(address, function, words)
    refused = exception_answer(address, function, 2)
    assert parse(refused) == ExceptionAnswer(address, function, 2)
    assert all(map(is_whole, (asked, answer, refused)))
