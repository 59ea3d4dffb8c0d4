"""GT06: packets of other people's trackers, and the laws of a framer.

Sources, all raw on the wire: TRACCAR = traccar, Gt06ProtocolDecoderTest.java; CONCOX = Concox GT06
protocol 1.8 as quoted there and in CoolElvis/gt06_server.
"""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges.gt06 import (
    BadFrame,
    Cell,
    Frame,
    Framer,
    Gt06Voice,
    Information,
    Located,
    Login,
    Neighbours,
    Packet,
    Refused,
    Status,
    Text,
    Unknown,
    ack,
    gps_bytes,
    parse,
    time_reply,
    understand,
)
from firmware_bridges.gt06.framing import MOST, crc_itu, packet

LOGIN = "78780D01012345678901234500018CDD0D0A"
LOGIN_ZONE = "787811010864717003664467100f190a0002c6d20d0a"
POSITION = "78781f120f0a140e150bc505e51e780293a9e800540000f601006e0055da00035f240d0a"
SOUTH_WEST = "78781f12110819110216d402f250340828924055d4c801944600d300c09501429c830d0a"
NORTH_EAST = "787822220F0C1D023305C9027AC8180C46586000140001CC00287D001F71000001000820860D0A"
ALARM = "787825160F0C1D0A2B21C8027AC8040C46581000146F0901CC00287D001F714804040301001C84CF0D0A"
REMOVED = "7878251613020C12141AC5027951430C2A16F60014000900000000001A00007C550300020002F1E70D0A"
HEARTBEAT = "78780a13c40604000201298f5b0d0a"
HEARTBEAT_LONG = "78780B23C00122040001000818720D0A"
LBS = (
    "78783b18100c0f1201010195271784005ab63617840002fa47178400ff8f4817840019f3491784005ab54b178400ff8e4c"
    "17840019f24cff0002012287c80d0a"
)
WIFI = "787800691710231108500200cc080c4e2fa5640c4e2fa66e0d0a"
WIFI_17 = "7878001719011910543607028f0100bc2e695a00bcb3635a00bc27c56400bc447b6400bc46c96400bc33ce6400bc64ca640d0a"
WIFI_STATIONS = (
    "787808691709281134"
    "13ac9e17b30808514494fcf6e148596cb0ce2c67bd4a6eb0ce2c67bd4b0018e7d4333e55ec086be7f2df5fe48d8c94fc66"
    "57e48d8cb8f378510600cc0400d37a3d4600d37a3c5000d37a3b6400d376716400d305ac6400d393506e0d0a"
)
TEXT = (
    "787829152100000000526573746f7265206675656c20737570706c793a2053756363657373210002014077ce0d0a"
)
LONG_TEXT = (
    "797900262100000000020043006f006d006d0061006e00640020006500720072006f0072002100236e850d0a"
)
ICCID = "79790020940a035985708236675805200502187214018966051912408052452f000355560d0a"
VOLTS = "79790008940000ed0289d6860d0a"
FENCE_4G = (
    "78782EA4110C0C02281BF6026C18720C38D22800149C1181CC00010000260E000000000615F8012C05041102FF001058FD"
    "0D0A"
)
TIME = "7878058A000688290D0A"
EVERY = [
    LOGIN,
    LOGIN_ZONE,
    POSITION,
    SOUTH_WEST,
    NORTH_EAST,
    ALARM,
    REMOVED,
    HEARTBEAT,
    HEARTBEAT_LONG,
    LBS,
    WIFI,
    WIFI_17,
    WIFI_STATIONS,
    TEXT,
    LONG_TEXT,
    ICCID,
    VOLTS,
    FENCE_4G,
    TIME,
]


def decoded(data: bytes, *, lenient: bool = False) -> list[Packet | Refused]:
    framer = Framer()
    return [parse(one, lenient=lenient) for one in framer.feed(data) + framer.flush()]


def packet_of(text: str) -> Packet:
    (found,) = decoded(bytes.fromhex(text))
    assert isinstance(found, Packet), found
    return found


def body_of(text: str) -> object:
    return understand(packet_of(text))


def located(text: str) -> Located:
    body = body_of(text)
    assert isinstance(body, Located)
    return body


@pytest.mark.parametrize("text", EVERY)
def test_every_captured_packet_is_cut_out_whole(text: str) -> None:
    assert packet_of(text).raw == bytes.fromhex(text)


def test_a_position_is_the_one_that_traccar_reads() -> None:
    # traccar: 2015-10-20 14:21:11.000, valid, 54.94535, 24.01762
    fix = located(POSITION).fix
    assert fix is not None
    assert fix.utc_s == int(datetime(2015, 10, 20, 14, 21, 11, tzinfo=UTC).timestamp())
    assert (round(fix.lat or 0, 5), round(fix.lon or 0, 5)) == (54.94535, 24.01762)
    assert (fix.fix, fix.live, fix.satellites, fix.speed_kmh) == (True, True, 5, 0)


