"""The file of the tracks: exactly once, in order, bounded, and back after whatever happened to it."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from edge_agent.errors import StoreFull, StoreRefused
from edge_agent.ports import Pin
from edge_agent.store.schema import connect
from edge_agent.store.tracks import TrackLimits, TrackStore
from edge_agent.store.tracks.opening import ORDINAL_BITS
from tests.edge_agent.store.tracks.positions import BEGIN_S, NOW, position, reports
from tests.fault.failing_disk import Mood, MoodyVfs

DAY_NS = 86_400 * 10**9


def opened(
    folder: Path, limits: TrackLimits = TrackLimits(), *, unclean: bool = False, utc_ns: int = 0
) -> TrackStore:
    return TrackStore.open(folder, limits, unclean=unclean, utc_ns=utc_ns)


def test_what_was_kept_is_given_back_as_it_was(tmp_path: Path) -> None:
    store, whole = opened(tmp_path), position(1)
    bare = replace(whole, at_ns=None, lon=None, lat=None, fix=None, speed_kmh=None, flags=())
    ordinals = store.keep([(whole, False), (bare, False)])
    assert ordinals == sorted(set(ordinals))
    store.close()
    again = opened(tmp_path).since(0, 10)
    assert again == [
        replace(one, ordinal=n) for one, n in zip((whole, bare), ordinals, strict=True)
    ]


def test_the_same_report_has_an_effect_once_however_and_whenever_it_comes(tmp_path: Path) -> None:
    store, one = opened(tmp_path), position(1)
    later = replace(one, live=False, moment=NOW._replace(mono_ns=99, boot_id="boot-2"))
    (first,) = store.keep([(one, False)])
    assert store.keep([(later, False), (later, False)]) == [0, 0]
    assert [kept.ordinal for kept in store.since(0, 10)] == [first]


def test_another_terminal_time_or_word_is_another_report(tmp_path: Path) -> None:
    store, one = opened(tmp_path), position(1)
    others = [
        replace(one, terminal="13900000000"),
        replace(one, at_ns=one.at_ns + 1 if one.at_ns else None),
        replace(one, raw=b"\x01"),
        replace(one, values={"cover": "shut"}),
    ]
    assert all(store.keep([(other, False) for other in (one, *others)]))


def test_reports_without_a_time_of_their_own_are_told_apart_by_when_they_came(
    tmp_path: Path,
) -> None:
    store, one = opened(tmp_path), replace(position(1), at_ns=None)
    later = replace(one, moment=NOW._replace(mono_ns=NOW.mono_ns + 1))
    assert all(store.keep([(one, False), (later, False)]))
    assert store.keep([(one, False)]) == [0]


def test_ordinals_rise_over_restarts_also_when_everything_old_has_gone(tmp_path: Path) -> None:
    store = opened(tmp_path)
    before = store.keep([(position(n), False) for n in range(5)])
    store.forget_before(NOW.utc_ns + 1_000 * DAY_NS)
    assert store.count() == 1
    store.close()
    store = opened(tmp_path)
    after = store.keep([(position(n), False) for n in range(5, 8)])
    assert min(after) > max(before)
    assert reports(store.since(before[-1], 2)) == [("13912345678", 5), ("13912345678", 6)]


def test_a_track_is_one_terminals_by_its_own_time_however_it_came(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.keep([(position(n, "1"), False) for n in (90, 10, 50, 11, 9)])
    store.keep([(position(n, "2"), False) for n in (10, 50)])
    begin, end = (BEGIN_S + 10) * 10**9, (BEGIN_S + 90) * 10**9
    assert reports(store.track("1", begin, end, 9)) == [("1", 10), ("1", 11), ("1", 50)]
    assert reports(store.track("1", begin, end, 2)) == [("1", 10), ("1", 11)]


def test_strangers_have_a_place_of_their_own_that_cannot_push_out_the_others(
    tmp_path: Path,
) -> None:
    store = opened(tmp_path, TrackLimits(apart_rows=10))
    store.keep([(position(1, "ours"), False)])
    for n in range(100):
        assert store.keep([(position(n, "stranger"), True), (position(n, "stranger"), True)]) == [
            0,
            0,
        ]
    assert reports(store.since(0, 1_000)) == [("ours", 1)]
    assert reports(store.apart(1_000)) == [("stranger", n) for n in range(90, 100)]
    assert reports(store.apart(2)) == [("stranger", 98), ("stranger", 99)]


def test_bytes_are_bounded_the_oldest_go_first_and_are_counted(tmp_path: Path) -> None:
    limits = TrackLimits(db_bytes=400_000)
    store = opened(tmp_path, limits)
    for n in range(0, 6_000, 30):
        store.keep([(position(one), False) for one in range(n, n + 30)])
    kept = [n for _, n in reports(store.since(0, 10_000))]
    assert kept == list(range(kept[0], 6_000))
    assert store.dropped == kept[0] > 1_000
    size = sum(path.stat().st_size for path in tmp_path.glob("tracks.db"))
    assert 0.5 * limits.db_bytes < size <= limits.db_bytes


def test_what_is_too_old_goes_in_steps_and_what_came_without_a_clock_waits(tmp_path: Path) -> None:
    store = opened(tmp_path, TrackLimits(hours=24))
    blind = replace(position(1, "blind"), moment=NOW._replace(utc_ns=5, clock="unset"))
    store.keep([(blind, False)])
    store.keep([(position(n), False) for n in range(2, 30)])
    store.forget_before(NOW.utc_ns + DAY_NS)
    assert store.count() == 29
    store.forget_before(NOW.utc_ns + DAY_NS + 20 * 10**9)
    assert reports(store.since(0, 99))[0] == ("13912345678", 21)


def test_age_keeps_up_with_a_full_stream(tmp_path: Path) -> None:
    store = opened(tmp_path, TrackLimits(hours=1))
    store.keep([(position(n, came_s=0), False) for n in range(9_000)])
    store.keep([(position(9_001), False)])
    store.forget_before(NOW.utc_ns + DAY_NS // 24 + 1)
    assert store.count() == 1


def test_pins_are_kept_with_the_positions_they_judged(tmp_path: Path) -> None:
    store = opened(tmp_path)
    pin = Pin(code="c0de", network="10.0.0.0/8", doubt=("imei-changed", "ab" * 6), told=False)
    store.keep([(position(1), True)], {"1": pin, "2": Pin()})
    store.keep([], {"2": Pin(code="x")})
    store.close()
    assert opened(tmp_path).pins() == {"1": pin, "2": Pin(code="x")}


def test_wal_and_full_are_asserted(tmp_path: Path) -> None:
    con = opened(tmp_path)._con
    assert (con.pragma("journal_mode"), con.pragma("synchronous")) == ("wal", 2)

    def in_memory(path: str) -> apsw.Connection:
        return apsw.Connection(":memory:")

    with pytest.raises(StoreRefused, match="wal and 2"):
        TrackStore.open(tmp_path, TrackLimits(), connect=in_memory, unclean=False)


def test_a_file_of_something_else_or_of_a_newer_agent_is_left_alone(tmp_path: Path) -> None:
    con = connect(str(tmp_path / "tracks.db"))
    con.execute("CREATE TABLE other (x)")
    con.close()
    with pytest.raises(StoreRefused, match="something else"):
        opened(tmp_path)
    newer = tmp_path / "newer"
    newer.mkdir()
    opened(newer).close()
    con = connect(str(newer / "tracks.db"))
    con.pragma("user_version", 99)
    con.close()
    with pytest.raises(StoreRefused, match="schema 99"):
        opened(newer)


def spoil(path: Path, begin: int) -> None:
    data = bytearray(path.read_bytes())
    data[begin:] = b"\xa5" * (len(data) - begin)
    path.write_bytes(data)


@pytest.mark.parametrize("begin", [0, 4096], ids=["header", "pages"])
def test_a_corrupt_file_is_set_aside_and_ordinals_go_on_rising(tmp_path: Path, begin: int) -> None:
    store = opened(tmp_path)
    before = store.keep([(position(n), False) for n in range(500)])
    store.close()
    spoil(tmp_path / "tracks.db", begin)
    store = opened(tmp_path, unclean=True)
    (aside,) = store.damaged
    assert aside.exists()
    assert not list(tmp_path.glob("*.corrupt-*")), "the outbox's salvage would walk it"
    (ordinal,) = store.keep([(position(1_000), False)])
    assert ordinal > max(before)
    assert reports(store.since(max(before), 9)) == [("13912345678", 1_000)]


@pytest.mark.parametrize("utc_ns", [0, NOW.utc_ns], ids=["clock not set", "clock set"])
@pytest.mark.parametrize("begin", [0, 4096], ids=["header", "pages"])
def test_no_ordinal_is_given_twice_by_files_that_were_lost_within_one_minute(
    tmp_path: Path, begin: int, utc_ns: int
) -> None:
    given: list[int] = []
    for n in range(4):
        store = opened(tmp_path, unclean=bool(n), utc_ns=utc_ns)
        given += store.keep([(position(9 * n + one), False) for one in range(9)])
        store.close()
        spoil(tmp_path / "tracks.db", begin)
    assert given == sorted(set(given))
    assert len(given) == 36


def test_who_remembers_an_ordinal_of_a_lost_file_gets_all_of_the_next(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.keep([(position(n), False) for n in range(3)])
    elsewhere = (store.generation + 5 << ORDINAL_BITS) + 1
    assert len(store.since(elsewhere, 9)) == 3


def test_a_file_that_turns_corrupt_while_it_is_used_is_replaced_and_pins_go_on(
    tmp_path: Path,
) -> None:
    store, doubted = opened(tmp_path, utc_ns=NOW.utc_ns), Pin(doubt=("code-changed", "00" * 6))
    for n in range(0, 3_000, 100):
        *_, before = store.keep(
            [(position(one), False) for one in range(n, n + 100)], {"1": doubted}
        )
    store._con.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    (root,) = next(
        store._con.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'position_once'")
    )
    store._con.pragma("cache_size", 0)
    with (tmp_path / "tracks.db").open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xa5" * 4096)
    (ordinal,) = store.keep([(position(9_000), False)])
    assert ordinal
    assert len(store.damaged) == 1
    assert ordinal > before
    assert reports(store.since(0, 9)) == [("13912345678", 9_000)]
    assert store.pins() == {"1": doubted}


def moody(folder: Path, limits: TrackLimits = TrackLimits()) -> tuple[MoodyVfs, TrackStore]:
    vfs = MoodyVfs(f"tracks-{folder.name}", Mood())
    return vfs, TrackStore.open(folder, limits, connect=vfs.connect, unclean=False)


def test_on_a_full_disk_nothing_is_kept_nothing_is_dropped_and_it_goes_on_after(
    tmp_path: Path,
) -> None:
    vfs, store = moody(tmp_path)
    store.keep([(position(n), False) for n in range(100)])
    vfs.mood.quota_bytes = sum(map(len, vfs.disk.inodes)) + 20_000
    with pytest.raises(StoreFull, match="no room"):
        store.keep([(position(n), False) for n in range(100, 2_000)])
    assert (store.count(), store.dropped) == (100, 0)
    vfs.mood.quota_bytes = None
    assert all(store.keep([(position(n), False) for n in range(100, 2_000)]))
    assert [n for _, n in reports(store.since(0, 9_999))] == list(range(2_000))


@pytest.mark.parametrize("what", ["fail_flush", "fail_write"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_disk_that_fails_once_costs_nothing_and_tells_every_new_ordinal(
    tmp_path: Path, what: str, nth: int
) -> None:
    vfs, store = moody(tmp_path)
    store.keep([(position(0), False)])
    setattr(vfs.mood, what, nth)
    ordinals: list[int] = []
    for n in range(1, 6):
        ordinals += store.keep([(position(n), False), (position(0), False)])
    assert vfs.mood.times == 0, "the disk never failed: nothing was tested"
    assert 0 not in ordinals[::2]
    assert not any(ordinals[1::2])
    assert [n for _, n in reports(store.since(0, 99))] == list(range(6))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_disk_that_goes_on_failing_is_a_full_one_to_terminals(tmp_path: Path) -> None:
    vfs, store = moody(tmp_path)
    vfs.mood.fail_flush, vfs.mood.times = 1, 10**6
    with pytest.raises(StoreFull, match="fails"):
        store.keep([(position(1), False)])
    vfs.mood.times = 0
    store.keep([(position(1), False), (position(2), False)])
    assert [n for _, n in reports(store.since(0, 9))] == [1, 2]
    gc.collect()  # connections that failed to close say so once more, here
