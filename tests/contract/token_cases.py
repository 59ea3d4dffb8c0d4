"""One good token of each algorithm, and a verifier around it, for the tests of tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from contract.keys import Alg, PrivateKey
from contract.token import Claims, KeyRow, KeyState, Op, Verified, claims_for, mint, verify

NOW_S = 1_790_000_000
HUB = "baiyun-hub"
KID = "cs-017#3"
BODY = b'[{"id":"0C9K2TQ7M4XWZ.urgent.1"}]'
JTI = "a" * 24
ALGS: tuple[Alg, ...] = ("EdDSA", "ES256")


@dataclass
class Gate:
    """A hub's side of tokens: one key in its table, and what it remembers."""

    key: PrivateKey
    state: KeyState = "active"
    seen: set[str] = field(default_factory=set)

    def remember(self, jti: str, until_s: int) -> bool:
        fresh = jti not in self.seen
        self.seen.add(jti)
        return fresh

    def row(self, kid: str) -> KeyRow | None:
        return KeyRow(KID, self.key.public, self.state) if kid == KID else None

    def verify(
        self,
        token: str,
        *,
        op: Op = "events.batch",
        body: bytes = BODY,
        now_s: int = NOW_S,
        audience: str = HUB,
        nonces: Iterable[str] = (),
    ) -> Verified:
        known: Callable[[str], bool] = set(nonces).__contains__
        return verify(
            token,
            keys=self.row,
            audience=audience,
            op=op,
            body=body,
            now_s=now_s,
            remember=self.remember,
            nonce_ok=known,
        )


def batch_claims(**changes: object) -> Claims:
    claims = claims_for(aud=HUB, op="events.batch", body=BODY, now_s=NOW_S, jti=JTI)
    whole = {"ep": "0C9K2TQ7M4XWZ", "ln": "urgent", "sq": (1, 1), "ch": "00" * 32}
    return msgspec.structs.replace(claims, **{**whole, **changes})


def good_token(key: PrivateKey, **changes: object) -> str:
    return mint(key, KID, batch_claims(**changes))


def upload_token(key: PrivateKey, **changes: object) -> str:
    part = {"op": "evidence.put", "blob": "ab" * 32, "off": 0, "total": len(BODY)}
    return good_token(key, **{**part, **changes})
