"""Rice Lake's stream format, by the layouts of the manuals (480 p. 64, 680 p. 63); no captures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from tests.firmware_bridges.dialect_bench import decoded, only, refusal_of, weight_of

NAME = "rice-lake-stream"


def frame(
    polarity: str = " ",
    weight: str = "  12340",
    unit: str = "K",
    mode: str = "G",
    status: str = " ",
) -> bytes:
    return f"\x02{polarity}{weight}{unit}{mode}{status}\r\n".encode()


def test_a_plain_frame_with_cr_lf_or_cr_alone() -> None:
    for data in (frame(), frame()[:-1]):
        one = weight_of(only(decoded(NAME, data)))
        assert (one.weight, one.unit, one.stable, one.net) == (12340, "kg", True, False)


def test_the_point_is_among_the_digits_and_the_sign_before_them() -> None:
    one = weight_of(only(decoded(NAME, frame("-", "   0.50", "L", "N"))))
    assert (f"{one.weight:f}", one.unit, one.net) == ("-0.50", "lb", True)


@pytest.mark.parametrize(("status", "stable"), [(" ", True), ("M", False), ("Z", True)])
def test_motion(status: str, stable: bool) -> None:
    assert weight_of(only(decoded(NAME, frame(status=status)))).stable is stable


@pytest.mark.parametrize(
    ("polarity", "status", "over", "under"),
    [
        *[(" ", "O", True, False), ("-", "O", False, True), ("^", " ", True, False)],
        *[("]", " ", False, True), ("]", "O", False, True)],
    ],
)
def test_out_of_range_is_never_stable(polarity: str, status: str, over: bool, under: bool) -> None:
    one = weight_of(only(decoded(NAME, frame(polarity, status=status))))
    assert (one.stable, one.overload, one.underload) == (False, over, under)


def test_above_the_range_without_digits_is_at_least_the_capacity() -> None:
    data = frame("^", "^^^^^^^")
    assert refusal_of(only(decoded(NAME, data))) == "not-numeric"
    one = weight_of(only(decoded(NAME, data, capacity=Decimal(60_000))))
    assert (one.weight, one.overload) == (60_000, True)


@pytest.mark.parametrize(
    "data",
    [
        *[
            frame(status="I"),
            frame(status="X"),
            frame(mode="g"),
            frame("+"),
            frame(weight="       "),
        ],
        *[frame(weight=" -12340"), frame(weight=" 12 340"), frame(weight="1.2.340")],
    ],
)
def test_what_the_format_does_not_know_is_refused(data: bytes) -> None:
    assert refusal_of(only(decoded(NAME, data))) == "not-numeric"


def test_tons_count_only_where_the_installer_says_metric() -> None:
    assert refusal_of(only(decoded(NAME, frame(unit="T"), unit="kg"))) == "no-unit"
    assert weight_of(only(decoded(NAME, frame(unit="T"), unit="t"))).unit == "t"
    assert refusal_of(only(decoded(NAME, frame(unit="O"), unit="kg"))) == "no-unit"


def test_a_frame_without_a_unit_takes_the_one_set() -> None:
    assert weight_of(only(decoded(NAME, frame(unit=" "), unit="kg"))).unit == "kg"
    assert refusal_of(only(decoded(NAME, frame(unit=" ")))) == "no-unit"


def test_a_digit_lost_or_too_many_is_a_wrong_length() -> None:
    assert refusal_of(only(decoded(NAME, frame(weight=" 12340")))) == "length"
    assert refusal_of(only(decoded(NAME, frame(weight="   12340")))) == "length"


def test_the_encoder_keeps_to_the_layout() -> None:
    encode = DIALECTS[NAME].encode
    assert encode(Shown(Decimal("-0.50"), 2, "lb", net=True)) == frame("-", "   0.50", "L", "N")
    assert encode(Shown(Decimal(99_999), overload=True)) == frame(" ", "  99999", status="O")
    with pytest.raises(ValueError, match="more than 7 characters"):
        encode(Shown(Decimal(12345), 2))
