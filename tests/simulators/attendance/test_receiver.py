from __future__ import annotations

import numpy as np
import pytest

from simulators.attendance.ground import CENTRE_LAT, CENTRE_LON, degrees
from simulators.attendance.luck import Floats, luck_of
from simulators.attendance.mishaps import Canyon, Mishaps
from simulators.attendance.paths import Path
from simulators.attendance.receiver import Fixes, Receiver, Times, fixes_of, receiver_of
from simulators.attendance.together import wander

EIGHT_H = 28_800.0
TIMES = Times(1_800_000_000 * 10**9, 1.0, 10.0)
NOWHERE = Path(np.array([0.0]), np.array([0.0]), np.array([0.0]))
STILL = NOWHERE
WALKING = Path(np.array([-3_000.0, 40_000.0]), np.array([0.0, 43_000.0]), np.array([0.0, 0.0]))
PLAIN = Receiver(sigma_m=4.0, memory_s=120.0, clock_off_s=0.0, holds=False, battery=90.0)


def received(
    path: Path = STILL,
    mishaps: Mishaps | None = None,
    receiver: Receiver = PLAIN,
    seed: int = 1,
) -> Fixes:
    return fixes_of(
        path,
        receiver,
        mishaps or Mishaps(),
        start_s=0.0,
        length_s=EIGHT_H,
        times=TIMES,
        shared=NOWHERE,
        luck=luck_of(seed, "test"),
    )


def metres(fixes: Fixes) -> tuple[Floats, Floats]:
    ends = degrees(np.array([1.0]), np.array([1.0]))
    return (
        (fixes.lon - CENTRE_LON) / float(ends[0][0] - CENTRE_LON),
        (fixes.lat - CENTRE_LAT) / float(ends[1][0] - CENTRE_LAT),
    )


def seconds(fixes: Fixes) -> Floats:
    return (fixes.at_ns - TIMES.origin_ns) / 1e9


def test_the_error_has_the_size_and_the_memory_that_are_stated() -> None:
    wide = wander(luck_of(1, "law"), 200_000, 4.0, 12.0)
    assert wide.std() == pytest.approx(4.0, rel=0.05)
    assert abs(wide.mean()) < 0.3
    for steps in (6, 12, 24):
        correlated = np.corrcoef(wide[:-steps], wide[steps:])[0, 1]
        assert correlated == pytest.approx(np.exp(-steps / 12), abs=0.04)


def test_a_still_badge_is_seen_some_metres_around_where_it_is() -> None:
    east = np.concatenate([metres(received(seed=seed))[0] for seed in range(12)])
    near = east[np.abs(east) < 60]  # but for the one in ten thousand that is far out
    assert near.std() == pytest.approx(4.0, rel=0.15)
    assert abs(near.mean()) < 1.0


def test_badges_have_errors_of_their_own() -> None:
    one, other = metres(received(seed=1))[0][:2_500], metres(received(seed=2))[0][:2_500]
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.3


def test_every_receiver_errs_by_three_to_five_metres_and_one_in_ten_holds() -> None:
    receivers = [receiver_of(1, member) for member in range(1_000)]
    assert all(3 <= one.sigma_m <= 5 for one in receivers)
    assert 60 <= sum(one.holds for one in receivers) <= 140


def test_reports_come_every_ten_seconds_more_or_less() -> None:
    between = np.diff(np.unique(seconds(received())))
    assert np.median(between) == 10
    assert between.max() <= 34  # one or two in a row may be missing
    assert len(received()) == pytest.approx((EIGHT_H + 5_400) / 10, rel=0.02)


def test_some_reports_come_twice_and_say_the_same() -> None:
    fixes = received()
    times, counts = np.unique(fixes.at_ns, return_counts=True)
    twice = times[counts > 1]
    assert 1 <= len(twice) <= 40
    for at in twice:
        assert len(set(fixes.lon[fixes.at_ns == at].tolist())) == 1


def test_in_a_canyon_all_positions_are_wrong_by_the_same_vector() -> None:
    fixes = received(mishaps=Mishaps(canyons=(Canyon(3_600, 3_960, 0.0, 35.0),)))
    t, north = seconds(fixes), metres(fixes)[1]
    assert north[(t > 3_640) & (t < 3_920)].mean() == pytest.approx(35, abs=6)
    assert abs(north[(t > 5_000) & (t < 15_000)].mean()) < 3
    assert fixes.satellites[(t > 3_640) & (t < 3_920)].max() <= 7


def test_without_a_fix_the_last_position_is_repeated_and_says_so() -> None:
    fixes = received(path=WALKING, mishaps=Mishaps(no_fix=((3_600, 3_800),)))
    t = seconds(fixes)
    lost = (t > 3_601) & (t < 3_799)
    assert not fixes.fix[lost].any()
    assert fixes.fix[~lost & (np.abs(t - 3_700) > 105)].all()
    assert len(set(fixes.lon[lost].tolist())) == 1
    assert fixes.satellites[lost].max() == 0


def test_a_receiver_that_holds_says_one_place_and_no_speed_while_nothing_moves() -> None:
    holds = Receiver(4.0, 120.0, 0.0, holds=True, battery=90.0)
    still, walking = received(receiver=holds), received(path=WALKING, receiver=holds)
    assert len(set(still.lon.tolist())) < 12  # the first minute, then one
    assert still.speed_kmh[20:].max() == 0
    assert still.fix.all()
    assert len(set(walking.lon.tolist())) > 0.95 * len(walking)


def test_a_hung_receiver_repeats_its_speed_as_well() -> None:
    fixes = received(path=WALKING, mishaps=Mishaps(stuck=((3_600, 5_400),)))
    t = seconds(fixes)
    hung = (t > 3_601) & (t < 5_399)
    assert len(set(fixes.lon[hung].tolist())) == 1
    assert len(set(fixes.speed_kmh[hung].tolist())) == 1
    assert fixes.fix[hung].all()
    after = metres(fixes)[0][t > 5_401][0] - metres(fixes)[0][hung][-1]
    assert after > 1_500  # the badge went on walking


def test_a_dead_battery_says_nothing_any_more_and_no_badge_nothing_at_all() -> None:
    assert seconds(received(mishaps=Mishaps(dead_s=7_200))).max() < 7_200
    assert len(received(mishaps=Mishaps(off=True))) == 0


def test_a_press_of_the_button_stands_in_three_reports_and_a_low_battery_to_the_end() -> None:
    fixes = received(mishaps=Mishaps(sos_s=7_200, low_s=10_000))
    t = seconds(fixes)
    assert 3 <= fixes.sos.sum() <= 6  # some may have come twice
    assert 7_199 <= t[fixes.sos].min() <= 7_215
    assert np.array_equal(fixes.low, t >= t[fixes.low].min())
    assert t[fixes.low].min() == pytest.approx(10_000, abs=15)


def test_the_clock_of_a_badge_is_off_by_its_own_offset() -> None:
    slow = Receiver(4.0, 120.0, 45.0, holds=False, battery=90.0)
    assert np.median(seconds(received(receiver=slow)) - seconds(received())) == pytest.approx(
        45, abs=1
    )
