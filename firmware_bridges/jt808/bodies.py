"""Bodies of the messages a terminal sends, but for locations.

A parse function gives None when the bytes are not of its message. Sources: JT/T 808-2011, -2013 and
-2019, chapter 8, with the table of each message id in protocol documents of several makers.
"""

from __future__ import annotations

from typing import NamedTuple

from firmware_bridges.jt808.location import GMT8_S, Location, parse_location, utc_s
from firmware_bridges.jt808.text import text_of

_COLOURS = 10  # 0 = no plate (then its VIN stands there), 1-9


class GeneralReply(NamedTuple):
    """0x0001: result 0 ok, 1 failed, 2 wrong, 3 unsupported."""

    serial: int
    id: int
    result: int


class Registration(NamedTuple):
    """0x0100. `layout`: the year of the standard whose field lengths it has."""

    layout: int
    province: int
    city: int
    maker: str
    model: str
    device: str
    plate_colour: int
    plate: str


class Authentication(NamedTuple):
    """0x0102; the last two only in 2019."""

    code: str
    imei: str | None
    software: str | None


class Attributes(NamedTuple):
    """0x0107."""

    kind: int
    maker: str
    model: str
    device: str
    iccid: str
    hardware: str
    firmware: str
    gnss: int
    network: int


class LocationReply(NamedTuple):
    """0x0201: the answer to a query of serial `reply_to`."""

    reply_to: int
    location: Location


class Batch(NamedTuple):
    """0x0704. `blind_spot`: sent from memory. A position that is none is None in its place and its
    bytes are in `bad`; `announced` is the count that the message gives."""

    announced: int
    blind_spot: bool
    locations: tuple[Location | None, ...]
    bad: tuple[bytes, ...]
    rest: bytes


class DriverCard(NamedTuple):
    """0x0702: a driver's card was put in (1) or taken out (2). `at` seconds since 1970."""

    state: int
    at: int | None
    result: int | None
    name: str
    licence: str
    authority: str


class Transparent(NamedTuple):
    """0x0900."""

    kind: int
    data: bytes


class Unknown(NamedTuple):
    """A message id this bridge does not read: kept as it came."""

    data: bytes


def parse_general_reply(body: bytes, _version: int) -> GeneralReply | None:
    if len(body) < 5:
        return None
    return GeneralReply(body[0] << 8 | body[1], body[2] << 8 | body[3], body[4])


def parse_registration(body: bytes, version: int) -> Registration | None:
    """Three layouts: 2011 (maker 5, model 8, id 7), 2013 (5, 20, 7), 2019 (11, 30, 30). The older two
    are told apart by their length, and where a long plate fits both, by the colour's place."""
    if version == 2019:
        return _registration(body, 2019, (11, 30, 30))
    if len(body) >= 37 and body[36] < _COLOURS:
        return _registration(body, 2013, (5, 20, 7))
    return _registration(body, 2011, (5, 8, 7))


def _registration(body: bytes, layout: int, sizes: tuple[int, int, int]) -> Registration | None:
    maker, model, device = sizes
    colour = 4 + maker + model + device
    if len(body) <= colour:
        return None
    after_maker, after_model = 4 + maker, 4 + maker + model
    return Registration(
        layout,
        body[0] << 8 | body[1],
        body[2] << 8 | body[3],
        text_of(body[4:after_maker]).strip(),
        text_of(body[after_maker:after_model]).strip(),
        text_of(body[after_model:colour]).strip(),
        body[colour],
        text_of(body[colour + 1 :]),
    )


def parse_authentication(body: bytes, version: int) -> Authentication | None:
    """2019: length, code, IMEI 15, software 20. Terminals with a 2019 header and the old body exist."""
    if version == 2019 and body and len(body) >= 1 + body[0] + 15:
        end = 1 + body[0]
        return Authentication(
            text_of(body[1:end]),
            text_of(body[end : end + 15]) or None,
            text_of(body[end + 15 : end + 35]) or None,
        )
    return Authentication(text_of(body), None, None) if body else None


def parse_attributes(body: bytes, version: int) -> Attributes | None:
    """2013: maker 5, model 20, id 7. 2019: 5, 30, 30 in the standard, maker 11 in other terminals:
    the one whose lengths add up to the body is right."""
    layouts = ((5, 30, 30), (11, 30, 30)) if version == 2019 else ((5, 20, 7), (5, 30, 30))
    for sizes in layouts:
        if found := _attributes(body, sizes):
            return found
    return None


def _attributes(body: bytes, sizes: tuple[int, int, int]) -> Attributes | None:
    at, fields = 2, []
    for size in (*sizes, 10):
        fields.append(body[at : at + size])
        at += size
    texts = []
    for _ in range(2):  # hardware and firmware, each behind its length
        if at >= len(body):
            return None
        end = at + 1 + body[at]
        texts.append(text_of(body[at + 1 : end]))
        at = end
    if at + 2 != len(body):
        return None
    maker, model, device = (text_of(field).strip() for field in fields[:3])
    kind = body[0] << 8 | body[1]
    hardware, firmware = texts
    iccid = fields[3].hex()
    return Attributes(kind, maker, model, device, iccid, hardware, firmware, body[at], body[at + 1])


def parse_location_reply(body: bytes, _version: int) -> LocationReply | None:
    location = parse_location(body[2:])
    return None if location is None else LocationReply(body[0] << 8 | body[1], location)


def parse_batch(body: bytes, _version: int) -> Batch | None:
    """Each position is read for itself: a bad one does not lose the others."""
    if len(body) < 3:
        return None
    locations: list[Location | None] = []
    bad: list[bytes] = []
    at, end = 3, len(body)
    while at + 2 <= end:
        stop = at + 2 + (body[at] << 8 | body[at + 1])
        if stop > end:
            break
        location = parse_location(body[at + 2 : stop])
        locations.append(location)
        if location is None:
            bad.append(body[at + 2 : stop])
        at = stop
    return Batch(body[0] << 8 | body[1], body[2] == 1, tuple(locations), tuple(bad), body[at:])


def parse_driver_card(body: bytes, _version: int) -> DriverCard | None:
    """2013 and 2019: state, time, and when put in: result, name behind its length, licence 20,
    authority behind its length."""
    if len(body) < 7:
        return None
    state, at = body[0], utc_s(body[1:7], GMT8_S)
    if state != 1 or len(body) < 9:
        return DriverCard(state, at, None, "", "", "")
    end = 9 + body[8]
    tail = body[end + 20 :]
    authority = text_of(tail[1 : 1 + tail[0]]) if tail else ""
    licence = text_of(body[end : end + 20])
    return DriverCard(state, at, body[7], text_of(body[9:end]), licence, authority)


def parse_transparent(body: bytes, _version: int) -> Transparent | None:
    return Transparent(body[0], body[1:]) if body else None
