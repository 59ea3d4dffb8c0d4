"""Clips among the originals: sealed, as long as their problem, within a share of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.errors import StoreFull
from edge_agent.ports import Conclusion
from edge_agent.readings import ClipReading
from edge_agent.rules.footage import MEDIA_TYPE, conclusion_of
from edge_agent.store.database import Limits
from tests.edge_agent.store.pictures import (
    Taken,
    asked,
    deliver,
    sealed_files,
    sha,
    uploads,
    word,
    work,
)
from tests.edge_agent.store.stores import NOW, later, notices, open_store
from tests.edge_agent.store.test_keeping import SmallDisk

ONE = Taken.number(1)
MIB = 1024 * 1024


def film(number: int, problem: str | None = None, size: int = 100_000) -> bytes:
    return b"RIFF%d" % number + bytes(size)


def clip(
    number: int, problem: str | None = None, *, leaves: bool = False, size: int = 100_000
) -> Conclusion:
    original, masked = film(number, size=size), b"RIFF masked %d" % number if leaves else b""
    reading = ClipReading(
        device="cam-1", moment=NOW, occasion="06010", problem_id=problem, begin=NOW, end=NOW,
        frames=9, original=original, masked=masked, original_sha256=sha(original),
    )  # fmt: skip
    conclusion = conclusion_of(reading)
    assert conclusion is not None
    return conclusion


def test_only_the_masked_clip_leaves_and_the_original_when_it_is_asked_for(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([work(clip(1, leaves=True)), work(clip(2))])
    assert uploads(store) == [sha(b"RIFF masked 1")]
    assert sealed_files(tmp_path) == {sha(film(1)), sha(film(2))}
    deliver(store)
    for name, number in ((sha(b"RIFF masked 1"), 1), (sha(film(2)), 2)):
        found = store.give_original(name, NOW, asked)
        assert found is not None
        assert (found.sha256, found.media_type) == (sha(film(number)), MEDIA_TYPE)
    assert sorted(uploads(store)) == sorted([sha(film(1)), sha(film(2))])
    store.close()


@pytest.mark.parametrize("phase", ["updated", "ended"])
def test_a_clip_stays_as_long_as_its_problem_and_says_nothing_on_it(
    tmp_path: Path, phase: str
) -> None:
    """It comes when it was cut, which may be after the problem has ended."""
    store = open_store(tmp_path, limits=Limits(sealed_hours=24))
    store.commit([work(word("p-1", taken=ONE))])
    store.commit([work(word("p-1", phase))])  # type: ignore[arg-type]
    store.commit([work(clip(1, "p-1"), at=later(0.1))])
    deliver(store)
    store.maintain(later(3))
    kept = sealed_files(tmp_path)
    assert kept == (set() if phase == "ended" else {ONE.name, sha(film(1))})
    store.commit([work(word("p-1", "ended"), at=later(4))])
    deliver(store)
    store.maintain(later(6))
    assert sealed_files(tmp_path) == set()
    store.close()


def test_clips_over_their_share_go_the_oldest_first_and_photos_stay(tmp_path: Path) -> None:
    limits = Limits(sealed_clip_bytes=MIB)
    store = open_store(tmp_path, limits=limits)
    store.commit([work(word("p-1", taken=ONE), word("p-1", "ended"))])
    for number in range(12):
        store.commit([work(clip(number), at=later(number / 24))])
    store.maintain(later(1))
    kept = sealed_files(tmp_path)
    assert ONE.name in kept
    assert kept == {ONE.name, *(sha(film(number)) for number in range(3, 12))}
    (told,) = [one["shed"] for one in notices(store, "shed")]
    assert (told["what"], told["count"], told["first"]) == ("sealed-clips", 3, sha(film(0)))
    store.close()


def test_a_disk_that_does_not_take_a_clip_keeps_nothing_of_it(tmp_path: Path) -> None:
    store = open_store(tmp_path, files=SmallDisk(50_000))
    store.commit([work(word("p-1", "opened"))])
    before = store.lane_end("urgent")
    with pytest.raises(StoreFull):
        store.commit([work(clip(1))])
    assert store.lane_end("urgent") == before
    assert sealed_files(tmp_path) == set()
    store.commit([work(word("p-1", "ended"))])
    store.close()


def test_a_cut_between_file_and_commit_leaves_no_clip_that_nobody_names(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([work(clip(1))])
    store.close()
    orphan = tmp_path / "sealed" / sha(film(2))[:2] / sha(film(2))
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(film(2))
    open_store(tmp_path, unclean=True).close()
    assert sealed_files(tmp_path) == {sha(film(1))}
