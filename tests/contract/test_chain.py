from __future__ import annotations

import hashlib
import struct

from hypothesis import assume, given
from hypothesis import strategies as st

from contract.chain import GENESIS, extend, link, link_hash
from contract.names import LANES, Lane

EVENTS = st.lists(st.binary(max_size=40), max_size=8)
HEADS = st.binary(min_size=32, max_size=32)


def by_the_contract(events: list[bytes], lane: str) -> bytes:
    """Contract §7, written a second time from its text."""
    h = b"\x00" * 32
    for n, event in enumerate(events, 1):
        material = b"edile-chain-v1" + h + lane.encode("ascii") + b"\x00"
        material += struct.pack(">Q", n) + hashlib.sha256(event).digest()
        h = hashlib.sha256(material).digest()
    return h


def numbered(events: list[bytes], first: int = 1) -> list[tuple[int, bytes]]:
    return list(enumerate(events, first))


@given(EVENTS, st.sampled_from(LANES))
def test_the_chain_is_the_one_the_contract_writes_down(events: list[bytes], lane: Lane) -> None:
    assert extend(GENESIS, lane, numbered(events)) == by_the_contract(events, lane)


@given(HEADS, EVENTS, st.sampled_from(LANES), st.integers(1, 2**53 - 10))
def test_extending_is_linking_one_by_one(
    head: bytes, events: list[bytes], lane: Lane, first: int
) -> None:
    linked = head
    for seq, event in numbered(events, first):
        linked = link(linked, lane, seq, event)
    assert extend(head, lane, numbered(events, first)) == linked


@given(EVENTS, EVENTS)
def test_a_chain_can_be_continued_from_any_head(before: list[bytes], after: list[bytes]) -> None:
    middle = extend(GENESIS, "urgent", numbered(before))
    whole = extend(GENESIS, "urgent", numbered(before + after))
    assert extend(middle, "urgent", numbered(after, len(before) + 1)) == whole


@given(EVENTS, st.data())
def test_order_matters(events: list[bytes], data: st.DataObject) -> None:
    other = data.draw(st.permutations(events))
    assume(other != events)
    changed = extend(GENESIS, "routine", numbered(other))
    assert changed != extend(GENESIS, "routine", numbered(events))


@given(HEADS, st.binary(max_size=20), st.integers(1, 2**53))
def test_lane_and_sequence_are_part_of_a_link(head: bytes, event: bytes, seq: int) -> None:
    links = {link(head, lane, seq, event) for lane in LANES}
    links |= {
        link(head, "urgent", seq + 1, event),
        link(GENESIS[:-1] + b"\1", "urgent", seq, event),
    }
    assert len(links) == 4 or head == GENESIS[:-1] + b"\1"


@given(HEADS, st.binary(max_size=20), st.integers(1, 2**53))
def test_whoever_knows_only_the_hash_computes_the_same_link(
    head: bytes, event: bytes, seq: int
) -> None:
    digest = hashlib.sha256(event).digest()
    assert link_hash(head, "urgent", seq, digest) == link(head, "urgent", seq, event)


def test_a_tombstone_is_one_link_at_its_last_sequence() -> None:
    tombstone = b'{"gap":[2,5],"reason":"corrupt"}'
    chained = extend(GENESIS, "urgent", [(1, b"a"), (5, tombstone), (6, b"b")])
    head = link(link(link(GENESIS, "urgent", 1, b"a"), "urgent", 5, tombstone), "urgent", 6, b"b")
    assert chained == head
