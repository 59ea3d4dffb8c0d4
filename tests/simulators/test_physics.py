"""Laws of the deck: nothing before, the whole truck at rest, nothing after, no jump on the way."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simulators.physics import Crossing, Display, Weather, ZeroShift, quantise

masses = st.floats(1_000, 80_000)
stays = st.floats(2.5, 30)
FRAME_S = 0.1


def frames(crossing: Crossing) -> list[tuple[float, float]]:
    count = int((crossing.gone_s + 2) / FRAME_S)
    return [(i * FRAME_S, crossing.weight_kg(i * FRAME_S)) for i in range(count)]


@given(masses, stays)
def test_the_deck_is_bare_before_and_after_a_truck(mass: float, stay: float) -> None:
    crossing = Crossing(5.0, mass, stay)
    assert crossing.weight_kg(4.999) == 0.0
    assert crossing.weight_kg(crossing.gone_s + 0.001) == 0.0


@given(masses, stays)
def test_a_truck_at_rest_weighs_its_mass_within_creep_and_the_last_sway(
    mass: float, stay: float
) -> None:
    crossing = Crossing(5.0, mass, stay)
    weights = [w for t, w in frames(crossing) if crossing.steady_s < t < crossing.leaves_s]
    assert all(abs(w - mass) < 0.001 * mass + 0.01 * crossing.sway_kg for w in weights)


@given(masses)
def test_only_one_axle_is_on_the_deck_at_first(mass: float) -> None:
    crossing = Crossing(0.0, mass, 5.0, axle_gap_s=2.0, ramp_s=0.5)
    assert abs(crossing.weight_kg(1.0) - mass * crossing.front_share) < 1e-6 * mass


@given(masses, stays)
def test_without_a_cheat_no_conversion_jumps(mass: float, stay: float) -> None:
    weights = [w for _, w in frames(Crossing(2.0, mass, stay))]
    steepest = max(abs(b - a) for a, b in pairwise(weights))
    sway = 2 * 3.15 * 1.6 * 320 * FRAME_S
    assert steepest < 1.5 * 0.62 * mass / 0.8 * FRAME_S + sway


def test_a_cheats_step_comes_within_one_conversion_from_a_still_truck() -> None:
    crossing = Crossing(0.0, 20_000, 6.0, step_kg=-3_000, step_after_s=4.0)
    before, after = crossing.step_s - FRAME_S / 2, crossing.step_s + FRAME_S / 2
    assert abs(crossing.weight_kg(before) - 20_000) < 5
    assert abs(crossing.weight_kg(after) - 17_000) < 5


def test_a_rocking_truck_never_stands_still() -> None:
    crossing = Crossing(0.0, 20_000, 8.0, rocks=True)
    standing = [w for t, w in frames(crossing) if crossing.steady_s < t < crossing.leaves_s]
    for begin in range(len(standing) - 7):
        window = standing[begin : begin + 7]
        assert max(window) - min(window) > 200


def test_sway_dies_away() -> None:
    crossing = Crossing(0.0, 20_000, 8.0)
    early = [abs(w - 20_000) for t, w in frames(crossing) if 0 < t - crossing.standing_s < 0.4]
    late = [
        abs(w - 20_000)
        for t, w in frames(crossing)
        if crossing.steady_s < t < crossing.steady_s + 0.4
    ]
    assert max(early) > 50 > 10 > max(late)


@given(st.integers(0, 1000))
def test_the_same_seed_gives_the_same_weather(seed: int) -> None:
    one, other = (Weather(seed, noise_kg=2, wind_kg=3) for _ in range(2))
    assert [one.kg(i / 10) for i in range(50)] == [other.kg(i / 10) for i in range(50)]


def test_another_seed_gives_other_weather() -> None:
    one, other = (Weather(seed, noise_kg=2, wind_kg=3) for seed in (1, 2))
    assert [one.kg(i / 10) for i in range(50)] != [other.kg(i / 10) for i in range(50)]


@given(st.integers(0, 1000))
def test_weather_is_bounded(seed: int) -> None:
    weather = Weather(seed, noise_kg=2, wind_kg=3)
    assert all(abs(weather.kg(i / 10)) <= 3 * 2 + 3 for i in range(300))


@given(st.lists(st.floats(-500, 80_000), max_size=50))
def test_a_display_shows_multiples_of_its_division_close_to_the_weight(
    weights: list[float],
) -> None:
    display = Display(Decimal(20))
    for weight in weights:
        shown = display.show(weight)
        assert shown % 20 == 0
        assert abs(weight - float(shown)) <= 0.75 * 20 + 1e-6


def test_a_display_does_not_flicker_between_two_divisions() -> None:
    display = Display(Decimal(20))
    shown = {display.show(12_350 + wobble) for wobble in (0, 3, -3, 2, -2, 4, -4) * 10}
    assert len(shown) == 1


@given(st.decimals(-99999, 99999, places=2), st.sampled_from(["0.01", "0.5", "1", "5", "20", "50"]))
def test_quantising_gives_the_nearest_multiple(weight: Decimal, division: str) -> None:
    shown = quantise(float(weight), Decimal(division))
    assert shown % Decimal(division) == 0
    assert abs(shown - weight) <= Decimal(division) / 2 + Decimal("0.000001")


def test_a_zero_shift_comes_and_goes() -> None:
    shift = ZeroShift(10.0, 20.0, 100.0)
    assert [shift.weight_kg(t) for t in (9.9, 15.0, 21.1)] == [0.0, 100.0, 0.0]
