"""One notice to one URL, over real sockets: what is connected to, what is believed, when it ends."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.timestamps import rfc3339
from hub.notifying.retrying import Failure
from hub.notifying.settings import WebhookSettings
from hub.notifying.signing import new_secret, sign
from hub.notifying.webhooks import Webhooks
from hub.store.notices import Claimed
from hub.store.recipients import Recipient, Wants
from tests.fakes.certificates import FAR_AHEAD, LONG_AGO, Authority
from tests.fakes.clock import START_UTC_NS
from tests.hub.notifying.office import LOCAL, SECRET, public_authorities
from tests.hub.notifying.receiver import Answer, Receiver, receiving

BODY = '{"type":"order.opened"}'


def to(url: str, **fields: Any) -> Claimed:
    recipient = Recipient(
        **{
            **dict.fromkeys(Recipient.__dataclass_fields__),
            "id": 1,
            "district": "baiyun",
            "name": "city",
            "channel": "webhook",
            "cursor": 0,
            "missed": 0,
            "failures": 0,
            "holds": 1,
            "target": url,
            "secret": SECRET,
            "wants": Wants(),
            **fields,
        }
    )
    return Claimed(n=1, id="msg_1", body=BODY, attempt=1, hold=1, recipient=recipient)


def names(**addresses: list[str]) -> Any:
    """A resolver that knows `hooks_example` as hooks.example, and nothing else."""

    async def resolve(host: str, _port: int) -> list[str]:
        return addresses[host.replace(".", "_")]

    return resolve


def send(
    claimed: Claimed, settings: WebhookSettings = LOCAL, **ports: Any
) -> tuple[Failure | None, str]:
    tls = ports.pop("tls", None) or public_authorities()
    utc_ns = ports.pop("utc_ns", lambda: START_UTC_NS)
    return asyncio.run(Webhooks(settings, tls, utc_ns=utc_ns, **ports)(claimed))


def test_a_redirect_is_a_failure_and_is_not_followed(receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.answers = [Answer(302, {"Location": elsewhere.url}, b"")]
        failure, said = send(to(receiver.url))
        assert failure == Failure("302")
        assert said == "302"
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["127.0.0.1", "1.1.1.1"], ["::1"], []]
)
def test_a_name_that_leads_inward_is_not_connected_to(receiver: Receiver, found: list[str]) -> None:
    url = f"https://hooks.example:{receiver.port}/hook"
    failure, said = send(to(url), WebhookSettings(), resolve=names(hooks_example=found))
    assert failure is not None
    assert said.startswith("TargetRefused: hooks.example")
    assert receiver.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "localhost"])
def test_no_spelling_of_this_machine_gets_by(receiver: Receiver, host: str) -> None:
    """The system's own resolver reads these as 127.0.0.1."""
    failure, said = send(to(f"https://{host}:{receiver.port}/"), WebhookSettings())
    assert failure is not None
    assert "is not on the public internet" in said
    assert receiver.requests == []


@pytest.fixture
def authority() -> Authority:
    return Authority.make()


@pytest.fixture
def tls_receiver(authority: Authority, tmp_path: Path) -> Iterator[Receiver]:
    with receiving(authority.issue("hooks.example", LONG_AGO, FAR_AHEAD, tmp_path)) as one:
        yield one


def trusting(authority: Authority, tmp_path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.write(tmp_path / "ca.pem"))


def test_the_address_that_was_judged_is_connected_to_under_the_name(
    tls_receiver: Receiver, authority: Authority, tmp_path: Path
) -> None:
    """No other resolver knows hooks.example, so nobody can have asked one again."""
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    settings = WebhookSettings(allow_hosts=("hooks.example",))
    url = f"https://hooks.example:{tls_receiver.port}/in?a=1"
    tls = trusting(authority, tmp_path)
    failure, said = send(to(url), settings, resolve=resolve, tls=tls)
    assert (failure, said) == (None, "200 ok")
    (request,) = tls_receiver.requests
    assert request.headers["host"] == f"hooks.example:{tls_receiver.port}"
    assert request.path == "/in?a=1"
    assert asked == [("hooks.example", tls_receiver.port)]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_of_another_name_or_of_a_stranger_ends_it(
    tls_receiver: Receiver, authority: Authority, tmp_path: Path, trusted: bool
) -> None:
    host = "other.example" if trusted else "hooks.example"
    tls = trusting(authority, tmp_path) if trusted else public_authorities()
    failure, said = send(
        to(f"https://{host}:{tls_receiver.port}/"),
        WebhookSettings(allow_hosts=(host,)),
        resolve=names(other_example=["127.0.0.1"], hooks_example=["127.0.0.1"]),
        tls=tls,
    )
    assert failure is not None
    assert "CERTIFICATE_VERIFY_FAILED" in said
    assert tls_receiver.requests == []


