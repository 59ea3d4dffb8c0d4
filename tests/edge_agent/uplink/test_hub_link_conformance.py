"""One suite over all adapters of HubLink: what the uplink may rely on whichever it has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.chain import GENESIS
from contract.keys import PrivateKey
from edge_agent.errors import HubUnreachable
from edge_agent.identity import Identity
from edge_agent.ports import HubLink, HubRequest
from edge_agent.transports.hub_asgi import AsgiHub
from edge_agent.transports.hub_http import HttpHub
from edge_agent.transports.hub_mqtt import MqttHub
from edge_agent.uplink.signing import Call, sign, sync_call
from tests.fakes.broker import Mosquitto, consuming
from tests.fakes.clock import START_UTC_NS, FakeClock
from tests.fakes.http_server import serving

pytestmark = pytest.mark.anyio
BOX = Identity("cs-017#1", PrivateKey.generate())
HUB = PrivateKey.generate()
NONE, HUGE, BUSY, PAGE, THERE = (digit * 64 for digit in "abcde")


async def mirror(
    scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]
) -> None:
    """Answers with what it was asked; a few blobs are answered oddly."""
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
    blob = scope["path"].rpartition("/")[2]
    if blob == PAGE:
        headers, answer = [(b"content-type", b"text/html")], b"<title>Sign in</title>"
    elif blob == NONE:
        status, headers = 204, [(b"Upload-Offset", b"7")]
    elif blob == HUGE:
        answer = bytes(17 * 1024 * 1024)
    elif blob == BUSY:
        status, headers = 503, [(b"Retry-After", b"9")]
    elif scope["method"] != "HEAD":
        sent = {name.decode(): value.decode() for name, value in scope["headers"]}
        seen = {"method": scope["method"], "path": scope["path"], "headers": sent}
        answer = json.dumps({**seen, "sha256": hashlib.sha256(body).hexdigest()}).encode()
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def signed(call: Call) -> HubRequest:
    return sign(call, BOX, "baiyun-hub", now_s=START_UTC_NS // 10**9)


def batch(body: bytes, encoding: str = "identity") -> HubRequest:
    call = sync_call(
        body,
        epoch="0C9K2TQ7M4XWZ",
        lane="urgent",
        first=1,
        last=1,
        chain_head=GENESIS,
        traffic="urgent",
        encoding=encoding,
    )
    return signed(call)


def part(blob: str) -> HubRequest:
    headers = {"content-type": "image/jpeg", "upload-offset": "3", "upload-length": "7"}
    binding = {"blob": blob, "off": 3, "total": 7, "media": "image/jpeg"}
    path = f"/v1/evidence/{blob}"
    return signed(Call("PUT", path, "evidence.put", "evidence", b"part", headers, binding))


def size_of(blob: str) -> HubRequest:
    binding = {"blob": blob, "off": 0, "total": 7}
    return signed(Call("HEAD", f"/v1/evidence/{blob}", "evidence.put", "evidence", binding=binding))


def desired(etag: str) -> HubRequest:
    headers, binding = {"if-none-match": etag}, {"etag": etag}
    return signed(
        Call("GET", "/v1/desired", "desired.get", "desired", headers=headers, binding=binding)
    )


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(mirror) as port:
        yield port


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with (
        Mosquitto(tmp_path_factory.mktemp("broker")) as running,
        consuming(mirror, running.url, district="baiyun", key=HUB),
    ):
        yield running


def mqtt_hub(url: str, ca_file: Path | None = None, **changes: Any) -> MqttHub:
    return MqttHub(
        url,
        district="baiyun",
        slot="cs-017",
        command_key=HUB.public,
        password=lambda now_s: f"token of {now_s}",
        clock=FakeClock(),
        ca_file=ca_file,
        **changes,
    )


@pytest.fixture(params=["http", "asgi", "mqtt 3.1.1", "mqtt 5"])
async def link(request: pytest.FixtureRequest) -> AsyncIterator[HubLink]:
    kind, _, version = request.param.partition(" ")
    made: HubLink
    if kind == "mqtt":
        running = request.getfixturevalue("broker")
        made = mqtt_hub(f"{running.url}?version={version}")
    elif kind == "http":
        made = HttpHub(f"http://127.0.0.1:{request.getfixturevalue('port')}")
    else:
        made = AsgiHub(mirror)
    yield made
    await made.close()


async def test_the_body_arrives_as_it_was_sent(link: HubLink) -> None:
    body = bytes.fromhex("28b52ffd") + bytes(range(256)) * 300
    request = batch(body, "zstd")
    response = await link.send(request)
    seen = json.loads(response.body)
    assert (response.status, seen["method"], seen["path"]) == (200, "POST", "/v1/sync")
    assert seen["sha256"] == hashlib.sha256(body).hexdigest()
    assert request.headers.items() <= seen["headers"].items()


async def test_a_part_of_a_blob_arrives_with_its_place(link: HubLink) -> None:
    request = part("0" * 64)
    seen = json.loads((await link.send(request)).body)
    assert (seen["method"], seen["path"]) == ("PUT", f"/v1/evidence/{'0' * 64}")
    assert request.headers.items() <= seen["headers"].items()


async def test_bytes_are_counted_both_ways(link: HubLink) -> None:
    for size in (10, 50_000):
        response = await link.send(batch(bytes(size)))
        assert size < response.bytes_up < size + 1_800
        assert len(response.body) < response.bytes_down < len(response.body) + 1_000


async def test_header_names_are_lower_case_and_empty_answers_are_empty(link: HubLink) -> None:
    response = await link.send(part(NONE))
    assert (response.status, response.headers["upload-offset"], response.body) == (204, "7", b"")


async def test_an_error_status_is_an_answer_not_an_exception(link: HubLink) -> None:
    response = await link.send(part(BUSY))
    assert (response.status, response.headers["retry-after"]) == (503, "9")


async def test_a_page_comes_through_as_it_is(link: HubLink) -> None:
    response = await link.send(part(PAGE))
    assert response.headers["content-type"] == "text/html"
    assert b"Sign in" in response.body


async def test_head_has_no_body(link: HubLink) -> None:
    response = await link.send(size_of(THERE))
    assert (response.status, response.body) == (200, b"")


async def test_many_exchanges_use_one_link(link: HubLink) -> None:
    for turn in range(20):
        response = await link.send(desired(f'"{turn}"'))
        assert json.loads(response.body)["headers"]["if-none-match"] == f'"{turn}"'


async def test_an_answer_without_end_is_cut(port: int) -> None:
    link = HttpHub(f"http://127.0.0.1:{port}")
    with pytest.raises(HubUnreachable, match="more than"):
        await link.send(part(HUGE))
    await link.close()


async def test_an_answer_too_large_for_a_frame_is_refused_in_words(broker: Mosquitto) -> None:
    link = mqtt_hub(broker.url)
    response = await link.send(part(HUGE))
    await link.close()
    assert response.status == 413
    assert json.loads(response.body)["detail"].endswith("use https")


@pytest.mark.parametrize("make", [HttpHub, mqtt_hub])
async def test_a_hub_that_is_not_there_is_unreachable(make: Callable[[str], HubLink]) -> None:
    with serving(mirror) as closed:
        pass
    scheme = "http" if make is HttpHub else "mqtt"
    link = make(f"{scheme}://127.0.0.1:{closed}")
    with pytest.raises(HubUnreachable, match=str(closed)):
        await link.send(desired('"1"'))
    await link.close()
