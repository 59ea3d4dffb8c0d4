"""One suite over both adapters of HubLink: what the uplink may rely on whichever it has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from edge_agent.errors import HubUnreachable
from edge_agent.ports import HubLink, HubRequest
from edge_agent.transports.hub_asgi import AsgiHub
from edge_agent.transports.hub_http import HttpHub
from tests.fakes.http_server import serving

pytestmark = pytest.mark.anyio


async def mirror(
    scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]
) -> None:
    """Answers with what it was asked; a few paths answer oddly."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    status, headers, answer = 200, [(b"content-type", b"application/json")], b""
    if scope["path"] == "/page":
        headers, answer = [(b"content-type", b"text/html")], b"<title>Sign in</title>"
    elif scope["path"] == "/none":
        status, headers = 204, [(b"Upload-Offset", b"7")]
    elif scope["path"] == "/huge":
        answer = bytes(17 * 1024 * 1024)
    elif scope["path"] == "/busy":
        status, headers = 503, [(b"Retry-After", b"9")]
    elif scope["method"] != "HEAD":
        sent = {name.decode(): value.decode() for name, value in scope["headers"]}
        seen = {"method": scope["method"], "path": scope["path"], "headers": sent}
        answer = json.dumps({**seen, "sha256": hashlib.sha256(body).hexdigest()}).encode()
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(mirror) as port:
        yield port


@pytest.fixture(params=["http", "asgi"])
async def link(request: pytest.FixtureRequest, port: int) -> AsyncIterator[HubLink]:
    made: HubLink = (
        HttpHub(f"http://127.0.0.1:{port}") if request.param == "http" else AsgiHub(mirror)
    )
    yield made
    await made.close()


async def test_the_body_arrives_as_it_was_sent(link: HubLink) -> None:
    body = bytes(range(256)) * 300
    headers = {"content-encoding": "zstd", "authorization": "EMT a.b.c"}
    response = await link.send(HubRequest("POST", "/v1/sync", headers, body))
    seen = json.loads(response.body)
    assert (response.status, seen["method"], seen["path"]) == (200, "POST", "/v1/sync")
    assert seen["sha256"] == hashlib.sha256(body).hexdigest()
    assert seen["headers"]["content-encoding"] == "zstd"
    assert seen["headers"]["authorization"] == "EMT a.b.c"


async def test_bytes_are_counted_both_ways(link: HubLink) -> None:
    for size in (10, 50_000):
        response = await link.send(HubRequest("POST", "/v1/sync", {}, bytes(size)))
        assert size < response.bytes_up < size + 1_000
        assert len(response.body) < response.bytes_down < len(response.body) + 1_000


async def test_header_names_are_lower_case_and_empty_answers_are_empty(link: HubLink) -> None:
    response = await link.send(HubRequest("PUT", "/none", {}, b"part"))
    assert (response.status, response.headers["upload-offset"], response.body) == (204, "7", b"")


async def test_an_error_status_is_an_answer_not_an_exception(link: HubLink) -> None:
    response = await link.send(HubRequest("POST", "/busy", {}))
    assert (response.status, response.headers["retry-after"]) == (503, "9")


async def test_a_page_comes_through_as_it_is(link: HubLink) -> None:
    response = await link.send(HubRequest("GET", "/page", {}))
    assert response.headers["content-type"] == "text/html"
    assert b"Sign in" in response.body


async def test_head_has_no_body(link: HubLink) -> None:
    response = await link.send(HubRequest("HEAD", "/v1/evidence/x", {}))
    assert (response.status, response.body) == (200, b"")


async def test_many_exchanges_use_one_link(link: HubLink) -> None:
    for turn in range(20):
        response = await link.send(HubRequest("GET", f"/turn/{turn}", {}))
        assert json.loads(response.body)["path"] == f"/turn/{turn}"


async def test_an_answer_without_end_is_cut(port: int) -> None:
    link = HttpHub(f"http://127.0.0.1:{port}")
    with pytest.raises(HubUnreachable, match="more than"):
        await link.send(HubRequest("GET", "/huge", {}))
    await link.close()


async def test_a_hub_that_is_not_there_is_unreachable() -> None:
    with serving(mirror) as closed:
        pass
    link = HttpHub(f"http://127.0.0.1:{closed}")
    with pytest.raises(HubUnreachable, match=str(closed)):
        await link.send(HubRequest("GET", "/", {}))
    await link.close()
