"""DS822-X beyond the laws. One captured C frame is in foreign_frames.py; A frames are built by hand
from the layout that the public note quotes, check by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from tests.firmware_bridges.dialect_bench import decoded, only, refusal_of, weight_of

NAME = "dingsong-ds822"


def framed(body: bytes) -> bytes:
    check = 0
    for byte in b"\x02" + body:
        check ^= byte
    return b"\x02" + body + bytes([check | 0x40, 3])


def test_an_a_frame_carries_sign_decimals_and_tare() -> None:
    one = weight_of(only(decoded(NAME, framed(b"AA+0001302000000000"), unit="t")))
    assert (f"{one.weight:f}", one.unit, one.stable, one.net) == ("1.30", "t", None, False)
    taken = weight_of(only(decoded(NAME, framed(b"Ca-0001300000050000"))))
    assert (taken.weight, taken.net) == (-130, True)


@pytest.mark.parametrize(
    "body",
    [
        b"AA 0001302000000000",
        b"AA+00x1302000000000",
        b"AA+0001305000000000",
        b"aA+0001302000000000",
    ],
)
def test_an_a_frame_that_is_no_number_is_refused(body: bytes) -> None:
    assert refusal_of(only(decoded(NAME, framed(body)))) == "not-numeric"


def test_c_frames_take_decimals_from_the_settings() -> None:
    body = b"Ac" + b"0 0 1 2 3 4 "
    assert weight_of(only(decoded(NAME, framed(body)))).weight == 1234
    assert f"{weight_of(only(decoded(NAME, framed(body), decimals=2))).weight:f}" == "12.34"


@pytest.mark.parametrize("pairs", [b"0 0 x 2 3 4 ", b"            ", b"1   2       "])
def test_c_frames_with_other_than_digits_are_refused(pairs: bytes) -> None:
    assert refusal_of(only(decoded(NAME, framed(b"Ac" + pairs)))) == "not-numeric"


def test_a_form_of_the_wrong_length_is_refused() -> None:
    assert refusal_of(only(decoded(NAME, framed(b"AA+00013020000000000")))) == "length"
    assert refusal_of(only(decoded(NAME, framed(b"Ac0 0 1 2 3 4")))) == "length"


def test_the_encoder_sends_an_a_frame_without_a_tare() -> None:
    frame = DIALECTS[NAME].encode(Shown(Decimal("-1.30"), 2))
    assert frame == framed(b"AA-0001302000000000")
