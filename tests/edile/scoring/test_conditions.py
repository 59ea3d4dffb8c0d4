"""Light and weather by seeds, and seeds by words."""

from __future__ import annotations

from collections import Counter

import pytest

from edile.scoring.conditions import HOURS, conditions, edition_of, seeds_of
from simulators.camera.table import WEATHERS


def test_ten_seeds_in_a_row_have_every_hour_and_every_weather_twice() -> None:
    under = [conditions(seed) for seed in range(9000, 9010)]
    assert Counter(one.hour for one in under) == dict.fromkeys(HOURS, 2)
    assert Counter(one.weather for one in under) == dict.fromkeys(WEATHERS, 2)


def test_what_is_given_is_kept() -> None:
    one = conditions(9003, hour=11.5, weather="fog")
    assert (one.hour, one.weather) == (11.5, "fog")


def test_seeds_are_ranges_and_single_ones_each_once() -> None:
    assert seeds_of("9000-9003, 7,9001") == (9000, 9001, 9002, 9003, 7)


@pytest.mark.parametrize("words", ["", "a", "1-", "-3", "1,,2", "5-2", "1-2-3"])
def test_words_that_are_no_seeds_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        seeds_of(words)


def test_a_seed_has_surfaces_of_its_own_only_when_they_are_asked_for() -> None:
    assert edition_of(7, own=False) is None
    own = [edition_of(seed, own=True) for seed in range(50)]
    assert len(set(own)) == 50
    assert None not in own
