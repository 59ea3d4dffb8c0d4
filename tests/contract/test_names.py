from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.names import (
    CROCKFORD,
    EPOCH,
    LANES,
    MAX_SEQ,
    EventId,
    Lane,
    epoch_text,
    lane_key,
    parse_event_id,
    parse_lane_key,
    slot_of_kid,
    source_of,
)

NUMBERS = st.integers(0, 2**62 - 1)
SEQS = st.integers(1, MAX_SEQ)
LANE = st.sampled_from(LANES)


@given(NUMBERS, LANE, SEQS)
def test_an_event_id_is_read_back_as_it_was_written(number: int, lane: Lane, seq: int) -> None:
    event_id = EventId(epoch_text(number), lane, seq)
    assert parse_event_id(str(event_id)) == event_id


@given(st.text(max_size=40))
def test_what_parses_as_an_event_id_is_written_the_same(text: str) -> None:
    try:
        event_id = parse_event_id(text)
    except ValueError:
        return
    assert str(event_id) == text


@given(st.lists(NUMBERS, min_size=2, max_size=2))
def test_epochs_sort_as_their_numbers_and_never_collide(numbers: list[int]) -> None:
    texts = [epoch_text(number) for number in numbers]
    assert (texts[0] < texts[1]) == (numbers[0] < numbers[1])
    assert all(EPOCH.fullmatch(text) for text in texts)


def test_an_epoch_is_crockford_base32_with_the_high_digit_first() -> None:
    assert epoch_text(0) == "0" * 13
    assert epoch_text(33) == "0" * 11 + "11"
    assert epoch_text(2**62 - 1) == "3" + "Z" * 12
    assert not set("ILOU") & set(CROCKFORD)


@pytest.mark.parametrize("number", [-1, 2**62])
def test_an_epoch_beyond_62_bits_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="62 bits"):
        epoch_text(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0C9K2TQ7M4XWZ.urgent",
        "0C9K2TQ7M4XWZ.urgent.0",
        "0C9K2TQ7M4XWZ.urgent.01",
        "0C9K2TQ7M4XWZ.urgent.-1",
        "0C9K2TQ7M4XWZ.urgent.1 ",
        "0C9K2TQ7M4XWZ.urgent.1\n",
        "0C9K2TQ7M4XWZ.urgent.1.2",
        "0C9K2TQ7M4XWZ.other.1",
        "0c9k2tq7m4xwz.urgent.1",
        "OC9K2TQ7M4XWZ.urgent.1",
        "0C9K2TQ7M4XW.urgent.1",
        "0C9K2TQ7M4XWZ.urgent.١",
        "0C9K2TQ7M4XWZ.urgent." + "1" * 17,
        f"0C9K2TQ7M4XWZ.urgent.{MAX_SEQ + 1}",
    ],
)
def test_almost_an_event_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an event id"):
        parse_event_id(text)


@given(NUMBERS, LANE)
def test_a_lane_key_is_read_back_as_it_was_written(number: int, lane: Lane) -> None:
    epoch = epoch_text(number)
    assert parse_lane_key(lane_key(epoch, lane)) == (epoch, lane)


@pytest.mark.parametrize("text", ["", "urgent", "0C9K2TQ7M4XWZ.urgent.1", "0C9K2TQ7M4XWZ."])
def test_almost_a_lane_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an event id"):
        parse_lane_key(text)


def test_a_box_belongs_to_the_slot_in_its_key_id() -> None:
    assert slot_of_kid("cs-017#3") == "cs-017"
    assert source_of("baiyun", "cs-017") == "/baiyun/cs-017"


@pytest.mark.parametrize(
    "kid", ["cs-017", "cs-017#0", "cs-017#03", "CS-017#3", "-cs#1", "cs-017#3\n"]
)
def test_almost_a_key_id_is_refused(kid: str) -> None:
    with pytest.raises(ValueError, match="not a key id"):
        slot_of_kid(kid)


def test_sequences_stay_exact_in_readers_that_keep_numbers_as_doubles() -> None:
    assert float(MAX_SEQ) == MAX_SEQ
    assert float(MAX_SEQ + 1) == float(MAX_SEQ + 2)
