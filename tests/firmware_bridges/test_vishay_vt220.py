"""Vishay VT-220 beyond the laws; what is known of it is in foreign_frames.py."""

from __future__ import annotations

from firmware_bridges.weighbridge.indicator import IndicatorWeight
from tests.firmware_bridges.dialect_bench import decoded, only, refusal_of, weight_of

NAME = "vishay-vt220"


def heard(data: bytes, **settings: object) -> list[str]:
    return [
        f"{one.weight:f}" if isinstance(one, IndicatorWeight) else one.reason
        for one in decoded(NAME, data, **settings)
    ]


def test_whatever_is_no_digit_ends_a_frame() -> None:
    for end in (b"\r\n", b"\r", b"\x03", b" ", b""):
        assert heard((b"P+031790" + end) * 2) == ["31790", "31790"]


def test_nothing_is_decided_before_the_byte_behind() -> None:
    assert decoded(NAME, b"P+031790", end=False) == []
    assert weight_of(only(decoded(NAME, b"P+031790\r", end=False))).weight == 31790


def test_a_digit_too_many_or_too_few_is_refused() -> None:
    assert heard(b"P+0317901\rP+031790\r") == ["length", "31790"]
    assert heard(b"P+03179\rP+031790\r") == ["truncated", "31790"]
    assert heard(b"P+03") == ["truncated"]


def test_letters_without_a_sign_and_other_letters_are_noise() -> None:
    assert heard(b"PP@ABC+031790 P31790 P+031790\r") == ["31790"]


def test_negative_weights_decimals_and_seven_bits() -> None:
    assert heard(b"P-000020\r") == ["-20"]
    assert heard(b"P+031790\r", decimals=1) == ["3179.0"]
    even = bytes(byte | (byte.bit_count() & 1) << 7 for byte in b"@+031790\r")
    one = weight_of(only(decoded(NAME, even, data_bits=7)))
    assert (one.weight, one.stable) == (31790, False)
    assert [refusal_of(one) for one in decoded(NAME, even)] in ([], ["truncated"])
