"""Toledo continuous output beyond the laws: forms, checks, status bits, decimal codes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from firmware_bridges.weighbridge.indicator import IndicatorWeight, Refused, Shown
from firmware_bridges.weighbridge.toledo_continuous import encode
from tests.firmware_bridges.dialect_bench import decoded, only, refusal_of, weight_of

NAME = "toledo-continuous"
PLAIN = b"\x02\x22\x30\x20012340000000\r"  # 12340 kg, stable; public file 71303250208


def check(body: bytes) -> bytes:
    """By hand from the manuals: two's complement of the sum, seven bits."""
    return bytes([(128 - sum(body) % 128) % 128])


def extended(first: int, second: int, third: int, weight: bytes, tare: bytes = b"0") -> bytes:
    return b"\x011" + bytes([first, second, third, 0x20]) + weight.rjust(9) + tare.rjust(8) + b"\r"


def heard(data: bytes, **settings: object) -> list[str]:
    return [
        f"{one.weight:f}" if isinstance(one, IndicatorWeight) else one.reason
        for one in decoded(NAME, data, **settings)
    ]


def test_with_and_without_check_are_told_apart() -> None:
    assert heard(PLAIN * 3) == ["12340"] * 3
    checked = PLAIN + check(PLAIN)
    assert heard(checked * 3) == ["12340"] * 3
    assert weight_of(only(decoded(NAME, checked))).raw == checked


def test_a_wrong_check_is_refused() -> None:
    assert heard(PLAIN + b"\x21" + PLAIN) == ["checksum", "12340"]


def with_check(wanted: bytes) -> bytes:
    """A frame whose own check is `wanted`."""
    bodies = (
        bytes([0x02, swa, 0x30, swc]) + b"%06d000000\r" % (10**nines - 1)
        for swa in range(0x22, 0x40)
        for swc in (0x20, 0x28, 0x30, 0x38)
        for nines in range(7)
    )
    return next(body for body in bodies if check(body) == wanted)


@pytest.mark.parametrize("start", [b"\x02", b"\x01"])
def test_a_check_that_looks_like_a_start_is_known_by_the_start_behind_it(start: bytes) -> None:
    body, other = with_check(start), with_check(b"\x55")
    follower = PLAIN + check(PLAIN)
    weight = f"{weight_of(only(decoded(NAME, body))).weight:f}"
    assert heard(body + start + follower) == [weight, "12340"]
    assert heard(body + PLAIN) == [weight, "12340"]
    assert heard(other + start + follower) == ["checksum", "12340"]


def test_after_three_checks_a_frame_without_is_refused_and_believed_again_later() -> None:
    checked = PLAIN + check(PLAIN)
    assert heard(checked * 3 + PLAIN + checked) == ["12340"] * 3 + ["checksum", "12340"]
    assert heard(checked * 50 + PLAIN * 30)[-3:] == ["12340"] * 3


def test_a_damaged_frame_that_lost_its_check_does_not_pass_on_a_line_with_checks() -> None:
    checked = PLAIN + check(PLAIN)
    hurt = PLAIN.replace(b"012340", b"012740")
    assert "12740" in heard(hurt + PLAIN)  # nothing could tell there
    assert "12740" not in heard(checked * 3 + hurt + checked)


def test_the_check_can_be_demanded_or_ruled_out() -> None:
    checked = PLAIN + check(PLAIN)
    assert heard(checked, checksum="yes") == ["12340"]
    assert heard(PLAIN + PLAIN, checksum="yes") == ["checksum", "checksum"]
    assert heard(PLAIN + b"\n" + PLAIN + b"\n", checksum="no") == ["12340", "12340"]
    assert heard(PLAIN + b"\n" + PLAIN + b"\n") == ["checksum", "checksum"]


def test_without_a_check_by_setting_a_frame_is_told_at_its_cr() -> None:
    assert only(decoded(NAME, PLAIN, end=False, checksum="no"))
    assert decoded(NAME, PLAIN, end=False) == []
    assert only(decoded(NAME, PLAIN + PLAIN[:2], end=False))


def test_the_short_form_has_no_tare() -> None:
    short = b"\x02\x22\x30\x20012340\r"
    assert heard(short + short) == ["12340"] * 2
    assert heard((short + check(short)) * 2) == ["12340"] * 2


def test_other_lengths_are_refused() -> None:
    assert heard(b"\x02\x22\x30\x2001234000000\r" + PLAIN) == ["length", "12340"]
    assert heard(PLAIN[:9] + PLAIN) == ["truncated", "12340"]
    assert heard(PLAIN[:-1] + b"0" * 8) == ["length"]


@pytest.mark.parametrize(
    ("code", "digits", "shown"),
    [
        *[(0, "   123", "123"), (1, "  1230", "1230"), (2, " 12300", "12300")],
        *[(3, " 12300", "1230.0"), (4, "012300", "123.00"), (5, "012300", "12.300")],
        *[(6, "012300", "1.2300"), (7, "012300", "0.12300")],
    ],
)
def test_decimal_codes(code: int, digits: str, shown: str) -> None:
    frame = b"\x02" + bytes([0x28 | code]) + b"\x30\x20" + digits.encode() + b"     0\r"
    assert heard(frame) == [shown]


