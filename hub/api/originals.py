"""POST /v1/evidence/{sha256}/original: an admin asks a gateway for the unmasked original of a photo."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from contract.commands import OriginalArgs
from hub.api.auth import Admin
from hub.api.box import BoxPartsOf
from hub.api.evidence import Name
from hub.api.problems import refusal
from hub.api.wire import decode, json_body, reply
from hub.commanding import ANSWERED_WITHIN_S, ask_for_original
from hub.store import gateways, originals

router = APIRouter(tags=["evidence"])


class NewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, and for how long the gateway may still be asked (it may be without a link). `slot` is needed
    only where `sha256` is the original's own name."""

    reason: str
    slot: str | None = None
    expires_in_s: int = ANSWERED_WITHIN_S


@router.post(
    "/v1/evidence/{sha256}/original", summary="Ask for an unmasked original", status_code=202
)
async def ask(sha256: Name, request: Request, parts: BoxPartsOf, actor: Admin) -> Response:
    """`sha256` names the photo, or the original itself. Who asked and why is in the audit log, and in an
    event that the gateway signs. The answer is the command's outcome; the file follows."""
    wanted = decode(await json_body(request), NewRequest)
    if not 1 <= wanted.expires_in_s <= ANSWERED_WITHIN_S:
        raise refusal(422, "invalid", "expires_in_s: 1 second to a week")
    if not wanted.reason.strip():
        raise refusal(422, "invalid", "reason: why the unmasked original is needed")
    asked = OriginalArgs(sha256=sha256, requested_by=actor.label, reason=wanted.reason)
    with parts.database.write() as conn:
        slot = wanted.slot or originals.slot_of_photo(conn, sha256)
        if slot is None:
            raise refusal(404, "not-found", "no such photo is here: name the gateway (`slot`)")
        if gateways.slot_district(conn, slot) != actor.district:
            raise refusal(404, "not-found", f"no gateway {slot}")
        made = ask_for_original(
            conn, parts.keys.command, district=actor.district, slot=slot, wanted=asked,
            actor=actor.label, now_ns=parts.config.utc_ns(), expires_in_s=wanted.expires_in_s,
        )  # fmt: skip
    assert made is not None  # noqa: S101 - the slot was found above and slots never go
    return reply(request, {"id": made.id, "slot": slot, "expires": made.expires}, status=202)
