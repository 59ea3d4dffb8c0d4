"""The card reader's frame: laws and damage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges.card_reader import CardRead, CardReaderDecoder, CardRefused, encode

# Layout from a public driver of such a reader (id 3621126404): 02 + 10 digits + 0D 0A 03.
FOREIGN = bytes.fromhex("02 30 30 30 31 32 33 34 35 36 37 0D 0A 03")
TAGS = st.text("0123456789", min_size=10, max_size=10)


def decoded(data: bytes) -> list[CardRead | CardRefused]:
    decoder = CardReaderDecoder()
    return decoder.feed(data) + decoder.flush()


def test_the_published_layout_is_read() -> None:
    assert decoded(FOREIGN) == [CardRead("0001234567", FOREIGN)]


@given(TAGS)
def test_what_is_encoded_is_decoded(tag: str) -> None:
    assert decoded(encode(tag)) == [CardRead(tag, encode(tag))]


@given(st.binary(max_size=80), st.integers(1, 9))
def test_chunking_does_not_matter_and_nothing_raises(noise: bytes, size: int) -> None:
    stream = noise + FOREIGN + noise
    decoder = CardReaderDecoder()
    answers = [
        a for at in range(0, len(stream), size) for a in decoder.feed(stream[at : at + size])
    ]
    assert answers + decoder.flush() == decoded(stream)


@given(st.binary(max_size=80))
def test_a_card_after_noise_is_found(noise: bytes) -> None:
    assert decoded(noise + FOREIGN)[-1] == CardRead("0001234567", FOREIGN)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (FOREIGN.replace(b"7", b"x"), "not-numeric"),
        (FOREIGN.replace(b"\r\n", b"  "), "length"),
        (FOREIGN.replace(b"7", b""), "length"),
        (FOREIGN[:-1], "truncated"),
    ],
)
def test_damaged_cards_are_refused(frame: bytes, reason: str) -> None:
    assert decoded(frame) == [CardRefused(reason, frame)]  # type: ignore[arg-type]


@pytest.mark.parametrize("tag", ["", "123", "12345678901", "٠١٢٣٤٥٦٧٨٩", "123456789x"])
def test_the_encoder_refuses_anything_but_ten_digits(tag: str) -> None:
    with pytest.raises(ValueError, match="10 digits"):
        encode(tag)
