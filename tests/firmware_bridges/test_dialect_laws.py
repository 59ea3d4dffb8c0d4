"""Five laws and the frames of others, for every dialect of foreign_frames.py."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import IndicatorWeight, Refused, Shown
from tests.firmware_bridges.dialect_bench import (
    MOST,
    damaged_streams,
    decoded,
    decoder,
    encoded,
    frames,
    only,
    weight_of,
)
from tests.firmware_bridges.foreign_frames import FOREIGN, Foreign

CASES = [(name, one) for name, rows in FOREIGN.items() for one in rows]
CHECKED = [
    "toledo-continuous",
    "dingsong-ds822",
    "keli-xk3118k9",
    "yaohua-cmd",
    "yaohua-a12e-xor",
]
SAY_MOTION = {
    "toledo-continuous",
    "mt-sics",
    "rice-lake-stream",
    "sma",
    "flintec-ft111d",
    "vishay-vt220",
    "m4222",
    "st-gs-line",
}
NO_DECIMALS = ("flintec-ft111d", "vishay-vt220", "stx-6digits-cr")
LEAST = {"stx-6digits-cr": 0}  # it has no sign
BOUND = 96  # bytes; no line of any dialect is longer
every = pytest.mark.parametrize("name", FOREIGN)
laws = settings(max_examples=25)


@pytest.mark.parametrize(("name", "one"), CASES, ids=[f"{n}-{o.raw!r}" for n, o in CASES])
def test_frames_of_others_are_read_as_their_sources_say(name: str, one: Foreign) -> None:
    answer = only(decoded(name, one.raw, **one.settings))
    if one.weight is None:
        assert isinstance(answer, Refused), one.source
        assert answer.reason == one.reason
        return
    weight = weight_of(answer)
    assert f"{weight.weight:f}" == one.weight, one.source
    assert (weight.unit, weight.stable, weight.net) == (one.unit, one.stable, one.net)
    assert (weight.overload, weight.underload) == (one.overload, one.underload)
    assert weight.raw in one.raw


@every
@laws
@given(data=st.data(), stable=st.booleans())
def test_what_is_encoded_is_decoded(name: str, data: st.DataObject, stable: bool) -> None:
    number = data.draw(st.integers(LEAST.get(name, -MOST), MOST))
    decimals = 0 if name in NO_DECIMALS else data.draw(st.integers(0, 2))
    shown = Decimal(number).scaleb(-decimals)
    answer = weight_of(
        only(decoded(name, DIALECTS[name].encode(Shown(shown, decimals, stable=stable))))
    )
    assert answer.weight == shown
    assert answer.weight.as_tuple().exponent == -decimals
    assert answer.stable == (stable if name in SAY_MOTION else None)
    assert not answer.overload
    assert not answer.underload


@every
@laws
@given(data=st.data())
def test_chunking_does_not_matter(name: str, data: st.DataObject) -> None:
    stream = data.draw(damaged_streams(name))
    one, answers, rest = decoder(name), [], stream
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        answers += one.feed(rest[:size])
        rest = rest[size:]
    assert answers + one.flush() == decoded(name, stream)


@every
@laws
@given(data=st.data(), bits=st.sampled_from([7, 8]))
def test_any_bytes_are_answered_and_no_byte_is_used_twice(
    name: str, data: st.DataObject, bits: int
) -> None:
    stream = data.draw(damaged_streams(name) | st.binary(max_size=150))
    at = 0
    for answer in decoded(name, stream, data_bits=bits):
        found = stream.find(answer.raw, at)
        assert answer.raw
        assert found >= at
        at = found + len(answer.raw)


@every
@laws
@given(data=st.data())
def test_after_any_noise_the_second_good_frame_is_found(name: str, data: st.DataObject) -> None:
    """The first may be glued to the noise where nothing marks a start."""
    noise, good = data.draw(damaged_streams(name) | st.binary(max_size=80)), encoded(name, 1234)
    assert weight_of(decoded(name, noise + good + good)[-1]).weight == 1234


@every
@laws
@given(chunks=st.lists(st.binary(min_size=1, max_size=64), max_size=30), data=st.data())
def test_memory_is_bounded(name: str, chunks: list[bytes], data: st.DataObject) -> None:
    one = decoder(name)
    for chunk in [*chunks, *data.draw(st.lists(frames(name), max_size=3)), b"0" * 200]:
        one.feed(chunk)
        inner = getattr(one, "_framer", one)
        assert len(inner._pending) <= BOUND


@every
@pytest.mark.parametrize("weight", [1234, -1234])
def test_only_weights_above_twice_the_capacity_are_refused(name: str, weight: int) -> None:
    weight = max(weight, LEAST.get(name, weight))
    if not weight:
        return
    frame = encoded(name, weight)
    assert weight_of(only(decoded(name, frame, capacity=Decimal(617)))).weight == weight
    answer = only(decoded(name, frame, capacity=Decimal("616.9")))
    assert isinstance(answer, Refused)
    assert answer.reason == "above-capacity"


@pytest.mark.parametrize("name", CHECKED)
@laws
@given(number=st.integers(-MOST, MOST), data=st.data())
def test_one_flipped_bit_never_gives_another_weight(
    name: str, number: int, data: st.DataObject
) -> None:
    """Between good frames, as on a line. Seven bits: the eighth is no data."""
    good = encoded(name, number)
    frame = bytearray(good)
    frame[data.draw(st.integers(0, len(good) - 1))] ^= 1 << data.draw(st.integers(0, 6))
    heard = decoded(name, good * 4 + bytes(frame) + good)
    weights = [one.weight for one in heard if isinstance(one, IndicatorWeight)]
    assert set(weights) == {Decimal(number)}


@every
@pytest.mark.long
def test_a_million_damaged_frames_raise_nothing(name: str) -> None:
    chance, one, count = random.Random(1), decoder(name), 0
    known = [row.raw for row in FOREIGN[name]] + [
        encoded(name, n) for n in range(LEAST.get(name, -50), 50)
    ]
    while count < 1_000_000:
        stream = bytearray(b"".join(chance.choices(known, k=50)))
        count += 50
        for _ in range(chance.randrange(40)):
            at = chance.randrange(len(stream))
            stream[at : at + chance.randrange(2)] = chance.randbytes(chance.randrange(3))
        at = 0
        while at < len(stream):
            size = chance.randrange(1, 60)
            one.feed(bytes(stream[at : at + size]))
            at += size
        assert len(getattr(one, "_framer", one)._pending) <= BOUND
