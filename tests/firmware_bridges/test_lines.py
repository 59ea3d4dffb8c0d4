"""Lines out of a stream: ends, starts, lengths, and what a too long line does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges.frames import BadFrame, Frame
from firmware_bridges.lines import LineFramer


def cut(data: bytes, framer: LineFramer | None = None) -> list[Frame | BadFrame]:
    framer = framer or LineFramer(8)
    return framer.feed(data) + framer.flush()


def test_cr_lf_and_both_end_a_line_and_empty_lines_are_nothing() -> None:
    assert cut(b"one\r\ntwo\rsix\n\n\r") == [Frame(b"one\r"), Frame(b"two\r"), Frame(b"six\n")]


def test_a_line_is_told_at_its_first_end_byte_without_waiting() -> None:
    assert LineFramer(8).feed(b"one\r") == [Frame(b"one\r")]


def test_the_end_of_the_stream_cuts_a_line_short() -> None:
    assert cut(b"one\rtw") == [Frame(b"one\r"), BadFrame("truncated", b"tw")]


def test_a_line_of_the_greatest_length_is_whole_and_a_longer_one_is_refused_once() -> None:
    assert cut(b"1234567\r") == [Frame(b"1234567\r")]
    assert cut(b"12345678901234567890\rone\r") == [BadFrame("length", b"12345678"), Frame(b"one\r")]


def test_with_a_start_byte_only_what_it_begins_counts() -> None:
    framer = LineFramer(8, start=0x02)
    assert cut(b"noise\r\x02one\rnoise\x02two\r", framer) == [
        Frame(b"\x02one\r"),
        Frame(b"\x02two\r"),
    ]


def test_a_second_start_cuts_the_first_short() -> None:
    framer = LineFramer(8, start=0x02)
    assert cut(b"\x02on\x02one\r", framer) == [
        BadFrame("truncated", b"\x02on"),
        Frame(b"\x02one\r"),
    ]


def test_a_start_within_a_line_that_was_too_long_begins_anew() -> None:
    framer = LineFramer(8, start=0x02)
    found = cut(b"\x02123456789\x02one\r", framer)
    assert found == [BadFrame("length", b"\x021234567"), Frame(b"\x02one\r")]


def test_other_ends_can_be_set_and_parity_is_ignored_when_told_so() -> None:
    assert cut(b"\x02a\r\x03", LineFramer(8, start=0x02, ends=b"\x03")) == [Frame(b"\x02a\r\x03")]
    seven = LineFramer(8, start=0x02, ends=b"\x03", data_bits=7)
    assert cut(b"\x82a\x83", seven) == [Frame(b"\x82a\x83")]


@pytest.mark.parametrize("start", [None, 0x02])
@given(stream=st.lists(st.sampled_from(b"\x02\r\na12"), max_size=40).map(bytes), data=st.data())
def test_chunking_does_not_matter(start: int | None, stream: bytes, data: st.DataObject) -> None:
    framer, found, rest = LineFramer(5, start=start), list[Frame | BadFrame](), stream
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        found += framer.feed(rest[:size])
        rest = rest[size:]
    assert found + framer.flush() == cut(stream, LineFramer(5, start=start))
