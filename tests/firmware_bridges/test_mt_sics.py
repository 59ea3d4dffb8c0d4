"""MT-SICS beyond the laws."""

from __future__ import annotations

from decimal import Decimal

import pytest

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from tests.firmware_bridges.dialect_bench import decoded, only, refusal_of, weight_of

NAME = "mt-sics"


def one_line(text: str, **settings: object) -> object:
    return only(decoded(NAME, text.encode() + b"\r\n", **settings))


@pytest.mark.parametrize("command", ["S", "SI", "SIR", "SR", "SU", "SIU", "SIRU", "SNR"])
def test_a_repeated_command_before_the_reply_is_accepted(command: str) -> None:
    answer = one_line(f"{command} S     100.00 g")
    assert weight_of(answer).weight == 100  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        *["SIR", "S", "Z A", "ZI S", "T S     12.00 kg", "TA A     12.00 kg", "TAC A"],
        *["TI D     1.00 g", 'I4 A "0123456789"', "@", 'D A "HELLO"'],
    ],
)
def test_commands_and_replies_that_carry_no_load_give_nothing(line: str) -> None:
    assert decoded(NAME, line.encode() + b"\r\n") == []


@pytest.mark.parametrize("line", ["S I", "ES", "ET", "EL", "S S", "S D", "X S 1 g", "s s 1 g"])
def test_states_without_a_weight_are_refused(line: str) -> None:
    assert refusal_of(one_line(line)) == "not-numeric"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "number", ["NaN", "inf", "1e3", "0x10", "1_000", "١٢", "12,5", "1.2.3", "", "--1", "1 2"]
)
def test_numbers_that_python_would_take_and_a_scale_never_sends_are_refused(number: str) -> None:
    assert refusal_of(one_line(f"S S {number} kg")) in ("not-numeric", "no-unit")  # type: ignore[arg-type]


@pytest.mark.parametrize("unit", ["", "ct", "oz", "mg", "PCS", "%", "Kg", "k", "lb:o"])
def test_a_weight_without_a_unit_of_ours_is_refused(unit: str) -> None:
    line = f"S S     100.00 {unit}".rstrip()
    assert refusal_of(one_line(line, unit="kg")) == "no-unit"  # type: ignore[arg-type]


def test_pounds_and_ounces_become_pounds_exactly() -> None:
    one = weight_of(one_line("S S   12:07.50 lb:oz"))  # type: ignore[arg-type]
    assert (one.weight, one.unit) == (Decimal("12.46875"), "lb")
    assert weight_of(one_line("S S   -1:08.00 lb:oz")).weight == Decimal("-1.5")  # type: ignore[arg-type]
    assert refusal_of(one_line("S S   12:17.50 lb:oz")) == "not-numeric"  # type: ignore[arg-type]


def test_above_the_range_is_at_least_the_capacity_where_that_is_known() -> None:
    one = weight_of(one_line("S +", capacity=Decimal(60_000), unit="kg"))  # type: ignore[arg-type]
    assert (one.weight, one.unit, one.stable, one.overload) == (60_000, "kg", False, True)
    assert refusal_of(one_line("S +")) == "not-numeric"  # type: ignore[arg-type]


def test_a_balance_that_never_says_stable_settles_by_time_when_set_so() -> None:
    moving, still = "S D     100.00 g", "S S     100.00 g"
    assert weight_of(one_line(moving, trust_motion=False)).stable is None  # type: ignore[arg-type]
    assert weight_of(one_line(still, trust_motion=False)).stable is True  # type: ignore[arg-type]
    assert weight_of(one_line(moving)).stable is False  # type: ignore[arg-type]


def test_it_is_asked_to_send_and_go_on_sending() -> None:
    spec = DIALECTS[NAME]
    assert spec.poll is not None
    assert spec.poll(spec.settings()) == b"SIR\r\n"


def test_the_encoder_aligns_in_ten_characters_as_the_manual_prints_it() -> None:
    encode = DIALECTS[NAME].encode
    assert encode(Shown(Decimal("100.00"), 2, "g")) == b"S S     100.00 g\r\n"
    assert encode(Shown(Decimal(0), overload=True)) == b"S +\r\n"
    assert encode(Shown(Decimal(0), underload=True)) == b"S -\r\n"
    with pytest.raises(ValueError, match="more than 10 characters"):
        encode(Shown(Decimal(-1234567), 2))
