"""A POST that changes orders: done once per `Idempotency-Key`, in one transaction with its kept reply;
what the order's rules refuse becomes a problem that says what would be allowed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec
import sqlalchemy as sa
from fastapi import Depends, Header, Request
from starlette.responses import Response

from contract.problem_json import PointedError
from hub.api.auth import Operator
from hub.api.parts import Parts, PartsOf
from hub.api.problems import ProblemError, invalid, refusal
from hub.api.wire import etag_of, json_body
from hub.dispatching import errors
from hub.dispatching.guards import EvidenceLacking, NotAllowed
from hub.dispatching.states import IllegalMove
from hub.store import idempotency, orders
from hub.store.idempotency import StoredReply
from hub.store.tokens import Actor

Body = Annotated[bytes, Depends(json_body)]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="any text of yours; a repeat with the same key gets the first reply",
    ),
]


@dataclass(frozen=True, slots=True)
class Posted:
    """A POST as its route takes it: who sent what, and the key under which its reply is kept."""

    request: Request
    parts: Parts
    actor: Actor
    body: bytes
    key: str | None


def _posted(
    request: Request, parts: PartsOf, actor: Operator, body: Body, key: Key = None
) -> Posted:
    return Posted(request, parts, actor, body, key)


PostedOf = Annotated[Posted, Depends(_posted)]


Work = Callable[[sa.Connection], StoredReply]


def once(post: Posted, work: Work) -> Response:
    """Do the work and keep its reply under the key, in one transaction; or give the kept reply."""
    asked = f"{post.request.method} {post.request.url.path}\n".encode() + post.body
    digest = hashlib.sha256(asked).hexdigest()
    owner = f"{post.actor.district}/{post.actor.token_id}"
    with post.parts.database.write() as conn:
        if post.key is None:
            return _response(work(conn))
        try:
            at = post.parts.now()
            kept = idempotency.claim(conn, actor=owner, key=post.key, request_sha256=digest, at=at)
        except idempotency.KeyReused as error:
            told = "this Idempotency-Key came with another request before"
            raise refusal(422, "key-reused", told) from error
        if kept is not None:
            return _response(kept)
        done = work(conn)
        idempotency.keep(conn, actor=owner, key=post.key, reply=done)
        return _response(done)


def changed(post: Posted, order_id: str, work: Work) -> Response:
    """`once`, with what may stand against changing this order."""
    try:
        return once(post, work)
    except errors.NoSuchOrder as error:
        raise unknown(str(error) or order_id) from error
    except errors.StaleVersion as error:
        headers = {"ETag": etag_of(error.current)}
        raise refusal(412, "precondition-failed", str(error), headers=headers) from error
    except IllegalMove as error:
        raise refusal(409, "illegal-move", str(error), legal=error.legal) from error
    except errors.CannotBe as error:
        raise refusal(409, "conflict", str(error)) from error
    except NotAllowed as error:
        raise refusal(403, "forbidden", str(error)) from error
    except errors.WrongUnit as error:
        raise invalid(str(error), "/unit") from error
    except errors.WrongTime as error:
        raise invalid(str(error), "/until") from error
    except EvidenceLacking as error:
        faults = [PointedError(detail=fault, pointer="/evidence") for fault in error.faults]
        raise refusal(422, "evidence-lacking", str(error), errors=faults) from error


def order_reply(conn: sa.Connection, actor: Actor, order_id: str, status: int) -> StoredReply:
    order = orders.fetch_order(conn, actor.district, order_id)
    if order is None:
        raise errors.NoSuchOrder(order_id)
    return StoredReply(status, {"ETag": etag_of(order.version)}, msgspec.json.encode(order))


def _response(stored: StoredReply) -> Response:
    return Response(stored.body, stored.status, stored.headers, media_type="application/json")


def unknown(order_id: str) -> ProblemError:
    return refusal(404, "not-found", f"no work order {order_id}")
