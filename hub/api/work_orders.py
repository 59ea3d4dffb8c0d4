"""Work orders over REST (contract, section 10). Thin: HTTP here, decisions in `hub.dispatching`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response

from contract.problem_json import PointedError
from contract.timestamps import parse_rfc3339
from contract.workorder import AuditPage, Move, NewOrder, Page, WorkOrder
from hub.api.auth import Viewer
from hub.api.order_query import HistoryQueryOf, OrderQueryOf, cursor_of, filter_of, last_of
from hub.api.parts import PartsOf
from hub.api.photos import learn_photos
from hub.api.posting import PostedOf, changed, once, order_reply, unknown
from hub.api.problems import refusal
from hub.api.wire import answers, decode, demanded_version, etag_of, reply, takes
from hub.dispatching import moves, reporting
from hub.store import audit, orders
from hub.store.idempotency import StoredReply
from hub.store.order_lists import Last, list_orders

router = APIRouter(prefix="/v1/work-orders", tags=["work orders"])
_SHA256 = re.compile(r"[0-9a-f]{64}")


def _readable(
    path: str, **options: Any
) -> Callable[[Any], Any]:  # FastAPI's decorators are untyped
    """GET, and HEAD wherever GET."""

    def register(endpoint: Any) -> Any:
        router.head(path, include_in_schema=False)(endpoint)
        return router.get(path, **options)(endpoint)

    return register


@_readable("", summary="List work orders, newest first", responses=answers(Page, "One page"))
def list_work_orders(
    request: Request, parts: PartsOf, actor: Viewer, query: OrderQueryOf
) -> Response:
    """Orders of your district, as they were opened; with `since` or `until` by the times these mean. A page has
    no sightings and no evidence: the order itself has them."""
    wanted = filter_of(query)
    after = last_of(query.cursor, wanted)
    with parts.database.read() as conn:
        items, more = list_orders(conn, actor.district, wanted, after=after, limit=query.limit)
    cursor = None if more is None else cursor_of(more, wanted)
    headers = {} if cursor is None else {"Link": _next_link(request, cursor)}
    return reply(request, Page(items=items, next=cursor), headers=headers)


@_readable("/{order_id}", summary="One work order", responses=answers(WorkOrder, "The order"))
def get_work_order(request: Request, parts: PartsOf, actor: Viewer, order_id: str) -> Response:
    """With every sighting and all evidence. The ETag is what a move's If-Match wants."""
    with parts.database.read() as conn:
        order = orders.fetch_order(conn, actor.district, order_id)
    if order is None:
        raise unknown(order_id)
    return reply(request, order, etag=etag_of(order.version))


@_readable(
    "/{order_id}/audit",
    summary="An order's history",
    responses=answers(AuditPage, "Rows of the audit log, oldest first"),
)
def get_history(
    request: Request, parts: PartsOf, actor: Viewer, order_id: str, query: HistoryQueryOf
) -> Response:
    """Who did what and why, from the hash-chained log."""
    subject = f"work-order/{order_id}"
    last = last_of(query.cursor, subject)
    after = 0 if last is None else last.seq
    with parts.database.read() as conn:
        if orders.fetch_order(conn, actor.district, order_id) is None:
            raise unknown(order_id)
        found = audit.history(conn, actor.district, subject, after=after, limit=query.limit + 1)
    items = found[: query.limit]
    cursor = cursor_of(Last(items[-1].seq), subject) if len(found) > query.limit else None
    headers = {} if cursor is None else {"Link": _next_link(request, cursor)}
    return reply(request, AuditPage(items=items, next=cursor), headers=headers)


@router.post(
    "",
    summary="Report a problem by hand",
    status_code=201,
    responses=answers(WorkOrder, "The new order", 201),
    openapi_extra=takes(NewOrder),
)
def post_work_order(post: PostedOf) -> Response:
    """Without a `unit` the order waits in the no-owner queue."""
    report = decode(post.body, NewOrder)
    _check_report(report)
    seed = post.parts.entropy(16).hex()

    def work(conn: sa.Connection) -> StoredReply:
        at = post.parts.now()
        order_id = reporting.report_order(conn, report, actor=post.actor, seed=seed, at=at)
        found = order_reply(conn, post.actor, order_id, 201)
        found.headers["Location"] = f"{post.request.url.path}/{order_id}"
        return found

    return once(post, work)


@router.post(
    "/{order_id}/moves",
    summary="Move an order to another state",
    responses=answers(WorkOrder, "The order after the move"),
    openapi_extra=takes(Move),
)
def post_move(post: PostedOf, order_id: str) -> Response:
    """Takes If-Match. 409 names the legal states; whoever resolved an order does not close it."""
    move = decode(post.body, Move)
    _check_move(move)
    version = demanded_version(post.request)
    learn_photos(post.parts, post.actor.district, move.evidence)

    def work(conn: sa.Connection) -> StoredReply:
        at = post.parts.now()
        moves.move_order(conn, order_id, move, actor=post.actor, version=version, at=at)
        return order_reply(conn, post.actor, order_id, 200)

    return changed(post, order_id, work)


def _next_link(request: Request, cursor: str) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f'<{request.url.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'


def _check_move(move: Move) -> None:
    errors = _evidence_errors(move.evidence)
    if not move.reason.strip():
        errors.append(PointedError(detail="say why: the audit log keeps it", pointer="/reason"))
    if move.unit is not None and not move.unit.strip():
        errors.append(PointedError(detail="name a unit, or leave it out", pointer="/unit"))
    _raise(errors)


def _check_report(report: NewOrder) -> None:
    errors = _evidence_errors(report.evidence)
    texts = {"class_code": report.class_code, "detail": report.detail, "kind": report.kind}
    if report.unit is not None:
        texts["unit"] = report.unit
    errors += [
        PointedError(detail="must not be empty", pointer=f"/{name}")
        for name, text in texts.items()
        if not text.strip()
    ]
    lon, lat = report.place.lon, report.place.lat
    if (lon is None) != (lat is None):
        errors.append(PointedError(detail="lon and lat come together", pointer="/place"))
    if lon is not None and not -180 <= lon <= 180:
        errors.append(PointedError(detail="degrees, -180 to 180", pointer="/place/lon"))
    if lat is not None and not -90 <= lat <= 90:
        errors.append(PointedError(detail="degrees, -90 to 90", pointer="/place/lat"))
    if report.observed_at is not None:
        try:
            parse_rfc3339(report.observed_at)
        except (ValueError, OverflowError) as error:
            errors.append(PointedError(detail=str(error), pointer="/observed_at"))
    _raise(errors)


def _evidence_errors(evidence: Sequence[str]) -> list[PointedError]:
    return [
        PointedError(detail="64 lower-case hex digits (SHA-256)", pointer=f"/evidence/{index}")
        for index, name in enumerate(evidence)
        if not _SHA256.fullmatch(name)
    ]


def _raise(errors: list[PointedError]) -> None:
    if errors:
        told = "; ".join(f"{one.pointer}: {one.detail}" for one in errors)
        raise refusal(422, "invalid", told, errors=errors)
