"""The station against weights over time."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.payloads.weigh import WeighTicket
from edge_agent.config.roles import StationConfig
from edge_agent.ports import Conclusion, RoleStep
from edge_agent.readings import LineStatus, Tick, WeightReading
from edge_agent.tickets import own_weight_kg, verify
from tests.edge_agent.roles.deck import (
    HZ,
    SCALE,
    STATION,
    Truck,
    anomalies,
    card,
    later,
    moment,
    opened,
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


def test_one_vehicle_is_one_ticket_with_the_weight_that_stood() -> None:
    out = play(trace(LADEN, until=25))
    (ticket,) = tickets(out)
    assert ticket.gross_kg == Decimal(18_000)
    assert ticket.vehicle is not None
    assert ticket.vehicle.plate == "粤A00001"
    assert ticket.carrier == "North Haulage"
    assert (ticket.settlement, ticket.not_for) == ("not-for-settlement", "untared")
    assert ticket.started < (ticket.settled or "") < ticket.ended
    assert anomalies(out) == []


@settings(max_examples=40, deadline=None)
@given(
    kg=st.integers(60, 2900).map(lambda n: n * 20),
    stay=st.floats(6, 15),
    front=st.floats(0.2, 0.8),
    gap=st.floats(0.3, 3),
    ramp=st.floats(0.4, 1.5),
    sway=st.floats(0, 800),
    decay=st.floats(0.1, 0.6),
    seed=st.integers(0, 10**6),
)
def test_however_it_drives_on_sways_and_leaves_it_is_one_right_ticket(
    kg: int,
    stay: float,
    front: float,
    gap: float,
    ramp: float,
    sway: float,
    decay: float,
    seed: int,
) -> None:
    truck = Truck(
        2, kg, stay=stay, front=front, gap=gap, ramp=ramp, sway=sway, decay=decay, tag=TAG
    )
    out = play(trace(truck, until=truck.gone + 5, noise=6, seed=seed))
    assert [ticket.gross_kg for ticket in tickets(out)] == [Decimal(kg)]
    assert opened(out) == []


def test_a_truck_that_stands_with_one_axle_on_the_deck_is_weighed_with_both() -> None:
    out = play(trace(replace(LADEN, pause=5), until=40))
    assert [t.gross_kg for t in tickets(out)] == [Decimal(18_000)]


def test_a_rocking_truck_that_leaves_has_no_ticket_but_a_problem_opened_and_ended_once() -> None:
    out = play(trace(replace(LADEN, decay=1e9, stay=10), until=30))
    assert tickets(out) == []
    (first, second) = anomalies(out)
    assert first[:2] == ("left-before-stable", "opened")
    assert second[:2] == ("left-before-stable", "ended")
    assert first[2] == second[2]


def test_slow_creep_moves_the_weight_by_no_more_than_it_crept() -> None:
    def creep(t: float) -> float:
        return 30 * min(1.0, max(0.0, (t - 6) / 60)) if 6 < t < LADEN.t + 40 else 0.0

    out = play(trace(replace(LADEN, stay=60), creep, until=75))
    (ticket,) = tickets(out)
    assert Decimal(18_000) <= ticket.gross_kg <= Decimal(18_040)


def test_gross_and_tare_pair_and_net_is_exactly_their_difference() -> None:
    empty = Truck(30, 12_000, tag=TAG)
    first, second = tickets(play(trace(LADEN, empty, until=60)))
    assert (second.gross_kg, second.tare_kg, second.net_kg) == (18_000, 12_000, 6_000)
    assert (second.tare_source, second.settlement, second.purpose) == ("weighed", "ok", "delivery")
    assert second.paired_with is not None
    assert second.paired_with.ticket_no == first.ticket_no
    assert second.paired_with.raw_sha256 == first.raw_sha256
    assert own_weight_kg(second) == 12_000


def test_the_heavier_is_the_gross_also_when_it_comes_second() -> None:
    empty, laden = replace(LADEN, kg=12_000), Truck(30, 18_000, tag=TAG)
    second = tickets(play(trace(empty, laden, until=60)))[1]
    assert (second.gross_kg, second.tare_kg, second.net_kg) == (18_000, 12_000, 6_000)
    assert second.purpose == "collection"
    assert own_weight_kg(second) == 18_000


def test_another_vehicle_is_no_pair() -> None:
    other = Truck(30, 12_000, tag=OTHER)
    assert [t.tare_kg for t in tickets(play(trace(LADEN, other, until=60)))] == [None, None]


def test_a_stored_tare_makes_a_whole_ticket_of_one_weighing() -> None:
    out = play(trace(replace(LADEN, tag=STORED), until=25))
    (ticket,) = tickets(out)
    assert (ticket.tare_kg, ticket.tare_source, ticket.net_kg) == (12_000, "stored", 6_000)
    assert ticket.settlement == "ok"


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({"tare_keyed": True}, "keyed"),
        ({"tare_until": "2026-09-21"}, "stored"),
        ({"tare_until": "2026-09-20"}, "none"),
    ],
)
def test_stored_tares_expire_and_keyed_ones_are_marked(
    changes: dict[str, object], source: str
) -> None:
    known = replace(STATION.vehicles[2], **changes)  # type: ignore[arg-type]
    config = replace(STATION, vehicles=(known,))
    (ticket,) = tickets(play(trace(replace(LADEN, tag=STORED), until=25), station(config)))
    assert ticket.tare_source == source


def test_a_dated_tare_does_not_count_while_nobody_knows_the_date() -> None:
    known = replace(STATION.vehicles[2], tare_until="2099-01-01")
    readings = [
        replace(r, moment=r.moment._replace(clock="unset"))
        for r in trace(replace(LADEN, tag=STORED), until=25)
    ]
    (ticket,) = tickets(play(readings, station(replace(STATION, vehicles=(known,)))))
    assert ticket.tare_source == "none"


def test_a_load_with_a_stored_tare_is_not_paid_again_when_the_truck_leaves_empty() -> None:
    first, empty = replace(LADEN, tag=STORED), Truck(30, 12_000, tag=STORED)
    out = tickets(play(trace(first, empty, until=60)))
    assert [t.net_kg for t in out] == [6_000, None]


def test_over_capacity_is_opened_while_the_truck_stands_and_ended_when_it_left() -> None:
    out = play(trace(replace(LADEN, kg=61_000), until=25))
    kinds = [type(c.payload).__name__ for c in out]
    assert kinds == ["WeighAnomaly", "WeighTicket", "WeighAnomaly"]
    assert [a[:2] for a in anomalies(out)] == [
        ("over-capacity", "opened"),
        ("over-capacity", "ended"),
    ]
    (ticket,) = tickets(out)
    assert (ticket.anomalies, ticket.not_for) == (("over-capacity",), "over-capacity")


def test_exactly_the_capacity_is_not_over_it() -> None:
    assert opened(play(trace(replace(LADEN, kg=60_000), until=25))) == []


def test_a_load_below_min_is_not_for_settlement() -> None:
    scale = replace(SCALE, min_kg=Decimal(1000))
    (ticket,) = tickets(
        play(trace(replace(LADEN, kg=900, sway=10), until=25), station(scale=scale))
    )
    assert ticket.not_for == "below-min"


@pytest.mark.parametrize(
    ("until", "reason"), [("2026-09-20", "verification-expired"), ("2026-09-21", None)]
)
def test_a_scale_whose_verification_ran_out_weighs_but_not_for_money(
    until: str, reason: str | None
) -> None:
    config = replace(STATION, verified_until=until)
    (ticket,) = tickets(play(trace(replace(LADEN, tag=STORED), until=25), station(config)))
    assert ticket.not_for == reason


@pytest.mark.parametrize("step", [-3000.0, 3000.0])
def test_a_step_without_a_ramp_opens_a_problem_and_the_weight_before_it_stays(step: float) -> None:
    out = play(trace(replace(LADEN, stay=12, step=step), until=30))
    (ticket,) = tickets(out)
    assert ticket.gross_kg == Decimal(18_000)
    assert (ticket.anomalies, ticket.not_for) == (("step-change",), "unsettled")
    assert [a[:2] for a in anomalies(out)] == [("step-change", "opened"), ("step-change", "ended")]


def test_a_drifted_zero_is_one_problem_until_the_deck_shows_zero_again() -> None:
    out = play(trace(lambda t: 100.0 if 5 < t < 20 else 0.0, until=40))
    assert [a[:2] for a in anomalies(out)] == [("zero-drift", "opened"), ("zero-drift", "ended")]


def test_someone_walking_over_the_deck_is_no_drift_and_no_vehicle() -> None:
    assert play(trace(lambda t: 80.0 if 5 < t < 8 else 0.0, until=20)) == []


def test_trucks_are_weighed_one_by_one_also_on_a_drifted_zero() -> None:
    second = Truck(30, 20_000, tag=OTHER)
    out = play(trace(LADEN, second, lambda _: 100.0, until=60))
    assert [t.gross_kg for t in tickets(out)] == [18_100, 20_100]
    assert all("zero-drift" in t.anomalies for t in tickets(out)[1:])


def test_the_same_load_twice_is_named_on_the_second_ticket() -> None:
    again = Truck(30, 18_020, tag=TAG)
    out = play(trace(LADEN, again, until=60))
    assert opened(out) == ["same-load-twice"]
    assert [t.anomalies for t in tickets(out)] == [(), ("same-load-twice",)]


def test_the_same_weight_after_a_tare_is_another_load() -> None:
    trucks = [LADEN, Truck(30, 12_000, tag=TAG), Truck(60, 18_000, tag=TAG)]
    assert opened(play(trace(*trucks, until=90))) == []


def test_a_load_never_tared_is_an_untared_tip_until_the_vehicle_comes_again() -> None:
    config = replace(STATION, pairing_s=60)
    role = station(config)
    out = play(trace(LADEN, until=25), role)
    out += play([Tick(moment(t)) for t in range(25, 120)], role)
    assert opened(out) == ["untared-tip"]
    out += play(later(trace(LADEN, until=25), 200), role)
    assert [a[:2] for a in anomalies(out)] == [
        ("untared-tip", "opened"),
        ("untared-tip", "ended"),
        ("same-load-twice", "opened"),
        ("same-load-twice", "ended"),
    ]


def test_a_card_heard_long_before_belongs_to_a_vehicle_that_never_came() -> None:
    nameless = replace(LADEN, t=100, tag=None)
    readings = trace(nameless, until=125)
    readings.insert(0, card(0, TAG))
    (ticket,) = tickets(play(readings))
    assert ticket.vehicle is None


def test_a_queueing_trucks_card_does_not_name_the_one_on_the_deck() -> None:
    readings = [*trace(LADEN, until=25)]
    readings.insert(100, card(9.9, OTHER))
    (ticket,) = tickets(play(readings))
    assert ticket.vehicle is not None
    assert ticket.vehicle.plate == "粤A00001"


def test_an_indicator_that_says_moving_is_never_overruled() -> None:
    readings = [
        replace(r, stable=False) if hasattr(r, "stable") else r for r in trace(LADEN, until=25)
    ]
    assert tickets(play(readings)) == []
    assert opened(play(readings)) == ["left-before-stable"]


def test_silence_and_rubbish_are_told_apart_and_each_ends_once() -> None:
    def status(t: float, bytes_: int, good: int, bad: int) -> LineStatus:
        return LineStatus("wb-1", moment(t), bytes_, good + bad, good, bad)

    total, good, bad, readings = 0, 0, 0, []
    for t in range(60):
        if not 10 <= t < 20:
            total += 120
            if 30 <= t < 40:
                bad += 10
            else:
                good += 10
        readings.append(status(t, total, good, bad))
    assert [a[:2] for a in anomalies(play(readings))] == [
        ("indicator-silent", "opened"),
        ("indicator-silent", "ended"),
        ("indicator-garbled", "opened"),
        ("indicator-garbled", "ended"),
    ]


# -- restarts


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
