"""Events against CloudEvents 1.0.2: spec.md §3 (attributes, naming, types) and the JSON event format
1.0.2 §2-3, checked with the JSON parser of the standard library."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.envelope import Moment, Outgoing, decode_event, encode_event, lane_of
from contract.names import ClockState, EventId
from contract.payloads.base import Payload
from contract.payloads.registry import decode_payload
from contract.timestamps import rfc3339
from tests.contract.event_samples import PAYLOAD_SAMPLES

MOMENT = Moment(
    "0d5a2b1e-0000-4000-8000-000000000001", 123_456_789_012, 1_789_000_000_123_456_789, "ntp"
)
OF_THE_SPECIFICATION = {"id", "source", "specversion", "type", "subject", "time", "datacontenttype"}


def written(payload: Payload, observed_utc_ns: int | None = None) -> bytes:
    return encode_event(
        payload,
        event_id=EventId("0C9K2TQ7M4XWZ", payload.lane, 7),
        source="/baiyun/cs-017",
        subject="weighbridge/wb-1",
        moment=MOMENT,
        observed_utc_ns=observed_utc_ns,
    )


@pytest.fixture(params=PAYLOAD_SAMPLES, ids=lambda payload: payload.wire_type)
def payload(request: pytest.FixtureRequest) -> Payload:
    return request.param


def attributes(payload: Payload) -> dict[str, Any]:
    return json.loads(written(payload, observed_utc_ns=MOMENT.utc_ns - 10**9))


def test_required_attributes_are_there_and_say_something(payload: Payload) -> None:
    event = attributes(payload)
    assert event["specversion"] == "1.0"
    assert event["id"] == f"0C9K2TQ7M4XWZ.{payload.lane}.7"
    assert event["source"] == "/baiyun/cs-017"  # a URI-reference, not empty
    assert event["type"] == payload.wire_type


def test_attribute_names_are_lower_case_letters_and_digits(payload: Payload) -> None:
    names = attributes(payload).keys() - {"data"}
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in names)
    assert names - OF_THE_SPECIFICATION == {"bootid", "monotime", "clock", "observedtime"}


def test_attribute_values_are_non_empty_strings(payload: Payload) -> None:
    """The JSON format maps every attribute type we use (String, URI-reference, Timestamp) to a string."""
    event = attributes(payload)
    assert all(isinstance(event[name], str) and event[name] for name in event.keys() - {"data"})


def test_times_are_rfc_3339_with_a_zone(payload: Payload) -> None:
    event = attributes(payload)
    for name in ("time", "observedtime"):
        assert datetime.fromisoformat(event[name]).utcoffset() is not None
    assert event["time"] == "2026-09-10T00:26:40.123Z"
    assert event["observedtime"] == "2026-09-10T00:26:39.123Z"


def test_data_are_a_json_value_under_their_declared_content_type(payload: Payload) -> None:
    event = attributes(payload)
    assert event["datacontenttype"] == "application/json"
    assert isinstance(event["data"], dict)
    assert "data_base64" not in event


def test_an_event_is_one_line_of_utf_8(payload: Payload) -> None:
    raw = written(payload)
    assert b"\n" not in raw
    assert raw.decode("utf-8")


def test_observed_time_is_left_out_when_it_is_the_time(payload: Payload) -> None:
    assert "observedtime" not in json.loads(written(payload))


def test_a_reader_gets_back_what_was_written(payload: Payload) -> None:
    envelope = decode_event(written(payload))
    assert envelope.event_id == EventId("0C9K2TQ7M4XWZ", lane_of(payload), 7)
    assert (envelope.source, envelope.subject) == ("/baiyun/cs-017", "weighbridge/wb-1")
    assert (envelope.bootid, int(envelope.monotime), envelope.clock) == (
        MOMENT.boot_id,
        MOMENT.mono_ns,
        "ntp",
    )
    assert decode_payload(envelope) == payload


def test_a_readers_envelope_needs_no_more_than_cloudevents_does() -> None:
    envelope = decode_event(
        b'{"specversion":"1.0","id":"a","source":"b","type":"c","time":"t","x":1}'
    )
    assert (envelope.subject, bytes(envelope.data)) == ("", b"null")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"specversion":"0.3","id":"a","source":"b","type":"c","time":"t"}',
        b'{"specversion":"1.0","id":1,"source":"b","type":"c","time":"t"}',
        b'{"specversion":"1.0","id":"a","source":"b","time":"t"}',
        b'{"specversion":"1.0","id":"a","source":"b","type":"c","time":"t","clock":"gps"}',
        b'{"specversion":"1.0","id":"a","source":"b","type":"c","time":"t"} x',
    ],
)
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_event(raw)


@given(
    subject=st.text(max_size=30),
    source=st.text(max_size=20),
    boot=st.text(max_size=20),
    mono_ns=st.integers(0, 2**63),
    utc_ns=st.integers(0, 4 * 10**18),
    clock=st.sampled_from(get_args(ClockState)),
    observed=st.none() | st.integers(0, 4 * 10**18),
)
def test_the_bytes_are_those_of_the_outgoing_struct_whatever_stands_in_it(
    subject: str, source: str, boot: str, mono_ns: int, utc_ns: int, clock: ClockState,
    observed: int | None,
) -> None:  # fmt: skip
    payload, event_id = PAYLOAD_SAMPLES[0], EventId("0C9K2TQ7M4XWZ", "urgent", 3)
    told = encode_event(
        payload,
        event_id=event_id,
        source=source,
        subject=subject,
        moment=Moment(boot, mono_ns, utc_ns, clock),
        observed_utc_ns=observed,
    )
    struct = Outgoing(
        id=str(event_id),
        source=source,
        type=payload.wire_type,
        subject=subject,
        time=rfc3339(utc_ns),
        bootid=boot,
        monotime=str(mono_ns),
        clock=clock,
        specversion="1.0",
        datacontenttype="application/json",
        data=payload,
        observedtime=None if observed is None else rfc3339(observed),
    )
    assert told == msgspec.json.encode(struct)
