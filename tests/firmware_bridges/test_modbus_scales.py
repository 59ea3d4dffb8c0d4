"""Maps of weigh transmitters and their answers: the manuals' bits, and what gives no weight."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges.modbus_maps import ScaleMap, WordOrder, parse_scale
from firmware_bridges.modbus_rtu import exception_answer, read_answer
from firmware_bridges.weighbridge.indicator import IndicatorWeight, Refused, Shown
from firmware_bridges.weighbridge.modbus_registers import (
    ModbusScaleDecoder,
    ModbusScaleSettings,
    encode,
)

FOLDER = files("firmware_bridges.modbus_maps.scale_presets")
NAMES = ("dini-dgt4x", "tuna-id551pn", "generic-two-registers")


def text_of(name: str) -> str:
    return FOLDER.joinpath(f"{name}.toml").read_text("utf-8")


def weigh(
    name: str, *registers: int, order: WordOrder = "ABCD", **settings: object
) -> IndicatorWeight | Refused:
    map_ = parse_scale(text_of(name))
    chosen = ModbusScaleSettings(map=text_of(name), word_order=order, unit="kg", **settings)  # type: ignore[arg-type]
    (answer,) = ModbusScaleDecoder(chosen).feed(read_answer(1, map_.function, registers))
    return answer


def test_every_map_that_comes_with_edile_is_read() -> None:
    shipped = {one.name[:-5] for one in FOLDER.iterdir() if one.name.endswith(".toml")}
    assert shipped == set(NAMES)
    assert {name: parse_scale(text_of(name)).request for name in NAMES} == {
        "dini-dgt4x": (201, 3),
        "tuna-id551pn": (2, 3),
        "generic-two-registers": (0, 2),
    }


# Dini Argeo TECH_MAN_ENG_DGT4X p. 58: b0 sign, b1 stable, b2 underload, b3 overload; DGT1SAN quick
# start manual, 19: 6000 is 0000 1770h, absolute and without point (3,055 is read as 3055).
@pytest.mark.parametrize(
    ("status", "low", "weight", "stable", "over", "under"),
    [
        (0b0010, 0x1770, "6000", True, False, False),
        (0b0000, 0x03E8, "1000", False, False, False),
        (0b0011, 0x03E8, "-1000", True, False, False),
        (0b1000, 0x1770, "6000", False, True, False),
        (0b0101, 0x0014, "-20", False, False, True),
    ],
)
def test_the_dgt4x_says_what_its_manual_says(
    status: int, low: int, weight: str, stable: bool, over: bool, under: bool
) -> None:
    answer = weigh("dini-dgt4x", status, 0, low)
    assert isinstance(answer, IndicatorWeight)
    assert (answer.weight, answer.stable, answer.overload, answer.underload, answer.net) == (
        Decimal(weight),
        stable,
        over,
        under,
        False,
    )


# Tuna ID551PN operation manual Rev 1.00, 3.5: bit 9 under, 10 over, 12 motion, 15 data OK.
# 12360.0 as an IEEE 754 float is 4641 2000h.
def test_the_id551pn_says_what_its_manual_says() -> None:
    for status, stable, over in (
        (0x8000, True, False),
        (0x9000, False, False),
        (0x8400, True, True),
    ):
        answer = weigh("tuna-id551pn", 0x4641, 0x2000, status)
        assert isinstance(answer, IndicatorWeight)
        assert (answer.weight, answer.stable, answer.overload) == (Decimal(12360), stable, over)
    swapped = weigh("tuna-id551pn", 0x2000, 0x4641, 0x8000, order="CDAB")
    assert isinstance(swapped, IndicatorWeight)
    assert swapped.weight == 12360


def test_data_that_the_transmitter_calls_bad_are_no_weight() -> None:
    answer = weigh("tuna-id551pn", 0x4641, 0x2000, 0x0000)
    assert isinstance(answer, Refused)
    assert answer.reason == "not-numeric"
    assert isinstance(weigh("tuna-id551pn", 0x7FC0, 0, 0x8000), Refused)


def test_a_transmitter_without_status_says_nothing_of_motion() -> None:
    answer = weigh("generic-two-registers", 0xFFFF, 0xFFEC)
    assert isinstance(answer, IndicatorWeight)
    assert (answer.weight, answer.stable, answer.net) == (-20, None, None)


def test_decimals_are_those_of_the_file_and_nonsense_is_refused() -> None:
    answer = weigh("dini-dgt4x", 2, 0, 3055, decimals=3)
    assert isinstance(answer, IndicatorWeight)
    assert answer.weight == Decimal("3.055")
    heavy = weigh("dini-dgt4x", 2, 0, 2001, capacity=Decimal(1000))
    assert isinstance(heavy, Refused)
    assert heavy.reason == "above-capacity"


def test_what_is_no_answer_to_the_request_is_refused() -> None:
    settings = ModbusScaleSettings(map=text_of("dini-dgt4x"), unit="kg")
    good = read_answer(1, 3, (2, 0, 100))
    for raw, reason in (
        (good[:-1] + bytes((good[-1] ^ 1,)), "checksum"),
        (good[:-1], "checksum"),
        (read_answer(1, 3, (2, 0)), "length"),
        (exception_answer(1, 3, 2), "length"),
    ):
        (answer,) = ModbusScaleDecoder(settings).feed(raw)
        assert isinstance(answer, Refused)
        assert answer.reason == reason


@given(st.binary(max_size=40))
def test_any_bytes_are_answered(raw: bytes) -> None:
    settings = ModbusScaleSettings(map=text_of("tuna-id551pn"), unit="kg")
    decoder = ModbusScaleDecoder(settings)
    answers = decoder.feed(raw) + decoder.flush()
    assert [answer.raw for answer in answers] == ([raw] if raw else [])


@given(
    st.sampled_from(NAMES),
    st.sampled_from(["ABCD", "CDAB", "BADC", "DCBA"]),
    st.integers(-80_000, 80_000),
    st.booleans(),
    st.booleans(),
)
def test_what_is_shown_is_weighed(
    name: str, order: WordOrder, kg: int, stable: bool, over: bool
) -> None:
    map_: ScaleMap = parse_scale(text_of(name))
    shown = Shown(Decimal(kg), stable=stable, overload=over)
    settings = ModbusScaleSettings(map=text_of(name), word_order=order, unit="kg")
    (answer,) = ModbusScaleDecoder(settings).feed(encode(shown, map_, 7, order))
    assert isinstance(answer, IndicatorWeight)
    assert answer.weight == kg
    assert answer.stable in (stable, None)
    assert answer.overload is (over and map_.bits.over is not None)


GOOD = 'about = "a"\nsource = "s"\nweight = 0\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + "status = 5\n", "next to the weight"),
        (GOOD + "status = 1\n", "next to the weight"),
        (GOOD + "[bits]\nstable = 1\n", "need a status register"),
        (GOOD + "status = 2\n[bits]\nstable = 1\nmotion = 2\n", "its reverse"),
        ('numbering = "4xxxx"\n' + GOOD, "none in 4xxxx"),
        (GOOD + "wrong = 1\n", "no key"),
        (GOOD + "[bits]\nwrong = 1\n", "no key"),
        ("about = ", "not TOML"),
    ],
)
def test_a_map_that_makes_no_sense_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_scale(text)
