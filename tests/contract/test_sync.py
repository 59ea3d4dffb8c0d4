from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.sync import (
    SyncReply,
    Tombstone,
    heartbeat_range,
    join_batch,
    lanes_open,
    split_batch,
)

ITEMS = st.lists(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        ),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode()),
    max_size=6,
)


@given(ITEMS)
def test_a_batch_is_split_into_the_exact_bytes_it_was_joined_from(items: list[bytes]) -> None:
    assert split_batch(join_batch(items)) == items


def test_an_empty_batch_is_an_empty_array() -> None:
    assert join_batch([]) == b"[]"
    assert split_batch(b"[]") == []


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[1", b"[1,]", b"[] x", b"null", b'[{"a":}]', b"\xff"]
)
def test_what_is_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        split_batch(body)


def test_a_tombstone_is_told_from_an_event_by_its_gap() -> None:
    tombstone = Tombstone(gap=(2, 5), reason="corrupt", counts={"routine": 4})
    written = msgspec.json.encode(tombstone)
    assert json.loads(written) == {"gap": [2, 5], "reason": "corrupt", "counts": {"routine": 4}}
    assert msgspec.json.decode(written, type=Tombstone) == tombstone


def test_a_heartbeat_names_the_empty_range_after_the_last_sequence() -> None:
    assert heartbeat_range(0) == (1, 0)
    assert heartbeat_range(41) == (42, 41)


def test_watermarks_of_one_lane_are_listed_by_epoch() -> None:
    reply = SyncReply(
        hub_time="t",
        hub_generation="g7",
        stored={"0C9K2TQ7M4XWZ.urgent": 7, "0C9K2TQ7M4XWZ.routine": 8, "1C9K2TQ7M4XWZ.urgent": 9},
        archived={},
    )
    assert lanes_open(reply, "urgent") == {"0C9K2TQ7M4XWZ": 7, "1C9K2TQ7M4XWZ": 9}


def test_a_reply_of_a_later_hub_is_read() -> None:
    body = b'{"hub_time":"t","hub_generation":"g","stored":{},"archived":{},"later":[1]}'
    assert msgspec.json.decode(body, type=SyncReply).commands == []
