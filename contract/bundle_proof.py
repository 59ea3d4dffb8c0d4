"""What a case bundle proves (contract §7): pure, offline, with the hub's public key and nothing else.

Proved is what a signed receipt covers: the chain is recomputed from the items' bytes, and where a
receipt names the same head at the same sequence, every item up to it is as the hub committed it (a
hash that fits another start cannot be found). An edited, deleted, reordered or cut item, a recomputed
chain, a changed photo each break one of the findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from contract.bundle import Bundle, LanePart, Withheld, lane_file
from contract.chain import GENESIS, link_hash
from contract.envelope import decode_event
from contract.jws import BadJws
from contract.keys import PublicKey
from contract.names import EventId, source_of
from contract.receipts import Receipt, open_receipt
from contract.sync import Tombstone

# Payload members whose value names evidence (contract §3).
_EVIDENCE_LISTS = ("photos", "evidence")
_EVIDENCE_NAMES = ("raw_sha256", "log_sha256")


@dataclass(frozen=True)
class Finding:
    """One thing that was checked. `proved` False: it is wrong, or nothing here vouches for it."""

    proved: bool
    text: str


@dataclass(frozen=True)
class _Item:
    """A line understood: its last sequence, the hash the chain takes, the evidence it names, and the
    originals that this was made of, which may have stayed where they were taken."""

    last: int
    digest: bytes
    named: frozenset[str]
    parents: frozenset[str] = frozenset()


class _Broken(Exception):
    """A lane's lines cannot be what they say; the message says which and why."""


def prove(bundle: Bundle, key: PublicKey) -> list[Finding]:
    """Every finding, in order: receipts, lanes, evidence. The case holds when all are proved."""
    receipts, findings = _receipts(bundle, key)
    named: set[str] = set()
    parents: set[str] = set()
    for part in bundle.manifest.lanes:
        ours = [r for r in receipts if (r.epoch, r.lane) == (part.epoch, part.lane)]
        try:
            items = _items(bundle, part)
        except _Broken as broken:
            findings.append(Finding(False, f"{lane_file(part)}: {broken}"))
            continue
        named |= {name for item in items for name in item.named}
        parents |= {name for item in items for name in item.parents}
        findings += _lane(part, items, ours)
    if not bundle.manifest.lanes:
        findings.append(Finding(False, "the bundle holds no events"))
    return findings + list(_evidence(bundle, named, parents))


def _receipts(bundle: Bundle, key: PublicKey) -> tuple[list[Receipt], list[Finding]]:
    good: list[Receipt] = []
    findings: list[Finding] = []
    for number, text in enumerate(bundle.receipts, 1):
        try:
            receipt = open_receipt(text, key)
        except (BadJws, msgspec.DecodeError) as error:
            findings.append(Finding(False, f"receipt {number}: not signed by this hub ({error})"))
            continue
        if receipt.slot != bundle.manifest.slot:
            findings.append(Finding(False, f"receipt {number}: is for slot {receipt.slot}"))
            continue
        good.append(receipt)
        about = f"{receipt.epoch}.{receipt.lane}.{receipt.seq} at {receipt.hub_time}"
        findings.append(Finding(True, f"receipt {number}: signed by the hub for {about}"))
    return good, findings


def _items(bundle: Bundle, part: LanePart) -> list[_Item]:
    items: list[_Item] = []
    expected = part.first
    source = source_of(bundle.manifest.district, bundle.manifest.slot)
    for number, line in enumerate(bundle.lines[lane_file(part)], 1):
        try:
            item = _item(line, part, expected, source)
        except _Broken as broken:
            raise _Broken(f"line {number}: {broken}") from broken
        items.append(item)
        expected = item.last + 1
    if expected != part.last + 1:
        raise _Broken(f"ends at {expected - 1}, the manifest says {part.last}")
    return items


