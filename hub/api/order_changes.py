"""What people change about an order besides its state: more time, another class, merging and parting,
stages that are met. Each takes If-Match and writes the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response

from contract.workorder import (
    Extension,
    HandedOverList,
    HandOverList,
    Merge,
    Milestone,
    Reclassify,
    Unmerge,
    WorkOrder,
)
from hub.api.posting import Posted, PostedOf, changed, order_reply
from hub.api.problems import invalid
from hub.api.wire import answers, decode, demanded_version, takes
from hub.dispatching import handing_over, merging, moves
from hub.store.idempotency import StoredReply

router = APIRouter(prefix="/v1/work-orders", tags=["work orders"])
Change = Callable[..., None]
MOST_HANDED_OVER = 500


def _posts(path: str, summary: str, shape: type[msgspec.Struct]) -> Callable[[Any], Any]:
    return router.post(
        f"/{{order_id}}/{path}",
        summary=summary,
        responses=answers(WorkOrder, "The order afterwards"),
        openapi_extra=takes(shape),
    )


@_posts("extensions", "Give an order more time", Extension)
def post_extension(post: PostedOf, order_id: str) -> Response:
    """So much more of the stage's own unit, from the same start. Late, it takes another unit."""
    return _change(post, order_id, Extension, moves.extend_order)


@_posts("class", "Give an order another class", Reclassify)
def post_class(post: PostedOf, order_id: str) -> Response:
    """With the class's policy and its times; the clock's start stays."""
    return _change(post, order_id, Reclassify, moves.reclassify_order)


@_posts("milestones", "Mark a stage as met", Milestone)
def post_milestone(post: PostedOf, order_id: str) -> Response:
    """Any stage but the resolution, which is a move."""
    return _change(post, order_id, Milestone, moves.reach_stage)


@_posts("merge", "Make an order part of another", Merge)
def post_merge(post: PostedOf, order_id: str) -> Response:
    """Both keep their numbers, sightings and evidence."""
    return _change(post, order_id, Merge, merging.merge_orders)


@_posts("unmerge", "Part an order from the one it was merged into", Unmerge)
def post_unmerge(post: PostedOf, order_id: str) -> Response:
    """It is again what it was."""
    return _change(post, order_id, Unmerge, merging.unmerge_order)


@router.post(
    ":hand-over",
    summary="Hand the orders of a list over to other units",
    responses=answers(HandedOverList, "What came of each order"),
    openapi_extra=takes(HandOverList),
)
def post_hand_over(post: PostedOf) -> Response:
    """Each that is still as the list says; others are refused by name, and the rest is done. The same list
    again changes nothing."""
    wanted = decode(post.body, HandOverList)
    if not wanted.reason.strip():
        raise invalid("say why: the audit log keeps it", "/reason")
    if not 0 < len(wanted.orders) <= MOST_HANDED_OVER:
        raise invalid(f"1 to {MOST_HANDED_OVER} orders at once", "/orders")

    def work(conn: sa.Connection) -> StoredReply:
        done = handing_over.hand_over_as(
            conn, wanted.orders, reason=wanted.reason, actor=post.actor, at=post.parts.now()
        )
        return StoredReply(200, {}, msgspec.json.encode(HandedOverList(orders=done)))

    return changed(post, "", work)


def _change(post: Posted, order_id: str, shape: type[msgspec.Struct], change: Change) -> Response:
    wanted: Any = decode(post.body, shape)
    if not wanted.reason.strip():
        raise invalid("say why: the audit log keeps it", "/reason")
    version = demanded_version(post.request)

    def work(conn: sa.Connection) -> StoredReply:
        at = post.parts.now()
        change(conn, order_id, wanted, actor=post.actor, version=version, at=at)
        return order_reply(conn, post.actor, order_id, 200)

    return changed(post, order_id, work)
