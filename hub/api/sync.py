"""POST /v1/sync, GET /v1/time, GET /v1/desired: what a gateway's uplink talks to (contract §4)."""

from __future__ import annotations

import anyio
import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from contract.names import slot_of_kid
from contract.sync import BATCH_CONTENT, SyncReply
from hub.api import box
from hub.api.box import BoxParts, BoxPartsOf
from hub.api.problems import refusal
from hub.api.wire import answers
from hub.errors import BatchRefused, NotContiguous, NotNow
from hub.store import gateways
from hub.store.engine import BUSY_S

router = APIRouter(tags=["gateways' own"])
_FRESH = {"Cache-Control": "no-store"}


@router.post("/v1/sync", summary="Take a batch of events", responses=answers(SyncReply, "Taken"))
async def sync(request: Request, parts: BoxPartsOf) -> Response:
    """Message token `events.batch`. 409 `gap` names what is stored; repeats have no effect."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != BATCH_CONTENT:
        raise refusal(415, "unsupported-media-type", f"send `Content-Type: {BATCH_CONTENT}`")
    body = await request.body()
    try:
        with anyio.fail_after(BUSY_S):
            await parts.turns.acquire()
    except TimeoutError as error:
        raise NotNow("more gateways than can be taken at once", retry_after_s=2) from error
    try:
        return await run_in_threadpool(_sync, parts, request, body)
    finally:
        parts.turns.release()


def _sync(parts: BoxParts, request: Request, body: bytes) -> Response:
    sender = box.check(parts, request, "events.batch", body)
    plain = box.decompressed(request, body)
    try:
        taken = parts.ingest.take(sender.kid, sender.claims, plain, parts.config.utc_ns())
    except NotContiguous as error:
        raise refusal(409, "gap", str(error), stored=error.stored) from error
    except BatchRefused as error:
        raise refusal(422, "batch", str(error)) from error
    return Response(msgspec.json.encode(taken.reply), headers=_FRESH, media_type="application/json")


@router.get("/v1/time", summary="The hub's signed time")
def get_time(request: Request, parts: BoxPartsOf) -> Response:
    """Message token `time.get`, whose own times are not looked at."""
    box.check(parts, request, "time.get", b"")
    return JSONResponse({"signed": box.signed_time(parts)}, headers=_FRESH)


@router.get("/v1/desired", summary="A slot's desired state")
def get_desired(request: Request, parts: BoxPartsOf) -> Response:
    """Message token `desired.get`. A compact JWS; 304 by `If-None-Match`, 404 when there is none."""
    sender = box.check(parts, request, "desired.get", b"")
    slot = slot_of_kid(sender.kid)
    with parts.database.read() as conn:
        serial, jws = gateways.desired_of(conn, slot)
    if jws is None:
        raise refusal(404, "not-found", f"no desired state was published for {slot}")
    etag = f'"{serial}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return Response(jws, headers={"ETag": etag, **_FRESH}, media_type="application/jwt")
