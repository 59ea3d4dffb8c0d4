"""JT/T 808 (2011, 2013, 2019), the protocol of road vehicles' and many badges' terminals. Pure.

    framer = Framer(); framer.feed(data) -> Frame | BadFrame        cut and unescape
    parse(frame, lenient=False) -> Message | Refused                header and body
    Reassembler().add(header, body, now_s) -> Whole | None          messages in parts
    with_body(whole.header, whole.body, raw) -> Message | Refused
    message.header.terminal / terminal_as_sent / version / serial / id, message.name, message.body
    Location: lat, lon, fix, speed_kmh, course_deg, altitude_m, utc_s(zone_s), alarms, states, load,
              items ((id, bytes), ...), rest
    parse_model(toml text).values(location.items)                   a maker's own items
    general_reply, registration_reply, resend_request, text_message, time_reply   (header, ...) -> bytes
    TerminalVoice                                                   the terminal's side, for simulators

A header's version says 2019 or older; the older two differ only in registration (told by its layout).
"""

from __future__ import annotations

from firmware_bridges.jt808.framing import BadFrame, Frame, Framer
from firmware_bridges.jt808.header import Header
from firmware_bridges.jt808.location import Location, location_bytes
from firmware_bridges.jt808.messages import Message, Refused, parse, with_body
from firmware_bridges.jt808.models import Model, ModelError, parse_model
from firmware_bridges.jt808.reassembly import Missing, Reassembler, Whole
from firmware_bridges.jt808.replies import (
    general_reply,
    registration_reply,
    resend_request,
    text_message,
    time_reply,
)
from firmware_bridges.jt808.terminal import TerminalVoice

__all__ = [
    "BadFrame",
    "Frame",
    "Framer",
    "Header",
    "Location",
    "Message",
    "Missing",
    "Model",
    "ModelError",
    "Reassembler",
    "Refused",
    "TerminalVoice",
    "Whole",
    "general_reply",
    "location_bytes",
    "parse",
    "parse_model",
    "registration_reply",
    "resend_request",
    "text_message",
    "time_reply",
    "with_body",
]
