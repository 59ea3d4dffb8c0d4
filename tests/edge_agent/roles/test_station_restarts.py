"""The station across restarts, reboots and images put back: what it promises still holds."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from contract.payloads.weigh import WeighTicket
from contract.timestamps import rfc3339
from edge_agent.config.roles import StationConfig
from edge_agent.ports import Conclusion, RoleStep
from edge_agent.readings import LineStatus, Tick, WeightReading
from edge_agent.tickets import verify
from tests.edge_agent.roles.deck import (
    HZ,
    STATION,
    Truck,
    anomalies,
    card,
    later,
    moment,
    play,
    play_with_restart,
    shown,
    station,
    tickets,
    trace,
    weight,
)

TAG, OTHER, STORED = "0000000001", "0000000002", "0000000003"
LADEN = Truck(2, 18_000, tag=TAG)
SERIES = re.compile(r'(wb-1-|"series":")[0-9A-Z]{6}')


def essence(conclusions: list[Conclusion]) -> list[object]:
    """Everything but the alibi's hash, the moment of settling, and which start drew the numbers:
    frames between the last kept state and the restart are gone."""
    out: list[object] = []
    for ticket in tickets(conclusions):
        paired = ticket.paired_with and ticket.paired_with.ticket_no
        name = ticket.vehicle and ticket.vehicle.plate
        out.append(
            (ticket.ticket_no, name, ticket.gross_kg, ticket.tare_kg, paired, ticket.anomalies)
        )
    return [SERIES.sub(r"\1SERIES", repr(one)) for one in (*out, *anomalies(conclusions))]


PAIR = [LADEN, Truck(24, 12_000, tag=TAG)]
ODD = [
    replace(LADEN, t=46, kg=61_000, tag=OTHER),
    replace(LADEN, t=70, stay=14, step=-3000, tag=STORED),
]


def _unnumbered(step: RoleStep) -> str:
    """Each start draws a series for its numbers, and a number stands in the alibi that is hashed;
    all else must not differ."""
    return re.sub("[0-9a-f]{64}", "HASH", SERIES.sub(r"\1SERIES", repr(step)))


def test_an_old_image_of_the_state_gives_no_number_a_second_time() -> None:
    """The box ran on, its numbers are at the hub, and then an image of its disk was put back."""
    image = station().step(trace(*PAIR, until=100)[0]).state
    assert image is not None
    numbers = []
    for late in (0, 40):  # the second start is at another moment, as any start is
        box = station()
        box.restore(image)
        for reading in trace(*PAIR, until=100)[late:]:
            payloads = [one.payload for one in box.step(reading).conclusions]
            numbers += [one.ticket_no for one in payloads if isinstance(one, WeighTicket)]
    assert len(numbers) >= 2
    assert len(set(numbers)) == len(numbers)


def test_a_restart_at_every_reading_changes_nothing_when_state_is_kept_with_each() -> None:
    """By induction: whoever continues from any kept state says and keeps the same as the one who
    was never interrupted."""
    config = replace(STATION, save_every_s=0)
    role, saved, said = station(config), b"", 0
    for reading in trace(*PAIR, *ODD, until=100):
        if isinstance(reading, Tick | LineStatus):
            continue
        restarted = station(config)
        if saved:
            restarted.restore(saved)
        step = role.step(reading)
        assert _unnumbered(restarted.step(reading)) == _unnumbered(step), (
            f"restart before {reading}"
        )
        saved, said = step.state or saved, said + len(step.conclusions)
    assert said == 4 + 4


def test_a_restart_at_every_reading_loses_no_ticket_and_makes_none_twice() -> None:
    """With the state kept once a second, as it is in the field."""
    readings = trace(*PAIR, until=50)
    whole = essence(play(readings))
    assert len(whole) == 2
    role, saved, before = station(), b"", list[Conclusion]()
    for at, reading in enumerate(readings):
        step = role.step(reading)
        before += step.conclusions
        saved = saved if step.state is None else step.state
        restarted = station()
        restarted.restore(saved)
        after = play(readings[at + 1 :], restarted)
        assert essence([*before, *after]) == whole, f"restart after reading {at}"


@pytest.mark.parametrize("truck", ODD)
def test_a_restart_ends_every_problem_that_was_opened_before_it(truck: Truck) -> None:
    """Only a jump within the second before the restart, in no kept state yet, may go unseen."""
    readings = trace(truck, until=truck.gone + 5)
    jump_at = (truck.on + truck.stay / 2) if truck.step else None
    whole = essence(play(readings))
    for at in range(int(truck.t) * HZ, len(readings), 4):
        died_s = readings[at].moment.mono_ns / 1e9 - 1
        if jump_at is None or not jump_at - 1.2 <= died_s <= jump_at + 0.4:
            assert essence(play_with_restart(readings, at)) == whole, f"restart after {at}"


def test_after_a_restart_every_alibi_still_gives_its_tickets_weight() -> None:
    readings = trace(*PAIR, until=50)
    for at in range(0, len(readings), 20):
        for conclusion in play_with_restart(readings, at):
            for ticket in tickets([conclusion]):
                assert verify(ticket, conclusion.evidence[0].content).ok


def test_a_vehicle_swapped_while_nobody_listened_is_two_tickets() -> None:
    first = trace(LADEN, until=10)
    second = [r for r in trace(Truck(60, 25_000, tag=OTHER), until=85) if r.moment > moment(66)]
    out = tickets(play([*first, *second]))
    assert [t.gross_kg for t in out] == [18_000, 25_000]
    assert [t.vehicle and t.vehicle.plate for t in out] == ["粤A00001", "粤A00002"]


def test_a_vehicle_that_stood_through_the_silence_is_one_ticket() -> None:
    readings = [
        r for r in trace(replace(LADEN, stay=60), until=80) if not 15 < r.moment.mono_ns / 1e9 < 45
    ]
    assert [t.gross_kg for t in tickets(play(readings))] == [18_000]


def test_a_reboot_without_a_clock_still_pairs_the_tare() -> None:
    role = station()
    play(trace(LADEN, until=25), role)
    after = [
        replace(r, moment=r.moment._replace(boot_id="boot-2", utc_ns=0, clock="unset"))
        for r in trace(Truck(2, 12_000, tag=TAG), until=25)
    ]
    (ticket,) = tickets(play(after, role))
    assert ticket.net_kg == 6_000


def test_a_box_that_lost_its_store_does_not_repeat_ticket_numbers() -> None:
    first = tickets(play(trace(LADEN, until=25)))
    second = tickets(play(later(trace(LADEN, until=25), 1000)))
    assert first[0].ticket_no != second[0].ticket_no


# -- the alibi record


def test_the_ticket_names_the_hash_of_its_alibi_and_the_record_gives_the_same_weight() -> None:
    out = play(trace(replace(LADEN, pause=3), until=40, noise=8))
    (ticket,) = tickets(out)
    (evidence,) = next(c.evidence for c in out if c.evidence)
    assert hashlib.sha256(evidence.content).hexdigest() == ticket.raw_sha256
    verdict = verify(ticket, evidence.content)
    assert (verdict.ok, verdict.replayed_kg) == (True, ticket.gross_kg)


def test_an_endless_swaying_keeps_the_record_small_and_the_weight_proven() -> None:
    def sway(t: float) -> float:
        return 900 * abs((t * 7) % 2 - 1) if 15 < t < 400 else 0.0

    truck = replace(LADEN, stay=400)
    out = play(trace(truck, sway, until=420))
    (ticket,) = tickets(out)
    (evidence,) = next(c.evidence for c in out if c.evidence)
    assert len(evidence.content) < 100_000
    assert verify(ticket, evidence.content).findings == ()


def test_state_stays_small_after_many_vehicles() -> None:
    role, last = station(), b""
    for n in range(30):
        for reading in later(trace(replace(LADEN, kg=12_000 + 400 * n), until=20), 20 * n):
            last = role.step(reading).state or last
    assert len(last) < 20_000


def test_an_idle_deck_asks_for_no_writing() -> None:
    role = station()
    quiet = [r for r in trace(until=60) if not isinstance(r, Tick)]
    assert sum(role.step(r).state is not None for r in quiet) == 1


def test_the_default_configuration_is_for_a_truck_scale() -> None:
    config = StationConfig("wb-1")
    readings = trace(LADEN, until=25)
    (ticket,) = tickets(play(readings, station(config)))
    assert (ticket.gross_kg, ticket.vehicle) == (Decimal(18_000), None)
    assert shown(18_009) == Decimal(18_000)
    assert HZ == 10
    assert weight(0, 5).weight_kg == Decimal(5)


# -- what a mutated program got away with


def test_two_problems_never_share_an_id() -> None:
    rocking = replace(LADEN, decay=1e9, stay=10)
    out = anomalies(play(trace(rocking, replace(rocking, t=40), until=70)))
    assert len({problem for _, _, problem in out}) == 2


def test_exactly_the_capacity_may_be_settled() -> None:
    (ticket,) = tickets(play(trace(replace(LADEN, kg=60_000, tag=STORED), until=25)))
    assert ticket.settlement == "ok"


def test_a_card_read_while_a_vehicle_rolls_off_names_neither_it_nor_the_next() -> None:
    readings = trace(replace(LADEN, tag=None), replace(LADEN, t=24, tag=None), until=45)
    gone = next(
        i
        for i, r in enumerate(readings)
        if isinstance(r, WeightReading) and r.weight_kg == 0 and r.moment > moment(LADEN.off)
    )
    readings.insert(gone + 1, card(readings[gone].moment.mono_ns / 1e9 - 1, TAG))
    assert [t.vehicle for t in tickets(play(readings))] == [None, None]


def test_a_flag_does_not_make_a_jump_a_weight() -> None:
    """An indicator with a flag calls the new level stable at once, before the jump is certain."""
    readings = [
        replace(r, stable=True) if isinstance(r, WeightReading) and r.weight_kg >= 18_000 else r
        for r in trace(replace(LADEN, stay=12, sway=0, step=3000), until=30)
    ]
    assert [t.gross_kg for t in tickets(play(readings))] == [18_000]


def test_a_weighing_that_never_stood_does_not_lend_its_start_to_the_next_vehicle() -> None:
    first = trace(LADEN, until=4)
    second = [r for r in trace(Truck(60, 25_000, tag=OTHER), until=85) if r.moment > moment(62)]
    (ticket,) = tickets(play([*first, *second]))
    assert ticket.gross_kg == 25_000
    assert ticket.started >= rfc3339(moment(62).utc_ns)
