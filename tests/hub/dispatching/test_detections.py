"""What of an event is a problem, and when it was seen."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import msgspec
import pytest

from contract.envelope import Envelope, Moment, decode_event, encode_event
from contract.names import ClockState, EventId
from contract.payloads.air import AirAlarm
from contract.payloads.attendance import AttendanceException
from contract.payloads.base import Payload, PhotoRef, Place
from contract.payloads.gateway import CommandResult, GatewayNotice, NoticeKind, Shed
from contract.payloads.problem import Problem
from contract.payloads.relook import RelookResult
from contract.payloads.weigh import WeighAnomaly
from contract.timestamps import rfc3339
from hub.dispatching import Detection, detection_of
from tests.fakes.clock import START_UTC_NS
from tests.hub.detections import at

HOUR = 3600 * 10**9


def event(
    payload: Payload,
    *,
    clock: ClockState = "ntp",
    utc_ns: int = START_UTC_NS,
    observed: int | None = None,
    subject: str = "weighbridge/wb-1",
) -> Envelope:
    return decode_event(
        encode_event(
            payload,
            event_id=EventId("0C9K2TQ7M4XWZ", "urgent", 7),
            source="/baiyun/cs-017",
            subject=subject,
            moment=Moment("boot", 1, utc_ns, clock),
            observed_utc_ns=observed,
        )
    )


def seen(envelope: Envelope) -> Detection | None:
    return detection_of(envelope, district="baiyun", slot="cs-017", received_at=at(10))


def surely(envelope: Envelope) -> Detection:
    found = seen(envelope)
    assert found is not None
    return found


def anomaly(**changes: object) -> WeighAnomaly:
    plain: dict[str, object] = {
        "problem_id": "p-1",
        "phase": "opened",
        "kind": "over-capacity",
        "weighbridge": "wb-1",
    }
    return msgspec.convert({**plain, **changes}, WeighAnomaly)


def test_a_weighing_anomaly_is_a_problem_at_its_device() -> None:
    found = surely(event(anomaly(value=Decimal(31200), limit=Decimal(30000), unit="kg")))
    assert (found.event_id, found.object, found.phase) == (
        "/baiyun/cs-017#0C9K2TQ7M4XWZ.urgent.7",
        "weighbridge/wb-1",
        "opened",
    )
    assert (found.kind, found.problem_id, found.detail) == (
        "over-capacity",
        "p-1",
        "31200 kg, limit 30000 kg",
    )
    assert (found.observed_at, found.received_at, found.class_code) == (at(0), at(10), None)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, None),
        ({"detail": "no bytes for 30 s"}, "no bytes for 30 s"),
        ({"value": Decimal(40), "unit": "kg"}, "40 kg"),
        ({"value": Decimal(3)}, "3"),
    ],
)
def test_the_detail_is_the_anomalys_own_words_or_its_numbers(
    changes: dict[str, object], told: str | None
) -> None:
    assert surely(event(anomaly(**changes))).detail == told


def test_a_street_problem_brings_class_place_and_photos() -> None:
    problem = Problem(
        problem_id="s-1", phase="updated", class_code="09006", place=Place(lon=113.2, lat=23.1, error_m=5.0),
        first_seen=at(0), last_seen=at(1), sightings=3, confidence=0.9, photos=(PhotoRef(sha256="ab" * 32),),
        vehicle="粤A12345",
    )  # fmt: skip
    found = surely(event(problem, subject="camera/2"))
    assert (found.kind, found.class_code, found.catalogue) == ("09006", "09006", "gbt47678-2026")
    assert (found.lon, found.lat, found.error_m, found.evidence) == (113.2, 23.1, 5.0, ("ab" * 32,))
    assert found.vehicle == "粤A12345"


def test_an_attendance_exception_names_its_tracks_as_evidence() -> None:
    told = AttendanceException(
        problem_id="a-1",
        phase="opened",
        kind="cloned-id",
        badges=("1", "2"),
        since=at(0),
        evidence=(PhotoRef(sha256="cd" * 32),),
    )
    found = surely(event(told, subject="badge/1"))
    assert (found.kind, found.object, found.evidence) == ("cloned-id", "badge/1", ("cd" * 32,))


@pytest.mark.parametrize(("said", "phase"), [("raised", "opened"), ("cleared", "ended")])
def test_an_air_alarm_opens_when_raised_and_ends_when_cleared(said: str, phase: str) -> None:
    alarm = msgspec.convert(
        {"sensor": "a-1", "quantity": "pm10", "value": 180.0, "limit": 150.0, "phase": said},
        AirAlarm,
    )
    found = surely(event(alarm, subject="air/a-1"))
    assert (found.kind, found.phase, found.problem_id, found.facet) == (
        "air-alarm",
        phase,
        "a-1/pm10",
        "pm10",
    )


@pytest.mark.parametrize(
    "payload",
    [
        GatewayNotice(kind="started"),
        GatewayNotice(kind="clock-corrected"),
        CommandResult(command="c-1", outcome="done"),
        RelookResult(case="o-1", verdict="gone", confidence=0.9),
    ],
)
def test_what_is_no_problem_is_none(payload: Payload) -> None:
    assert seen(event(payload)) is None


@pytest.mark.parametrize(
    ("kind", "problem", "phase"),
    [
        ("device-lost", "device-lost", "opened"),
        ("device-back", "device-lost", "ended"),
        ("sensor-fault", "sensor-fault", "opened"),
        ("sensor-back", "sensor-fault", "ended"),
        ("view-lost", "view-lost", "opened"),
        ("view-back", "view-lost", "ended"),
        ("config-refused", "config-refused", "opened"),
        ("config-applied", "config-refused", "ended"),
        ("disk-low", "disk-low", "opened"),
        ("shed", "shed", "opened"),
        ("gap", "gap", "opened"),
        ("salvage", "salvage", "opened"),
        ("clone-suspected", "clone-suspected", "opened"),
        ("roster-change-held", "roster-change-held", "opened"),
    ],
)
def test_a_notice_is_one_problem_for_each_kind_and_device(
    kind: NoticeKind, problem: str, phase: str
) -> None:
    found = surely(event(GatewayNotice(kind=kind, device="wb-1", detail="so it is")))
    assert (found.kind, found.phase, found.object) == (problem, phase, "weighbridge/wb-1")
    assert (found.problem_id, found.facet) == (f"{problem}/weighbridge/wb-1/wb-1", "wb-1")
    assert (found.detail, found.event_type) == ("so it is", "edile.gateway.notice.v1")


def test_a_notice_that_something_was_given_up_says_how_much() -> None:
    notice = GatewayNotice(kind="shed", shed=Shed(what="photo", count=3, bytes=120))
    assert surely(event(notice)).detail == "3 of photo given up, 120 bytes"


def test_every_notice_either_informs_or_is_a_problem() -> None:
    for kind in get_args(NoticeKind):
        found = seen(event(GatewayNotice(kind=kind)))
        assert (found is None) == (kind in {"started", "clock-corrected"})


def test_an_unknown_type_is_none_and_a_broken_known_one_is_poison() -> None:
    good = event(anomaly())
    assert seen(msgspec.structs.replace(good, type="edile.weigh.anomaly.v9")) is None
    with pytest.raises(msgspec.ValidationError):
        seen(msgspec.structs.replace(good, data=msgspec.Raw(b'{"kind": "flying"}')))
    with pytest.raises(msgspec.ValidationError):
        seen(msgspec.structs.replace(good, time="yesterday"))


@pytest.mark.parametrize(
    ("clock", "utc_ns", "observed", "expected"),
    [
        ("ntp", START_UTC_NS, None, at(0)),
        ("ntp", START_UTC_NS, START_UTC_NS - HOUR, at(-60)),
        ("rtc", START_UTC_NS + 5 * HOUR, None, at(10)),
        ("unset", 5 * HOUR, None, at(10)),
        ("unset", 5 * HOUR, 4 * HOUR, at(10)),
        ("ntp", START_UTC_NS + 123_456, None, rfc3339(START_UTC_NS)),
    ],
)
def test_observed_is_what_a_set_clock_says_but_never_after_receipt(
    clock: ClockState, utc_ns: int, observed: int | None, expected: str
) -> None:
    assert (
        surely(event(anomaly(), clock=clock, utc_ns=utc_ns, observed=observed)).observed_at
        == expected
    )
