"""Stillness, jumps, drift, line, pairing, repeated loads: each rule by itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from edge_agent.readings import LineStatus, Moment, WeightReading, elapsed_s
from edge_agent.rules import (
    line_watch,
    pairing,
    same_load,
    stable_weight,
    step_change,
    zero_drift,
)


def at(second: float, boot: str = "b", clock: str = "ntp") -> Moment:
    return Moment(boot, round(second * 1e9), round(second * 1e9), clock)  # type: ignore[arg-type]


def weight(second: float, kg: float, stable: bool | None = None) -> WeightReading:
    value = Decimal(str(kg))
    return WeightReading("wb-1", at(second), value, stable, None, False, False, b"")


# -- elapsed time


def test_time_is_counted_by_the_boot_and_across_boots_by_a_known_clock_only() -> None:
    later = Moment("b", 5 * 10**9, 0, "ntp")
    assert elapsed_s(at(2), later) == 3
    other = Moment("c", 4 * 10**9, 90 * 10**9, "ntp")
    assert elapsed_s(at(2), other) == 88
    assert elapsed_s(at(2), other._replace(clock="unset")) is None
    assert elapsed_s(at(200), other) == 4


# -- stillness

STILL = stable_weight.StableLimits(Decimal(20), 2.0, 5, 1.0)


def steadies(*readings: WeightReading) -> list[stable_weight.Steady | None]:
    state, out = None, []
    for reading in readings:
        state, steady = stable_weight.step(state, reading, STILL)
        out.append(steady)
    return out


def test_equal_readings_count_only_when_enough_of_them_lasted_long_enough() -> None:
    slow = steadies(*(weight(n * 0.9, 1000) for n in range(6)))
    assert [s is not None for s in slow] == [False] * 4 + [True] * 2
    fast = steadies(*(weight(n * 0.1, 1000) for n in range(22)))
    assert [s is not None for s in fast] == [False] * 20 + [True] * 2
    assert fast[-1] is not None
    assert (fast[-1].samples, fast[-1].basis) == (22, "repeats")


def test_readings_a_division_apart_are_moving_and_half_a_division_is_not() -> None:
    wide = steadies(*(weight(n / 5, 1000 + 20 * (n % 2)) for n in range(30)))
    assert wide == [None] * 30
    narrow = steadies(*(weight(n / 5, 1000 + 10 * (n % 2)) for n in range(30)))
    assert narrow[-1] is not None
    assert narrow[-1].spread_kg == 10


def test_a_pause_begins_the_standing_anew() -> None:
    readings = [weight(n * 0.4, 1000) for n in range(5)] + [
        weight(5 + n * 0.4, 1000) for n in range(5)
    ]
    assert steadies(*readings) == [None] * 10


def test_the_indicators_own_word_counts_at_once_and_moving_is_never_overruled() -> None:
    assert steadies(weight(0, 1000, True))[0] is not None
    assert steadies(*(weight(n, 1000, False) for n in range(30))) == [None] * 30


@pytest.mark.parametrize("flag", ["overload", "underload", "net"])
def test_weights_that_are_not_the_load_on_the_deck_never_stand_still(flag: str) -> None:
    readings = [replace(weight(n, 1000, True), **{flag: True}) for n in range(9)]  # type: ignore[arg-type]
    assert steadies(*readings) == [None] * 9


# -- jumps

JUMP = step_change.StepLimits(Decimal(500), Decimal(60), 0.35)


def jumps(*weights: float, every: float = 0.1) -> list[step_change.Stepped]:
    state, out = None, []
    for index, kg in enumerate(weights):
        state, stepped = step_change.step(state, weight(index * every, kg), JUMP)
        out += [stepped] if stepped else []
    return out


def test_a_jump_between_two_quiet_levels_is_told_once() -> None:
    (found,) = jumps(*[0] * 5, *[3000] * 20)
    assert (found.from_kg, found.to_kg, found.by_kg) == (0, 3000, 3000)


@pytest.mark.parametrize(
    "weights",
    [
        [0, 0, 0, 400, 1500, 2600, 3000, 3000, 3000, 3000],  # a ramp
        [0, 0, 0, 1500, 3000, 3000, 3000, 3000],  # one value in between is a ramp
        [0, 0, 0, 3000, 0, 0, 0, 0],  # a stray frame
        [0, 0, 3000, 3000, 3000, 3000],  # no quiet level before
        [1000, 1000, 1000, 1480, 1480, 1480, 1480],  # too small
    ],
)
def test_what_a_tyre_or_a_stray_frame_does_is_no_jump(weights: list[float]) -> None:
    assert jumps(*weights) == []


def test_readings_too_far_apart_prove_nothing() -> None:
    assert jumps(*[0] * 5, *[3000] * 5, every=0.5) == []


def test_there_and_back_are_two_jumps() -> None:
    assert [j.by_kg for j in jumps(*[0] * 5, *[3000] * 5, *[0] * 5)] == [3000, -3000]


# -- zero

DRIFT = zero_drift.DriftLimits(Decimal(40), 5.0)


def drifts(*readings: tuple[float, float, bool]) -> list[str | None]:
    state, out = zero_drift.Drift(), []
    for second, kg, bare in readings:
        state, phase = zero_drift.step(state, weight(second, kg), bare=bare, limits=DRIFT)
        out.append(phase)
    return out


def test_a_bare_deck_off_zero_for_long_opens_once_and_zero_ends_it_once() -> None:
    found = drifts(*((n, 60, True) for n in range(9)), (9, 40, True), (10, 0, True))
    assert found == [None] * 5 + ["opened", None, None, None, "ended", None]


def test_a_negative_zero_drifts_too() -> None:
    assert drifts((0, -60, True), (5, -60, True))[-1] == "opened"


def test_under_the_range_is_no_zero() -> None:
    below = replace(weight(6, 0), underload=True, stable=False)
    state = zero_drift.Drift(open=True)
    assert zero_drift.step(state, below, bare=True, limits=DRIFT) == (state, None)


def test_a_vehicle_on_the_deck_is_no_drift_and_does_not_end_one() -> None:
    assert drifts((0, 60, True), (3, 60, False), (6, 60, True), (10, 60, True)) == [None] * 4
    found = drifts((0, 60, True), (5, 60, True), (6, 0, False), (7, 60, True), (8, 0, True))
    assert found == [None, "opened", None, None, "ended"]


# -- the line

LINE = line_watch.LineLimits(3.0, 3.0, 2.0)


def changes(*totals: tuple[int, int, int] | None) -> list[tuple[int, str, str]]:
    """Totals (bytes, readings, refused) a second; None = not connected."""
    state, out = line_watch.Line(), []
    for second, total in enumerate(totals):
        n, good, bad = total or (0, 0, 0)
        status = LineStatus(
            "wb-1", at(second), n, good + bad, good, bad, connected=total is not None
        )
        state, found = line_watch.step(state, status, LINE)
        out += [(second, change.kind, change.phase) for change in found]
    return out


def test_no_bytes_is_silence_until_readings_have_come_for_a_while() -> None:
    talk = [(120 * n, 10 * n, 0) for n in range(1, 6)]
    assert changes(*[(0, 0, 0)] * 5, *talk) == [
        (3, "indicator-silent", "opened"),
        (7, "indicator-silent", "ended"),
    ]


def test_bytes_without_readings_are_garble_with_or_without_frames() -> None:
    for bad in (0, 10):
        rubbish = [(120 * n, 0, bad * n) for n in range(1, 7)]
        assert changes(*rubbish) == [(3, "indicator-garbled", "opened")]


def test_a_lucky_frame_in_rubbish_is_not_health() -> None:
    rubbish = [(120 * n, n, 9 * n) for n in range(1, 9)]
    assert changes(*rubbish) == [(3, "indicator-garbled", "opened")]


def test_silence_that_turns_to_rubbish_is_another_problem() -> None:
    rubbish = [(120 * n, 0, 0) for n in range(1, 6)]
    assert [c[1:] for c in changes(*[(0, 0, 0)] * 4, *rubbish)] == [
        ("indicator-silent", "opened"),
        ("indicator-silent", "ended"),
        ("indicator-garbled", "opened"),
    ]


def test_a_line_not_connected_opens_and_ends_nothing() -> None:
    assert changes(*[None] * 20) == []
    assert len(changes(*[(0, 0, 0)] * 5, *[None] * 20)) == 1


def test_a_driver_that_counts_from_zero_again_is_no_silence() -> None:
    talk = [(120 * n, 10 * n, 0) for n in range(1, 6)]
    assert changes(*talk, *talk, *talk) == []


# -- pairing

PAIRING = pairing.PairingLimits(3600.0, Decimal(200), Decimal("0.1"))


def passage(number: int, kg: int, second: float = 0.0) -> pairing.Passage:
    return pairing.Passage(f"n{number}", f"h{number}", Decimal(kg), at(second))


def pair_all(*passages: pairing.Passage) -> tuple[pairing.Pairings, list[pairing.Paired]]:
    state, out = pairing.Pairings(), []
    for one in passages:
        state, paired = pairing.step(state, "A", one, None, PAIRING)
        out.append(paired)
    return state, out


def test_two_weighings_within_the_window_are_gross_and_tare() -> None:
    _, (_, second) = pair_all(passage(1, 18000), passage(2, 12000, 3599))
    assert (second.gross_kg, second.tare_kg, second.net_kg, second.gave) == (
        18000,
        12000,
        6000,
        "gross",
    )
    _, (_, late) = pair_all(passage(1, 18000), passage(2, 12000, 3600))
    assert late.tare_kg is None


def test_a_pair_is_used_up() -> None:
    _, paired = pair_all(passage(1, 18000), passage(2, 12000, 10), passage(3, 17000, 20))
    assert [p.tare_kg for p in paired] == [None, 12000, None]


def test_weighings_that_hardly_differ_are_no_pair() -> None:
    _, (_, second) = pair_all(passage(1, 18000), passage(2, 18199, 10))
    assert (second.tare_kg, second.forsaken) == (None, None)


def test_laden_twice_is_no_pair_once_the_tare_is_known_and_the_first_is_an_untared_tip() -> None:
    passages = [
        passage(1, 18000),
        passage(2, 12000, 10),
        passage(3, 18000, 20),
        passage(4, 20000, 30),
    ]
    _, paired = pair_all(*passages)
    assert paired[3].tare_kg is None
    assert paired[3].forsaken is not None
    assert paired[3].forsaken.ticket_no == "n3"


def test_a_lighter_tare_than_ever_is_believed() -> None:
    passages = [
        passage(1, 23000),
        passage(2, 20000, 10),
        passage(3, 20000, 20),
        passage(4, 12000, 30),
    ]
    assert pair_all(*passages)[1][3].net_kg == 8000


def test_laden_weighings_are_reported_when_their_window_ran_out_and_empty_ones_are_not() -> None:
    state, _ = pair_all(passage(1, 18000), passage(2, 12000, 10), passage(3, 12100, 20))
    state, _ = pairing.step(state, "B", passage(4, 18000, 30), None, PAIRING)
    assert pairing.expire(state, at(3000), PAIRING)[1] == ()
    state, late = pairing.expire(state, at(9000), PAIRING)
    assert [(vehicle, one.ticket_no) for vehicle, one in late] == [("B", "n4")]
    assert pairing.expire(state, at(9000), PAIRING) == (state, ())


def test_a_stored_tare_tares_a_load_and_leaves_nothing_waiting() -> None:
    stored = pairing.StoredTare(Decimal(12000), "keyed")
    state, paired = pairing.step(pairing.Pairings(), "A", passage(1, 18000), stored, PAIRING)
    assert (paired.net_kg, paired.source, dict(state.waiting)) == (6000, "keyed", {})
    _, empty = pairing.step(pairing.Pairings(), "A", passage(1, 12100), stored, PAIRING)
    assert (empty.tare_kg, empty.load) == (None, False)


# -- the same load

SAME = same_load.SameLoadLimits(Decimal(40), 3600.0)


@pytest.mark.parametrize(
    ("kg", "second", "found"), [(18040, 10, True), (18041, 10, False), (18000, 3600, False)]
)
def test_the_same_load_is_as_heavy_and_soon(kg: int, second: float, found: bool) -> None:
    state, _ = same_load.step(
        same_load.Loads(), "A", same_load.Load("n1", Decimal(18000), at(0)), SAME
    )
    again = same_load.Load("n2", Decimal(kg), at(second))
    assert (same_load.step(state, "A", again, SAME)[1] is not None) is found
    assert same_load.step(state, "B", again, SAME)[1] is None
    assert same_load.step(same_load.unloaded(state, "A"), "A", again, SAME)[1] is None
