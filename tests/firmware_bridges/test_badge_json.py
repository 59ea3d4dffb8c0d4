"""Badges' JSON, held against messages that others published."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges.badge_json import (
    MAX_BYTES,
    MAX_REPORTS,
    OWNTRACKS,
    BadgeFields,
    BadgeReport,
    Refused,
    TopicPattern,
    parse_badges,
)

# Payloads as published (layer: MQTT payload):
#  home-assistant.io, source/_components/sensor.mqtt.markdown, "Get battery level"
TABLET = b'{"_type":"location","lon":7.21,"t":"u","batt":92,"tst":144995643,"tid":"ta","acc":27,"lat":46.12}'
#  a MagicMirror module's README, "Example OwnTracks data"
MIRROR = (
    b'{"_type":"location","acc":6,"alt":56,"batt":96,"conn":"w","lat":38.6873502,'
    b'"lon":-77.4172194,"t":"u","tid":"m1","tst":1553036588,"vac":12,"vel":52}'
)
#  traccar, OwnTracksProtocolDecoderTest.java
PARIS = (
    b'{"cog":271,"lon":2.29513,"acc":5,"vel":61,"vac":21,"lat":48.85833,"tst":1497349316,'
    b'"alt":167,"_type":"location","tid":"JJ"}'
)


def test_what_owntracks_publishes_is_read() -> None:
    assert parse_badges(TABLET, "tablet", OWNTRACKS) == [
        BadgeReport("tablet", 144_995_643 * 10**9, 7.21, 46.12, accuracy_m=27, battery=92)
    ]
    assert parse_badges(MIRROR, "phone", OWNTRACKS) == [
        BadgeReport(
            "phone",
            1_553_036_588 * 10**9,
            -77.4172194,
            38.6873502,
            accuracy_m=6,
            battery=96,
            speed_kmh=52,
            altitude_m=56,
        )
    ]
    (found,) = parse_badges(PARIS, "jj", OWNTRACKS)
    assert isinstance(found, BadgeReport)
    assert (found.course_deg, found.speed_kmh, found.accuracy_m) == (271, 61, 5)


def read(fields: BadgeFields = BadgeFields(), **said: Any) -> BadgeReport:
    (found,) = parse_badges(json.dumps(said).encode(), "007", fields, utc_offset_h=8)
    assert isinstance(found, BadgeReport)
    return found


@pytest.mark.parametrize(
    ("said", "at_ns"),
    [
        (1_553_036_588, 1_553_036_588 * 10**9),
        (1_553_036_588_250, 1_553_036_588_250 * 10**6),
        ("1553036588", 1_553_036_588 * 10**9),
        (1553036588.5, 1_553_036_588_500 * 10**6),
        ("2019-03-19T23:03:08Z", 1_553_036_588 * 10**9),
        ("2019-03-20T07:03:08+08:00", 1_553_036_588 * 10**9),
        ("2019-03-20 07:03:08", 1_553_036_588 * 10**9),
        ("2019-03-19", None),
        ("yesterday or so", None),
        ("0001-01-01T00:00:00+14:00", None),
        (0, None),
        (-5, None),
        (10**30, None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_a_time_is_seconds_milliseconds_or_written_out(said: Any, at_ns: int | None) -> None:
    assert read(time=said, battery=50).at_ns == at_ns


def test_a_time_without_a_zone_is_none_where_nobody_said_whose_it_is() -> None:
    (found,) = parse_badges(b'{"time": "2019-03-20 07:03:08", "battery": 5}', "7")
    assert isinstance(found, BadgeReport)
    assert found.at_ns is None


def test_fields_may_be_anywhere_and_numbers_text() -> None:
    fields = BadgeFields(
        terminal="dev.no", latitude="gps.y", longitude="gps.x", speed="v", speed_factor=3.6
    )
    found = read(fields, dev={"no": "0042"}, gps={"x": "113.5", "y": " 23.25 "}, v=10)
    assert (found.terminal, found.lon, found.lat, found.speed_kmh) == ("42", 113.5, 23.25, 36)


def test_a_position_is_both_or_neither() -> None:
    for half in (
        {"lat": 23},
        {"lat": 91, "lon": 113},
        {"lat": 23, "lon": -181},
        {"lat": "x", "lon": 1},
    ):
        found = read(battery=50, **half)
        assert (found.lat, found.lon) == (None, None)


@pytest.mark.parametrize("said", [True, 1, "1", "true", "YES", 3])
def test_an_alarm_is_one_in_any_spelling(said: Any) -> None:
    assert read(sos=said).sos


@pytest.mark.parametrize("said", [False, 0, "0", "false", "", None, [], {}, "off"])
def test_no_alarm_is_none(said: Any) -> None:
    assert not read(sos=said, battery=1).sos


def test_a_fix_is_valid_invalid_or_not_told() -> None:
    assert [read(battery=1, fix=said).fix for said in (1, 0, True, "false", None)] == [
        True, False, True, False, None,
    ]  # fmt: skip


def test_a_badge_has_one_name_however_it_is_padded() -> None:
    assert read(battery=1).terminal == "7"
    assert read(battery=1, id=42).terminal == "42"
    assert read(battery=1, id="000").terminal == "0"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"\xff\xfe", "not-json"),
        (b'{"lat": NaN, "lon": 1}', "not-json"),
        (b'{"lat": ' + b"9" * 5_000 + b"}", "not-json"),
        (b"[" * 60_000, "not-json"),
        (b"42", "shape"),
        (b'"text"', "shape"),
        (b"{}", "empty"),
        (b'{"other": 1}', "empty"),
        (b'{"battery": 101}', "empty"),
        (b'{"id": "a b", "battery": 1}', "no-name"),
        (b'{"id": {}, "battery": 1}', "no-name"),
        (b" " * (MAX_BYTES + 1), "too-long"),
        (json.dumps([{}] * (MAX_REPORTS + 1)).encode(), "too-long"),
    ],
)
def test_what_says_nothing_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    assert parse_badges(payload, "7") == [Refused(reason)]  # type: ignore[arg-type]


def test_a_bad_object_keeps_back_no_other() -> None:
    found = parse_badges(b'[{"battery": 5}, 7, {"sos": 1}]', "7")
    assert [type(one) for one in found] == [BadgeReport, Refused, BadgeReport]


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(payload: bytes) -> None:
    assert all(isinstance(one, BadgeReport | Refused) for one in parse_badges(payload, "7"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "lat", "lon", "time", "sos", "a"]), inner, max_size=5
        )
    ),
)


@given(st.dictionaries(st.sampled_from(list(BadgeFields.__dataclass_fields__)), st.just("a")), JSON)
def test_any_json_is_answered_and_never_out_of_range(names: dict[str, str], said: Any) -> None:
    names.pop("speed_factor", None)
    for one in parse_badges(json.dumps(said).encode(), "7", BadgeFields(**names)):  # type: ignore[arg-type]
        if isinstance(one, BadgeReport):
            assert one.lat is None or -90 <= one.lat <= 90
            assert one.lon is None or -180 <= one.lon <= 180
            assert one.at_ns is None or 0 < one.at_ns < 2**63


@given(st.data())
def test_a_damaged_message_is_answered(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from((TABLET, MIRROR, PARIS))))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    for one in parse_badges(bytes(whole), "7", OWNTRACKS):
        assert isinstance(one, BadgeReport | Refused)


def test_the_name_of_a_badge_may_stand_in_its_topic() -> None:
    pattern = TopicPattern.parse("badges/{id}/position")
    assert pattern.subscription == "badges/+/position"
    assert pattern.names("badges/0042/position") == "0042"
    assert [pattern.names(other) for other in ("badges/42", "x/42/position", "badges/1/2/position")] == [
        None, None, None,
    ]  # fmt: skip
    assert TopicPattern.parse("+/all").names("north/all") == ""
    assert TopicPattern.parse("{id}").subscription == "+"


@pytest.mark.parametrize("text", ["", "a//b", "a/{id}/{id}", "a/#", "a/x{id}", "{name}", "a/b+"])
def test_a_pattern_that_no_broker_takes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="badges/"):
        TopicPattern.parse(text)
