"""A small page about this gateway, for someone standing beside it. Loopback only.

GET / is for people, GET /status.json for programs. By POST the gateway's own commands reach the running
agent (`edile ticket void`: /tickets/revise); they need the secret that only this user can read in
the data folder.
A name other than loopback in the Host header is refused: a web page elsewhere may have made the
browser's name lookup point here (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from edge_agent.errors import DeviceRefused, DeviceUnreachable, StopError

LOG = logging.getLogger("edile.status")
LOOPBACK = "127.0.0.1"
RUN_HEADER = "x-edile-run"  # carries the secret
MAX_HEAD_BYTES = 8_192
MAX_BODY_BYTES = 16_384
PATIENCE_S = 5.0
ANSWER_S = 120.0  # a camera may have to turn first
_LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}
_REASONS |= {405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large"}

Status = Mapping[str, Any]
Wish = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class _Answer:
    status: int
    body: str
    kind: str = "text/plain"


class _Refused(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.answer = _Answer(status, reason + "\n")


@dataclass(frozen=True)
class StatusPage:
    """`status` is asked anew for every look; `wishes`, by path, do what `secret` permits."""

    status: Callable[[], Awaitable[Status]]
    wishes: Mapping[str, Wish]
    secret: str

    async def listen(self, port: int) -> asyncio.Server:
        """On loopback; port 0 takes any free one. OSError when the port is taken."""
        return await asyncio.start_server(self._visit, LOOPBACK, port, limit=MAX_HEAD_BYTES)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer_to(reader)
            writer.write(_encoded(answer))
            async with asyncio.timeout(PATIENCE_S):
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            LOG.debug("a visitor left: %s", error)
        finally:
            writer.close()

    async def _answer_to(self, reader: asyncio.StreamReader) -> _Answer:
        try:
            async with asyncio.timeout(PATIENCE_S):
                request = await _read(reader)
            async with asyncio.timeout(ANSWER_S):
                return await self._route(request)
        except _Refused as refusal:
            return refusal.answer
        except (StopError, DeviceRefused, DeviceUnreachable) as error:
            return _Answer(409, f"{error}\n")

    async def _route(self, request: _Request) -> _Answer:
        if not _LOOPBACK_HOST.fullmatch(request.headers.get("host", "")):
            raise _Refused(403, "this page answers to 127.0.0.1 and localhost only")
        match request.method, request.path:
            case "GET", "/":
                return _Answer(200, _page(await self.status()), "text/html")
            case "GET", "/status.json":
                return _Answer(200, json.dumps(await self.status(), indent=1), "application/json")
            case "POST", path if path in self.wishes:
                return await self._wish(request)
            case _, path if path in {"/", "/status.json", *self.wishes}:
                raise _Refused(405, "this path answers another method")
            case _:
                raise _Refused(404, "here are / and /status.json")

    async def _wish(self, request: _Request) -> _Answer:
        offered = request.headers.get(RUN_HEADER, "")
        if not hmac.compare_digest(offered.encode(), self.secret.encode()):
            raise _Refused(403, "the secret of this run is in agent.lock in the data folder")
        try:
            wish = json.loads(request.body)
        except ValueError as error:
            raise _Refused(400, f"not JSON: {error}") from error
        if not isinstance(wish, dict):
            raise _Refused(400, "a JSON object was expected")
        told = await self.wishes[request.path](wish)
        return _Answer(200, json.dumps(told), "application/json")


async def _read(reader: asyncio.StreamReader) -> _Request:
    """The head in one piece of at most 8 KiB, then as much body as it announces."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError as error:
        raise _Refused(413, "the request is too long") from error
    first, *lines = head.rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1"):
        raise _Refused(400, "this is an HTTP/1.1 server")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        raise _Refused(413, "the request is too long")
    body = await reader.readexactly(int(length))
    return _Request(words[0], words[1].partition("?")[0], headers, body)


def _encoded(answer: _Answer) -> bytes:
    body = answer.body.encode()
    head = (
        f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}",
        f"Content-Type: {answer.kind}; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin-bottom:1.5rem}
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd;font-weight:400}
th{width:14rem;color:#555;vertical-align:top}"""


def _page(status: Status) -> str:
    """One table for each part of the status; no scripts, nothing from elsewhere."""
    title = escape(f"{status.get('slot', 'gateway')} - Edile gateway")
    plain = {key: value for key, value in status.items() if not isinstance(value, dict)}
    parts = [("Gateway", plain)]
    parts += [(key.capitalize(), value) for key, value in status.items() if key not in plain]
    tables = "\n".join(_table(name, values) for name, values in parts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{tables}</body></html>"
    )


def _table(name: str, values: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><th>{escape(key)}</th><td>{escape(_text(value))}</td></tr>"
        for key, value in values.items()
    )
    return f"<h2>{escape(name)}</h2><table>{rows}</table>"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(one)}" for key, one in value.items())
    return "-" if value is None else str(value)
