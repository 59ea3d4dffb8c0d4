"""M4222, by the comment on its frame in thomst08/M4222-WeighBridgeReader; no captures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from tests.firmware_bridges.dialect_bench import decoded, only, refusal_of, weight_of

NAME = "m4222"


def frame(light: int = 0x20, weight: str = "  12340", status: str = "G") -> bytes:
    return bytes([2, light]) + weight.encode() + status.encode() + b"\x03"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("G", (True, False, False, False)),
        ("N", (True, True, False, False)),
        ("M", (False, None, False, False)),
        ("O", (False, None, True, False)),
        ("U", (False, None, False, True)),
        (" ", (None, None, False, False)),
    ],
)
def test_status_letters(status: str, expected: tuple[bool | None, ...]) -> None:
    one = weight_of(only(decoded(NAME, frame(status=status), unit="kg")))
    assert (one.stable, one.net, one.overload, one.underload) == expected
    assert (one.weight, one.unit) == (12340, "kg")


@pytest.mark.parametrize("light", [0x20, 0x30, 0x60, 0x70])
def test_traffic_lights_do_not_matter(light: int) -> None:
    assert weight_of(only(decoded(NAME, frame(light)))).weight == 12340


@pytest.mark.parametrize(
    "data", [frame(status="E"), frame(status="g"), frame(weight="  12x40"), frame(0x21)]
)
def test_errors_and_unknown_letters_are_refused(data: bytes) -> None:
    assert refusal_of(only(decoded(NAME, data))) == "not-numeric"


def test_a_byte_lost_or_too_many_is_a_wrong_length() -> None:
    assert refusal_of(only(decoded(NAME, frame(weight=" 12340")))) == "length"
    assert refusal_of(only(decoded(NAME, frame(weight="   12340")))) == "length"


def test_the_encoder_keeps_to_the_layout() -> None:
    encode = DIALECTS[NAME].encode
    assert encode(Shown(Decimal(12340))) == frame()
    assert encode(Shown(Decimal("-1.5"), 1, net=True)) == frame(weight="   -1.5", status="N")
    assert encode(Shown(Decimal(0), stable=False)) == frame(weight="      0", status="M")
