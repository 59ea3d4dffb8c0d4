"""Photos that people bring: `PUT /v1/photos/{sha256}`, whole, under their own token. A gateway's come in
parts, by `evidence`. What a photo says of itself is read once, for the rules about closing an order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.api.auth import Operator
from hub.api.evidence import Name
from hub.api.parts import Parts, PartsOf
from hub.api.problems import refusal
from hub.api.wire import REFUSED
from hub.errors import NotNow
from hub.photos import NoPhoto, read_photo
from hub.store import prints
from hub.store.blobs import BlobRefused
from hub.store.dialects import insert_into
from hub.store.tables import evidence
from hub.store.tokens import Actor

router = APIRouter(tags=["evidence"])
MAX_PHOTO_BYTES = 16 * 1024 * 1024


@router.put("/v1/photos/{sha256}", summary="Bring a photo", status_code=201, responses=REFUSED)
async def put_photo(sha256: Name, request: Request, parts: PartsOf, actor: Operator) -> Response:
    """JPEG, PNG or WebP with its camera's own record (EXIF): when and where it was taken counts when an
    order is said to be resolved. 422 for anything else."""
    body = await request.body()
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await run_in_threadpool(_keep, parts, actor, sha256, media, body)


def learn_photos(parts: Parts, district: str, names: Sequence[str]) -> None:
    """Reads those that nobody has looked at yet: gateways bring bytes, not what is in them."""
    if parts.blobs is None or not names:
        return
    with parts.database.read() as conn:
        unknown = [name for name in names if name not in prints.of(conn, district, names)]
    found = []
    for name in unknown:
        path = parts.blobs.path(name)
        if path.is_file():
            try:
                found.append(read_photo(name, path.read_bytes()))
            except NoPhoto:
                continue  # a clip, a track: evidence, but no photo
    if found:
        with parts.database.write() as conn:
            for one in found:
                prints.keep(conn, district, one, at=parts.now())


def _keep(parts: Parts, actor: Actor, name: str, media: str, body: bytes) -> Response:
    if parts.blobs is None:
        raise refusal(404, "not-found", "this hub keeps no evidence")
    if hashlib.sha256(body).hexdigest() != name:
        raise refusal(422, "evidence", "the bytes do not have the SHA-256 of the address")
    if not media.startswith("image/"):
        raise refusal(
            422, "evidence", f"{media or 'no Content-Type'}: expected image/jpeg, png, webp"
        )
    slot = f"token-{actor.token_id}"
    try:
        found = read_photo(name, body)
        parts.blobs.append(slot, name, 0, body)
        parts.blobs.finish(slot, name, media)
    except (BlobRefused, NoPhoto) as error:
        raise refusal(422, "evidence", str(error)) from error
    except OSError as error:
        raise NotNow(f"the disk cannot take it: {error.strerror}", retry_after_s=30) from error
    row = {
        "sha256": name,
        "slot": slot,
        "media_type": media,
        "size": len(body),
        "received_at": parts.now(),
    }
    with parts.database.write() as conn:
        conn.execute(insert_into(conn, evidence).values(**row).on_conflict_do_nothing())
        prints.keep(conn, actor.district, found, at=parts.now())
    return Response(status_code=201)
