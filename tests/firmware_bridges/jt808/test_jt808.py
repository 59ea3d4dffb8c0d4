"""JT/T 808: frames of other people's terminals, the bits of the standard, and the laws of a framer."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges.jt808 import (
    Framer,
    Location,
    Message,
    ModelError,
    Reassembler,
    Refused,
    TerminalVoice,
    location_bytes,
    parse,
    parse_model,
    with_body,
)
from firmware_bridges.jt808.bits import alarm_names, load_of, status_names
from firmware_bridges.jt808.bodies import (
    Attributes,
    Authentication,
    Batch,
    DriverCard,
    LocationReply,
    Registration,
    Transparent,
)
from firmware_bridges.jt808.framing import checksum
from firmware_bridges.jt808.items import item_value
from firmware_bridges.jt808.location import bcd_time, utc_s
from tests.firmware_bridges.jt808 import captures
from tests.firmware_bridges.jt808.captures import Captured

SENSORS = parse_model(
    (files("firmware_bridges.jt808") / "models" / "common-sensors.toml").read_text("utf-8")
)


def decoded(data: bytes, *, lenient: bool = False) -> list[Message | Refused]:
    framer = Framer()
    return [parse(one, lenient=lenient) for one in framer.feed(data) + framer.flush()]


def message(text: str) -> Message:
    (found,) = decoded(bytes.fromhex(text))
    assert isinstance(found, Message), found
    return found


def location(text: str) -> Location:
    body = message(text).body
    assert isinstance(body, Location)
    return body


def told(where: Location, says: str) -> object:
    if says.startswith("item "):
        number = int(says[5:], 16)
        return next(item_value(one, data) for one, data in where.items if one == number)
    if says == "time":
        at = where.utc_s()
        assert at is not None
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if says == "temperature_c":
        return SENSORS.values(where.items)[says]
    return getattr(where, says)


@pytest.mark.parametrize("captured", captures.TRACCAR_LOCATIONS)
def test_a_captured_location_says_what_it_says(captured: Captured) -> None:
    assert told(location(captured.frame), captured.says) == captured.value


def test_the_example_of_smallchi_is_read_field_by_field() -> None:
    found = message(captures.SMALLCHI_LOCATION)
    where = location(captures.SMALLCHI_LOCATION)
    assert (found.header.terminal_as_sent, found.header.serial) == ("123456789012", 126)
    assert (where.alarms, where.states) == (["sos"], ["fix"])
    assert (where.lat, where.lon, where.altitude_m) == (12.222222, 132.444444, 40)
    assert (where.speed_kmh, where.course_deg) == (6.0, 0)
    assert told(where, "time") == "2018-10-15T02:10:10Z"
    assert [item_value(*item) for item in where.items] == [10.0, 12.5]


def test_a_2019_location_is_read_behind_its_longer_header() -> None:
    found = message(captures.XTREAM_LOCATION)
    where = location(captures.XTREAM_LOCATION)
    assert (found.header.version, found.header.protocol) == (2019, 1)
    assert (found.header.terminal_as_sent, found.header.terminal) == (
        "00000000013912344329",
        "13912344329",
    )
    assert (where.alarm, where.status, where.altitude_m, where.course_deg) == (111, 22, 123, 3)
    assert (where.raw_lat, where.raw_lon, where.speed_tenths) == (31_234_567, 121_987_654, 66)
    assert told(where, "time") == "2025-01-29T14:33:44Z"
    assert (where.lat, where.fix) == (-31.234567, True)  # status 22 = fix, south, out of service


def test_a_batch_gives_every_position() -> None:
    body = message(captures.XTREAM_BATCH).body
    assert isinstance(body, Batch)
    assert (body.announced, body.blind_spot, body.rest) == (2, False, b"")
    rows = [(one.raw_lat, one.raw_lon, one.altitude_m) for one in body.locations if one]
    assert rows == [(31_000_562, 121_451_372, 666), (31_000_563, 121_451_373, 777)]


def test_a_blind_spot_batch_of_the_older_layout_says_so() -> None:
    body = message(captures.TRACCAR_BATCH_OF_4).body
    assert isinstance(body, Batch)
    assert (body.announced, body.blind_spot, len(body.locations)) == (4, True, 4)
    newer = message(captures.TRACCAR_BATCH_2019)
    assert newer.header.terminal == "866496077582164"  # an IMEI in the phone's place


def test_a_bad_position_in_a_batch_does_not_lose_the_others() -> None:
    good = location_bytes(
        alarm=0,
        status=3,
        lat=23.1,
        lon=113.2,
        altitude_m=12,
        speed_kmh=33.2,
        course_deg=90,
        time=bcd_time(1_790_000_000),
    )
    ((_, frame),) = TerminalVoice("013912345678").batch([good, good[:20], good], blind_spot=True)
    (found,) = decoded(frame)
    assert isinstance(found, Message)
    assert isinstance(found.body, Batch)
    assert [one is not None for one in found.body.locations] == [True, False, True]
    assert found.body.bad == (good[:20],)


def test_the_28_bytes_survive_a_bad_item() -> None:
    body = location_bytes(
        alarm=1,
        status=2,
        lat=1.5,
        lon=2.5,
        altitude_m=0,
        speed_kmh=0,
        course_deg=0,
        time=bcd_time(1_790_000_000),
        items=((0x01, b"\x00\x00\x00\x0a"),),
    )
    ((_, frame),) = TerminalVoice("1").location(body + b"\xe3\x30\x01")
    (found,) = decoded(frame)
    assert isinstance(found, Message)
    where = found.body
    assert isinstance(where, Location)
    assert (where.lat, where.items, where.rest) == (
        1.5,
        ((0x01, b"\x00\x00\x00\x0a"),),
        b"\xe3\x30\x01",
    )


def test_a_query_s_answer_holds_a_position() -> None:
    body = message(captures.TRACCAR_POSITION).body  # traccar: 2026-08-24 07:30, 22.5, 114.0
    assert isinstance(body, LocationReply)
    assert (body.reply_to, body.location.lat, body.location.lon) == (1, 22.5, 114.0)
    assert told(body.location, "time") == "2026-08-24T07:30:00Z"


def test_registrations_of_all_three_layouts() -> None:
    rows = [
        captures.REGISTRATION_2011,
        captures.REGISTRATION_2013,
        captures.REGISTRATION_2019,
    ]
    bodies = [message(row).body for row in rows]
    assert bodies[0] == Registration(2011, 44, 303, "70111", "BSJ-M7B", "0000000", 1, "粤B88888")
    assert bodies[1] == Registration(2013, 0, 0, "70107", "HB-R03GBD", "2366104", 2, "苏BA6860")
    assert bodies[2] == Registration(2019, 0, 0, "", "MD300", "866496077582164", 4, "")


def test_the_other_messages_of_a_terminal() -> None:
    assert message(captures.AUTHENTICATION_2013).body == Authentication(
        "authentication", None, None
    )
    attributes = message(captures.ATTRIBUTES).body
    assert isinstance(attributes, Attributes)
    assert (attributes.model, attributes.iccid) == ("C5L", "89883030000131882455")
    card = message(captures.DRIVER_CARD).body
    assert isinstance(card, DriverCard)
    assert (card.state, card.result, card.licence) == (1, 0, "0029b885")
    assert message(captures.TRANSPARENT).body == Transparent(
        0x40, b"\x00\x18GTSL|6|1|0|10218094|1|\r\n"
    )


def test_a_heartbeat_has_no_body() -> None:
    found = message(captures.HEARTBEAT)
    assert (found.name, found.body, found.header.serial) == ("heartbeat", None, 0xB7)


def test_a_body_of_another_length_is_refused_unless_one_is_lenient() -> None:
    data = bytes.fromhex(captures.SHORT_BODY)
    (strict,) = decoded(data)
    assert isinstance(strict, Refused)
    assert strict.reason == "checksum"
    (lenient,) = decoded(data, lenient=True)
    assert isinstance(lenient, Message)
    assert lenient.lenient == ("checksum", "length")
    assert isinstance(lenient.body, Location)
    assert (lenient.body.lat, lenient.body.lon) == (22.514880, 113.916508)


def test_an_encrypted_body_is_not_guessed_at() -> None:
    data = bytearray.fromhex("0200042612345678901200010000")
    data.append(checksum(data))
    (found,) = decoded(b"\x7e" + bytes(data) + b"\x7e")
    assert isinstance(found, Refused)
    assert found.reason == "encrypted"
    assert found.header is not None


def test_a_checksum_left_unescaped_is_still_a_checksum() -> None:
    # A body whose XOR is 7D: the frame must end 7D 01 7E, some terminals send 7D 7E.
    data = bytearray.fromhex("0002000001391234567800")
    data.append(checksum(data) ^ 0x7D)
    assert checksum(data) == 0x7D
    (found,) = decoded(b"\x7e" + bytes(data) + b"\x7d\x7e")
    assert isinstance(found, Message)
    assert found.name == "heartbeat"


def test_delimiters_of_the_other_kind_are_recognised_by_the_first_byte() -> None:
    data = bytearray.fromhex("000200000139123456e701e6")[:12]
    data.append(checksum(data))
    escaped = bytes(data).replace(b"\xe6", b"\xe6\x01").replace(b"\xe7", b"\xe6\x02")
    (found,) = decoded(b"\xe7" + escaped + b"\xe7")
    assert isinstance(found, Message)
    assert found.header.terminal_as_sent == "0139123456e7"


@pytest.mark.parametrize("noise", ["e711", "e7", "e7e7", "e700e7"])
def test_noise_that_looks_like_the_other_delimiter_deafens_nobody(noise: str) -> None:
    stream = bytes.fromhex(noise + captures.SMALLCHI_LOCATION * 3)
    found = [one for one in decoded(stream) if isinstance(one, Message)]
    assert [one.header.serial for one in found] == [126] * 3


@pytest.mark.parametrize(
    ("lat", "lon"), [(90.000001, 113.0), (4294.967295, 113.0), (23.0, 180.000001)]
)
def test_a_place_that_does_not_exist_is_none(lat: float, lon: float) -> None:
    raw = Location(0, 2, round(lat * 1e6), round(lon * 1e6), 0, 0, 0, b"", (), b"")
    assert None in (raw.lat, raw.lon)
    assert raw.fix


@pytest.mark.parametrize(
    "text", ["000000000000", "261301000000", "260230000000", "26aa01000000", "260101240000"]
)
def test_a_time_that_does_not_exist_is_none(text: str) -> None:
    assert utc_s(bytes.fromhex(text)) is None


def test_the_zone_of_the_terminal_decides() -> None:
    time = bytes.fromhex("260824153000")
    eight, zero = utc_s(time, 8 * 3600), utc_s(time, 0)
    assert eight is not None
    assert zero == eight + 8 * 3600


@given(st.integers(946_684_800, 4_102_444_799))  # this century in UTC
def test_times_come_back(at: int) -> None:
    assert utc_s(bcd_time(at, 0), 0) == at
    assert bcd_time(at, 0) == bytes.fromhex(
        datetime.fromtimestamp(at, UTC).strftime("%y%m%d%H%M%S")
    )


def test_the_bits_of_the_standard_have_names() -> None:
    # JT/T 808-2013 tables 24 and 25
    assert alarm_names(1 | 1 << 8 | 1 << 29) == ["sos", "power-cut", "collision-warning"]
    assert status_names(1 | 1 << 1 | 1 << 12 | 3 << 8) == ["acc-on", "fix", "doors-locked"]
    assert [load_of(bits << 8) for bits in (0, 1, 3)] == ["empty", "half", "full"]


def parts_of(body: bytes) -> list[Message]:
    found = [
        decoded(frame)[0] for _, frame in TerminalVoice("42", 2019, 65_534).frames(0x0704, body)
    ]
    return [one for one in found if isinstance(one, Message)]


def test_a_message_in_parts_is_put_together_in_any_order() -> None:
    body = (2).to_bytes(2, "big") + b"\x01" + (b"\x04\x4c" + bytes(1100)) * 2
    parts = parts_of(body)
    assert [one.header.parts for one in parts] == [3, 3, 3]
    joined, reassembler = None, Reassembler()
    for one in (parts[2], parts[0], parts[1]):
        joined = reassembler.add(one.header, one.body.data, 0.0)  # type: ignore[union-attr]
    assert joined is not None
    assert joined.body == body
    whole = with_body(joined.header, joined.body, b"")
    assert isinstance(whole, Message)
    assert isinstance(whole.body, Batch)
    assert len(whole.body.locations) == 2


def test_what_is_missing_can_be_asked_for_and_is_given_up_in_time() -> None:
    parts, reassembler = parts_of(bytes(2_500)), Reassembler()
    reassembler.add(parts[1].header, b"x", 0.0)
    (lacking,) = reassembler.missing()
    assert (lacking.first_serial, lacking.indexes) == (65_534, (1, 3))
    reassembler.expire(61.0)
    assert reassembler.missing() == []
    assert reassembler.given_up == 1


def test_endless_parts_do_not_fill_the_memory() -> None:
    reassembler, header = Reassembler(), parts_of(bytes(2_500))[0].header
    for serial in range(5_000):
        reassembler.add(header._replace(serial=serial * 3 % 65_536, parts=1_000), bytes(1_000), 0.0)
    assert len(reassembler.missing()) <= 4
    assert reassembler.add(header._replace(parts=2, part=3), b"", 0.0) is None


def test_a_maker_s_items_are_named_by_a_model() -> None:
    model = parse_model(
        """
        source = "an invented maker"
        [[items]]
        id = 0xE5
        name = "cover"
        type = "u8"
        mask = 0x0C
        values = { 0 = "closed", 1 = "open", 2 = "partial" }
        [[items]]
        id = 0xE5
        name = "lift"
        type = "u8"
        mask = 0x01
        values = { 0 = "down", 1 = "lifted" }
        [[items]]
        id = 0xE6
        length = 4
        name = "load_kg"
        type = "u32"
        scale = 0.1
        """
    )
    items = ((0xE5, b"\x05"), (0xE6, b"\x00\x01\x86\xa0"), (0xE6, b"\x00"), (0x01, b"\x00"))
    assert model.values(items) == {"cover": "open", "lift": "lifted", "load_kg": "10000.0"}
    assert not model.knows(0xE6, b"\x00")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = ", "no TOML"),
        ("items = []", "items: expected at least one"),
        ("[[items]]\nid = 256\nname='a'\ntype='u8'", "items[0].id: expected a whole number from 0"),
        ("[[items]]\nid = 1\nname='a'\ntype='u9'", "items[0].type: expected one of u8, u16"),
        ("[[items]]\nid = 1\nnome='a'\ntype='u8'", "items[0].nome: expected one of id, invalid"),
        ("[[items]]\nid = 1\ntype='u8'", "items[0].name: expected a name"),
        ("maker = 'x'", "maker: expected only source and"),
    ],
)
def test_a_wrong_model_says_where_and_what(text: str, says: str) -> None:
    with pytest.raises(ModelError) as found:
        parse_model(text)
    assert says in str(found.value)
