"""`GET /v1/stream`: what happens in a district, as it happens (Server-Sent Events, WHATWG HTML section 9.2).

A stream reads the table of events at its reader's own pace: nothing is queued for anybody, so a slow reader
costs a page of events and no more. It begins behind the number that `Last-Event-ID` or `after` names and
leaves nothing out; where that is no longer possible it is 410.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.api.auth import Viewer, caller
from hub.api.parts import Parts, PartsOf
from hub.api.problems import ProblemError, invalid, refusal
from hub.api.watching import Watch
from hub.api.wire import REFUSED
from hub.errors import NotNow
from hub.notifying.fanning import body_of
from hub.store import domain_events
from hub.store.domain_events import Event, NotKept

router = APIRouter(tags=["live"])
PAGE = 100  # events in memory for one stream
ALIVE_BEATS = 10  # between two signs of life; then the token is looked at again, too
RETRY_MS = 2_000
MEDIA_TYPE = "text/event-stream"
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # nginx keeps nothing back
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


class StreamQuery(BaseModel):
    """Unknown parameters are refused: a mistyped filter must not show everything."""

    model_config = ConfigDict(extra="forbid")

    after: int | None = Field(
        None, ge=0, lt=10**18, description="begin behind this event; default: with what comes next"
    )
    type: list[str] = Field(
        [], max_length=20, description="types that begin so, e.g. `order.`; repeat the parameter"
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads what, from where on."""

    district: str
    after: int
    types: tuple[str, ...]
    parts: Parts
    watch: Watch
    token: str

    def page(self, n: int) -> list[Event]:
        """Raises NotKept, NotNow."""
        with self.parts.database.read() as conn:
            return domain_events.after(conn, self.district, n, PAGE)

    def wants(self, event: Event) -> bool:
        return not self.types or event.type.startswith(self.types)

    def may_go_on(self) -> bool:
        """Whether the token is still good. While the database does not answer, it is."""
        given = HTTPAuthorizationCredentials(scheme="Bearer", credentials=self.token)
        with suppress(NotNow):
            try:
                caller(self.parts, given)
            except ProblemError:
                return False
        return True


def reading(
    request: Request,
    parts: PartsOf,
    actor: Viewer,
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[
        str | None, Header(description="the last `id` that was received; counts before `after`")
    ] = None,
) -> Reading:
    """Everything that can be refused is refused here, before the answer begins."""
    watch = cast("Watch", request.app.state.watch)
    if watch.over or watch.full:
        told = "as many streams as this hub gives are open, or it stops"
        raise refusal(503, "unavailable", told, headers={"Retry-After": "30"})
    asked = query.after
    if last_event_id:
        if not _NUMBER.fullmatch(last_event_id):
            raise invalid("the `id` of an event of this stream: digits", "Last-Event-ID")
        asked = int(last_event_id)
    with parts.database.read() as conn:
        try:
            if asked is not None:
                domain_events.after(conn, actor.district, asked, 1)
        except NotKept as gone:
            told = f"{gone}; read the lists again, and begin behind {gone.last}"
            raise refusal(410, "gone", told) from gone
        begin = domain_events.last(conn, actor.district) if asked is None else asked
    token = request.headers["authorization"].partition(" ")[2].strip()
    return Reading(actor.district, begin, tuple(query.type), parts, watch, token)


ReadingOf = Annotated[Reading, Depends(reading)]


@router.head("/v1/stream", include_in_schema=False)
def stream_head(_wanted: ReadingOf) -> Response:
    return Response(media_type=MEDIA_TYPE, headers=_HEADERS)


@router.get(
    "/v1/stream",
    summary="What happens, as it happens",
    response_class=Response,
    responses={
        200: {
            "description": "Server-Sent Events, until one side hangs up",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        },
        **REFUSED,
    },
)
def stream(wanted: ReadingOf) -> Response:
    """Events of your district: `id` is the event's number, without a gap; `event` its type; `data` the JSON
    that a webhook gets. A block with an `id` alone is a sign of life, and says how far the stream has come.
    Reconnect with `Last-Event-ID`: nothing is missed and nothing told twice. 410: what follows that number
    is not kept any more."""
    return _Endless(_blocks(wanted))


class _Endless(EventSourceResponse):
    """Whoever hangs up, what was begun for them is ended at once. FastAPI's own generator routes put tasks
    between the reader and the generator, which fail when a reader leaves while one of them is sending."""

    def __init__(self, blocks: AsyncGenerator[bytes, None]) -> None:
        super().__init__(blocks, headers=_HEADERS)
        self._blocks = blocks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._blocks.aclose()


async def _blocks(wanted: Reading) -> AsyncGenerator[bytes, None]:
    n, behind, watch = wanted.after, True, wanted.watch
    with watch.watching(wanted.district):
        alive = watch.beats
        yield format_sse_event(comment=f"behind {n}", id=str(n), retry=RETRY_MS)
        while not watch.over:
            if watch.beats - alive >= ALIVE_BEATS:
                if not await run_in_threadpool(wanted.may_go_on):
                    return
                alive = watch.beats
                yield format_sse_event(comment="alive", id=str(n))
            if not behind and watch.newest(wanted.district) <= n:
                await watch.beat()
                continue
            try:
                events = await run_in_threadpool(wanted.page, n)
            except NotNow:
                await watch.beat()
                continue
            except NotKept:  # a reader slower than events are forgotten: asking again tells it so
                return
            for event in events:
                n = event.n
                if wanted.wants(event):
                    data = body_of(wanted.district, event)
                    yield format_sse_event(id=str(n), event=event.type, data_str=data)
            behind = len(events) == PAGE
