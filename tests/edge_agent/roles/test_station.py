"""The station against weights over time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.readings import LineStatus, Tick
from edge_agent.tickets import own_weight_kg
from tests.edge_agent.roles.deck import (
    SCALE,
    STATION,
    Truck,
    anomalies,
    card,
    later,
    moment,
    opened,
    play,
    station,
    tickets,
    trace,
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
