"""Bytes as others sent them, and which dialects are recognised in them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from edile.probe.judging import NEAR
from edile.probe.recognising import Hearing, candidates, framing_of
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from simulators.uart import with_parity
from tests.firmware_bridges.foreign_frames import FOREIGN

TF0 = bytes.fromhex("022B30303135363030313903")  # 1560 kg, app_tools_zxw docstring
READABLE = [
    (name, [one.raw for one in rows if one.weight and not one.overload])
    for name, rows in FOREIGN.items()
]
# What no byte tells apart: the order of digits behind '=', whose answer a command frame is.
ALIKE = {
    "yaohua-eq-reversed": ("yaohua-eq-forward", "tenzo-m"),
    "yaohua-eq-forward": ("yaohua-eq-reversed", "tenzo-m"),
    "tenzo-m": ("yaohua-eq-reversed", "yaohua-eq-forward"),
    "keli-xk3118k9": ("yaohua-cmd",),
    "yaohua-cmd": ("keli-xk3118k9",),
}


def hearing(data: bytes) -> Hearing:
    return Hearing(data, 1.0, 9600)


@pytest.mark.parametrize(("name", "frames"), [(n, f) for n, f in READABLE if f])
def test_the_frames_of_others_are_recognised_as_what_they_are(
    name: str, frames: list[bytes]
) -> None:
    for frame in frames:
        if frame[1] & 0x80:
            continue  # one frame with every parity bit set is no line
        found = candidates(hearing(frame * 5), DIALECTS)
        near = [one for one in found if found[0].score - one.score <= NEAR]
        best = next(one for one in near if one.dialect == name)
        assert {one.dialect for one in near} <= {name, *ALIKE.get(name, ())}, frame
        assert best.readings >= 3
        assert best.explained > 0.85


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_is_recognised_in_what_it_sends_over_some_seconds(name: str) -> None:
    frames = [DIALECTS[name].encode(Shown(Decimal(20 * n))) for n in range(100, 130)]
    found = candidates(hearing(b"".join(frames)[5:-5]), DIALECTS)
    near = [one for one in found if found[0].score - one.score <= NEAR]
    best = next(one for one in near if one.dialect == name)
    assert best.readings >= 27
    assert (best.frames_per_s, best.plausible) == (best.readings, 1.0)


def test_a_check_that_holds_is_told_from_none_by_changing_digits() -> None:
    assert candidates(hearing(TF0 * 5), DIALECTS)[0].verified == 1.0
    lines = DIALECTS["mt-sics"].encode(Shown(Decimal(1560))) * 5
    assert candidates(hearing(lines), DIALECTS)[0].verified == 0.0
    plain = b"\x02\x22\x30\x20012340000000\r"  # public file 71303250208: no check byte
    assert candidates(hearing(plain * 5), DIALECTS)[0].verified == 0.0


def test_noise_is_not_recognised() -> None:
    noise = bytes((7 * n * n + 13 * n) % 251 for n in range(3000))
    assert all(one.explained < 0.1 for one in candidates(hearing(noise), DIALECTS))
    assert candidates(hearing(b""), DIALECTS) == []


@pytest.mark.parametrize("framing", ["8N1", "7E1", "7O1"])
def test_parity_is_read_from_the_eighth_bit(framing: str) -> None:
    heard = hearing(with_parity(TF0 * 10, framing))
    assert framing_of(heard) == framing
    best = candidates(heard, DIALECTS)[0]
    assert (best.dialect, best.framing, best.readings) == ("yaohua-tf0", framing, 10)
    assert best.settings == ({} if framing == "8N1" else {"data_bits": 7})


def test_a_byte_hurt_here_and_there_does_not_hide_the_parity() -> None:
    data = bytearray(with_parity(TF0 * 10, "7E1"))
    data[17] ^= 0x80
    assert framing_of(hearing(bytes(data))) == "7E1"
    assert framing_of(hearing(bytes(byte | 0x80 for byte in TF0))) == "7N2"
    assert framing_of(hearing(bytes(range(256)))) == "8N1"


def test_frames_that_are_refused_are_counted_by_reason() -> None:
    wrong = TF0.replace(b"9", b"8")
    only = [one for one in candidates(hearing(wrong * 5), DIALECTS) if one.dialect == "yaohua-tf0"]
    assert [(one.frames, one.readings, dict(one.refused)) for one in only] == [
        (3, 0, {"checksum": 3})  # those at both ends may be cut and do not count
    ]


def test_another_address_on_the_wire_is_tried_too() -> None:
    # gross 1.000 of address C; the layout of XK3118K9-R manual p. 10
    body = b"CB+001.000"
    check = 0
    for byte in body:
        check ^= byte
    frame = b"\x02" + body + f"{check:02X}".encode() + b"\x03"
    best = candidates(hearing(frame * 4), DIALECTS)[0]
    assert best.settings == {"address": "C"}
    assert best.weights[-1] == 1
