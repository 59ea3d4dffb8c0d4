"""A case bundle of a weighbridge for the tests of proofs, and ways to tamper with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import msgspec

from contract.bundle import LanePart, Manifest, lane_file, lay_out
from contract.chain import GENESIS, extend, link
from contract.envelope import Moment, encode_event
from contract.keys import PrivateKey
from contract.names import EventId
from contract.payloads.base import PhotoRef
from contract.payloads.relook import RelookResult
from contract.receipts import Receipt, sign_receipt

HUB = PrivateKey.generate()
HUB_KID = "baiyun-hub#1"
EPOCH = "0C9K2TQ7M4XWZ"
AT = "2026-09-10T00:26:40.001Z"
PHOTO = b"\xff\xd8 a photo"
PHOTO_NAME = sha256(PHOTO).hexdigest()
ORIGINAL = b"\xff\xd8 the photo before anybody in it was made unrecognisable"
ORIGINAL_NAME = sha256(ORIGINAL).hexdigest()


def event(seq: int, *, case: str = "wo-1") -> bytes:
    photos = (PhotoRef(sha256=PHOTO_NAME, parent=ORIGINAL_NAME),) if seq == 2 else ()
    return encode_event(
        RelookResult(case=case, verdict="gone", confidence=0.9, photos=photos),
        event_id=EventId(EPOCH, "urgent", seq),
        source="/baiyun/cs-017",
        subject="camera/cam-1",
        moment=Moment("boot", seq, 1_789_000_000_000_000_000 + seq, "ntp"),
    )


def receipt_for(lines: Sequence[bytes], seq: int, *, slot: str = "cs-017") -> str:
    head = extend(GENESIS, "urgent", enumerate(lines[:seq], 1))
    return signed(seq, head.hex(), slot=slot)


def signed(seq: int, head: str, *, slot: str = "cs-017", key: PrivateKey = HUB) -> str:
    fields = Receipt(slot=slot, epoch=EPOCH, lane="urgent", seq=seq, chain_head=head, hub_time=AT)
    return sign_receipt(key, HUB_KID, fields)


@dataclass(frozen=True)
class Case:
    """Everything a bundle is made of, to be changed in one place at a time."""

    lines: tuple[bytes, ...]
    receipts: tuple[str, ...]
    evidence: dict[str, bytes]
    first: int = 1
    head_before: str = GENESIS.hex()
    last: int = 6

    def files(self) -> dict[str, bytes]:
        part = LanePart(
            epoch=EPOCH,
            lane="urgent",
            first=self.first,
            last=self.last,
            head_before=self.head_before,
        )
        return lay_out(
            Manifest(district="baiyun", slot="cs-017", made=AT, lanes=[part], case="wo-1"),
            lines={lane_file(part): self.lines},
            receipts=self.receipts,
            hub_key_pem=HUB.public.to_pem(),
            evidence=self.evidence,
        )

    def with_line(self, seq: int, line: bytes) -> Case:
        lines = list(self.lines)
        lines[seq - self.first] = line
        return replace(self, lines=tuple(lines))


def good_case() -> Case:
    lines = tuple(event(seq) for seq in range(1, 7))
    receipts = (receipt_for(lines, 3), receipt_for(lines, 6))
    return Case(lines, receipts, {PHOTO_NAME: PHOTO})


def excerpt() -> Case:
    """Sequences 3..6 of the same lane, one of another case withheld, one range a tombstone."""
    before = extend(GENESIS, "urgent", [(1, event(1)), (2, event(2))])
    other = event(3, case="wo-2")
    tombstone = b'{"gap":[4,5],"reason":"corrupt","counts":{}}'
    head = link(
        link(link(before, "urgent", 3, other), "urgent", 5, tombstone), "urgent", 6, event(6)
    )
    hidden = msgspec.json.encode({"withheld": sha256(other).hexdigest()})
    return Case((hidden, tombstone, event(6)), (signed(6, head.hex()),), {}, 3, before.hex())


def write_folder(files: dict[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
