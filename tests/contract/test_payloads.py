from __future__ import annotations

from typing import ClassVar

import msgspec
import pytest

from contract.envelope import Envelope, decode_event
from contract.names import Lane
from contract.payloads.base import Payload
from contract.payloads.registry import (
    PAYLOADS,
    Reader,
    Superseded,
    by_type,
    decode_payload,
    split_type,
)
from contract.payloads.weigh import WeighTicket
from tests.contract.event_samples import PAYLOAD_SAMPLES

# Contract §3, the first two columns of the catalogue.
CATALOGUE = {
    "edile.weigh.ticket.v1": "routine",
    "edile.weigh.anomaly.v1": "urgent",
    "edile.air.summary.v1": "routine",
    "edile.air.alarm.v1": "urgent",
    "edile.attendance.shift.v1": "routine",
    "edile.attendance.exception.v1": "urgent",
    "edile.attendance.track.v1": "routine",
    "edile.problem.v1": "urgent",
    "edile.waste.deposit.v1": "routine",
    "edile.camera.looks.v1": "routine",
    "edile.truck.passage.v1": "routine",
    "edile.patrol.flight.v1": "routine",
    "edile.evidence.original.v1": "urgent",
    "edile.evidence.photo.v1": "urgent",
    "edile.evidence.clip.v1": "urgent",
    "edile.camera.view.v1": "urgent",
    "edile.relook.result.v1": "urgent",
    "edile.gateway.health.v1": "routine",
    "edile.gateway.notice.v1": "urgent",
    "edile.command.result.v1": "urgent",
}


def enveloped(wire_type: str, data: bytes) -> Envelope:
    head = '{"specversion":"1.0","id":"0C9K2TQ7M4XWZ.urgent.1","source":"/d/s","time":"t"'
    return decode_event(f'{head},"type":"{wire_type}","data":'.encode() + data + b"}")


def test_the_registry_is_the_catalogue_of_the_contract() -> None:
    assert {name: payload.lane for name, payload in PAYLOADS.items()} == CATALOGUE


def test_there_is_a_sample_of_every_type() -> None:
    assert {payload.wire_type for payload in PAYLOAD_SAMPLES} == set(PAYLOADS)


@pytest.mark.parametrize("payload", PAYLOAD_SAMPLES, ids=lambda payload: payload.wire_type)
def test_a_payload_is_read_back_as_it_was_written(payload: Payload) -> None:
    assert decode_payload(enveloped(payload.wire_type, msgspec.json.encode(payload))) == payload


@pytest.mark.parametrize("payload", PAYLOAD_SAMPLES, ids=lambda payload: payload.wire_type)
def test_fields_of_a_later_program_are_ignored(payload: Payload) -> None:
    data = msgspec.json.encode(payload)[:-1] + b',"later":{"a":[1,null]}}'
    assert decode_payload(enveloped(payload.wire_type, data)) == payload


@pytest.mark.parametrize("payload", PAYLOAD_SAMPLES, ids=lambda payload: payload.wire_type)
def test_data_that_are_not_of_the_type_are_refused(payload: Payload) -> None:
    for data in (b"null", b"[]", b"{}", b'"x"'):
        with pytest.raises(msgspec.ValidationError):
            decode_payload(enveloped(payload.wire_type, data))


@pytest.mark.parametrize(
    "wire_type", ["edile.weigh.ticket.v2", "edile.weigh.ticket", "com.example.thing.v1", ""]
)
def test_an_unknown_type_is_not_an_error(wire_type: str) -> None:
    assert decode_payload(enveloped(wire_type, b"{}")) is None


def test_weights_travel_as_decimal_strings() -> None:
    ticket = next(payload for payload in PAYLOAD_SAMPLES if isinstance(payload, WeighTicket))
    written = msgspec.json.decode(msgspec.json.encode(ticket))
    assert (written["gross_kg"], written["tare_kg"], written["net_kg"]) == (
        "12340",
        "7010.5",
        "5329.5",
    )


def test_a_class_of_waste_is_called_class_on_the_wire() -> None:
    written = {p.wire_type: msgspec.to_builtins(p) for p in PAYLOAD_SAMPLES}
    assert written["edile.waste.deposit.v1"]["counts"] == (
        {"stream": "food", "class": "bag", "n": 7},
    )


class LoadV3(Payload, frozen=True, kw_only=True):
    wire_type: ClassVar[str] = "edile.test.load.v3"
    lane: ClassVar[Lane] = "routine"
    mass_g: int


class LoadV2(Superseded, frozen=True, kw_only=True):
    wire_type: ClassVar[str] = "edile.test.load.v2"
    mass_kg: int

    def successor(self) -> LoadV3:
        return LoadV3(mass_g=self.mass_kg * 1000)


class LoadV1(Superseded, frozen=True, kw_only=True):
    wire_type: ClassVar[str] = "edile.test.load.v1"
    mass_t: int

    def successor(self) -> LoadV2:
        return LoadV2(mass_kg=self.mass_t * 1000)


class LoadV0(LoadV1, frozen=True, kw_only=True):
    wire_type: ClassVar[str] = "edile.test.load.v0"


def test_the_two_versions_before_are_read_as_todays() -> None:
    reader = Reader(by_type([LoadV3]), [LoadV1, LoadV2])
    assert reader.decode("edile.test.load.v3", b'{"mass_g":7000000}') == LoadV3(mass_g=7_000_000)
    assert reader.decode("edile.test.load.v2", b'{"mass_kg":7000}') == LoadV3(mass_g=7_000_000)
    assert reader.decode("edile.test.load.v1", b'{"mass_t":7}') == LoadV3(mass_g=7_000_000)
    assert reader.decode("edile.test.load.v4", b'{"mass_g":7}') is None


@pytest.mark.parametrize("current", [[LoadV3], []])
def test_a_version_too_old_or_of_nothing_is_refused(current: list[type[Payload]]) -> None:
    with pytest.raises(ValueError, match="not among"):
        Reader(by_type(current), [LoadV0])


def test_a_type_given_twice_or_malformed_is_refused() -> None:
    class Shouted(LoadV3, frozen=True):
        wire_type: ClassVar[str] = "edile.Test.load.v3"

    with pytest.raises(ValueError, match="malformed or taken"):
        by_type([LoadV3, LoadV3])
    with pytest.raises(ValueError, match="malformed or taken"):
        by_type([Shouted])


def test_a_type_without_a_version_is_refused() -> None:
    assert split_type("edile.weigh.ticket.v12") == ("edile.weigh.ticket", 12)
    with pytest.raises(ValueError, match="not a versioned"):
        split_type("edile.weigh.ticket")
