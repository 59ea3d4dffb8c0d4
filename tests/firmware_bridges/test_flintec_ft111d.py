"""Flintec FT-111D beyond the laws; the two lines known are in foreign_frames.py."""

from __future__ import annotations

from decimal import Decimal

import pytest

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from tests.firmware_bridges.dialect_bench import decoded, only, refusal_of, weight_of

NAME = "flintec-ft111d"


@pytest.mark.parametrize("status", ["01", "40", "C0", "81", "ff", "0", "000", "zz"])
def test_status_bits_of_unknown_meaning_are_refused(status: str) -> None:
    line = f"i{status} 16370     0\r\n".encode()
    assert refusal_of(only(decoded(NAME, line))) == "not-numeric"


@pytest.mark.parametrize(
    "line",
    [b"00 16370     0\r", b"I00 16370     0\r", b"i00      0\r", b"i00 163x0     0\r", b"16370\r"],
)
def test_other_lines_and_the_tail_of_one_are_refused(line: bytes) -> None:
    assert refusal_of(only(decoded(NAME, line))) == "not-numeric"


def test_weights_shorter_than_the_field_and_units_from_the_settings() -> None:
    one = weight_of(only(decoded(NAME, b"i00    20     0\r\n", unit="kg")))
    assert (one.weight, one.unit) == (20, "kg")


def test_the_encoder_sends_lines_like_those_seen() -> None:
    encode = DIALECTS[NAME].encode
    assert encode(Shown(Decimal(16370))) == b"i00 16370     0\r\n"
    assert encode(Shown(Decimal(16360), stable=False)) == b"i80 16360     0\r\n"
    for weight in (100_000, -10_000):
        with pytest.raises(ValueError, match="more than 5"):
            encode(Shown(Decimal(weight)))
