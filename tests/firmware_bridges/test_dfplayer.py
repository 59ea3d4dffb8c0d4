"""DFPlayer-type modules: frames as others captured them, and the laws of every framer."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges import dfplayer
from firmware_bridges.dfplayer import PlayerDecoder, PlayerMessage, PlayerRefused

PICO = "log of a public DFPlayer test on a microcontroller, both directions (on the wire)"
FLYRON = "Flyron FN-M16P manual, 3.4.2 (on the wire)"
RECEIVED = [
    ("7e ff 06 41 00 00 00 fe ba ef", dfplayer.ACKNOWLEDGED, 0, PICO),
    ("7e ff 06 43 00 00 0f fe a9 ef", 0x43, 15, PICO),
    ("7e ff 06 3d 00 00 01 fe bd ef", 0x3D, 1, PICO),
    ("7e ff 06 48 00 00 4e fe 65 ef", 0x48, 78, "log of another public test: 78 tracks"),
    ("7E FF 06 3C 00 00 02 FE BD EF", 0x3C, 2, FLYRON),
    ("7E FF 06 3E 00 00 06 FE B7 EF", 0x3E, 6, FLYRON),
]


def decoded(data: bytes) -> list[PlayerMessage | PlayerRefused]:
    decoder = PlayerDecoder()
    return decoder.feed(data) + decoder.flush()


@pytest.mark.parametrize(("text", "command", "value", "source"), RECEIVED)
def test_a_foreign_frame_is_understood(text: str, command: int, value: int, source: str) -> None:
    raw = bytes.fromhex(text)
    assert decoded(raw) == [PlayerMessage(command, value, raw)], source


@pytest.mark.parametrize(
    ("frame", "text", "source"),
    [
        (dfplayer.play(1), "7e ff 06 03 01 00 01 fe f6 ef", PICO),
        (dfplayer.play(2), "7e ff 06 03 01 00 02 fe f5 ef", PICO),
        (dfplayer.encode(dfplayer.PLAY, 1), "7E FF 06 03 00 00 01 FE F7 EF", "public driver"),
        (dfplayer.encode(0x48), "7e ff 06 48 00 00 00 fe b3 ef", "log of another public test"),
    ],
)
def test_commands_are_written_as_others_write_them(frame: bytes, text: str, source: str) -> None:
    assert frame == bytes.fromhex(text), source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("7E FF 06 03 00 00 01 FF E6 EF", "DFPlayer Mini manual V1.0, example as printed"),
        ("7E FF 06 06 00 00 19 FE DB EF", "a public note on the FN-M16P, as printed"),
        ("7e ff 06 41 00 00 00 fe ba ee", "its last byte changed"),
    ],
)
def test_a_wrong_check_is_refused(text: str, source: str) -> None:
    (refused,) = decoded(bytes.fromhex(text))
    assert isinstance(refused, PlayerRefused), source
    assert refused.reason == "checksum"


def test_a_cut_frame_is_refused_once_the_line_pauses() -> None:
    assert decoded(bytes.fromhex("7eff0641")) == [
        PlayerRefused("truncated", bytes.fromhex("7eff0641"))
    ]


def test_tracks_and_volumes_out_of_range_are_no_frames() -> None:
    for wrong in (0, 3001):
        with pytest.raises(ValueError, match="track from 1 to 3000"):
            dfplayer.play(wrong)
    with pytest.raises(ValueError, match="volume from 0 to 30"):
        dfplayer.volume(31)


@given(st.lists(st.sampled_from([row[0] for row in RECEIVED]), max_size=4), st.data())
def test_how_it_was_cut_does_not_matter(texts: list[str], data: st.DataObject) -> None:
    stream = b"\x7e\x00".join(bytes.fromhex(text) for text in texts)
    decoder, got, at = PlayerDecoder(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 12))
        got += decoder.feed(stream[at : at + size])
        at += size
    assert got + decoder.flush() == decoded(stream)


@given(command=st.integers(0, 255), value=st.integers(0, 65_535), feedback=st.booleans())
def test_what_is_encoded_is_decoded(command: int, value: int, *, feedback: bool) -> None:
    raw = dfplayer.encode(command, value, feedback=feedback)
    assert decoded(b"noise" + raw) == [PlayerMessage(command, value, raw)]


def hammer(count: int) -> None:
    rng, decoder = Random(7), PlayerDecoder()
    frames = [bytes.fromhex(row[0]) for row in RECEIVED]
    for _ in range(count):
        frame = bytearray(rng.choice(frames))
        for _ in range(rng.randrange(3)):
            frame[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
        for answer in decoder.feed(bytes(frame[: rng.randrange(1, 11)])):
            assert isinstance(answer, PlayerMessage | PlayerRefused)
    decoder.flush()
    assert decoder.feed(frames[0]) == [PlayerMessage(dfplayer.ACKNOWLEDGED, 0, frames[0])]


def test_mutated_frames_are_answered_and_the_next_good_one_is_found() -> None:
    hammer(5_000)


@pytest.mark.long
def test_a_million_mutated_frames_are_answered() -> None:
    hammer(1_000_000)