def test_another_address_of_the_name_is_tried_when_nobody_listens_at_the_first(
    receiver: Receiver,
) -> None:
    settings = WebhookSettings(allow_hosts=("hooks.example",))
    resolve = names(hooks_example=["127.0.0.2", "127.0.0.1"])
    url = f"http://hooks.example:{receiver.port}/"
    assert send(to(url), settings, resolve=resolve)[0] is None
    assert len(receiver.requests) == 1


def test_an_answer_without_end_is_cut_off(receiver: Receiver) -> None:
    receiver.answers = [Answer(200, body=b"x" * 65_536, endless=True)]
    failure, said = send(to(receiver.url))
    assert failure is None
    assert len(said) == 200


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever() -> None:
    async def alone() -> tuple[Failure | None, str]:
        hung_up = asyncio.Event()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            hung_up.set()

        silent = await asyncio.start_server(listen, "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        sender = Webhooks(LOCAL, public_authorities(), utc_ns=lambda: START_UTC_NS, deadline_s=0.05)
        async with silent:
            answer = await sender(to(f"http://127.0.0.1:{port}/"))
            await hung_up.wait()
        return answer

    failure, said = asyncio.run(alone())
    assert failure is not None
    assert said == "no answer within 0.05 s"


def test_the_answers_text_is_one_printable_line(receiver: Receiver) -> None:
    receiver.answers = [
        Answer(500, body="坏\r\n\x1b[31mFAKE LOG LINE\xff".encode("latin-1", "replace"))
    ]
    assert send(to(receiver.url))[1] == "500 ? [31mFAKE LOG LINE\ufffd"


@pytest.mark.parametrize(
    ("header", "asked_s"),
    [
        ("120", 120.0),
        ("Mon, 21 Sep 2026 15:13:20 GMT", 3600.0),  # the clock says 14:13:20
        ("Mon, 21 Sep 2020 15:13:20 GMT", 0.0),
        ("9" * 400, 999_999_999.0),
        ("soon", None),
        ("-1", None),
    ],
)
def test_retry_after_is_read_or_left(
    receiver: Receiver, header: str, asked_s: float | None
) -> None:
    receiver.answers = [Answer(503, {"Retry-After": header})]
    failure, _ = send(to(receiver.url))
    assert failure is not None
    assert failure.retry_after_s == asked_s


def test_while_one_secret_follows_another_both_sign(receiver: Receiver) -> None:
    new = new_secret(bytes)
    until = rfc3339(START_UTC_NS + 10**9)
    claimed = to(receiver.url, secret=new, former_secret=SECRET, former_until=until)
    send(claimed)
    send(claimed, utc_ns=lambda: START_UTC_NS + 10**9)
    during, later = (one.headers["webhook-signature"] for one in receiver.requests)
    stamps = [int(one.headers["webhook-timestamp"]) for one in receiver.requests]
    assert during == sign([new, SECRET], "msg_1", stamps[0], BODY.encode())["webhook-signature"]
    assert later == sign([new], "msg_1", stamps[1], BODY.encode())["webhook-signature"]


def test_a_proxy_of_the_environment_is_not_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would resolve names by itself."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert send(to(receiver.url))[0] is None


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "no-such-name.invalid", "xn--.example"])
def test_a_name_that_stands_for_nothing_is_a_failure_like_others(host: str) -> None:
    assert send(to(f"https://{host}/"))[0] is not None


def test_ipv6_addresses_are_connected_to_and_named_in_brackets() -> None:
    seen = []

    async def alone() -> tuple[Failure | None, str]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(len(BODY))
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(answer, "::1", 0)
        port = server.sockets[0].getsockname()[1]
        settings = WebhookSettings(allow_hosts=("::1",))
        sender = Webhooks(settings, public_authorities(), utc_ns=lambda: START_UTC_NS)
        async with server:
            return await sender(to(f"http://[::1]:{port}/"))

    try:
        failure, _ = asyncio.run(alone())
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert failure is None
    assert b"\r\nhost: [::1]:" in seen[0].lower()
