"""One frame to one message."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from firmware_bridges.jt808.bodies import (
    Attributes,
    Authentication,
    Batch,
    DriverCard,
    GeneralReply,
    LocationReply,
    Registration,
    Transparent,
    Unknown,
    parse_attributes,
    parse_authentication,
    parse_batch,
    parse_driver_card,
    parse_general_reply,
    parse_location_reply,
    parse_registration,
    parse_transparent,
)
from firmware_bridges.jt808.framing import BadFrame, Frame, Reason, checksum
from firmware_bridges.jt808.header import Header, parse_header
from firmware_bridges.jt808.location import Location, parse_location

GENERAL_REPLY, HEARTBEAT, LOGOUT = 0x0001, 0x0002, 0x0003
REGISTRATION, AUTHENTICATION, ATTRIBUTES = 0x0100, 0x0102, 0x0107
LOCATION, LOCATION_REPLY, BATCH, DRIVER_CARD = 0x0200, 0x0201, 0x0704, 0x0702
TRANSPARENT = 0x0900
PLATFORM_REPLY, RESEND, REGISTRATION_REPLY, TEXT = 0x8001, 0x8003, 0x8100, 0x8300

NAMES = {
    GENERAL_REPLY: "general-reply",
    HEARTBEAT: "heartbeat",
    LOGOUT: "logout",
    0x0004: "time-query",
    0x0005: "resend",
    REGISTRATION: "registration",
    AUTHENTICATION: "authentication",
    0x0104: "parameters",
    ATTRIBUTES: "attributes",
    0x0108: "upgrade-result",
    LOCATION: "location",
    LOCATION_REPLY: "location-reply",
    0x0301: "event",
    0x0500: "vehicle-control-reply",
    0x0700: "recorder-data",
    0x0701: "waybill",
    DRIVER_CARD: "driver-card",
    BATCH: "batch",
    0x0705: "can-data",
    0x0800: "media-event",
    0x0801: "media-data",
    TRANSPARENT: "transparent",
    0x0901: "compressed",
    0x0A00: "terminal-key",
    PLATFORM_REPLY: "platform-reply",
    RESEND: "resend-request",
    0x8004: "time-reply",
    REGISTRATION_REPLY: "registration-reply",
    0x8103: "set-parameters",
    0x8104: "query-parameters",
    0x8105: "terminal-control",
    0x8106: "query-some-parameters",
    0x8107: "query-attributes",
    0x8201: "location-query",
    0x8202: "track",
    TEXT: "text",
    0x8900: "transparent-down",
}

Body = (
    Location
    | Batch
    | GeneralReply
    | Registration
    | Authentication
    | Attributes
    | LocationReply
    | DriverCard
    | Transparent
    | Unknown
    | None
)


class Message(NamedTuple):
    """`body` None: the message has none. `lenient`: what was overlooked ("checksum", "length"). A part
    of a longer message has an `Unknown` body until it is put together (`reassembly`)."""

    header: Header
    body: Body
    raw: bytes
    lenient: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return NAMES.get(self.header.id, "unknown")


class Refused(NamedTuple):
    """A frame that gives no message. `header` where that much was good: it can still be answered."""

    reason: Reason
    raw: bytes
    header: Header | None = None


def _location(body: bytes, _version: int) -> Location | None:
    return parse_location(body)


_PARSE: dict[int, Callable[[bytes, int], Body]] = {
    GENERAL_REPLY: parse_general_reply,
    REGISTRATION: parse_registration,
    AUTHENTICATION: parse_authentication,
    ATTRIBUTES: parse_attributes,
    LOCATION: _location,
    LOCATION_REPLY: parse_location_reply,
    BATCH: parse_batch,
    DRIVER_CARD: parse_driver_card,
    TRANSPARENT: parse_transparent,
}
_EMPTY = frozenset((HEARTBEAT, LOGOUT, 0x0004))


def parse(frame: Frame | BadFrame, *, lenient: bool = False) -> Message | Refused:
    """With `lenient` a wrong checksum or length is overlooked, and said."""
    if isinstance(frame, BadFrame):
        return Refused(frame.reason, frame.raw)
    data, raw = frame.data, frame.raw
    overlooked: tuple[str, ...] = ()
    if checksum(data):  # over the checksum itself, too: zero when it is right
        if not lenient:
            return Refused("checksum", raw)
        overlooked = ("checksum",)
    parsed = parse_header(data)
    if parsed is None or len(data) <= parsed[1]:
        return Refused("header", raw)
    header, begin = parsed
    if header.encrypted:
        return Refused("encrypted", raw, header)
    body = data[begin:-1]
    if len(body) != header.length:
        if not lenient:
            return Refused("length", raw, header)
        overlooked = (*overlooked, "length")
    if header.parts > 1:
        return Message(header, Unknown(body), raw, overlooked)
    return with_body(header, body, raw, overlooked)


def with_body(
    header: Header, body: bytes, raw: bytes, lenient: tuple[str, ...] = ()
) -> Message | Refused:
    """A message whose whole body is at hand."""
    if header.id == LOCATION:  # nine of ten messages
        location = parse_location(body)
        if location is None:
            return Refused("body", raw, header)
        return Message(header, location, raw, lenient)
    if header.id in _EMPTY:
        return Message(header, Unknown(body) if body else None, raw, lenient)
    parse_body = _PARSE.get(header.id)
    if parse_body is None:
        return Message(header, Unknown(body), raw, lenient)
    understood = parse_body(body, header.version)
    if understood is None:
        return Refused("body", raw, header)
    return Message(header, understood, raw, lenient)