def test_hemispheres_come_from_the_course_word() -> None:
    east, west = located(NORTH_EAST).fix, located(SOUTH_WEST).fix
    assert east is not None
    assert west is not None
    assert (east.lat, east.lon) == (23.111693, 114.409298)  # Huizhou, where Concox sits
    # course word D4C8: bit 10 north, bit 11 not west
    assert (west.lat, west.lon) == (27.463709, 76.042560)
    south = bytearray(bytes.fromhex(SOUTH_WEST)[4:22])
    south[16] = south[16] & ~0x04 | 0x08
    turned = understand(Packet(0x12, 1, bytes(south), long=False, raw=b""))
    assert isinstance(turned, Located)
    assert turned.fix is not None
    assert (turned.fix.lat, turned.fix.lon) == (-27.463709, -76.042560)


def test_the_zone_of_the_terminal_decides() -> None:
    packet_ = packet_of(POSITION)
    utc, local = understand(packet_, 0), understand(packet_, 8 * 3600)
    assert isinstance(utc, Located)
    assert isinstance(local, Located)
    assert utc.fix is not None
    assert local.fix is not None
    assert (utc.fix.utc_s or 0) - (local.fix.utc_s or 0) == 8 * 3600


def test_a_login_keeps_the_imei_as_sent() -> None:
    body = body_of(LOGIN)
    assert isinstance(body, Login)
    assert (body.imei, body.terminal, body.zone_s) == ("0123456789012345", "123456789012345", None)
    newer = body_of(LOGIN_ZONE)
    assert isinstance(newer, Login)
    assert (newer.imei, newer.model, newer.zone_s) == ("0864717003664467", "100f", -4 * 3600)


def test_cells_and_alarms_come_behind_the_position() -> None:
    body = located(ALARM)
    assert body.cell == Cell(460, 0, 0x287D, 0x1F71)
    assert body.status == Status(0x48, 4, None, 4, 3)
    assert body.status is not None
    assert body.status.alarm_name == "vibration"
    removed = located(REMOVED).status  # traccar: ALARM_REMOVING, which its information byte says
    assert removed is not None
    assert removed.alarm_name == "removed"
    # JM-VL03 1.1.2, 0xA4: mcc, mnc, LAC of 4 and cell of 8 bytes
    assert located(FENCE_4G).cell == Cell(460, 1, 0x260E, 0x0615F801)


def test_heartbeats_of_both_kinds() -> None:
    assert body_of(HEARTBEAT) == Status(0xC4, 6, None, 4, 0)
    assert body_of(HEARTBEAT_LONG) == Status(0xC0, None, 2.9, 4, 0)


def test_cell_towers_are_listed_with_their_strength() -> None:
    body = body_of(LBS)
    assert isinstance(body, Neighbours)
    assert len(body.cells) == 7
    assert body.cells[0] == (Cell(405, 39, 0x1784, 0x005AB6), 0x36)


@pytest.mark.parametrize(
    ("text", "wifi", "cells"), [(WIFI, 0, 2), (WIFI_17, 0, 7), (WIFI_STATIONS, 8, 6)]
)
def test_wifi_packets_have_no_crc_and_a_time_in_bcd(text: str, wifi: int, cells: int) -> None:
    body = body_of(text)
    assert isinstance(body, Neighbours)
    assert (len(body.wifi), len(body.cells)) == (wifi, cells)
    assert body.utc_s is not None
    assert datetime.fromtimestamp(body.utc_s, UTC).year in (2017, 2019)


def test_texts_and_information() -> None:
    assert body_of(TEXT) == Text("Restore fuel supply: Success!")
    assert body_of(LONG_TEXT) == Text("Command error!")
    numbers, volts = body_of(ICCID), body_of(VOLTS)
    assert isinstance(numbers, Information)
    assert (numbers.imei, numbers.iccid) == ("0359857082366758", "8966051912408052452f")
    assert isinstance(volts, Information)
    assert volts.volts == 2.37


def test_the_acknowledgement_is_the_one_of_the_document() -> None:
    # Concox GT06 1.8, 5.1.2 (its CRC as others compute it: D9 DC)
    assert ack(packet_of(LOGIN)) == bytes.fromhex("78780501 0001 D9DC 0D0A".replace(" ", ""))


def test_a_terminal_that_asks_the_time_is_told_it() -> None:
    told = time_reply(packet_of(TIME), (26, 11, 21, 8, 0, 0))
    assert told[:4] == bytes.fromhex("78780B8A")
    assert told[4:10] == bytes((26, 11, 21, 8, 0, 0))
    assert crc_itu(told[2:-4]) == int.from_bytes(told[-4:-2], "big")