def _item(line: bytes, part: LanePart, expected: int, source: str) -> _Item:
    try:
        shown = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        if "withheld" in shown:
            digest = bytes.fromhex(msgspec.json.decode(line, type=Withheld).withheld)
            return _Item(expected, digest, frozenset())
        if "gap" in shown:
            return _tombstone(line, expected)
        return _event(line, part, expected, source)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise _Broken(f"cannot be read: {error}") from error


def _tombstone(line: bytes, expected: int) -> _Item:
    first, last = msgspec.json.decode(line, type=Tombstone).gap
    if first != expected or last < first:
        raise _Broken(f"bridges {first}..{last}, expected from {expected}")
    return _Item(last, sha256(line).digest(), frozenset())


def _event(line: bytes, part: LanePart, expected: int, source: str) -> _Item:
    envelope = decode_event(line)
    due = str(EventId(part.epoch, part.lane, expected))
    if envelope.id != due or envelope.source != source:
        raise _Broken(f"is {envelope.source} {envelope.id}, expected {source} {due}")
    data = msgspec.json.decode(envelope.data)
    own = data if isinstance(data, dict) else {}
    keyed = (own[name] for name in _EVIDENCE_NAMES if isinstance(own.get(name), str))
    named = frozenset((*keyed, *_listed(own, "sha256")))
    return _Item(expected, sha256(line).digest(), named, frozenset(_listed(own, "parent")))


def _listed(data: dict[str, Any], member: str) -> Iterator[str]:
    """That member of the evidence that a payload lists; any JSON, for the type may be unknown here."""
    for name in _EVIDENCE_LISTS:
        listed = data.get(name)
        for entry in listed if isinstance(listed, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get(member), str):
                yield entry[member]


def _lane(part: LanePart, items: list[_Item], receipts: list[Receipt]) -> Iterator[Finding]:
    heads = _heads(part, items)
    lane = f"{part.epoch}.{part.lane}"
    if part.first == 1 and heads[0] != GENESIS.hex():
        yield Finding(False, f"{lane}: does not begin at the beginning of its chain")
    covered = part.first - 1
    for receipt in sorted(receipts, key=lambda receipt: receipt.seq):
        if receipt.seq < part.first - 1:
            continue
        if receipt.seq > part.last:
            text = f"{lane}: the hub had {receipt.seq}, the bundle ends at {part.last}: a cut tail"
            yield Finding(False, text)
        elif heads.get(receipt.seq) != receipt.chain_head:
            text = f"{lane}: the chain at {receipt.seq} is not the one in the hub's receipt"
            yield Finding(False, text)
        else:
            covered = receipt.seq
    if covered >= part.first:
        text = f"{lane}: {part.first}..{covered} are as the hub committed them"
        yield Finding(True, text)
    if covered < part.last:
        yield Finding(False, f"{lane}: no receipt covers {covered + 1}..{part.last}")


def _heads(part: LanePart, items: list[_Item]) -> dict[int, str]:
    """Chain head (hex) after each sequence at which an item ends, from the one before the first."""
    heads = {part.first - 1: part.head_before}
    try:
        head = bytes.fromhex(part.head_before)
    except ValueError:
        head = b""
    for item in items:
        head = link_hash(head, part.lane, item.last, item.digest)
        heads[item.last] = head.hex()
    return heads


def _evidence(bundle: Bundle, named: set[str], parents: set[str]) -> Iterator[Finding]:
    for name, read in sorted(bundle.evidence.items()):
        if sha256(read()).hexdigest() != name:
            yield Finding(False, f"evidence {name}: its bytes have another hash")
        elif name in parents - named:
            yield Finding(True, f"evidence {name}: unchanged, the original of one that is named")
        elif name not in named:
            yield Finding(False, f"evidence {name}: intact, but no event here names it")
        else:
            yield Finding(True, f"evidence {name}: unchanged, named by an event")
    for name in sorted(named - bundle.evidence.keys()):
        yield Finding(False, f"evidence {name}: named by an event, not in the bundle")
