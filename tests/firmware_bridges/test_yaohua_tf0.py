"""Five laws and foreign frames for Yaohua tF=0."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import (
    Answer,
    IndicatorSettings,
    IndicatorWeight,
    Refused,
    Shown,
)
from firmware_bridges.weighbridge.yaohua_tf0 import LENGTH, YaohuaTf0Decoder, encode

FOREIGN = [
    # raw on the wire; where it comes from
    ("02 2B 30 30 30 30 30 30 30 31 42 03", "0", "app_tools_zxw docstring; captured, zarnishon"),
    ("02 2B 30 30 31 35 36 30 30 31 39 03", "1560", "app_tools_zxw docstring"),
    ("02 2B 30 30 31 36 35 30 30 31 39 03", "1650", "same, and the same checksum: a digit swap"),
    ("02 2B 30 30 30 30 37 30 30 31 43 03", "70", "captured on a Keli D2008, zarnishon"),
    ("02 2B 30 31 32 34 35 30 30 31 39 03", "12450", "logistics-crm tests"),
    ("02 2B 30 30 32 30 30 30 32 31 42 03", "20.00", "device-ctrl z-doc/wbs"),
]
GOOD = bytes.fromhex(FOREIGN[1][0])


def decoded(
    data: bytes, settings: IndicatorSettings | None = None, *, end: bool = True
) -> list[Answer]:
    decoder = YaohuaTf0Decoder(settings or IndicatorSettings())
    return decoder.feed(data) + (decoder.flush() if end else [])


def only(answers: list[Answer]) -> Answer:
    assert len(answers) == 1
    return answers[0]


@st.composite
def shown_weights(draw: st.DrawFn) -> tuple[Decimal, int]:
    decimals = draw(st.integers(0, 4))
    return Decimal(draw(st.integers(-999_999, 999_999))).scaleb(-decimals), decimals


@st.composite
def damaged_streams(draw: st.DrawFn) -> bytes:
    """Real frames with bytes flipped, lost, doubled and put between."""
    frames = draw(st.lists(shown_weights(), min_size=1, max_size=6))
    stream = bytearray(b"".join(encode(weight, decimals) for weight, decimals in frames))
    for _ in range(draw(st.integers(0, 6))):
        if not stream:
            break
        at = draw(st.integers(0, len(stream) - 1))
        kind = draw(st.sampled_from(["flip", "lose", "double", "insert"]))
        if kind == "flip":
            stream[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "lose":
            del stream[at]
        elif kind == "double":
            stream[at:at] = stream[at : at + 3]
        else:
            stream[at:at] = draw(st.binary(min_size=1, max_size=4))
    return bytes(stream)


@pytest.mark.parametrize(("text", "weight", "source"), FOREIGN, ids=[f[1] for f in FOREIGN])
def test_foreign_frames_are_read_as_their_sources_say(text: str, weight: str, source: str) -> None:
    raw = bytes.fromhex(text)
    assert only(decoded(raw)) == IndicatorWeight(
        Decimal(weight), None, None, None, False, False, raw
    ), source
    assert str(only(decoded(raw)).weight) == weight  # type: ignore[union-attr]


@pytest.mark.parametrize(("text", "weight", "source"), FOREIGN, ids=[f[1] for f in FOREIGN])
def test_the_encoder_sends_the_foreign_frames(text: str, weight: str, source: str) -> None:
    decimals = 2 if "." in weight else 0
    assert encode(Decimal(weight), decimals) == bytes.fromhex(text), source


@given(shown_weights())
def test_what_is_encoded_is_decoded(shown: tuple[Decimal, int]) -> None:
    weight, decimals = shown
    answer = only(decoded(encode(weight, decimals)))
    assert isinstance(answer, IndicatorWeight)
    assert answer.weight == weight
    assert answer.weight.as_tuple().exponent == -decimals


@given(damaged_streams(), st.data())
def test_chunking_does_not_matter(stream: bytes, data: st.DataObject) -> None:
    decoder = YaohuaTf0Decoder(IndicatorSettings())
    answers: list[Answer] = []
    rest = stream
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        answers += decoder.feed(rest[:size])
        rest = rest[size:]
    assert answers + decoder.flush() == decoded(stream)


@given(damaged_streams() | st.binary(max_size=100), st.sampled_from([7, 8]))
def test_any_bytes_are_answered_and_no_byte_is_used_twice(stream: bytes, bits: int) -> None:
    settings = IndicatorSettings(data_bits=7 if bits == 7 else 8)
    at = 0
    for answer in decoded(stream, settings):
        found = stream.find(answer.raw, at)
        assert answer.raw
        assert found >= at
        at = found + len(answer.raw)


@given(damaged_streams())
def test_a_good_frame_after_any_noise_is_found(noise: bytes) -> None:
    last = decoded(noise + GOOD)[-1]
    assert isinstance(last, IndicatorWeight)
    assert last.raw == GOOD


@given(st.lists(st.binary(min_size=1, max_size=64), max_size=30))
def test_memory_is_bounded(chunks: list[bytes]) -> None:
    decoder = YaohuaTf0Decoder(IndicatorSettings())
    for chunk in chunks:
        decoder.feed(chunk)
        assert len(decoder._framer._pending) < LENGTH


@given(shown_weights(), st.integers(1, 10), st.integers(0, 6))
def test_one_flipped_bit_never_gives_a_weight(
    shown: tuple[Decimal, int], at: int, bit: int
) -> None:
    frame = bytearray(encode(*shown))
    frame[at] ^= 1 << bit
    weights = [a for a in decoded(bytes(frame)) if isinstance(a, IndicatorWeight)]
    assert [w for w in weights if w.weight != shown[0]] == []


def test_a_bad_checksum_is_refused_and_never_repaired() -> None:
    bad = GOOD[:-2] + b"8\x03"
    assert decoded(bad) == [Refused("checksum", bad)]


def test_a_frame_cut_short_by_the_next_start_is_truncated() -> None:
    assert decoded(GOOD[:7] + GOOD) == [Refused("truncated", GOOD[:7]), only(decoded(GOOD))]


def test_a_frame_cut_short_by_the_end_is_truncated() -> None:
    assert decoded(GOOD[:7], end=False) == []
    assert decoded(GOOD[:7]) == [Refused("truncated", GOOD[:7])]


def test_an_end_that_comes_too_early_is_a_wrong_length() -> None:
    short = GOOD[:6] + GOOD[7:]
    assert decoded(short) == [Refused("length", short)]


def test_an_end_that_does_not_come_is_a_wrong_length() -> None:
    assert decoded(GOOD[:-1] + b"7\x03") == [Refused("length", GOOD[:-1] + b"7")]


@pytest.mark.parametrize("body", [b"*0015600", b"+00A1560", b"+ 0156 0", b"+0015605"])
def test_a_checked_frame_without_a_number_is_not_numeric(body: bytes) -> None:
    frame = b"\x02" + body + b"%02X" % reduce(xor, body) + b"\x03"
    assert only(decoded(frame)) == Refused("not-numeric", frame)


def test_noise_between_frames_gives_nothing() -> None:
    noise = b"\x00\xffhello\x03\r\n"
    assert decoded(noise + GOOD + noise) == decoded(GOOD)


@pytest.mark.parametrize("digit", range(10, 16))
def test_checksum_letters_may_come_as_nibble_plus_30h(digit: int) -> None:
    """Seen in logistics-crm crm/tarozi.py."""
    frame = next(f for f in (encode(Decimal(n)) for n in range(100)) if f[10:11] == b"%X" % digit)
    other = frame[:10] + bytes([0x30 + digit]) + frame[11:]
    answer = only(decoded(other))
    assert isinstance(answer, IndicatorWeight)
    assert answer.weight == only(decoded(frame)).weight  # type: ignore[union-attr]


def test_lower_case_checksums_are_not_documented_and_refused() -> None:
    frame = encode(Decimal(0)).replace(b"B", b"b")
    assert only(decoded(frame)) == Refused("checksum", frame)


def test_only_weights_above_twice_the_capacity_are_refused() -> None:
    settings = IndicatorSettings(capacity=Decimal(780))
    assert isinstance(only(decoded(GOOD, settings)), IndicatorWeight)
    less = IndicatorSettings(capacity=Decimal("779.9"))
    assert only(decoded(GOOD, less)) == Refused("above-capacity", GOOD)
    negative = encode(Decimal(-1560))
    assert only(decoded(negative, less)) == Refused("above-capacity", negative)


def test_decimals_and_unit_may_be_set_on_site() -> None:
    answer = only(decoded(GOOD, IndicatorSettings(decimals=2, unit="t")))
    assert isinstance(answer, IndicatorWeight)
    assert (str(answer.weight), answer.unit) == ("15.60", "t")


def test_parity_in_bit_seven_is_ignored_when_set_so() -> None:
    even = bytes(byte | ((byte.bit_count() & 1) << 7) for byte in GOOD)
    answer = only(decoded(even, IndicatorSettings(data_bits=7)))
    assert isinstance(answer, IndicatorWeight)
    assert (answer.weight, answer.raw) == (Decimal(1560), even)
    assert all(isinstance(a, Refused) for a in decoded(even))


def test_minus_zero_is_shown_as_zero() -> None:
    frame = encode(Decimal(0)).replace(b"+", b"-").replace(b"1B", b"1D")
    assert f"{only(decoded(frame)).weight:f}" == "0"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("weight", "decimals"), [("1000000", 0), ("0.5", 0), ("1", 5), ("1", -1), ("-99999.99", 2)]
)
def test_the_encoder_refuses_what_six_digits_cannot_show(weight: str, decimals: int) -> None:
    with pytest.raises(ValueError, match=r"cannot be shown|more than 6 digits"):
        encode(Decimal(weight), decimals)


def test_the_table_leads_to_this_dialect() -> None:
    spec = DIALECTS["yaohua-tf0"]
    assert spec.decoder(spec.settings()).feed(spec.encode(Shown(Decimal(1560)))) == decoded(GOOD)
