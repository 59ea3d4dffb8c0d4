from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.sync import SyncReply
from edge_agent.errors import HubUnreachable
from edge_agent.ports import HubResponse
from edge_agent.uplink.replies import (
    Accepted,
    ClockWrong,
    Gap,
    Refused,
    TooLarge,
    advice,
    read_sync,
)

REPLY = SyncReply(hub_time="2026-09-21T00:00:00.000Z", hub_generation="g1", stored={}, archived={})


def answer(status: int, body: bytes = b"", **headers: str) -> HubResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HubResponse(status, named, body, 0, 0)


def problem(status: int, slug: str, **members: object) -> HubResponse:
    body = {"type": f"urn:edile:problem:{slug}", "title": slug, "status": status, **members}
    return answer(status, json.dumps(body).encode())


def test_a_reply_is_accepted() -> None:
    assert read_sync(answer(200, msgspec.json.encode(REPLY))) == Accepted(REPLY)


def test_each_problem_has_its_meaning() -> None:
    assert read_sync(problem(409, "gap", stored={"k": 7})) == Gap({"k": 7})
    assert read_sync(problem(401, "clock", err="clock", signed="a.b.c")) == ClockWrong("a.b.c")
    assert isinstance(read_sync(problem(413, "too-large", limit=9)), TooLarge)
    assert read_sync(problem(401, "revoked", detail="gone")) == Refused(401, "revoked: gone")
    assert read_sync(problem(422, "invalid")) == Refused(422, "invalid: invalid")


def test_a_proxy_that_says_too_large_in_its_own_words_is_believed() -> None:
    assert isinstance(read_sync(answer(413, b"<html>Request Entity Too Large")), TooLarge)


@pytest.mark.parametrize("status", [200, 302, 401, 404])
def test_a_web_page_is_no_hub_and_says_so(status: int) -> None:
    page = answer(status, b"<!doctype html><title>Sign in</title>", content_type="text/html")
    with pytest.raises(HubUnreachable, match=r"text/html.*hub\.url"):
        read_sync(page)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_busy_and_broken_hubs_are_waited_for(status: int) -> None:
    with pytest.raises(HubUnreachable) as raised:
        read_sync(answer(status, b"", retry_after="30"))
    assert raised.value.retry_after_s == 30


def test_a_retry_after_that_is_a_date_or_absurd_is_not_followed() -> None:
    for text, seconds in (("Wed, 21 Oct 2015 07:28:00 GMT", None), ("99999999", 3_600.0)):
        with pytest.raises(HubUnreachable) as raised:
            read_sync(answer(503, b"", retry_after=text))
        assert raised.value.retry_after_s == seconds


@given(status=st.integers(100, 599), body=st.binary(max_size=200))
def test_any_answer_is_understood_or_waited_for(status: int, body: bytes) -> None:
    try:
        reply = read_sync(answer(status, body))
    except HubUnreachable:
        return
    assert status == 413 or not isinstance(reply, Accepted)


@pytest.mark.parametrize(
    ("reason", "named"),
    [
        ("unknown-key", "edile hub key add"),
        ("revoked", "make a new one"),
        ("audience", "hub.id"),
        ("signature", "identity.key_file"),
    ],
)
def test_a_refused_token_says_what_to_mend(reason: str, named: str) -> None:
    detail = f"the message token is refused: {reason}"
    refusal = read_sync(problem(401, "token", detail=detail))
    assert isinstance(refusal, Refused)
    assert detail in advice(refusal)
    assert named in advice(refusal)


def test_a_refusal_without_a_known_mend_keeps_the_words_of_the_hub() -> None:
    assert advice(Refused(422, "invalid: no such lane")) == "422 invalid: no such lane"
