"""Rule 1-4, 10 and 13 of the reliability rules, at every instant at which the power may go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fault.gateway_day import Sloppiness, cut_everywhere

STATES = 20_000


@pytest.mark.parametrize("seed", [11, 12])
def test_whatever_instant_the_power_goes_no_promise_is_broken(tmp_path: Path, seed: int) -> None:
    verdict = cut_everywhere(tmp_path, seed, STATES // 2 + 50)
    assert verdict.violations == []
    assert verdict.states >= STATES // 2


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 120))
def test_no_promise_is_broken_in_many_more_states(tmp_path: Path, seed: int) -> None:
    verdict = cut_everywhere(tmp_path, seed, 25_000, operations=200)
    assert verdict.violations == []


@pytest.mark.parametrize(
    ("sloppy", "finding"),
    [
        (Sloppiness(synchronous=1), "is lost"),
        (Sloppiness(ack_first=True), "is lost"),
        (Sloppiness(fixed_epoch=True), "does not open"),
        (Sloppiness(forget_folder_flush=True), "has a row and no file"),
    ],
    ids=["synchronous is NORMAL", "told before commit", "epoch is fixed", "folder not flushed"],
)
def test_the_same_checks_find_a_store_that_is_sloppy(
    tmp_path: Path, sloppy: Sloppiness, finding: str
) -> None:
    found = cut_everywhere(tmp_path, 5, 600, sloppy=sloppy, stop_after=3).violations
    assert any(finding in one for one in found), found
    assert all(one.startswith("seed 5, operation ") for one in found)
