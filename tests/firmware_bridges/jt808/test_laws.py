"""The laws of the JT/T 808 framer and parser, fed by mutated captures of real terminals."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_bridges.jt808 import (
    BadFrame,
    Frame,
    Framer,
    Location,
    Message,
    Reassembler,
    Refused,
    TerminalVoice,
    parse,
)
from firmware_bridges.jt808.framing import MOST
from firmware_bridges.jt808.items import item_value
from tests.firmware_bridges.jt808 import captures
from tests.firmware_bridges.jt808.test_jt808 import SENSORS, decoded


@given(st.lists(st.sampled_from(captures.EVERY), min_size=1, max_size=4), st.data())
def test_how_it_was_cut_does_not_matter(texts: list[str], data: st.DataObject) -> None:
    stream = b"(noise)" + b"".join(bytes.fromhex(text) for text in texts)
    framer, got, at = Framer(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 90))
        got += framer.feed(stream[at : at + size])
        at += size
    assert got + framer.flush() == Framer().feed(stream)


@example(body=b"\x7d\x02\x7d\x01\x7e\x01\x02", number=0x0900, version=2013)
@given(
    body=st.binary(max_size=2_400),
    number=st.integers(0, 0xFFFF),
    version=st.sampled_from([2013, 2019]),
)
def test_what_is_encoded_is_decoded(body: bytes, number: int, version: int) -> None:
    stream = b"".join(frame for _, frame in TerminalVoice("7", version).frames(number, body))
    framer = Framer()
    frames = framer.feed(stream)
    assert all(isinstance(one, Frame) for one in frames)
    reassembler, joined = Reassembler(), b""
    for one in frames:
        found = parse(one)
        header = found.header
        assert header is not None
        if header.parts == 1:
            assert one.data[17:-1] == body if version == 2019 else one.data[12:-1] == body
            return
        whole = reassembler.add(header, one.data[21:-1] if version == 2019 else one.data[16:-1], 0)
        joined = whole.body if whole else b""
    assert joined == body


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(data: bytes) -> None:
    for one in decoded(b"\x7e" + data):
        assert isinstance(one, Message | Refused)


def test_an_endless_frame_is_cut_off_and_the_next_one_found() -> None:
    framer = Framer()
    found = []
    for _ in range(100):
        found += framer.feed(b"\x7e" if not found and _ == 0 else bytes(1_000))
        assert len(framer._pending) <= MOST
    found += framer.feed(bytes.fromhex("7e" + captures.SMALLCHI_LOCATION))
    assert [type(one) for one in found] == [BadFrame, Frame]


def hammer(count: int) -> None:
    rng, framer = Random(808), Framer()
    frames = [bytes.fromhex(text) for text in captures.EVERY]
    good = 0
    for _ in range(count):
        frame = bytearray(rng.choice(frames))
        for _ in range(rng.randrange(4)):
            fate, at = rng.random(), rng.randrange(len(frame))
            if fate < 0.6:
                frame[at] ^= 1 << rng.randrange(8)
            elif fate < 0.8:
                del frame[at]
            else:
                frame.insert(at, rng.choice((0x7E, 0x7D, rng.randrange(256))))
        for one in framer.feed(bytes(frame)):
            for lenient in (False, True):
                found = parse(one, lenient=lenient)
                assert isinstance(found, Message | Refused)
                if isinstance(found, Message) and isinstance(found.body, Location):
                    good += found.body.lat is not None
                    found.body.utc_s()
                    SENSORS.values(found.body.items)
                    [item_value(*item) for item in found.body.items]
        assert len(framer._pending) <= MOST
    assert good > count / 4


def test_mutated_captures_are_answered_and_little_is_kept() -> None:
    hammer(4_000)


@pytest.mark.long
def test_a_million_mutated_captures_are_answered() -> None:
    hammer(1_000_000)
