from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.keys import PrivateKey
from contract.mqtt_binding import BadFrame, Frame
from contract.mqtt_requests import HttpRequest, request_of
from contract.sync import BATCH_CONTENT
from contract.token import Op, claims_for, mint

KEY = PrivateKey.generate()
BLOB = "ab" * 32


def framed(op: Op, body: bytes = b"", kid: str = "cs-017#3", **binding: Any) -> Frame:
    claims = claims_for(aud="hub", op=op, body=body, now_s=1, jti="j" * 24)
    return Frame(mint(KEY, kid, msgspec.structs.replace(claims, **binding)), body)


def asked(frame: Frame) -> tuple[str, str, dict[str, str]]:
    """Method, path and headers but the token's, which is the frame's."""
    request = request_of(frame)
    headers = dict(request.headers)
    assert headers.pop("authorization") == f"EMT {frame.token}"
    assert request.slot == "cs-017"
    return request.method, request.path, headers


def test_a_batch_is_a_sync() -> None:
    plain = {"content-type": BATCH_CONTENT, "content-encoding": "identity"}
    assert asked(framed("events.batch", b"[]")) == ("POST", "/v1/sync", plain)


def test_a_compressed_batch_is_told_by_its_first_bytes() -> None:
    packed = bytes.fromhex("28b52ffd 2002 110000 5b5d")  # RFC 8878: a raw block of 2 bytes, "[]"
    assert asked(framed("events.batch", packed))[2]["content-encoding"] == "zstd"


def test_a_part_of_a_blob_is_put_where_its_token_says() -> None:
    part = framed("evidence.put", b"abc", blob=BLOB, off=4, total=9, media="image/jpeg")
    headers = {"content-type": "image/jpeg", "upload-offset": "4", "upload-length": "9"}
    assert asked(part) == ("PUT", f"/v1/evidence/{BLOB}", headers)


def test_an_empty_part_at_the_end_is_still_put() -> None:
    part = framed("evidence.put", blob=BLOB, off=9, total=9, media="image/jpeg")
    assert asked(part)[0] == "PUT"


def test_without_a_media_type_it_is_asked_how_much_is_there() -> None:
    assert asked(framed("evidence.put", blob=BLOB, off=9, total=9)) == (
        "HEAD",
        f"/v1/evidence/{BLOB}",
        {},
    )


def test_desired_state_is_asked_for_by_what_is_known() -> None:
    assert asked(framed("desired.get")) == ("GET", "/v1/desired", {})
    assert asked(framed("desired.get", etag='"41"'))[2] == {"if-none-match": '"41"'}


def test_the_time_is_asked_for() -> None:
    assert asked(framed("time.get")) == ("GET", "/v1/time", {})


@pytest.mark.parametrize(
    "frame",
    [
        framed("evidence.put", blob="../../v1/gateways", off=0, total=1),
        framed("evidence.put", blob="AB" * 32, off=0, total=1),
        framed("evidence.put", off=0, total=1),
        framed("evidence.put", blob=BLOB, off=0, total=1, media="a\r\nx: y"),
        framed("evidence.put", blob=BLOB, off=0, total=1, media=""),
        framed("evidence.put", blob=BLOB, off=0, total=1, media="é"),
        framed("desired.get", etag="x" * 201),
    ],
)
def test_claims_that_would_reach_beyond_their_route_are_refused(frame: Frame) -> None:
    with pytest.raises(BadFrame, match="claims"):
        request_of(frame)


@pytest.mark.parametrize("op", ["enrol", "mqtt.connect", "capabilities.get"])
def test_what_mqtt_does_not_carry_is_refused(op: Op) -> None:
    with pytest.raises(BadFrame, match="op"):
        request_of(framed(op))


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "e30.e30.", "\x00.\x00"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(BadFrame, match="token"):
        request_of(Frame(token, b""))


def test_a_key_id_without_a_slot_is_refused() -> None:
    with pytest.raises(BadFrame, match="token"):
        request_of(framed("time.get", kid="+/#"))


@given(st.data())
def test_any_altered_token_is_a_request_or_refused(data: st.DataObject) -> None:
    text = framed("evidence.put", blob=BLOB, off=0, total=1, media="image/jpeg").token
    at = data.draw(st.integers(0, len(text) - 1))
    piece = data.draw(st.text(st.characters(max_codepoint=127), max_size=4))
    try:
        request = request_of(Frame(text[:at] + piece + text[at + 1 :], b""))
    except BadFrame:
        return
    assert isinstance(request, HttpRequest)
    assert request.path.count("/") <= 3
