"""Whose chain is whose, as laws."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contract.chain import GENESIS, extend
from hub.ingest.heads import UNKNOWN, judge
from hub.store.lanes import Heads

bodies = st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=6)
OTHER = bytes(range(32))


def links(events: list[bytes], first: int = 1) -> list[tuple[int, bytes]]:
    return list(enumerate(events, first))


@given(bodies)
def test_a_box_that_says_what_we_computed_is_believed_without_a_word(events: list[bytes]) -> None:
    head = extend(GENESIS, "urgent", links(events))
    judged = judge(Heads(GENESIS), "urgent", links(events), head, forgot=False)
    assert (judged.broken, judged.heads) == (False, Heads(head))


@given(bodies, bodies)
def test_a_box_with_another_chain_is_told_once(one: list[bytes], two: list[bytes]) -> None:
    first = judge(Heads(GENESIS), "urgent", links(one), OTHER, forgot=False)
    assert first.broken
    more = links(two, len(one) + 1)
    goes_on = extend(OTHER, "urgent", more)
    second = judge(first.heads, "urgent", more, goes_on, forgot=False)
    assert not second.broken
    assert second.heads == Heads(extend(GENESIS, "urgent", [*links(one), *more]), goes_on)
    assert judge(first.heads, "urgent", more, bytes(32), forgot=False).broken


@given(bodies, bodies)
def test_a_box_that_lost_what_we_hold_accuses_nobody(one: list[bytes], two: list[bytes]) -> None:
    now = judge(Heads(GENESIS), "urgent", links(one), OTHER, forgot=True)
    later = judge(Heads(GENESIS, UNKNOWN), "urgent", links(one), OTHER, forgot=False)
    ours = extend(GENESIS, "urgent", links(one))
    assert (now.broken, now.heads) == (later.broken, later.heads) == (False, Heads(ours, OTHER))
    assert judge(now.heads, "urgent", links(two, 9), bytes(32), forgot=False).broken


@given(bodies)
def test_part_of_a_batch_says_nothing_of_its_head(events: list[bytes]) -> None:
    ours = extend(GENESIS, "urgent", links(events))
    cut = judge(Heads(GENESIS), "urgent", links(events), None, forgot=False)
    assert (cut.broken, cut.heads) == (False, Heads(ours))
    followed = judge(Heads(GENESIS, OTHER), "urgent", links(events), None, forgot=False)
    assert followed.heads == Heads(ours, extend(OTHER, "urgent", links(events)))
    unknown = judge(Heads(GENESIS, UNKNOWN), "urgent", links(events), None, forgot=False)
    assert unknown.heads == Heads(ours, UNKNOWN)
