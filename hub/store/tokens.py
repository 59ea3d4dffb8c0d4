"""REST tokens: made once, shown once, kept as SHA-256. A token is 256 random bits, so a fast hash is
enough: there is nothing to guess."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import sqlalchemy as sa

from contract.names import SLUG
from hub.store import audit
from hub.store.order_tables import api_token

Role = Literal["viewer", "operator", "dispatcher", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what the ones before it may."""

PREFIX = "edile_"
_USED_EVERY_S = 600
_BYTES = 32


class TokenRefused(ValueError):
    """What is wrong with a token to be made or revoked, in words for a person."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls: `name` is written into the audit log as `token/NAME`; `unit` is whom they work for."""

    token_id: str
    district: str
    name: str
    role: Role
    unit: str | None = None

    @property
    def label(self) -> str:
        return f"token/{self.name}"

    def may(self, role: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as the list shows it: never the token itself."""

    token_id: str
    district: str
    name: str
    role: str
    created_at: str
    revoked_at: str | None
    last_used_at: str | None


def add_token(
    conn: sa.Connection,
    *,
    district: str,
    name: str,
    role: str,
    at: str,
    entropy: Callable[[int], bytes],
    unit: str | None = None,
) -> str:
    """The token's text, which is nowhere kept. Raises TokenRefused for a bad or taken name or role."""
    if role not in ROLES:
        raise TokenRefused(f"role {role!r} is none of {', '.join(ROLES)}")
    if unit is not None and not SLUG.fullmatch(unit):
        raise TokenRefused(f"unit {unit!r}: use a-z, 0-9 and '-', at most 63 characters")
    if not SLUG.fullmatch(name):
        raise TokenRefused(f"name {name!r}: use a-z, 0-9 and '-', at most 63 characters")
    audit.lock(conn, district)
    taken = sa.select(api_token.c.id).where(
        api_token.c.district == district, api_token.c.name == name
    )
    if conn.execute(taken).first():
        raise TokenRefused(f"a token named {name!r} exists in {district}; choose another name")
    text = PREFIX + entropy(_BYTES).hex()
    digest = _digest(text)
    row = {"id": digest[:16], "district": district, "name": name, "role": role, "unit": unit}
    conn.execute(api_token.insert().values(**row, sha256=digest, created_at=at))
    added: dict[str, object] = {"name": name, "role": role}
    if unit is not None:
        added["unit"] = unit
    audit.append(conn, district, _entry("token-added", digest[:16], at, added))
    return text


def revoke_token(conn: sa.Connection, *, district: str, name: str, at: str) -> None:
    """At once and for good. Raises TokenRefused when there is no such live token."""
    audit.lock(conn, district)
    revoked = conn.execute(
        sa.update(api_token)
        .where(api_token.c.district == district, api_token.c.name == name)
        .where(api_token.c.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(api_token.c.id)
    ).first()
    if revoked is None:
        raise TokenRefused(f"no live token named {name!r} in {district}")
    audit.append(conn, district, _entry("token-revoked", revoked.id, at, {"name": name}))


def find_token(conn: sa.Connection, text: str) -> tuple[Actor, str | None] | None:
    """The actor and when the token was last used; None for an unknown or revoked token."""
    row = conn.execute(
        sa.select(api_token).where(
            api_token.c.sha256 == _digest(text), api_token.c.revoked_at.is_(None)
        )
    ).first()
    if row is None:
        return None
    return Actor(row.id, row.district, row.name, row.role, row.unit), row.last_used_at


def use_is_stale(last_used_ns: int | None, now_ns: int) -> bool:
    """Whether `last_used_at` is worth a write: not on every request."""
    return last_used_ns is None or now_ns - last_used_ns >= _USED_EVERY_S * 10**9


def note_use(conn: sa.Connection, token_id: str, at: str) -> None:
    """Remember the last use."""
    conn.execute(sa.update(api_token).where(api_token.c.id == token_id).values(last_used_at=at))


def list_tokens(conn: sa.Connection, district: str | None = None) -> list[TokenRow]:
    """All tokens, of one district or of all, by name."""
    query = sa.select(api_token).order_by(api_token.c.district, api_token.c.name)
    if district is not None:
        query = query.where(api_token.c.district == district)
    return [
        TokenRow(
            row.id,
            row.district,
            row.name,
            row.role,
            row.created_at,
            row.revoked_at,
            row.last_used_at,
        )
        for row in conn.execute(query)
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _entry(action: str, token_id: str, at: str, detail: dict[str, object]) -> audit.Entry:
    return audit.Entry(
        at=at, actor="hub", action=action, subject=f"token/{token_id}", detail=detail
    )
