"""GET /v1/gateways, /v1/events; commands to a gateway."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from contract.commands import (
    AcceptViewArgs,
    CommandOp,
    OriginalArgs,
    PhotoArgs,
    RelookArgs,
    SpeakArgs,
    TrackArgs,
)
from contract.gateway_view import EventPage, GatewayPage, GatewayView
from contract.names import SLUG
from contract.timestamps import rfc3339
from hub.api.auth import Dispatcher, Viewer
from hub.api.box import BoxPartsOf
from hub.api.problems import refusal
from hub.api.wire import decode, json_body, reply
from hub.commanding import issue
from hub.store import audit, gateway_views, originals

router = APIRouter(tags=["gateways"])
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most")]
_ORDINAL = re.compile("[0-9]{1,18}")
FOR_ADMINS = {
    originals.ASKED: "an unmasked original takes the role admin",
    "accept-view": "what a camera is meant to see takes the role admin",
}
Cursor = Annotated[str, Query(description="`next` of the page before", max_length=200)]


class NewCommand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`expires_in_s`: how long it may still be begun, at most a week."""

    op: CommandOp
    args: dict[str, Any] = {}
    expires_in_s: int = 3_600


def _place(cursor: str, form: re.Pattern[str]) -> str:
    """What `_cursor` was given; empty for the first page."""
    if not cursor:
        return ""
    try:
        place = base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
    except ValueError:
        place = ""
    if not form.fullmatch(place):
        raise refusal(400, "bad-request", "this cursor is none of ours")
    return place


def _cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode()


@router.head("/v1/gateways", include_in_schema=False)
@router.get("/v1/gateways", summary="Gateways with their health")
def list_gateways(
    request: Request, parts: BoxPartsOf, actor: Viewer, limit: Limit = 100, cursor: Cursor = ""
) -> Response:
    """By slot."""
    with parts.database.read() as conn:
        found = gateway_views.gateways(
            conn, actor.district, after=_place(cursor, SLUG), limit=limit + 1
        )
    more = _cursor(found[limit - 1].slot) if len(found) > limit else None
    return reply(request, GatewayPage(items=found[:limit], next=more))


def _one(parts: BoxPartsOf, district: str, slot: str) -> GatewayView:
    with parts.database.read() as conn:
        found = gateway_views.gateways(conn, district, after="", limit=1, slot=slot)
    if not found:
        raise refusal(404, "not-found", f"no gateway {slot}")
    return found[0]


@router.head("/v1/gateways/{slot}", include_in_schema=False)
@router.get("/v1/gateways/{slot}", summary="One gateway")
def get_gateway(request: Request, slot: str, parts: BoxPartsOf, actor: Viewer) -> Response:
    """Its health, keys and watermarks."""
    return reply(request, _one(parts, actor.district, slot))


@router.get("/v1/gateways/{slot}/irregularities", summary="Gaps, conflicts, dead letters")
def get_irregularities(
    request: Request, slot: str, parts: BoxPartsOf, actor: Viewer, limit: Limit = 100
) -> Response:
    """What in this gateway's events is not as it should be, newest first."""
    _one(parts, actor.district, slot)
    with parts.database.read() as conn:
        found = gateway_views.irregularities(conn, slot, limit=limit)
    return reply(request, {"items": found})


@router.post("/v1/gateways/{slot}/commands", summary="Ask something of a gateway", status_code=202)
async def add_command(
    request: Request, slot: str, parts: BoxPartsOf, actor: Dispatcher
) -> Response:
    """Signed, delivered with the next sync, executed at most once; the answer is an event."""
    wanted = decode(await json_body(request), NewCommand)
    if not 1 <= wanted.expires_in_s <= 7 * 86_400:
        raise refusal(422, "invalid", "expires_in_s: 1 second to a week")
    if wanted.op in FOR_ADMINS and not actor.may("admin"):
        raise refusal(403, "forbidden", FOR_ADMINS[wanted.op])
    _one(parts, actor.district, slot)
    args = _checked_args(wanted.op, wanted.args, actor.label)
    now_ns = parts.config.utc_ns()
    with parts.database.write() as conn:
        audit.lock(conn, actor.district)
        made = issue(
            conn, parts.keys.command, slot=slot, op=wanted.op, args=args, actor=actor.label,
            now_ns=now_ns, expires_in_s=wanted.expires_in_s,
        )  # fmt: skip
        assert made is not None  # noqa: S101 - the slot was found above and slots never go
        entry = audit.Entry(
            at=rfc3339(now_ns), actor=actor.label, action="command", subject=f"gateway/{slot}",
            detail={"op": made.op, "id": made.id, "args": args},
        )  # fmt: skip
        audit.append(conn, actor.district, entry)
    return reply(request, {"id": made.id, "expires": made.expires}, status=202)


def _checked_args(op: CommandOp, args: dict[str, Any], actor: str) -> dict[str, Any]:
    """What a gateway would refuse is refused here; who asks for something is whose token it is."""
    shapes: dict[str, type[msgspec.Struct]] = {
        "speak": SpeakArgs,
        "send-track": TrackArgs,
        "send-original": OriginalArgs,
        "relook": RelookArgs,
        "photo": PhotoArgs,
        "accept-view": AcceptViewArgs,
    }
    asked_for = op in ("send-track", "send-original", "photo", "accept-view")
    given = {**args, "requested_by": actor} if asked_for else args
    if op in shapes:
        try:
            msgspec.convert(given, shapes[op])
        except msgspec.ValidationError as error:
            raise refusal(422, "invalid", f"args of {op}: {error}") from None
    return given


@router.head("/v1/events", include_in_schema=False)
@router.get("/v1/events", summary="Recorded events")
def list_events(
    request: Request,
    parts: BoxPartsOf,
    _actor: Viewer,
    *,
    slot: Annotated[str | None, Query(max_length=63)] = None,
    type: Annotated[str | None, Query(max_length=100)] = None,  # noqa: A002 - the parameter's name
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Response:
    """In order of arrival, each with its exact bytes."""
    place = _place(cursor, _ORDINAL)
    with parts.database.read() as conn:
        found, last = gateway_views.events(
            conn, after=int(place or 0), limit=limit, slot=slot, wire_type=type
        )
    more = _cursor(str(last)) if len(found) == limit else None
    return reply(request, EventPage(items=found, next=more))
