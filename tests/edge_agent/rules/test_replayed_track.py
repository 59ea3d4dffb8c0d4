"""The same path sent again, and everything that only resembles it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.rules.replayed_track import KnownPaths, PathSketch

SIZE, ENOUGH = 32, 3
Path = list[tuple[int, int]]


def walked(seed: int, n: int = 2000, step: float = 60.0) -> Path:
    """Millionths of a degree: a stroll, and some metres of noise on each fix."""
    rng = np.random.default_rng(seed)
    way = np.cumsum(rng.normal(0, step, (n, 2)), axis=0)
    seen = np.round(way + rng.normal(0, 40, (n, 2))).astype(int).tolist()
    return [(116_390_000 + east, 39_900_000 + north) for east, north in seen]


def sketch(path: Path) -> tuple[int, ...]:
    made = PathSketch(SIZE)
    for lon, lat in path:
        made.add(lon, lat)
    return made.values()


def alike(earlier: Path, later: Path) -> int:
    known = KnownPaths(100)
    known.learn("a", "earlier", sketch(earlier))
    return known.same([sketch(later)])[0].get(("a", "earlier"), 0)


def test_the_same_path_is_known_again_whole_or_in_part() -> None:
    path = walked(1)
    assert alike(path, path) == SIZE
    assert alike(path, path[600:1400]) >= ENOUGH
    assert alike(path, walked(2, 700) + path[500:1500]) >= ENOUGH


def test_the_same_path_is_known_again_though_reports_are_missing() -> None:
    path = walked(1)
    assert alike(path, [one for n, one in enumerate(path) if n % 50]) >= ENOUGH


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_the_same_street_on_another_day_is_another_path(seed: int) -> None:
    way = [(116_390_000 + 10 * n, 39_900_000) for n in range(2000)]

    def noisy(day: int) -> Path:
        off = np.random.default_rng([seed, day]).normal(0, 40, (2000, 2)).round().astype(int)
        return [(lon + int(x), lat + int(y)) for (lon, lat), (x, y) in zip(way, off, strict=True)]

    assert alike(noisy(1), noisy(2)) == 0


def test_standing_still_is_no_path() -> None:
    assert sketch([(116_390_000, 39_900_000)] * 3000) == ()
    two = [(116_390_000, 39_900_000), (116_390_007, 39_900_000)] * 1000
    assert sketch(two) == ()


def test_beacons_on_the_way_are_the_same_every_day_and_tell_nothing() -> None:
    beacons = walked(3, 40)
    assert sketch(beacons * 30) == ()


def test_coordinates_on_a_coarse_grid_tell_nothing() -> None:
    grid = [(lon // 200 * 200, lat // 200 * 200) for lon, lat in walked(4, 3000, step=15)]
    assert sketch(grid) == ()


def test_held_positions_do_not_break_a_path() -> None:
    path = walked(5)
    assert sketch([one for one in path for _ in range(3)]) == sketch(path)


def test_the_oldest_sketch_is_forgotten_and_a_later_one_replaces_the_same_shift() -> None:
    known = KnownPaths(2)
    paths = {name: sketch(walked(seed)) for seed, name in enumerate("xyz", start=10)}
    for name in "xyz":
        known.learn("a", name, paths[name])
    found = known.same(list(paths.values()))
    assert [set(one) for one in found] == [set(), {("a", "y")}, {("a", "z")}]
    known.learn("a", "z", paths["x"])
    assert known.same([paths["x"], paths["z"]]) == [{("a", "z"): SIZE}, {}]
    assert len(known) == 2


@given(
    st.lists(st.tuples(st.integers(-180_000_000, 180_000_000), st.integers(-9, 9)), max_size=300)
)
@settings(max_examples=50, deadline=None)
def test_a_sketch_is_small_sorted_and_the_same_each_time(path: Path) -> None:
    values = sketch(path)
    assert len(values) <= SIZE
    assert list(values) == sorted(set(values))
    assert values == sketch(path)