def test_a_wrong_crc_is_refused_unless_one_is_lenient() -> None:
    data = bytearray.fromhex(HEARTBEAT)
    data[5] ^= 1
    (strict,) = decoded(bytes(data))
    assert isinstance(strict, Refused)
    assert strict.reason == "checksum"
    (found,) = decoded(bytes(data), lenient=True)
    assert isinstance(found, Packet)
    assert found.lenient


def test_an_end_mark_inside_a_packet_ends_nothing() -> None:
    inside = packet(0x94, b"\x04\r\nxx\r\nalso\r\n", 7, long=True)
    (found,) = decoded(inside)
    assert isinstance(found, Packet)
    assert found.serial == 7


def test_a_length_that_lies_does_not_swallow_what_follows() -> None:
    lying = bytearray.fromhex(HEARTBEAT)
    lying[2] = 0xF0
    stream = bytes(lying) + bytes.fromhex(LOGIN)
    framer = Framer()
    found = [parse(one) for one in framer.feed(stream)]
    assert [type(one) for one in found] == [Refused, Packet]


def test_a_packet_with_too_little_in_it_is_none() -> None:
    assert understand(packet_of("787805120099abec0d0a")) is None  # traccar: gives nothing


@given(st.lists(st.sampled_from(EVERY), min_size=1, max_size=5), st.data())
def test_how_it_was_cut_does_not_matter(texts: list[str], data: st.DataObject) -> None:
    stream = b"noise\x78" + b"".join(bytes.fromhex(text) for text in texts)
    framer, got, at = Framer(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 60))
        got += framer.feed(stream[at : at + size])
        at += size
    whole = Framer()
    assert got + framer.flush() == whole.feed(stream) + whole.flush()
    assert len([one for one in got if isinstance(one, Frame)]) == len(texts)


@given(kind=st.integers(0, 255), content=st.binary(max_size=200), serial=st.integers(0, 65_535))
def test_what_is_encoded_is_decoded(kind: int, content: bytes, serial: int) -> None:
    if kind in (0x17, 0x69):
        return  # these have a layout of their own
    (found,) = decoded(packet(kind, content, serial, long=True))
    assert isinstance(found, Packet)
    assert (found.type, found.content, found.serial) == (kind, content, serial)


def test_a_simulated_terminal_says_what_is_read() -> None:
    voice = Gt06Voice("123456789012345")
    place = gps_bytes(
        time=(26, 11, 21, 8, 0, 0),
        lat=-23.1,
        lon=113.2,
        speed_kmh=12,
        course_deg=271,
        fix=True,
        live=False,
        satellites=9,
    )
    stream = b"".join(one for _, one in (voice.login(), voice.heartbeat(), voice.location(place)))
    login, heartbeat, located_ = decoded(stream + voice.alarm(place, "sos")[1])[:3]
    assert isinstance(login, Packet)
    assert understand(login) == Login("0123456789012345", None, None)
    assert isinstance(heartbeat, Packet)
    assert isinstance(located_, Packet)
    body = understand(located_)
    assert isinstance(body, Located)
    assert body.fix is not None
    assert (body.fix.lat, body.fix.lon, body.fix.course_deg, body.fix.live) == (
        -23.1,
        113.2,
        271,
        False,
    )


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(data: bytes) -> None:
    for one in decoded(b"\x78\x78" + data, lenient=True):
        if isinstance(one, Packet):
            understand(one)


def hammer(count: int) -> None:
    rng, framer = Random(6), Framer()
    frames = [bytes.fromhex(text) for text in EVERY]
    good = 0
    for _ in range(count):
        frame = bytearray(rng.choice(frames))
        for _ in range(rng.randrange(4)):
            fate, at = rng.random(), rng.randrange(len(frame))
            if fate < 0.6:
                frame[at] ^= 1 << rng.randrange(8)
            elif fate < 0.8:
                del frame[at]
            else:
                frame.insert(at, rng.randrange(256))
        for one in framer.feed(bytes(frame)):
            found = parse(one, lenient=True)
            assert isinstance(found, Packet | Refused)
            if isinstance(found, Packet):
                body = understand(found)
                good += body is not None and not isinstance(body, Unknown)
        assert len(vars(framer)["_pending"]) <= MOST
    assert good > count / 5


def test_mutated_captures_are_answered_and_little_is_kept() -> None:
    hammer(4_000)


@pytest.mark.long
def test_a_million_mutated_captures_are_answered() -> None:
    hammer(1_000_000)


def test_a_cut_packet_is_told_at_the_end() -> None:
    framer = Framer()
    assert framer.feed(bytes.fromhex(LOGIN)[:9]) == []
    assert framer.flush() == [BadFrame("truncated", bytes.fromhex(LOGIN)[:9])]
