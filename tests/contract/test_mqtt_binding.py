from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.jws import BadJws
from contract.keys import PrivateKey
from contract.mqtt_binding import (
    MAX_FRAME_BYTES,
    MAX_TOKEN_BYTES,
    BadFrame,
    Frame,
    Reply,
    decode_frame,
    encode_frame,
    open_down,
    parse_topic,
    request_id,
    seal_down,
    shared_subscription,
    topic,
)
from contract.names import SLUG
from contract.sync import MAX_BATCH_BYTES
from tests.contract.token_cases import BODY, Gate, good_token

TOKENS = st.text(st.characters(max_codepoint=127), min_size=1, max_size=300)
SLUGS = st.from_regex(SLUG, fullmatch=True)


@given(TOKENS, st.binary(max_size=300))
def test_what_is_framed_comes_out_of_the_frame(token: str, body: bytes) -> None:
    assert decode_frame(encode_frame(token, body)) == Frame(token, body)


def test_the_frame_is_the_one_the_contract_writes_down() -> None:
    assert encode_frame("ab.c", b"[]") == bytes.fromhex("e1 0004 61622e63 5b5d")


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"\xe1\x00" + rest))
def test_any_bytes_are_a_frame_or_refused(payload: bytes) -> None:
    try:
        frame = decode_frame(payload)
    except BadFrame:
        return
    assert encode_frame(frame.token, frame.body) == payload


@given(TOKENS, st.binary(max_size=60), st.data())
def test_a_frame_cut_inside_its_token_is_refused(
    token: str, body: bytes, data: st.DataObject
) -> None:
    whole = encode_frame(token, body)
    size = data.draw(st.integers(0, 2 + len(token)))
    with pytest.raises(BadFrame, match="truncated"):
        decode_frame(whole[:size])


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "truncated"),
        (b"\xe1\x00", "truncated"),
        (b"\xe2\x00\x01a", "magic"),
        (b"\xe1\x00\x00body", "token-length"),
        (b"\xe1\xff\xff" + b"a" * 65_535, "token-length"),
        (b"\xe1\x00\x05abc", "truncated"),
        (b"\xe1\x00\x02\xc3\xa9", "token"),
        (b"\xe1\x00\x01a" + b"b" * (MAX_BATCH_BYTES + 1), "too-long"),
        (b"\xe1" * (MAX_FRAME_BYTES + 1), "too-long"),
    ],
)
def test_every_malformed_frame_has_its_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(BadFrame, match=reason):
        decode_frame(payload)


def test_what_no_reader_takes_is_not_written() -> None:
    for token, body in (
        ("", b""),
        ("a" * (MAX_TOKEN_BYTES + 1), b""),
        ("a", b"b" * (MAX_BATCH_BYTES + 1)),
    ):
        with pytest.raises(ValueError, match="over the limit"):
            encode_frame(token, body)


@given(SLUGS, SLUGS, st.sampled_from(("up", "down")))
def test_a_topic_is_read_back(district: str, slot: str, direction: str) -> None:
    assert parse_topic(topic(direction, district, slot)) == (direction, district, slot)  # type: ignore[arg-type]


def test_topics_are_those_of_the_contract() -> None:
    assert topic("up", "baiyun", "cs-017") == "edile/1/baiyun/cs-017/up"
    assert shared_subscription("hub") == "$share/hub/edile/1/+/+/up"


@pytest.mark.parametrize("name", ["", "+", "#", "a/b", "CS", "白云"])
def test_a_name_that_would_change_the_topic_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        topic("up", "baiyun", name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "edile/2/a/b/up",
        "edile/1/a/b/side",
        "edile/1/a/b/up/c",
        "x/edile/1/a/b/up",
        "edile/1/A/b/up",
    ],
)
def test_a_foreign_topic_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a topic"):
        parse_topic(text)


def test_what_goes_up_is_the_same_token_and_body_as_over_http() -> None:
    key = PrivateKey.generate()
    frame = decode_frame(encode_frame(good_token(key), BODY))
    assert Gate(key).verify(frame.token, body=frame.body).claims.sq == (1, 1)


TAKEN = Reply(200, {"content-type": "application/json"}, b"{}")


def sealed(key: PrivateKey, reply: Reply = TAKEN, *, re: str = "r-1") -> bytes:
    return seal_down(key, "hub#command", slot="cs-017", re=re, reply=reply)


def test_a_reply_says_which_message_it_answers() -> None:
    hub = PrivateKey.generate()
    assert open_down(sealed(hub), hub.public, slot="cs-017") == ("r-1", TAKEN)


def test_a_reply_brings_the_status_and_the_headers_that_a_box_reads() -> None:
    hub = PrivateKey.generate()
    headers = {
        "Upload-Offset": "7",
        "Retry-After": "9",
        "ETag": '"3"',
        "Content-Type": "application/problem+json",
        "Server": "x",
    }
    _, reply = open_down(sealed(hub, Reply(409, headers, b"[]")), hub.public, slot="cs-017")
    assert reply.status == 409
    assert reply.headers == {
        "upload-offset": "7",
        "retry-after": "9",
        "etag": '"3"',
        "content-type": "application/problem+json",
    }


def test_an_empty_reply_has_no_content_type() -> None:
    hub = PrivateKey.generate()
    _, reply = open_down(
        sealed(hub, Reply(204, {"upload-offset": "1"}, b"")), hub.public, slot="cs-017"
    )
    assert reply == Reply(204, {"upload-offset": "1"}, b"")


def test_a_request_is_named_by_all_its_bytes() -> None:
    frame = encode_frame("a.b.c", b"[]")
    altered = {request_id(encode_frame("a.b.d", b"[]")), request_id(encode_frame("a.b.c", b"[ ]"))}
    assert len(altered | {request_id(frame)}) == 3


def test_a_broker_can_neither_change_nor_redirect_nor_invent_a_reply() -> None:
    hub, broker = PrivateKey.generate(), PrivateKey.generate()
    with pytest.raises(BadFrame, match="body"):
        open_down(sealed(hub)[:-1] + b"]", hub.public, slot="cs-017")
    with pytest.raises(BadFrame, match="slot"):
        open_down(sealed(hub), hub.public, slot="cs-018")
    with pytest.raises(BadJws, match="signature"):
        open_down(sealed(broker), hub.public, slot="cs-017")


@given(st.data())
def test_no_altered_byte_of_a_reply_is_believed(data: st.DataObject) -> None:
    hub = _HUB
    whole = bytearray(sealed(hub))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((BadFrame, BadJws)):
        open_down(bytes(whole), hub.public, slot="cs-017")


_HUB = PrivateKey.generate()
