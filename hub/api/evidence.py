"""PUT, HEAD, GET /v1/evidence/{sha256}: resumable, content-addressed (contract §4).

A part travels under a message token that binds the blob, where the part starts, and the whole length.
Reading takes a person's token, is written to the audit log, and never opens inside a browser.
"""

from __future__ import annotations

import re
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from contract.names import slot_of_kid
from contract.timestamps import rfc3339
from hub.api import box
from hub.api.auth import Viewer
from hub.api.box import BoxParts, BoxPartsOf
from hub.api.problems import ProblemError, refusal
from hub.errors import NotNow
from hub.store import audit
from hub.store.blobs import MAX_BLOB_BYTES, BlobRefused, Blobs
from hub.store.dialects import insert_into
from hub.store.originals import is_original
from hub.store.tables import evidence

router = APIRouter(tags=["evidence"])
PART_BYTES = 1024 * 1024
Name = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the bytes, hex")]
_NUMBER = re.compile(r"[0-9]{1,12}")


def _blobs(parts: BoxParts) -> Blobs:
    return Blobs(parts.config.data_dir / "evidence")


def _size_of(parts: BoxParts, name: str) -> int | None:
    """The size of a finished blob."""
    with parts.database.read() as conn:
        size: int | None = conn.scalar(sa.select(evidence.c.size).where(evidence.c.sha256 == name))
    return size


@router.put("/v1/evidence/{sha256}", summary="Bring a part of a blob", status_code=204)
async def put(sha256: Name, request: Request, parts: BoxPartsOf) -> Response:
    """Message token `evidence.put`. 204 with `Upload-Offset`, 201 when whole, 409 at another offset."""
    body = await request.body()
    return await run_in_threadpool(_put, parts, request, sha256, body)


def _put(parts: BoxParts, request: Request, name: str, body: bytes) -> Response:
    sender = box.check(parts, request, "evidence.put", body)
    claims = sender.claims
    offset, total = _number(request, "upload-offset"), _number(request, "upload-length")
    if (claims.blob, claims.off, claims.total) != (name, offset, total):
        raise _for_another_blob()
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if claims.media not in (None, media):
        raise refusal(401, "token", "the message token is for another media type")
    if total > MAX_BLOB_BYTES or offset + len(body) > total:
        told = f"a blob has at most {MAX_BLOB_BYTES} bytes, a part stays within it"
        raise refusal(413, "too-large", told, limit=MAX_BLOB_BYTES)
    if _size_of(parts, name) is not None:
        return Response(status_code=201, headers={"Upload-Offset": str(total)})
    blobs, slot = _blobs(parts), slot_of_kid(sender.kid)
    have = blobs.have(slot, name)
    if have != offset:
        told = f"this blob goes on at {have}"
        raise refusal(409, "offset", told, headers={"Upload-Offset": str(have)})
    try:
        have = blobs.append(slot, name, offset, body)
        if have < total:
            return Response(status_code=204, headers={"Upload-Offset": str(have)})
        blobs.finish(slot, name, media)
    except BlobRefused as error:
        raise refusal(422, "evidence", str(error)) from error
    except OSError as error:
        raise NotNow(f"the disk cannot take it: {error.strerror}", retry_after_s=30) from error
    _record(parts, slot, name, media, total)
    return Response(status_code=201, headers={"Upload-Offset": str(total)})


def _record(parts: BoxParts, slot: str, name: str, media: str, size: int) -> None:
    row = {
        "sha256": name,
        "slot": slot,
        "media_type": media,
        "size": size,
        "received_at": rfc3339(parts.config.utc_ns()),
    }
    with parts.database.write() as conn:
        conn.execute(insert_into(conn, evidence).values(**row).on_conflict_do_nothing())


def _for_another_blob() -> ProblemError:
    return refusal(401, "token", "the message token is for another part or another blob")


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not _NUMBER.fullmatch(text):
        raise refusal(400, "bad-request", f"header {header}: expected a number of bytes")
    return int(text)


@router.head("/v1/evidence/{sha256}", summary="How much of a blob is here")
def head(sha256: Name, request: Request, parts: BoxPartsOf) -> Response:
    """Message token `evidence.put` over an empty body. 404 when nothing of it is here."""
    sender = box.check(parts, request, "evidence.put", b"")
    if sender.claims.blob != sha256:
        raise _for_another_blob()
    size = _size_of(parts, sha256)
    have = _blobs(parts).have(slot_of_kid(sender.kid), sha256)
    if size is None and not have:
        raise refusal(404, "not-found", "nothing of this blob is here")
    length = {} if size is None else {"Upload-Length": str(size)}
    return Response(headers={"Upload-Offset": str(size or have), **length})


@router.get("/v1/evidence/{sha256}", summary="Read a blob")
def get(sha256: Name, parts: BoxPartsOf, actor: Viewer) -> Response:
    """For people: always a download, never shown by the browser; who looked is in the audit log. An
    unmasked original that was asked for takes the role admin."""
    with parts.database.write() as conn:
        row = conn.execute(sa.select(evidence).where(evidence.c.sha256 == sha256)).first()
        if row is None or actor.district != parts.config.district:
            raise refusal(404, "not-found", "no such evidence")
        unmasked = is_original(conn, sha256)
        if unmasked and not actor.may("admin"):
            told = "this is an unmasked original: it takes the role admin"
            raise refusal(403, "forbidden", told)
        audit.lock(conn, actor.district)
        entry = audit.Entry(
            at=rfc3339(parts.config.utc_ns()),
            actor=actor.label,
            action="original-viewed" if unmasked else "evidence-viewed",
            subject=f"evidence/{sha256}",
        )
        audit.append(conn, actor.district, entry)
    return FileResponse(
        _blobs(parts).path(sha256),
        media_type=row.media_type,
        filename=sha256,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )
