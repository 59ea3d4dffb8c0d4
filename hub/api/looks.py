"""GET /v1/gateways/{slot}/looks: whether its cameras looked, also when there was nothing to see."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from contract.gateway_view import LooksPage
from contract.timestamps import rfc3339
from hub.api.auth import Viewer
from hub.api.box import BoxPartsOf
from hub.api.problems import refusal
from hub.api.wire import reply
from hub.store import camera_looks, gateways

router = APIRouter(tags=["gateways"])
Hours = Annotated[
    int, Query(ge=1, le=camera_looks.MOST_HOURS, description="Windows that ended within so many")
]


@router.head("/v1/gateways/{slot}/looks", include_in_schema=False)
@router.get("/v1/gateways/{slot}/looks", summary="What its cameras looked at")
def get_looks(
    request: Request, slot: str, parts: BoxPartsOf, actor: Viewer, hours: Hours = 24
) -> Response:
    """Scheduled looks by camera and preset: seen, not seen, could not look and why."""
    since = rfc3339(parts.config.utc_ns() - hours * 3_600 * 10**9)
    with parts.database.read() as conn:
        if gateways.slot_district(conn, slot) != actor.district:
            raise refusal(404, "not-found", f"no gateway {slot}")
        found = camera_looks.looked(conn, actor.district, since=since, slot=slot)
    return reply(request, LooksPage(items=found))
