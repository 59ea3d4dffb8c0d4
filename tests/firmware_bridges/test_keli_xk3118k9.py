"""Keli XK3118K9 by the K9-R manual p. 10; the XOR by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from tests.firmware_bridges.dialect_bench import decoded, only, refusal_of, weight_of

NAME = "keli-xk3118k9"


def framed(body: bytes) -> bytes:
    check = 0
    for byte in body:
        check ^= byte
    return b"\x02" + body + f"{check:02X}".encode() + b"\x03"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        *[
            ("+00888.0", "888.0"),
            ("+008.880", "8.880"),
            ("-12345.6", "-12345.6"),
            ("+012340.", "12340"),
        ],
        *[("+.012340", "0.012340"), ("+0088803", "8.880"), ("-0012340", "-1234")],
    ],
)
def test_the_point_is_among_the_digits_or_counted_behind_them(data: str, shown: str) -> None:
    one = weight_of(only(decoded(NAME, framed(b"AB" + data.encode()), unit="kg")))
    assert (f"{one.weight:f}", one.unit, one.stable, one.net) == (shown, "kg", None, False)


def test_the_answer_to_d_is_net() -> None:
    assert weight_of(only(decoded(NAME, framed(b"AD+001.000")))).net is True


@pytest.mark.parametrize("data", ["+0088805", " 008.880", "+00.8.80", "+.......", "+00x.880"])
def test_data_that_is_no_number_is_refused(data: str) -> None:
    assert refusal_of(only(decoded(NAME, framed(b"AB" + data.encode())))) == "not-numeric"


@pytest.mark.parametrize("body", [b"AA", b"AB", b"AC+001.000", b"AE00012", b"AG", b"BB+001.000"])
def test_questions_other_answers_and_other_addresses_give_nothing(body: bytes) -> None:
    assert decoded(NAME, framed(body)) == []


def test_another_address_can_be_set() -> None:
    frame = framed(b"BB+001.000")
    assert weight_of(only(decoded(NAME, frame, address="B"))).weight == 1


def test_a_wrong_check_or_length_is_refused() -> None:
    assert refusal_of(only(decoded(NAME, b"\x02AB+001.00000\x03"))) == "checksum"
    assert refusal_of(only(decoded(NAME, framed(b"AB+01.000")))) == "length"
    assert refusal_of(only(decoded(NAME, b"\x02AB\x03"))) == "length"


def test_it_is_asked_for_the_gross_weight_at_its_address() -> None:
    spec = DIALECTS[NAME]
    assert spec.poll is not None
    # 02 41 42 30 33 03: protocols of the A9+ and K9 manuals
    assert spec.poll(spec.settings()) == bytes.fromhex("02 41 42 30 33 03")
    assert spec.poll(spec.settings(address="C")) == framed(b"CB")


def test_the_encoder_writes_the_point_among_six_digits() -> None:
    encode = DIALECTS[NAME].encode
    assert encode(Shown(Decimal("-8.88"), 2)) == framed(b"AB-0008.88")
    assert encode(Shown(Decimal(12340), net=True)) == framed(b"AD+012340.")
