"""Who calls, and whether they may: bearer tokens, roles that include the ones below them.

Nothing that a proxy could add to a request (X-Forwarded-*, X-SSL-*) has any part in it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from contract.timestamps import parse_rfc3339
from hub.api.parts import PartsOf
from hub.api.problems import refusal
from hub.errors import NotNow
from hub.store import tokens
from hub.store.tokens import Actor, Role

_bearer = HTTPBearer(auto_error=False, description="made by `edile hub token add`")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="edile"'}


def caller(
    parts: PartsOf,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """The actor of the request's token; 401 without a live one."""
    if credentials is None:
        told = "send `Authorization: Bearer TOKEN`; `edile hub token add` makes one"
        raise refusal(401, "unauthenticated", told, headers=_CHALLENGE)
    with parts.database.read() as conn:
        found = tokens.find_token(conn, credentials.credentials)
    if found is None:
        told = "this token is unknown or revoked"
        raise refusal(401, "unauthenticated", told, headers=_CHALLENGE)
    actor, last_used = found
    last_ns = None if last_used is None else parse_rfc3339(last_used)
    if tokens.use_is_stale(last_ns, parts.utc_ns()):
        # A full disk must not keep anyone from reading.
        with suppress(NotNow), parts.database.write() as conn:
            tokens.note_use(conn, actor.token_id, parts.now())
    return actor


def require(role: Role) -> Callable[[Actor], Actor]:
    """A dependency: the actor, when the role is theirs; else 403."""

    def allowed(actor: Annotated[Actor, Depends(caller)]) -> Actor:
        if not actor.may(role):
            told = f"this takes the role {role}; your token has {actor.role}"
            raise refusal(403, "forbidden", told)
        return actor

    return allowed


Viewer = Annotated[Actor, Depends(require("viewer"))]
Operator = Annotated[Actor, Depends(require("operator"))]
Dispatcher = Annotated[Actor, Depends(require("dispatcher"))]
Admin = Annotated[Actor, Depends(require("admin"))]
