"""A batch's bytes as items in sequence. Pure.

An item's sequence follows from its place. An item that names another sequence contradicts the batch;
one that does not decode at all is poison, kept raw under the sequence of its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from contract.envelope import Envelope, decode_event
from contract.names import EventId, Lane
from contract.sync import MAX_EVENTS, Tombstone, split_batch
from hub.errors import BatchRefused


@dataclass(frozen=True, slots=True)
class Item:
    """Sequences `first`..`last` (the same but for a tombstone) and the exact bytes that say so. With
    neither envelope nor tombstone, `fault` says why it did not decode."""

    first: int
    last: int
    raw: bytes
    envelope: Envelope | None = None
    tombstone: Tombstone | None = None
    fault: str | None = None


def read_batch(
    body: bytes, *, source: str, epoch: str, lane: Lane, sq: tuple[int, int]
) -> list[Item]:
    """The items of `body`, which the token says are `sq` of (source, epoch, lane)."""
    try:
        raws = split_batch(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BatchRefused(f"the body is no JSON array: {error}") from error
    if len(raws) > MAX_EVENTS:
        raise BatchRefused(f"at most {MAX_EVENTS} events a batch, got {len(raws)}")
    first, last = sq
    items: list[Item] = []
    prefix, seq = f"{epoch}.{lane}.", first
    for raw in raws:
        item = _read(raw, seq)
        if item.envelope is not None and (
            item.envelope.id != f"{prefix}{seq}" or item.envelope.source != source
        ):
            raise BatchRefused(
                f"item {len(items)} is {item.envelope.source}#{item.envelope.id}, "
                f"expected {source}#{prefix}{seq}"
            )
        items.append(item)
        seq = item.last + 1
    if seq != last + 1:
        raise BatchRefused(
            f"the token promises sequences {first}..{last}, the body ends at {seq - 1}"
        )
    return items


def _read(raw: bytes, seq: int) -> Item:
    try:
        return Item(seq, seq, raw, envelope=decode_event(raw))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        fault = str(error)
    if raw.lstrip().startswith(b'{"gap"'):
        try:
            stone = msgspec.json.decode(raw, type=Tombstone)
        except msgspec.DecodeError as error:
            return Item(seq, seq, raw, fault=str(error))
        if stone.gap[0] != seq or stone.gap[1] < seq:
            raise BatchRefused(f"a tombstone for {stone.gap} stands where {seq} belongs")
        return Item(seq, stone.gap[1], raw, tombstone=stone)
    return Item(seq, seq, raw, fault=fault)


def event_name(source: str, epoch: str, lane: Lane, seq: int) -> str:
    """`source#id`, unique for ever."""
    return f"{source}#{EventId(epoch, lane, seq)}"
