"""The query of `GET /v1/work-orders`: filters, and the opaque cursor that remembers them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from typing import Annotated

import msgspec
from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from contract.timestamps import parse_rfc3339, rfc3339
from contract.workorder import State
from hub.api.problems import invalid
from hub.store.order_lists import Box, Last, OrderFilter, Time

MAX_LIMIT = 500
_Seq = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_MADE = msgspec.json.Decoder(tuple[_Seq, str | None, str])


class OrderQuery(BaseModel):
    """Unknown parameters are refused: a mistyped filter must not show everything."""

    model_config = ConfigDict(extra="forbid")

    state: list[State] = Field([], description="any of these states; repeat the parameter")
    kind: str | None = Field(None, description="kind of problem, e.g. `over-capacity`")
    class_code: str | None = None
    unit: str | None = Field(None, description="the owner's unit")
    area: str | None = Field(None, description="the duty area that gave the owner")
    source: str | None = Field(
        None, description="who told a word of it, as CloudEvents name it: `/district/cs-017`"
    )
    object: str | None = Field(None, description="device or object, e.g. `weighbridge/wb-1`")
    time: Time = Field("observed", description="which times `since` and `until` mean")
    since: str | None = Field(None, description="at or after, RFC 3339 with zone")
    until: str | None = Field(None, description="before, RFC 3339 with zone")
    bbox: str | None = Field(None, description="`west,south,east,north` in degrees, WGS 84")
    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, description="`next` of the page before; keep the filters")


OrderQueryOf = Annotated[OrderQuery, Query()]


class HistoryQuery(BaseModel):
    """A page of an order's history."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, description="`next` of the page before")


HistoryQueryOf = Annotated[HistoryQuery, Query()]


def filter_of(query: OrderQuery) -> OrderFilter:
    """422 with the parameter's name for a time or box that is none."""
    return OrderFilter(
        states=tuple(query.state),
        kind=query.kind,
        class_code=query.class_code,
        unit=query.unit,
        area=query.area,
        source=query.source,
        object=query.object,
        time=query.time,
        since=moment(query.since, "since"),
        until=moment(query.until, "until"),
        bbox=_box(query.bbox),
    )


def cursor_of(last: Last, scope: OrderFilter | str) -> str:
    """Names the last row of a page, and the list it is a page of."""
    told = msgspec.json.encode((last.seq, last.at, _mark(scope)))
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def last_of(cursor: str | None, scope: OrderFilter | str) -> Last | None:
    """422 for a cursor that we did not make, or made for another list."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        seq, at, mark = _MADE.decode(base64.urlsafe_b64decode(padded.encode()))
    except (binascii.Error, msgspec.DecodeError, UnicodeError) as error:
        raise invalid("not a cursor of this list", "cursor") from error
    timed = isinstance(scope, OrderFilter) and scope.timed
    if mark != _mark(scope) or timed != (at is not None):
        raise invalid("this cursor belongs to a list with other filters", "cursor")
    return Last(seq, at)


def _mark(scope: OrderFilter | str) -> str:
    return hashlib.sha256(msgspec.json.encode(scope)).hexdigest()[:16]


def moment(text: str | None, name: str) -> str | None:
    """UTC; 422 with the parameter's name for a text that is no time."""
    if text is None:
        return None
    try:
        return rfc3339(parse_rfc3339(text))
    except (ValueError, OverflowError) as error:
        raise invalid(f"{text!r} is no RFC 3339 time with a zone", name) from error


def _box(text: str | None) -> Box | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise invalid("four numbers: west,south,east,north", "bbox") from error
    sane = all(map(math.isfinite, (west, south, east, north)))
    if not (sane and -90 <= south <= north <= 90 and max(abs(west), abs(east)) <= 180):
        raise invalid("degrees, with south not above north", "bbox")
    return Box(west, south, east, north)
