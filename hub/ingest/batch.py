"""A batch's bytes as items in sequence. Pure.

An item's sequence follows from its place. An item that names another sequence contradicts the batch;
one that does not decode at all is poison, kept raw under the sequence of its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from contract.envelope import Envelope, decode_event
from contract.names import EPOCH, MAX_SEQ, EventId, Lane
from contract.sync import MAX_EVENTS, Tombstone, split_batch
from contract.token import Claims
from hub.errors import BatchRefused

_HEAD = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Span:
    """What a token says of its batch: sequences `first`..`last` of (epoch, lane), and the box's chain
    head behind them."""

    epoch: str
    lane: Lane
    first: int
    last: int
    head: bytes


class Item(msgspec.Struct, frozen=True, gc=False):
    """Sequences `first`..`last` (the same but for a tombstone) and the exact bytes that say so. With
    neither envelope nor tombstone, `fault` says why it did not decode."""

    first: int
    last: int
    raw: bytes
    envelope: Envelope | None = None
    tombstone: Tombstone | None = None
    fault: str | None = None


def span_of(claims: Claims) -> Span:
    """BatchRefused for claims that name no batch of ours."""
    if claims.ep is None or claims.ln is None or claims.sq is None or claims.ch is None:
        raise BatchRefused("a batch's token names ep, ln, sq, ch")
    if not EPOCH.fullmatch(claims.ep) or not _HEAD.fullmatch(claims.ch):
        raise BatchRefused("ep is no epoch, or ch no chain head (64 hexadecimal digits)")
    if claims.sq[1] > MAX_SEQ:
        raise BatchRefused(f"sequences end at {MAX_SEQ}")
    return Span(claims.ep, claims.ln, *claims.sq, bytes.fromhex(claims.ch))


def read_batch(body: bytes, *, source: str, span: Span) -> list[Item]:
    """The items of `body`, which are `span` of `source`, or BatchRefused."""
    raws = _split(body, span)
    if len(raws) > MAX_EVENTS:
        raise BatchRefused(f"at most {MAX_EVENTS} events a batch, got {len(raws)}")
    items: list[Item] = []
    prefix, seq = f"{span.epoch}.{span.lane}.", span.first
    for raw in raws:
        item = _read(raw, seq)
        envelope = item.envelope
        if envelope is not None and (envelope.id != f"{prefix}{seq}" or envelope.source != source):
            raise BatchRefused(
                f"item {len(items)} is {envelope.source}#{envelope.id}, "
                f"expected {source}#{prefix}{seq}"
            )
        items.append(item)
        seq = item.last + 1
    if seq != span.last + 1:
        raise BatchRefused(
            f"the token promises sequences {span.first}..{span.last}, the body ends at {seq - 1}"
        )
    return items


def _split(body: bytes, span: Span) -> list[bytes]:
    try:
        return split_batch(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        found = _split_before_ids(body, span)
        if len(found) != span.last - span.first + 1:
            raise BatchRefused(f"the body is no JSON array that can be read: {error}") from error
        return found


def _split_before_ids(body: bytes, span: Span) -> list[bytes]:
    """An event that rotted on a gateway's card must not keep back those around it: boxes write `id`
    first, so the array can be cut there."""
    begin = rb'[\[,](?=\{"id":"%b\.%b\.)' % (span.epoch.encode(), span.lane.encode())
    before, *found = re.split(begin, body.removesuffix(b"]"))
    return [] if before else found


def _read(raw: bytes, seq: int) -> Item:
    try:
        if not raw.isascii():
            raw.decode()  # members that nobody decodes are looked at here
        envelope = decode_event(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _other(raw, seq, str(error))
    if "\0" in envelope.type:  # PostgreSQL keeps no such text
        return Item(seq, seq, raw, fault="a type with a NUL character")
    return Item(seq, seq, raw, envelope)


def _other(raw: bytes, seq: int, fault: str) -> Item:
    """What is no event: a tombstone, or poison."""
    try:
        stone = msgspec.json.decode(raw, type=Tombstone)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Item(seq, seq, raw, fault=fault)
    if stone.gap[0] != seq or stone.gap[1] < seq:
        raise BatchRefused(f"a tombstone for {stone.gap} stands where {seq} belongs")
    return Item(seq, stone.gap[1], raw, tombstone=stone)


def event_name(source: str, epoch: str, lane: Lane, seq: int) -> str:
    """`source#id`, unique for ever."""
    return f"{source}#{EventId(epoch, lane, seq)}"
