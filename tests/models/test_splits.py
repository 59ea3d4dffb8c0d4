"""Near-duplicates stay together, or the figures of a card flatter."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.splits import grouped_split

SHARES = {"train": 0.76, "validation": 0.1, "test": 0.14}
items = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30)), min_size=1, max_size=200)


@given(items, st.integers(0, 5))
def test_a_group_is_never_cut(pairs: list[tuple[str, int]], seed: int) -> None:
    strata, groups = [one[0] for one in pairs], list(pairs)
    where = defaultdict(set)
    for group, split in zip(groups, grouped_split(strata, groups, SHARES, seed=seed), strict=True):
        where[group].add(split)
    assert all(len(splits) == 1 for splits in where.values())


def test_single_items_are_shared_out_as_asked_in_each_stratum() -> None:
    strata = ["a"] * 100 + ["b"] * 50
    said = grouped_split(strata, range(150), SHARES, seed=7)
    assert [said[:100].count(name) for name in SHARES] == [76, 10, 14]
    assert said[100:].count("test") == 7


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    strata = ["a"] * 60
    first = grouped_split(strata, range(60), SHARES, seed=1)
    assert first == grouped_split(strata, range(60), SHARES, seed=1)
    assert first != grouped_split(strata, range(60), SHARES, seed=2)


@pytest.mark.parametrize("size", [3, 10])
def test_a_group_bigger_than_a_share_stays_in_training(size: int) -> None:
    said = grouped_split(["a"] * size, ["one"] * size, SHARES, seed=1)
    assert set(said) == {"train"}
