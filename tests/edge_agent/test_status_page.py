"""The status page answers this machine only, and never breaks the agent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.errors import StopError
from edge_agent.status_page import MAX_BODY_BYTES, StatusPage

STATUS = {"slot": "cs-017", "devices": {"wb-1": "up"}, "note": "<script>alert(1)</script>"}


async def revise(wish: Mapping[str, Any]) -> Mapping[str, Any]:
    if wish.get("ticket") != "T-1":
        raise StopError("no such ticket: it was never made here")
    return {"event": "E"}


async def status() -> Mapping[str, Any]:
    return STATUS


def ask(request: bytes) -> tuple[int, str, str]:
    async def scene() -> bytes:
        server = await StatusPage(status, {"/tickets/revise": revise}, "s3").listen(0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(request)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    head, _, body = asyncio.run(scene()).decode().partition("\r\n\r\n")
    return int(head.split(" ")[1]) if head else 0, head, body


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    fields = {"Host": "127.0.0.1:8480", "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_programs_get_json() -> None:
    code, head, body = ask(request("GET", "/status.json?x=1"))
    assert (code, json.loads(body)) == (200, STATUS)
    assert "Content-Type: application/json" in head


def test_people_get_a_page_in_which_nothing_runs() -> None:
    code, head, body = ask(request("GET", "/"))
    assert code == 200
    assert "wb-1" in body
    assert "&lt;script&gt;" in body
    assert "<script" not in body
    assert "http" not in body.replace('http-equiv="refresh"', "")
    assert "default-src 'none'" in head


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8480", "[::1]:8480", "127.0.0.1"])
def test_names_of_this_machine_are_answered(host: str) -> None:
    assert ask(request("GET", "/", Host=host))[0] == 200


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example", "evil.example:8480", "localhost:", "::1"]
)
def test_other_names_are_refused_so_that_a_web_page_cannot_read_this_one(host: str) -> None:
    code, _, body = ask(request("GET", "/status.json", Host=host))
    assert code == 403
    assert "cs-017" not in body


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("POST", "/", 405), ("GET", "/tickets/revise", 405), ("GET", "/../etc/passwd", 404)],
)
def test_other_paths_and_methods_are_refused(method: str, path: str, code: int) -> None:
    assert ask(request(method, path))[0] == code


def test_a_revision_needs_the_secret_of_this_run() -> None:
    wish = json.dumps({"ticket": "T-1"}).encode()
    assert ask(request("POST", "/tickets/revise", wish))[0] == 403
    assert ask(request("POST", "/tickets/revise", wish, X_Edile_Run="guess"))[0] == 403
    code, _, body = ask(request("POST", "/tickets/revise", wish, X_Edile_Run="s3"))
    assert (code, json.loads(body)) == (200, {"event": "E"})


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [(b"{}", 409, "no such ticket"), (b"[]", 400, "object"), (b"{", 400, "not JSON")],
)
def test_a_revision_that_cannot_be_is_one_line(body: bytes, code: int, says: str) -> None:
    answer = ask(request("POST", "/tickets/revise", body, X_Edile_Run="s3"))
    assert answer[0] == code
    assert says in answer[2]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 413),
        (request("POST", "/tickets/revise", Content_Length=str(MAX_BODY_BYTES + 1)), 413),
        (request("POST", "/tickets/revise", Content_Length="-1"), 413),
        (b"\x16\x03\x01hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1", 0),
    ],
)
def test_what_is_no_request_is_refused_or_dropped(raw: bytes, code: int) -> None:
    assert ask(raw)[0] == code


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_any_bytes_are_survived(noise: bytes) -> None:
    async def scene() -> bytes:
        server = await StatusPage(status, {"/tickets/revise": revise}, "s3").listen(0)
        async with server:
            for sent in (noise, request("GET", "/status.json")):
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                writer.write(sent)
                writer.write_eof()
                answer = await reader.read()
                writer.close()
            return answer

    assert asyncio.run(scene()).startswith(b"HTTP/1.1 200")