@pytest.mark.parametrize(("code", "shown"), [(0, "12300"), (1, "1230"), (2, "123")])
def test_fixed_zeros_are_added_only_when_set_so(code: int, shown: str) -> None:
    frame = b"\x02" + bytes([0x28 | code]) + b"\x30\x20   123     0\r"
    assert heard(frame, fixed_zero="multiply") == [shown]
    assert heard(frame) == ["123"]


@pytest.mark.parametrize(
    ("swb", "swc", "unit"),
    [(0x20, 0x20, "lb"), (0x30, 0x20, "kg"), (0x20, 0x21, "g"), (0x30, 0x22, "t")],
)
def test_units(swb: int, swc: int, unit: str) -> None:
    frame = bytes([0x02, 0x22, swb, swc]) + b"000100000000\r"
    assert weight_of(only(decoded(NAME, frame, unit="kg"))).unit == unit


@pytest.mark.parametrize("swc", [0x23, 0x26, 0x27, 0x24, 0x25])
def test_ounces_short_tons_and_newtons_are_refused(swc: int) -> None:
    frame = bytes([0x02, 0x22, 0x30, swc]) + b"000100000000\r"
    assert refusal_of(only(decoded(NAME, frame))) == "no-unit"


@pytest.mark.parametrize(
    ("swb", "stable", "net", "over", "under", "weight"),
    [
        (0x30, True, False, False, False, 100),
        (0x31, True, True, False, False, 100),
        (0x38, False, False, False, False, 100),
        (0x34, False, False, True, False, 100),
        (0x36, False, False, False, True, -100),
        (0x32, True, False, False, False, -100),
        (0x70, False, False, False, False, 100),  # no zero since power-up: never stable
    ],
)
def test_status_word_b(
    swb: int, stable: bool, net: bool, over: bool, under: bool, weight: int
) -> None:
    one = weight_of(only(decoded(NAME, bytes([0x02, 0x22, swb, 0x38]) + b"   100     0\r")))
    assert (one.stable, one.net, one.overload, one.underload) == (stable, net, over, under)
    assert one.weight == weight


@pytest.mark.parametrize(
    "body", [b"\x02\x22\x30 0", b"\x42\x30\x20", b"\x22\x10\x20", b"\x22\x30\x60", b"\x04\x10\x00"]
)
def test_status_words_without_their_fixed_bits_are_refused(body: bytes) -> None:
    frame = b"\x02" + body[:3] + b"000100000000\r"
    assert all(isinstance(one, Refused) for one in decoded(NAME, frame))


@pytest.mark.parametrize("digits", [b"      ", b"12 340", b"-00150", b"******", b"1.2340"])
def test_a_weight_field_that_is_no_number_is_refused(digits: bytes) -> None:
    assert heard(b"\x02\x22\x30\x20" + digits + b"000000\r") == ["not-numeric"]


def test_the_extended_form_carries_sign_and_point() -> None:
    frame = extended(0x22, 0x20, 0x20, b"-12.50")
    one = weight_of(only(decoded(NAME, frame + check(frame))))
    assert (f"{one.weight:f}", one.unit, one.stable, one.net) == ("-12.50", "kg", True, False)
    assert weight_of(only(decoded(NAME, frame))).weight == Decimal("-12.50")
    assert heard(frame + b"\x55") == ["checksum"]


@pytest.mark.parametrize(
    ("first", "second", "third", "expected"),
    [
        (0x62, 0x20, 0x20, ("kg", False, False, False, False)),
        (0x21, 0x21, 0x20, ("lb", True, True, False, False)),
        (0x23, 0x20, 0x24, ("g", False, False, True, False)),
        (0x24, 0x20, 0x22, ("t", False, False, False, True)),
        (0x22, 0x20, 0x28, ("kg", False, False, False, False)),
    ],
)
def test_status_of_the_extended_form(
    first: int, second: int, third: int, expected: tuple[object, ...]
) -> None:
    one = weight_of(only(decoded(NAME, extended(first, second, third, b"100"))))
    assert (one.unit, one.stable, one.net, one.overload, one.underload) == expected


def test_extended_frames_without_valid_data_or_a_unit_of_ours_are_refused() -> None:
    assert heard(extended(0x22, 0x20, 0x21, b"100")) == ["not-numeric"]
    assert heard(extended(0x28, 0x20, 0x20, b"100")) == ["no-unit"]


def test_decimals_and_capacity_may_be_set_on_site() -> None:
    assert heard(PLAIN, decimals=1) == ["1234.0"]
    assert heard(extended(0x22, 0x20, 0x20, b"12.50"), decimals=1) == ["125.0"]
    assert heard(PLAIN, capacity=Decimal(6169)) == ["above-capacity"]


def test_the_encoder_fills_with_spaces_and_refuses_what_six_digits_cannot_show() -> None:
    frame = encode(Shown(Decimal("-1.5"), 1, stable=False, net=True))
    assert frame[:17] == b"\x02\x2b\x3b\x20    15     0\r"
    assert frame[17:] == check(frame[:17])
    for weight, decimals in (("1000000", 0), ("0.5", 0), ("1", 6)):
        with pytest.raises(ValueError, match=r"cannot be shown|more than 6"):
            encode(Shown(Decimal(weight), decimals))
