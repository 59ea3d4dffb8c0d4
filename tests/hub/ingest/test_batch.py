"""A batch's bytes, right and wrong."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.names import MAX_SEQ, source_of
from contract.sync import MAX_EVENTS, join_batch
from hub.errors import BatchRefused
from hub.ingest.batch import Item, Span, read_batch, span_of
from tests.hub.detections import DISTRICT
from tests.hub.signing_box import EPOCH, SLOT, SigningBox, raw_event, reading, stone

SOURCE = source_of(DISTRICT, SLOT)


def read(raws: list[bytes], first: int, last: int) -> list[Item]:
    return read_batch(
        join_batch(raws), source=SOURCE, span=Span(EPOCH, "routine", first, last, bytes(32))
    )


def test_items_keep_their_exact_bytes_and_places() -> None:
    raws = [raw_event(reading(3), 3), stone(4, 9), raw_event(reading(10), 10)]
    found = read([b" " + raws[0], raws[1], raws[2] + b"\n"], 3, 10)
    assert [(item.first, item.last, item.raw.strip()) for item in found] == [
        (3, 3, raws[0]),
        (4, 9, raws[1]),
        (10, 10, raws[2]),
    ]
    assert found[1].tombstone is not None


def test_a_tombstone_is_one_in_any_order_of_members() -> None:
    (found,) = read([b'{"reason": "corruption", "gap": [1, 5]}'], 1, 5)
    assert found.tombstone is not None
    assert found.tombstone.gap == (1, 5)


@pytest.mark.parametrize(
    ("raws", "sq", "why"),
    [
        ([raw_event(reading(1), 2)], (1, 1), "expected /baiyun/cs-017#0C9K2TQ7M4XWZ.routine.1"),
        ([raw_event(reading(1), 1, slot="cs-018")], (1, 1), "/baiyun/cs-018"),
        ([raw_event(reading(1), 1, epoch="0C9K2TQ7M4XW0")], (1, 1), "0C9K2TQ7M4XW0"),
        ([raw_event(reading(1), 1)], (1, 2), "the body ends at 1"),
        ([stone(2, 5)], (1, 5), "stands where 1 belongs"),
        ([stone(1, 0)], (1, 0), "stands where 1 belongs"),
        ([b"1"] * (MAX_EVENTS + 1), (1, MAX_EVENTS + 1), "at most 1000"),
        ([b"[" * 5_000 + b"]" * 5_000], (1, 1), "no JSON array that can be read"),
    ],
)
def test_a_batch_that_contradicts_its_token_is_refused(
    raws: list[bytes], sq: tuple[int, int], why: str
) -> None:
    with pytest.raises(BatchRefused, match=why):
        read(raws, *sq)


def test_an_event_that_is_no_json_keeps_back_no_other() -> None:
    raws = [raw_event(reading(seq), seq) for seq in (1, 2, 3)]
    raws[1] = raws[1].replace(b'"air-1"', b'"air-1')
    found = read(raws, 1, 3)
    assert [item.raw for item in found] == raws
    assert [item.fault is None for item in found] == [True, False, True]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1,", b"[1] [2]", b"\xff"])
def test_what_is_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(BatchRefused, match="no JSON array"):
        read_batch(body, source=SOURCE, span=Span(EPOCH, "routine", 1, 1, bytes(32)))


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b"null",
        b'"gap"',
        b'{"gap": "all"}',
        raw_event(reading(1), 1).replace(b'"1.0"', b'"0.3"'),
        raw_event(reading(1), 1).replace(b"air-1", b"\xff"),
        raw_event(reading(1), 1).replace(b"edile.air.summary.v1", b"edile.x\\u0000"),
    ],
)
def test_what_does_not_decode_is_poison_in_its_place(raw: bytes) -> None:
    (found,) = read([raw], 1, 1)
    assert (found.first, found.last, found.raw, found.envelope, found.tombstone) == (
        1,
        1,
        raw,
        None,
        None,
    )
    assert found.fault


@pytest.mark.parametrize(
    "wrong",
    [
        {"ep": None},
        {"ln": None},
        {"sq": None},
        {"ch": None},
        {"ep": "0C9K2TQ7M4XW!"},
        {"ep": "a.b"},
        {"ch": "00"},
        {"ch": "Z" * 64},
        {"sq": (1, MAX_SEQ + 1)},
    ],
)
def test_claims_that_name_no_batch_are_refused(wrong: dict[str, object]) -> None:
    box = SigningBox()
    box.records(reading(1))
    _, claims = box.batch(1, 1)
    assert span_of(claims).first == 1
    with pytest.raises(BatchRefused):
        span_of(msgspec.structs.replace(claims, **wrong))


@given(st.binary(max_size=60), st.sampled_from([b"", b"[", b'[{"gap":', b'[{"id":"']))
def test_any_bytes_are_answered(noise: bytes, lead: bytes) -> None:
    try:
        found = read_batch(
            lead + noise, source=SOURCE, span=Span(EPOCH, "routine", 1, 1, bytes(32))
        )
    except BatchRefused:
        return
    assert len(found) == 1
