"""msgspec structs in and out of routes: decoding with pointers, ETags, and their place in OpenAPI."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from fastapi import Request
from starlette.responses import Response

from contract.gateway_view import EventPage, GatewayPage, GatewayView
from contract.kpis import KpiReport
from contract.problem_json import CONTENT as PROBLEM_CONTENT
from contract.problem_json import PointedError, Problem
from contract.sync import SyncReply
from contract.workorder import (
    AuditPage,
    Extension,
    HandedOverList,
    HandOverList,
    Merge,
    Milestone,
    Move,
    NewOrder,
    Page,
    Reclassify,
    Unmerge,
    WorkOrder,
)
from hub.api.problems import refusal

JSON = "application/json"
_T = TypeVar("_T")
_AT = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[([^\]]*)\]")
_STRUCTS: tuple[type[msgspec.Struct], ...] = (
    Page,
    WorkOrder,
    AuditPage,
    Move,
    NewOrder,
    Extension,
    Reclassify,
    Milestone,
    Merge,
    Unmerge,
    HandOverList,
    HandedOverList,
    Problem,
    SyncReply,
    GatewayPage,
    GatewayView,
    EventPage,
    KpiReport,
)
"""Whatever `answers` and `takes` are given: OpenAPI refers to them by name."""


async def json_body(request: Request) -> bytes:
    """The body's bytes; 415 unless it calls itself JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise refusal(415, "unsupported-media-type", f"send `Content-Type: {JSON}`")
    return await request.body()


def decode(body: bytes, shape: type[_T]) -> _T:
    """400 for what is no JSON, 422 with a pointer for what is no `shape`."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        found = _AT.fullmatch(str(error))
        what, path = (found["what"], found["path"] or "") if found else (str(error), "")
        pointed = PointedError(detail=what, pointer=pointer_of(path))
        raise refusal(422, "invalid", what, errors=[pointed]) from error
    except msgspec.DecodeError as error:
        raise refusal(400, "bad-request", f"the body is no JSON: {error}") from error


def pointer_of(path: str) -> str:
    """msgspec's `.place.lon` and `.evidence[0]` as a JSON Pointer."""
    return "".join(f"/{name or index}" for name, index in _STEP.findall(path))


def reply(
    request: Request,
    value: object,
    *,
    etag: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """JSON with a strong ETag; 304 when the caller has it already; no body for HEAD."""
    body = msgspec.json.encode(value)
    tag = etag or f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    told = {**(headers or {}), "ETag": tag, "Cache-Control": "private, no-cache"}
    if status == 200 and request.method in ("GET", "HEAD"):
        wanted = request.headers.get("if-none-match")
        if wanted is not None and _names(wanted, tag):
            return Response(status_code=304, headers=told)
        if request.method == "HEAD":
            return Response(headers={**told, "Content-Length": str(len(body))}, media_type=JSON)
    return Response(body, status, headers=told, media_type=JSON)


def etag_of(version: int) -> str:
    return f'"{version}"'


def demanded_version(request: Request) -> int | None:
    """If-Match of a change: the version it names, None for `*`; 428 without one. A tag that we never
    gave out names version 0, which no order has."""
    header = request.headers.get("if-match")
    if header is None:
        told = "send If-Match with the ETag you saw, so that nobody's change is lost"
        raise refusal(428, "precondition-required", told)
    if header.strip() == "*":
        return None
    found = re.fullmatch(r'\s*"([0-9]{1,18})"\s*', header)
    return int(found[1]) if found else 0


def _names(header: str, tag: str) -> bool:
    """RFC 9110 section 13.1.2: If-None-Match compares weakly."""
    tags = [one.strip().removeprefix("W/") for one in header.split(",")]
    return "*" in tags or tag in tags


def components() -> dict[str, Any]:
    """JSON Schemas of the wire's structs, for OpenAPI's `components.schemas`."""
    _, found = msgspec.json.schema_components(_STRUCTS, ref_template="#/components/schemas/{name}")
    return found


def content(shape: type[msgspec.Struct], media_type: str = JSON) -> dict[str, Any]:
    """An OpenAPI `content` that refers to a struct's schema."""
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}


REFUSED: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Refused: problem+json (RFC 9457)",
        "content": content(Problem, PROBLEM_CONTENT),
    }
}
"""For routes whose good answer has no struct of the wire."""


def answers(
    shape: type[msgspec.Struct], text: str, status: int = 200
) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses`: the struct, and problem+json for everything else."""
    return {status: {"description": text, "content": content(shape)}, **REFUSED}


def takes(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """OpenAPI `requestBody` for a body that the route decodes itself."""
    return {"requestBody": {"required": True, "content": content(shape)}}
