"""A receiver at another speed reads rubbish, as on a wire; at the same speed it reads the bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.uart import misread, with_parity

BAUDS = (600, 1200, 2400, 4800, 9600)
FRAME = bytes.fromhex("022b30303135363030313903")  # 1560 kg, protocols.md 1.1


@given(st.binary(max_size=40), st.sampled_from(BAUDS))
def test_at_the_senders_speed_nothing_changes(data: bytes, baud: int) -> None:
    assert misread(data, baud, baud) == data


@given(st.binary(min_size=1, max_size=40))
def test_one_percent_off_is_still_read_right(data: bytes) -> None:
    assert misread(data, 9600, 9696) == data


@pytest.mark.parametrize("sent", BAUDS)
@pytest.mark.parametrize("read", BAUDS)
def test_another_speed_garbles_a_frame(sent: int, read: int) -> None:
    assert (misread(FRAME, sent, read) == FRAME) == (sent == read)


def test_a_slow_sender_gives_a_fast_reader_more_characters() -> None:
    assert len(misread(FRAME, 1200, 9600)) > len(FRAME) > len(misread(FRAME, 9600, 1200))


def test_two_known_cases_by_hand() -> None:
    # NUL is nine low bits and a high stop bit. At half the speed the receiver's bits lie at 3, 5, 7
    # (low) and 9 (the stop bit), then on the idle line: 0 0 0 1 1 1 1 1, low bit first.
    assert misread(b"\x00", 9600, 4800) == b"\xf8"
    # At twice the speed it sees eighteen low half bits: NUL, with the stop bit missing.
    assert misread(b"\x00", 4800, 9600) == b"\x00"


@given(st.binary(max_size=20).map(lambda data: bytes(byte & 0x7F for byte in data)))
def test_seven_bits_travel_with_even_parity_in_bit_seven(data: bytes) -> None:
    sent = with_parity(data, "7E1")
    assert all(byte.bit_count() % 2 == 0 for byte in sent)
    assert bytes(byte & 0x7F for byte in sent) == data


@given(st.binary(max_size=20).map(lambda data: bytes(byte & 0x7F for byte in data)))
def test_or_with_odd_parity(data: bytes) -> None:
    sent = with_parity(data, "7O1")
    assert all(byte.bit_count() % 2 == 1 for byte in sent)
    assert bytes(byte & 0x7F for byte in sent) == data


def test_without_parity_nothing_is_added() -> None:
    assert with_parity(b"\x80\x7f", "8N1") == b"\x80\x7f"
