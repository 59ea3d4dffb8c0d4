"""A box that signs whatever a test wants to send, right or wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any

import msgspec

from contract.chain import GENESIS, extend
from contract.envelope import Moment, encode_event
from contract.keys import PrivateKey
from contract.names import EventId, Lane, source_of
from contract.payloads.air import AirSummary
from contract.payloads.base import Payload
from contract.sync import BATCH_CONTENT, Tombstone, join_batch
from contract.token import SCHEME, Claims, Op, claims_for, mint
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import DISTRICT

SLOT, KID, HUB_ID, EPOCH = "cs-017", "cs-017#1", "edile-hub", "0C9K2TQ7M4XWZ"
NOW_S = START_UTC_NS // 10**9


def reading(number: int) -> AirSummary:
    """An event without effects."""
    value = float(number)
    return AirSummary(
        sensor="air-1", quantity="pm10", unit="ug/m3", window_s=300, n=300, min=value, max=value,
        mean=value, p95=value, last=value,
    )  # fmt: skip


def stone(first: int, last: int) -> bytes:
    return msgspec.json.encode(Tombstone(gap=(first, last), reason="corruption"))


def raw_event(
    payload: Payload, seq: int, *, epoch: str = EPOCH, lane: Lane | None = None, slot: str = SLOT
) -> bytes:
    moment = Moment("boot-1", seq, START_UTC_NS + seq * 10**9, "ntp")
    return encode_event(
        payload,
        event_id=EventId(epoch, lane or payload.lane, seq),
        source=source_of(DISTRICT, slot),
        subject="device/d-1",
        moment=moment,
    )


@dataclass
class SigningBox:
    """One lane of one epoch. `items` (last sequence, bytes) are what it recorded, in order."""

    key: PrivateKey = field(default_factory=PrivateKey.generate)
    kid: str = KID
    epoch: str = EPOCH
    lane: Lane = "routine"
    items: list[tuple[int, bytes]] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    @property
    def last(self) -> int:
        return self.items[-1][0] if self.items else 0

    def records(self, *payloads: Payload) -> None:
        slot = self.kid.partition("#")[0]
        for payload in payloads:
            seq = self.last + 1
            raw = raw_event(payload, seq, epoch=self.epoch, lane=self.lane, slot=slot)
            self.items.append((seq, raw))

    def records_raw(self, raw: bytes) -> None:
        self.items.append((self.last + 1, raw))

    def loses(self, first: int, last: int) -> None:
        """A tombstone in the place of sequences `first`..`last`, as a salvage puts it."""
        kept = [(seq, raw) for seq, raw in self.items if not first <= seq <= last]
        self.items = sorted([*kept, (last, stone(first, last))])

    def head(self, at: int) -> bytes:
        return extend(GENESIS, self.lane, [link for link in self.items if link[0] <= at])

    def batch(self, first: int, last: int, **wrong: Any) -> tuple[bytes, Claims]:
        """The plain body and the claims for `first`..`last`, `wrong` claims put in."""
        chosen = [raw for seq, raw in self.items if first <= seq <= last]
        claims = self.claims("events.batch", join_batch(chosen))
        named = {
            "ep": self.epoch,
            "ln": self.lane,
            "sq": (first, last),
            "ch": self.head(last).hex(),
        }
        return join_batch(chosen), msgspec.structs.replace(claims, **{**named, **wrong})

    def claims(self, op: Op, body: bytes, **changes: Any) -> Claims:
        jti = sha256(f"{self.kid} {next(self._numbers)}".encode()).hexdigest()[:24]
        plain = claims_for(aud=HUB_ID, op=op, body=body, now_s=NOW_S, jti=jti)
        return msgspec.structs.replace(plain, **changes)

    def signed(self, claims: Claims) -> dict[str, str]:
        return {"Authorization": f"{SCHEME} {mint(self.key, self.kid, claims)}"}

    def sync(
        self, first: int, last: int, *, pack: Any = None, **wrong: Any
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a sync; `pack` compresses the body before it is signed."""
        body, claims = self.batch(first, last, **wrong)
        headers = {"Content-Type": BATCH_CONTENT}
        if pack is not None:
            body, headers["Content-Encoding"] = pack(body), "zstd"
            bound = self.claims("events.batch", body)
            claims = msgspec.structs.replace(claims, bsh=bound.bsh, bln=bound.bln)
        return body, {**headers, **self.signed(claims)}


def slices(total: int, sizes: Sequence[int]) -> list[tuple[int, int]]:
    """1..total cut at `sizes`, the rest in one."""
    cuts, first = [], 1
    for size in sizes:
        if first <= total:
            cuts.append((first, min(total, first + size - 1)))
            first = cuts[-1][1] + 1
    return cuts if first > total else [*cuts, (first, total)]
