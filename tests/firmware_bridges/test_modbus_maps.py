"""Register maps: every map that comes with Edile, foreign registers, word orders, what is no value."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.payloads.air import Quantity
from firmware_bridges.modbus_maps import (
    BadValue,
    Point,
    RegisterMap,
    Value,
    WordOrder,
    blocks,
    parse,
    read_point,
    write_point,
)

FOLDER = files("firmware_bridges.modbus_maps.presets")
NAMES = sorted(one.name[:-5] for one in FOLDER.iterdir() if one.name.endswith(".toml"))
ORDERS: tuple[WordOrder, ...] = get_args(WordOrder)
POINT = Point("noise", "dB", 0)


def preset(name: str) -> RegisterMap:
    return parse(FOLDER.joinpath(f"{name}.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_every_map_says_where_it_is_from_and_names_quantities_of_the_contract(name: str) -> None:
    found = preset(name)
    assert len(found.source) > 20 or found.verified == "unverified"
    assert {point.quantity for point in found.points} <= set(get_args(Quantity))
    assert all(point.low is not None and point.high is not None for point in found.points)


# What the documents say of their registers (see the source in each map); an iTrans example is 5 ppm
# = 0005h and -5 ppm = FFFBh, Detcon's 7 is 0.7 ppm, DFRobot's 028Fh is 65.5 degrees, 0025h 3.7 m/s.
DOCUMENTS: list[tuple[str, int, tuple[int, ...], str]] = [
    ("sonbest-sm7901", 0, (0x0218,), "53.6"),
    ("sonbest-sm7820b", 0, (0x0AE4,), "27.88"),
    ("sonbest-sm7820b", 1, (0x1765,), "59.89"),
    ("sht20", 0, (0x0131,), "30.5"),
    ("sht20", 0, (0xFF33,), "-20.5"),
    ("sht20", 1, (0x0222,), "54.6"),
    ("dfrobot-soil", 0, (0x0292,), "65.8"),
    ("dfrobot-soil", 1, (0xFF9B,), "-10.1"),
    ("oldham-itrans", 0, (0x0005,), "5"),
    ("oldham-itrans", 0, (0xFFFB,), "-5"),
    ("detcon-1000-h2s", 0, (0x0007,), "0.7"),
    ("dfrobot-wind-direction", 0, (0x028F,), "65.5"),
    ("dfrobot-wind-speed", 0, (0x0025,), "3.7"),
    ("vaisala-hpp272", 0, (0xD47A, 0x43E8), "465.66"),
]


@pytest.mark.parametrize(("name", "index", "registers", "value"), DOCUMENTS)
def test_a_documents_registers_give_the_documents_value(
    name: str, index: int, registers: tuple[int, ...], value: str
) -> None:
    found = preset(name)
    answer = read_point(found.points[index], registers, found.word_order)
    assert isinstance(answer, Value)
    assert answer.value == Decimal(value)


# -20.5 is the sheet's own words for FF33h; the sum is exact.
@pytest.mark.parametrize(
    ("name", "requests"),
    [
        ("oldham-itrans", [(3, 101, 1)]),
        ("siemens-qsa2700d", [(3, 256, 2)]),
        ("deltaohm-pmsense", [(4, 3, 3)]),
        ("sht20", [(4, 1, 2)]),
        ("dfrobot-weather", [(3, 500, 1), (3, 503, 7)]),
        ("cpn-weather", [(3, 3, 1), (3, 8, 1)]),
    ],
)
def test_registers_are_counted_as_on_the_wire_and_neighbours_asked_together(
    name: str, requests: list[tuple[int, int, int]]
) -> None:
    assert [(one.function, one.address, one.count) for one in blocks(preset(name))] == requests


def test_an_instrument_that_gives_few_registers_at_once_is_asked_more_often() -> None:
    points = tuple(Point(f"q{index}", "x", index * 2, "f32") for index in range(5))
    few = RegisterMap("x", "y", points, max_registers=4)
    assert [(one.address, one.count) for one in blocks(few)] == [(0, 4), (4, 4), (8, 2)]


@pytest.mark.parametrize("pattern", [0x7FFF, 0x8000, 0xFFFF])
def test_the_usual_sentinels_are_no_values(pattern: int) -> None:
    answer = read_point(POINT, (pattern,), "ABCD")
    assert isinstance(answer, BadValue)
    assert answer.reason == "sentinel"


def test_sentinels_can_be_others_or_none() -> None:
    none = Point("noise", "dB", 0, sentinels=())
    assert isinstance(read_point(none, (0x7FFF,), "ABCD"), Value)
    mine = Point("noise", "dB", 0, sentinels=(9999,))
    assert isinstance(read_point(mine, (9999,), "ABCD"), BadValue)
    assert isinstance(read_point(mine, (0x7FFF,), "ABCD"), Value)


@pytest.mark.parametrize("registers", [(0x7FC0, 0), (0x7F80, 0), (0xFF80, 0)])
def test_floats_that_are_no_numbers_are_no_values(registers: tuple[int, int]) -> None:
    answer = read_point(Point("noise", "dB", 0, "f32"), registers, "ABCD")
    assert isinstance(answer, BadValue)
    assert answer.reason == "not-a-number"


@pytest.mark.parametrize(
    ("low", "high", "fine"), [("0", "10", True), ("6", "10", False), ("0", "4", False)]
)
def test_the_range_is_part_of_the_value(low: str, high: str, fine: bool) -> None:
    point = Point("noise", "dB", 0, low=Decimal(low), high=Decimal(high))
    answer = read_point(point, (5,), "ABCD")
    assert isinstance(answer, Value) is fine


def test_the_four_orders_of_a_float() -> None:
    # 465.66 = 43 E8 D4 7A: Vaisala's example turned as the four letters say
    point, number = Point("voc", "ppm", 0, "f32"), Decimal("465.66")
    wire = {
        "ABCD": (0x43E8, 0xD47A),
        "CDAB": (0xD47A, 0x43E8),
        "BADC": (0xE843, 0x7AD4),
        "DCBA": (0x7AD4, 0xE843),
    }
    for order in ORDERS:
        answer = read_point(point, wire[order], order)
        assert isinstance(answer, Value)
        assert answer.value == number


@given(
    st.sampled_from(["u16", "s16", "u32", "s32"]),
    st.sampled_from(ORDERS),
    st.sampled_from(["1", "0.1", "0.01", "2.5"]),
    st.sampled_from(["0", "-40", "100"]),
    st.integers(0, 30_000),
)
def test_what_is_written_is_read(
    kind: str, order: WordOrder, scale: str, offset: str, steps: int
) -> None:
    point = Point("noise", "dB", 0, kind, scale=Decimal(scale), offset=Decimal(offset))  # type: ignore[arg-type]
    value = steps * point.scale + point.offset
    answer = read_point(point, write_point(point, value, order), order)
    assert isinstance(answer, Value)
    assert answer.value == value


@given(st.sampled_from(["u16", "s16", "u32", "s32", "f32"]), st.sampled_from(ORDERS), st.data())
def test_any_registers_are_answered(kind: str, order: WordOrder, data: st.DataObject) -> None:
    point = Point("noise", "dB", 0, kind)  # type: ignore[arg-type]
    words = data.draw(st.tuples(*[st.integers(0, 0xFFFF)] * point.size))
    answer = read_point(point, words, order)
    assert answer.raw == b"".join(word.to_bytes(2, "big") for word in words)


GOOD = 'about = "a"\nsource = "s"\n[[points]]\nquantity = "noise"\nunit = "dB"\nregister = 0\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("about = ", "not TOML"),
        ("about = 'a'\nsource = 's'\n", "at least one"),
        (GOOD.replace("register = 0", "register = 65536"), "none in 0-based"),
        ('numbering = "4xxxx"\n' + GOOD, "none in 4xxxx"),
        ('numbering = "1-based"\n' + GOOD, "none in 1-based"),
        (GOOD + 'scale = "0"\n', "scale: not 0"),
        (GOOD + 'scale = "x"\n', "decimal number"),
        (GOOD + 'low = "5"\nhigh = "1"\n', "less than high"),
        (GOOD + 'kind = "u17"\n', "kind: one of"),
        (GOOD + "function = 6\n", "function: 3 or 4"),
        (GOOD + "wrong = 6\n", "wrong is no key"),
        ("wrong = 6\n" + GOOD, "wrong is no key"),
        (GOOD + "[[points]]\n" + GOOD.partition("[[points]]\n")[2], "twice"),
        (GOOD.replace('unit = "dB"\n', ""), "unit"),
        ("points = 5\nabout='a'\nsource='s'", "tables"),
    ],
)
def test_a_map_that_makes_no_sense_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse(text)
