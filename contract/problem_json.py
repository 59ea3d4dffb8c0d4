"""`application/problem+json` (RFC 9457) as the hub writes it and the clients read it."""

from __future__ import annotations

import msgspec

CONTENT = "application/problem+json"
TYPE_PREFIX = "urn:edile:problem:"


class PointedError(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake in a request; `pointer` is a JSON Pointer (RFC 6901) or a parameter's name."""

    detail: str
    pointer: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`type` = TYPE_PREFIX + a stable slug. The members after `errors` belong to single slugs:
    `stored` to `gap` (409 of a sync), `err` to `clock` and `token` (401; a `contract.token.Refusal`),
    `signed` to `clock`, `legal` to `illegal-move` (409), `limit` to `too-large` (413)."""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    errors: list[PointedError] = []
    stored: dict[str, int] | None = None
    err: str | None = None
    signed: str | None = None
    legal: list[str] | None = None
    limit: int | None = None


def slug_of(problem: Problem) -> str:
    return problem.type.removeprefix(TYPE_PREFIX)
