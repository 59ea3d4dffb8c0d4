"""Beacons, held against advertisements from elsewhere. Layer: raw advertising data, without address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges.beacons import Beacon, from_manufacturer, from_service, parse_advertisement

IBEACON, ALT, UID = "ibeacon", "altbeacon", "eddystone-uid"
FRAMES = [
    # forforf/multi_beacon, ibeacon_protocol.md, "Complete data"
    (
        "02011a 1aff4c000215 83256b7478d043a4826905f9dc8a44ba 0010 0020 c6",
        Beacon(IBEACON, "83256b74-78d0-43a4-8269-05f9dc8a44ba/16/32", -58),
    ),
    # citruz/beacontools, tests/test_parser.py, test_ibeacon
    (
        "020106 1aff4c000215 41424344454647484940414243444546 0001 0002 f8",
        Beacon(IBEACON, "41424344-4546-4748-4940-414243444546/1/2", -8),
    ),
    # the same, test_cypress_beacon (flags 04)
    (
        "020104 1aff4c000215 00050001000010008000 00805f9b0131 0002 6c66 c3",
        Beacon(IBEACON, "00050001-0000-1000-8000-00805f9b0131/2/27750", -61),
    ),
    # scan_beacon (Ruby), spec of BeaconParser: captured, company 0x005A; its ids 52931 and 131, power -71
    (
        "020106 1bff5a00beac 2f234454cf6d4a0fadf2f4911ba9ffa6 cec3 0083 b90d",
        Beacon(ALT, "2f234454-cf6d-4a0f-adf2-f4911ba9ffa6/52931/131", -71),
    ),
    # the same, spec of BLE112Scanner: company 0x0118 (Radius Networks)
    (
        "020106 1bff1801beac 2cbc261b4a074278a5138bf3f8012374 00c8 0051 c462",
        Beacon(ALT, "2cbc261b-4a07-4278-a513-8bf3f8012374/200/81", -60),
    ),
    # citruz/beacontools, test_eddystone_uid: -29 dBm at 0 m
    (
        "020106 0303aafe 1716aafe00e3 12345678901234678901 000000000001 0000",
        Beacon(UID, "12345678901234678901/000000000001", -29 - 41),
    ),
    # 4thjuly/Espruino-Experiments, puck-eddystone.js: no flags, -8 dBm at 0 m
    (
        "0303aafe 1716aafe00f8 e157bd5df90aad1dc2fb 000000000001 0000",
        Beacon(UID, "e157bd5df90aad1dc2fb/000000000001", -8 - 41),
    ),
]
NO_BEACONS = [
    # citruz/beacontools, test_bad_packets, and frames of other kinds: URL, TLM, EID, Estimote
    "",
    "0201060303",
    "0201060303abfe1716aafe01e3 12345678901234678901 000000000001 0000",
    "0303aafe1316aafe10f8036769746875620063697472757a",
    "0201060303aafe1116aafe20000b18130000001467 00002ac4",
    "0201060303aafe0d16aafe30e34549445f74657374",
    "020104 03039afe 17169afe2247a038d5eb0326400000014144 47faffffffff",
]


@pytest.mark.parametrize(("frame", "beacon"), FRAMES)
def test_beacons_of_others_are_known(frame: str, beacon: Beacon) -> None:
    assert parse_advertisement(bytes.fromhex(frame)) == beacon


@pytest.mark.parametrize("frame", NO_BEACONS)
def test_what_is_no_beacon_is_none(frame: str) -> None:
    assert parse_advertisement(bytes.fromhex(frame)) is None


def test_the_parts_that_a_bluetooth_stack_hands_over_are_known_as_well() -> None:
    apple, service = bytes.fromhex(FRAMES[0][0])[7:], bytes.fromhex(FRAMES[5][0])[11:]
    assert from_manufacturer(0x004C, apple) == FRAMES[0][1]
    assert from_service(0xFEAA, service) == FRAMES[5][1]
    assert from_service(0xFEAA, service[:18]) == FRAMES[5][1]
    assert from_manufacturer(0x004D, apple) is None
    assert from_service(0xFEAB, service) is None


@given(st.sampled_from(FRAMES), st.data())
def test_a_cut_beacon_is_none(golden: tuple[str, Beacon], data: st.DataObject) -> None:
    whole = bytes.fromhex(golden[0])
    size = data.draw(st.integers(0, len(whole) - 3))
    assert parse_advertisement(whole[:size]) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_answered(data: bytes) -> None:
    found = parse_advertisement(data)
    assert found is None or -128 - 41 <= found.power_dbm <= 127


@given(st.sampled_from(FRAMES), st.data())
def test_a_damaged_beacon_is_answered(golden: tuple[str, Beacon], data: st.DataObject) -> None:
    whole = bytearray(bytes.fromhex(golden[0]))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    found = parse_advertisement(bytes(whole))
    assert found is None or found.name.count("/") in (1, 2)


@given(st.lists(st.tuples(st.integers(1, 15), st.binary(min_size=1, max_size=9)), max_size=4))
def test_other_structures_before_it_change_nothing(before: list[tuple[int, bytes]]) -> None:
    noise = b"".join(bytes((len(data) + 1, kind)) + data for kind, data in before)
    assert parse_advertisement(noise + bytes.fromhex(FRAMES[0][0])) == FRAMES[0][1]
