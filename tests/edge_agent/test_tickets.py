"""Judging a ticket again, voiding it, correcting it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from contract.payloads.weigh import Vehicle, WeighTicket
from edge_agent.config.devices import WeighbridgeConfig
from edge_agent.roles.station import alibi as records
from edge_agent.roles.station.alibi import MEDIA_TYPE, Alibi
from edge_agent.tickets import RevisionRefused, correct, own_weight_kg, verify, void
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import IndicatorWeight, Shown
from tests.edge_agent.roles.deck import FLEET, SCALE, STATION, Truck, play, station, trace

TAG = FLEET[0].tag


def weighed(*trucks: Truck, scale: WeighbridgeConfig = SCALE) -> list[tuple[WeighTicket, bytes]]:
    out = play(trace(*trucks, until=60), station(STATION, scale))
    return [(c.payload, c.evidence[0].content) for c in out if isinstance(c.payload, WeighTicket)]


@pytest.fixture(scope="module")
def pair() -> list[tuple[WeighTicket, bytes]]:
    return weighed(Truck(2, 18_000, tag=TAG), Truck(30, 12_000, tag=TAG))


def test_both_weighings_of_a_pair_stand_up(pair: list[tuple[WeighTicket, bytes]]) -> None:
    for (ticket, alibi), kg in zip(pair, (18_000, 12_000), strict=True):
        verdict = verify(ticket, alibi)
        assert (verdict.ok, verdict.findings, verdict.replayed_kg) == (True, (), kg)
        assert own_weight_kg(ticket) == kg


def test_one_changed_byte_of_the_record_is_found(pair: list[tuple[WeighTicket, bytes]]) -> None:
    ticket, alibi = pair[0]
    for at in range(0, len(alibi), 17):
        changed = alibi[:at] + bytes([alibi[at] ^ 1]) + alibi[at + 1 :]
        assert not verify(ticket, changed).ok


def forged(alibi: bytes, /, **changes: object) -> bytes:
    return records.encode(msgspec.structs.replace(records.decode(alibi), **changes))


def rehashed(ticket: WeighTicket, alibi: bytes, **changes: object) -> WeighTicket:
    return msgspec.structs.replace(ticket, raw_sha256=hashlib.sha256(alibi).hexdigest(), **changes)


def test_a_record_whose_bytes_do_not_give_its_weight_is_found_though_the_hash_is_right(
    pair: list[tuple[WeighTicket, bytes]],
) -> None:
    ticket, alibi = pair[0]
    heavier = forged(alibi, weight_kg=Decimal(19_000))
    verdict = verify(rehashed(ticket, heavier, gross_kg=Decimal(19_000)), heavier)
    assert verdict.replayed_kg == 18_000
    assert [f for f in verdict.findings if "not 19000" in f]
    assert [f for f in verdict.findings if "the ticket says 19000" in f]


def test_the_record_of_another_ticket_is_found(pair: list[tuple[WeighTicket, bytes]]) -> None:
    ticket, _ = pair[0]
    other = pair[1][1]
    assert any("belongs to ticket" in f for f in verify(rehashed(ticket, other), other).findings)


def test_a_frame_with_a_bad_checksum_condemns_the_record(
    pair: list[tuple[WeighTicket, bytes]],
) -> None:
    ticket, alibi = pair[0]
    record = records.decode(alibi)
    bad = (*record.frames[:-1], (*record.frames[-1][:3], "022b30303135363030313803"))
    content = forged(alibi, frames=bad)
    (finding,) = verify(rehashed(ticket, content), content).findings
    assert "is not one that yaohua-tf0 accepts" in finding


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not an alibi record"),
        (b"\xff\xfe", "not an alibi record"),
        (b"{}", "not an alibi record"),
    ],
)
def test_what_is_no_record_is_said_to_be_none(
    content: bytes, words: str, pair: list[tuple[WeighTicket, bytes]]
) -> None:
    assert any(words in f for f in verify(pair[0][0], content).findings)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"alibi": 2}, "version 2"),
        ({"dialect": "other"}, "'other' is not known"),
        ({"frames": ((0, 0, 10**9, "00"),)}, "more frames than any weighing"),
        ({"frames": ((0, 0, 1, "xy"),)}, "not hexadecimal"),
        ({"frames": ()}, "no weight in the record stands still"),
        ({"weighbridge": "wb-9"}, "of weighbridge wb-9"),
    ],
)
def test_records_that_cannot_be_judged_say_why(
    changes: dict[str, object], words: str, pair: list[tuple[WeighTicket, bytes]]
) -> None:
    content = forged(pair[0][1], **changes)
    assert any(words in f for f in verify(rehashed(pair[0][0], content), content).findings)


def test_the_record_is_the_same_bytes_each_time_it_is_written(
    pair: list[tuple[WeighTicket, bytes]],
) -> None:
    alibi = pair[0][1]
    assert records.encode(records.decode(alibi)) == alibi
    assert alibi.startswith(b'{"alibi":1,"ticket_no":"wb-1-')
    assert isinstance(records.decode(alibi), Alibi)
    assert MEDIA_TYPE == "application/vnd.edile.alibi+json"


def test_the_record_carries_the_settings_it_was_weighed_with() -> None:
    scale = replace(SCALE, unit="t", capacity_kg=Decimal(10**8))
    ((ticket, alibi),) = weighed(Truck(2, 18_000, tag=TAG), scale=scale)
    assert records.decode(alibi).indicator.unit == "t"
    assert verify(ticket, alibi).replayed_kg == Decimal(18_000_000)


UNUSUAL: dict[str, dict[str, Any]] = {
    "toledo-continuous": {"fixed_zero": "multiply", "checksum": "yes"},
    "mt-sics": {"trust_motion": False},
    "st-gs-line": {"address": "07", "decimal_comma": True},
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_in_every_dialect_a_record_judged_again_gives_the_same_weight(
    dialect: str, pair: list[tuple[WeighTicket, bytes]]
) -> None:
    scale = replace(SCALE, dialect=dialect, **UNUSUAL.get(dialect, {}))
    encode = DIALECTS[dialect].encode
    frames = tuple(
        (at, at, 1, w.raw.hex())
        for at, weight in ((0, 0), (1000, 9000), *((n, 18_000) for n in range(2000, 8000, 200)))
        for w in _weights(dialect, scale, encode(Shown(Decimal(weight))))
    )
    record = Alibi(
        ticket_no="t",
        weighbridge="wb-1",
        began="2026-01-01T00:00:00Z",
        weight_kg=Decimal(18_000),
        dialect=dialect,
        indicator=records.indicator_part(dialect, scale.indicator()),
        rules=records.decode(pair[0][1]).rules,
        left_out=0,
        frames=frames,
    )
    again = records.decode(records.encode(record))
    assert again == record
    kept = records.replay(again)
    assert kept is not None
    assert kept.weight_kg == 18_000


def _weights(dialect: str, scale: WeighbridgeConfig, data: bytes) -> list[IndicatorWeight]:
    """As the driver would read it off the line, where more follows."""
    spec = DIALECTS[dialect]
    decoder = spec.decoder(spec.settings(**scale.indicator()))
    return [a for a in decoder.feed(data + b"\r\n") if isinstance(a, IndicatorWeight)]


@pytest.mark.parametrize(
    ("more", "words"),
    [({"colour": "red"}, "no setting 'colour'"), ({"division": "much"}, "'much', no number")],
)
def test_settings_that_the_codec_does_not_have_are_said_to_be_wrong(
    more: dict[str, str], words: str, pair: list[tuple[WeighTicket, bytes]]
) -> None:
    ticket, alibi = pair[0]
    part = records.decode(alibi).indicator
    content = forged(alibi, indicator=msgspec.structs.replace(part, more=more))
    assert any(words in f for f in verify(rehashed(ticket, content), content).findings)


def test_a_void_leaves_the_numbers_and_says_who_and_why(
    pair: list[tuple[WeighTicket, bytes]],
) -> None:
    ticket, alibi = pair[1]
    later = void(ticket, reason=" wrong truck ", actor="li.wei", number=1)
    assert (later.ticket_no, later.gross_kg) == (f"{ticket.ticket_no}.r1", ticket.gross_kg)
    assert later.settlement == "not-for-settlement"
    assert later.revision is not None
    assert (later.revision.of_ticket, later.revision.kind) == (ticket.ticket_no, "void")
    assert (later.revision.reason, later.revision.actor) == ("wrong truck", "li.wei")
    assert ticket.revision is None
    assert verify(later, alibi).ok


def test_a_correction_may_name_vehicle_and_tare_and_then_settles(
    pair: list[tuple[WeighTicket, bytes]],
) -> None:
    ticket, alibi = pair[0]
    later = correct(
        ticket,
        reason="card mixed up",
        actor="li.wei",
        number=1,
        vehicle=Vehicle(plate="粤A9"),
        tare_kg=Decimal(11_000),
    )
    assert (later.net_kg, later.tare_source, later.settlement) == (7_000, "keyed", "ok")
    assert later.vehicle == Vehicle(plate="粤A9")
    again = correct(later, reason="carrier", actor="li.wei", number=2, carrier="North")
    assert again.ticket_no == f"{ticket.ticket_no}.r2"
    assert verify(again, alibi).ok


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "must change something"),
        ({"tare_kg": Decimal(18_000)}, "between 0 and the gross"),
        ({"tare_kg": Decimal(0)}, "between 0 and the gross"),
        ({"carrier": "x", "reason": " "}, "needs a reason"),
        ({"carrier": "x", "actor": ""}, "needs an actor"),
    ],
)
def test_a_revision_that_says_nothing_is_refused(
    changes: dict[str, object], words: str, pair: list[tuple[WeighTicket, bytes]]
) -> None:
    given = {"reason": "why", "actor": "who", "number": 1} | changes
    with pytest.raises(RevisionRefused, match=words):
        correct(pair[0][0], **given)  # type: ignore[arg-type]


def test_a_weighed_tare_is_not_overwritten(pair: list[tuple[WeighTicket, bytes]]) -> None:
    with pytest.raises(RevisionRefused, match="void it instead"):
        correct(pair[1][0], reason="why", actor="who", number=1, tare_kg=Decimal(1))
