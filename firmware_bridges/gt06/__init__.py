"""GT06 (Concox and relatives): the protocol of small trackers and badges. Pure.

Framer().feed(data) -> Frame | BadFrame            by length, with resynchronisation
parse(frame, lenient=False) -> Packet | Refused    type, serial, content
ack(packet) -> bytes                               before anything is decoded
understand(packet, zone_s) -> Login | Located | Status | Neighbours | Text | Information | Unknown
Gt06Voice, gps_bytes                               the terminal's side, for simulators
"""

from __future__ import annotations

from firmware_bridges.gt06.framing import BadFrame, Frame, Framer
from firmware_bridges.gt06.packets import (
    Fix,
    Information,
    Located,
    Login,
    Packet,
    Refused,
    Status,
    Text,
    Unknown,
    ack,
    command,
    parse,
    time_reply,
    understand,
)
from firmware_bridges.gt06.radio import Cell, Neighbours
from firmware_bridges.gt06.terminal import Gt06Voice, gps_bytes

__all__ = [
    "BadFrame",
    "Cell",
    "Fix",
    "Frame",
    "Framer",
    "Gt06Voice",
    "Information",
    "Located",
    "Login",
    "Neighbours",
    "Packet",
    "Refused",
    "Status",
    "Text",
    "Unknown",
    "ack",
    "command",
    "gps_bytes",
    "parse",
    "time_reply",
    "understand",
]
