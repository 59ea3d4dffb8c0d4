"""Every refusal is `application/problem+json` (RFC 9457), whoever refuses: a route, validation, the
router (404, 405), a middleware, or a bug (500, which tells the caller nothing of our insides)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.problem_json import CONTENT, TYPE_PREFIX, PointedError, Problem
from hub.errors import NotNow

SLUGS: dict[int, str] = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    411: "length-required",
    412: "precondition-failed",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    428: "precondition-required",
    429: "too-many-requests",
    500: "internal",
    503: "unavailable",
}
"""Stable slugs by status, where a refusal has no narrower one of its own."""


class ProblemError(HTTPException):
    """Raise it anywhere under a route: `problem` is the answer."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.status, problem.title, dict(headers or {}))
        self.problem = problem


def refusal(
    status: int,
    slug: str,
    detail: str,
    *,
    errors: Sequence[PointedError] = (),
    headers: Mapping[str, str] | None = None,
    **members: object,
) -> ProblemError:
    """`members` are those of `contract.problem_json.Problem` that belong to the slug."""
    problem = Problem(
        type=TYPE_PREFIX + slug,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=list(errors),
    )
    return ProblemError(msgspec.structs.replace(problem, **members), headers)


def invalid(detail: str, pointer: str) -> ProblemError:
    """422 for one mistake."""
    return refusal(422, "invalid", detail, errors=[PointedError(detail=detail, pointer=pointer)])


def problem_response(
    problem: Problem, path: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """The problem as an answer; `instance` is the path it was met at."""
    told = msgspec.structs.replace(problem, instance=problem.instance or path)
    return Response(
        msgspec.json.encode(told),
        problem.status,
        headers={**(headers or {}), "Cache-Control": "no-store"},
        media_type=CONTENT,
    )


def install_problems(app: FastAPI) -> None:
    """From here on the app answers nothing but problem+json when it refuses."""
    app.add_exception_handler(HTTPException, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(NotNow, _on_weather)
    app.add_exception_handler(DataError, _on_unkeepable)
    app.add_exception_handler(Exception, _on_bug)


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette types handlers too widely
    headers = error.headers or {}
    if isinstance(error, ProblemError):
        return problem_response(error.problem, request.url.path, headers)
    phrase = _phrase(error.status_code)
    detail = str(error.detail)
    problem = Problem(
        type=TYPE_PREFIX + SLUGS.get(error.status_code, "refused"),
        title=phrase,
        status=error.status_code,
        detail=_explain(error.status_code, request, detail if detail != phrase else ""),
    )
    return problem_response(problem, request.url.path, headers)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    errors = [
        PointedError(detail=str(found["msg"]), pointer=_pointer(found["loc"]))
        for found in error.errors()
    ]
    told = "; ".join(f"{one.pointer}: {one.detail}" for one in errors)
    refused = refusal(422, "invalid", told, errors=errors)
    return problem_response(refused.problem, request.url.path)


async def _on_weather(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotNow)  # noqa: S101 - as above
    refused = refusal(503, "unavailable", str(error))
    headers = {"Retry-After": str(error.retry_after_s)}
    return problem_response(refused.problem, request.url.path, headers)


async def _on_unkeepable(request: Request, _error: Exception) -> Response:
    """PostgreSQL has no NUL characters, and its numbers end where SQLite's do not."""
    told = "the request holds a text or a number that the database cannot hold"
    return problem_response(refusal(422, "invalid", told).problem, request.url.path)


async def _on_bug(request: Request, _error: Exception) -> Response:
    """The server's log has the traceback (Starlette raises on after the answer)."""
    told = "an error of the hub's own; nothing was changed; its log says more"
    return problem_response(refusal(500, "internal", told).problem, request.url.path)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Refused"


def _explain(status: int, request: Request, detail: str) -> str:
    if detail:
        return detail
    match status:
        case 404:
            return f"nothing at {request.url.path}; /docs lists what there is"
        case 405:
            return f"{request.method} is not for {request.url.path}; header Allow lists what is"
        case _:
            return ""


def _pointer(location: Sequence[str | int]) -> str:
    """FastAPI's location: a JSON Pointer into a body, else the parameter's name."""
    where, *rest = location
    if where == "body":
        return "".join(f"/{part}" for part in rest)
    return str(rest[0]) if rest else str(where)


DISCARDED_BYTES = 8 * 1024 * 1024
"""So much of a body that is too large is read and thrown away, that the answer arrives: a connection
closed on bytes still coming in is reset, and takes the answer with it."""


class LimitBody:
    """Counts request bytes as they arrive: no server we run under has such a limit. Nothing beyond the
    limit is kept. `limits` maps path prefixes, the longest fitting one counts."""

    def __init__(self, app: ASGIApp, default: int, limits: Mapping[str, int]) -> None:
        self._app, self._default = app, default
        self._limits = sorted(limits.items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            if int(declared) <= limit + DISCARDED_BYTES:
                await _discard(receive)
            answer = problem_response(_too_large(limit).problem, scope["path"], _CLOSE)
            await answer(scope, receive, send)
            return
        seen = 0

        async def count() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                if message.get("more_body", False):
                    await _discard(receive)
                raise _too_large(limit)
            return message

        await self._app(scope, count, send)

    def _limit(self, path: str) -> int:
        fitting = (limit for prefix, limit in self._limits if path.startswith(prefix))
        return next(fitting, self._default)


_CLOSE = {"Connection": "close"}


async def _discard(receive: Receive) -> None:
    """The rest of a body, or as much of it as we are willing to look at."""
    seen = 0
    while seen <= DISCARDED_BYTES:
        message = await receive()
        seen += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _too_large(limit: int) -> ProblemError:
    told = f"the body has more than the {limit} bytes allowed here"
    return refusal(413, "too-large", told, limit=limit, headers=_CLOSE)
