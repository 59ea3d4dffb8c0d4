"""SMA beyond the laws and the standard's examples."""

from __future__ import annotations

from decimal import Decimal

import pytest

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from tests.firmware_bridges.dialect_bench import decoded, only, refusal_of, weight_of

NAME = "sma"
SOUND = "\n 1G       7.650kg \r"  # PR 5220 manual p. 130


@pytest.mark.parametrize("status", "EIT")
def test_errors_have_dashes_for_a_weight_and_are_refused(status: str) -> None:
    assert (
        refusal_of(only(decoded(NAME, f"\n{status}1G  ----------kg \r".encode()))) == "not-numeric"
    )


def test_a_tare_is_no_load_and_refused() -> None:
    assert refusal_of(only(decoded(NAME, SOUND.replace("G", "T").encode()))) == "not-numeric"


def test_under_capacity() -> None:
    one = weight_of(only(decoded(NAME, b"\nU1G      -0.100kg \r")))
    assert (one.weight, one.stable, one.underload) == (Decimal("-0.100"), False, True)


@pytest.mark.parametrize(
    ("unit", "known"), [("t  ", "t"), ("g  ", "g"), ("lb ", "lb"), (" kg", "kg")]
)
def test_units(unit: str, known: str) -> None:
    assert weight_of(only(decoded(NAME, SOUND.replace("kg ", unit).encode()))).unit == known


@pytest.mark.parametrize("unit", ["   ", "ton", "oz ", "l/o"])
def test_a_unit_that_is_none_of_ours_is_refused(unit: str) -> None:
    data = SOUND.replace("kg ", unit).encode()
    assert refusal_of(only(decoded(NAME, data, unit="kg"))) == "no-unit"


@pytest.mark.parametrize("wrong", ["\n 1G      7.650kg \r", "\n 1G        7.650kg \r"])
def test_a_character_lost_or_too_many_is_a_wrong_length(wrong: str) -> None:
    assert refusal_of(only(decoded(NAME, wrong.encode()))) == "length"


def test_an_answer_to_an_inquiry_is_refused() -> None:
    assert refusal_of(only(decoded(NAME, b"\nSMA:2/1.0\r"))) in ("length", "not-numeric")


def test_it_is_asked_for_the_displayed_weight() -> None:
    spec = DIALECTS[NAME]
    assert spec.poll is not None
    assert spec.poll(spec.settings()) == b"\nW\r"


def test_the_encoder_sends_the_standards_examples() -> None:
    encode = DIALECTS[NAME].encode
    assert encode(Shown(Decimal("7.650"), 3, "kg", stable=False)) == b"\n 1GM      7.650kg \r"
    assert encode(Shown(Decimal(100_000), 0, "lb", net=True)) == b"\n 1N      100000lb \r"
    assert encode(Shown(Decimal("0.000"), 3, "lb")) == b"\nZ1G       0.000lb \r"
