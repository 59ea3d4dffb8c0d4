"""The envelope: CloudEvents 1.0 in JSON (contract §2).

Source: CloudEvents 1.0.2 §3 (context attributes) and JSON event format 1.0.2 §3. An event's exact
bytes are made once, at the gateway, and never again: the chain hashes them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import msgspec

from contract.names import ClockState, EventId, Lane, parse_event_id
from contract.payloads.base import Payload
from contract.timestamps import rfc3339

SPECVERSION = "1.0"
JSON_CONTENT = "application/json"


class Moment(NamedTuple):
    """When, as data: ns since boot `boot_id`, what the wall clock said, and how far to trust it."""

    boot_id: str
    mono_ns: int
    utc_ns: int
    clock: ClockState


class Outgoing(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The envelope as the gateway writes it. Field order is the order on the wire."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    bootid: str
    monotime: str
    clock: ClockState
    specversion: str
    datacontenttype: str
    data: Payload
    observedtime: str | None = None


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope as a reader takes it: `data` stays raw until its type is known."""

    id: str
    source: str
    type: str
    specversion: Literal["1.0"]
    time: str
    subject: str = ""
    datacontenttype: str = JSON_CONTENT
    bootid: str = ""
    monotime: str = "0"
    clock: ClockState = "unset"
    observedtime: str | None = None
    data: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"null"))

    @property
    def event_id(self) -> EventId:
        return parse_event_id(self.id)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Envelope)


def encode_event(
    payload: Payload,
    *,
    event_id: EventId | str,
    source: str,
    subject: str,
    moment: Moment,
    observed_utc_ns: int | None = None,
) -> bytes:
    """The event's exact bytes, final from here on."""
    return event_bytes(payload, str(event_id), source, subject, moment, observed_utc_ns)


def event_bytes(  # noqa: PLR0917 - by position: keywords cost a tenth of the whole
    payload: Payload,
    event_id: str,
    source: str,
    subject: str,
    moment: Moment,
    observed_utc_ns: int | None,
) -> bytes:
    """`encode_event` for the one place that runs for every event ever recorded. Written as text around
    the payload, because little of an envelope changes from one event to the next; `Outgoing` says
    the same (tests compare the bytes)."""
    boot_id, mono_ns, utc_ns, clock = moment
    end = b"}" if observed_utc_ns is None else b',"observedtime":"%b"}' % _ascii(observed_utc_ns)
    return b'{"id":"%b%b%b%b%d%b%b%b' % (
        event_id.encode(),
        _about(source, payload.wire_type, subject),
        rfc3339(utc_ns).encode(),
        _boot(boot_id),
        mono_ns,
        _END_OF[clock],
        _ENCODER.encode(payload),
        end,
    )


def _ascii(utc_ns: int) -> bytes:
    return rfc3339(utc_ns).encode()


@lru_cache(maxsize=256)
def _about(source: str, wire_type: str, subject: str) -> bytes:
    """From the id's closing quote to the time's opening one."""
    source, wire_type, subject = (_quoted(one) for one in (source, wire_type, subject))
    return f'","source":{source},"type":{wire_type},"subject":{subject},"time":"'.encode()


@lru_cache(maxsize=4)
def _boot(boot_id: str) -> bytes:
    return f'","bootid":{_quoted(boot_id)},"monotime":"'.encode()


def _quoted(text: str) -> str:
    return _ENCODER.encode(text).decode()


_END_OF: dict[ClockState, bytes] = {
    state: f'","clock":"{state}","specversion":"{SPECVERSION}",'
    f'"datacontenttype":"{JSON_CONTENT}","data":'.encode()
    for state in get_args(ClockState)
}


def decode_event(raw: bytes | msgspec.Raw) -> Envelope:
    """Raises msgspec.ValidationError / DecodeError; the payload is not looked at."""
    return _DECODER.decode(raw)


def lane_of(payload: Payload) -> Lane:
    return payload.lane
