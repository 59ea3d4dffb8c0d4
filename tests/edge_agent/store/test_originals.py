"""Originals: sealed until asked for, whatever happens to the store; and no longer here than they may be."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import apsw
import pytest

from contract.payloads.base import PhotoRef
from contract.payloads.evidence import EvidenceOriginal
from edge_agent.errors import StoreFull
from edge_agent.ports import Conclusion, NewEvidence
from edge_agent.store import inspection
from edge_agent.store.database import Limits, Store
from edge_agent.store.files import SystemFiles
from edge_agent.store.originals import Original
from tests.edge_agent.store.pictures import Taken, sha, word, work
from tests.edge_agent.store.stores import (
    NOW,
    everything,
    hub_has,
    later,
    notices,
    open_store,
    routine,
)
from tests.edge_agent.store.test_pressure import _endlessly_urgent
from tests.edge_agent.store.test_salvage import _damage, _salvaged

ONE, TWO = Taken.number(1), Taken.number(2)


class SmallDisk(SystemFiles):
    """Takes `room` bytes of files and no more."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._sizes: dict[Path, int] = {}

    def write(self, path: Path, content: bytes) -> None:
        if sum(self._sizes.values()) + len(content) > self._room:
            path.write_bytes(content[:99])
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(path, content)
        self._sizes[path] = len(content)

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        self._sizes[new] = self._sizes.pop(old)

    def remove(self, path: Path) -> None:
        super().remove(path)
        self._sizes.pop(path, None)


def asked(original: Original) -> Conclusion:
    payload = EvidenceOriginal(
        evidence=(PhotoRef(sha256=original.sha256),), size_bytes=original.size,
        requested_by="token/li-na", reason="objection 4",
    )  # fmt: skip
    return Conclusion(payload, f"evidence/{original.sha256}")


def uploads(store: Store) -> list[str]:
    """Everything that the uplink would be given, in order."""
    names: list[str] = []
    while upload := store.next_upload(skip=names):
        names.append(upload.sha256)
    return names


def deliver(store: Store) -> None:
    """The hub takes all that is offered, and its backup all of that."""
    while upload := store.next_upload():
        store.evidence_progress(upload.sha256, upload.size, done=True)
    store.commit([routine("proof")])
    hub_has(store)


def sealed_files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "sealed").rglob("*") if path.is_file()}


def test_the_masked_photo_and_the_thumbnail_leave_and_the_original_stays(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([work(word(taken=ONE))])
    assert uploads(store) == [sha(ONE.thumbnail), sha(ONE.masked)]
    assert sealed_files(tmp_path) == {ONE.name}
    assert store.read_evidence(ONE.name, 0, 10**6) == ONE.original
    deliver(store)
    assert uploads(store) == []
    assert sealed_files(tmp_path) == {ONE.name}
    store.close()


@pytest.mark.parametrize("name", [ONE.name, sha(ONE.masked), sha(ONE.thumbnail)])
def test_an_original_leaves_once_it_was_asked_for_by_its_name_or_a_photos(
    tmp_path: Path, name: str
) -> None:
    store = open_store(tmp_path)
    store.commit([work(word(taken=ONE)), work(word("p-2", taken=TWO))])
    deliver(store)
    found = store.give_original(name, NOW, asked)
    assert found == Original(ONE.name, "image/jpeg", len(ONE.original), None, here=True)
    assert uploads(store) == [ONE.name]
    (told,) = [item["data"] for item in everything(store) if "requested_by" in item.get("data", {})]
    assert (told["requested_by"], told["evidence"][0]["sha256"]) == ("token/li-na", ONE.name)
    store.close()


def test_what_was_given_stays_given_after_a_restart_and_goes_on_where_it_was(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path)
    store.commit([work(word(taken=ONE))])
    deliver(store)
    store.give_original(ONE.name, NOW, asked)
    store.evidence_progress(ONE.name, 4096, done=False)
    store.close()
    again = open_store(tmp_path, unclean=True)
    upload = again.next_upload()
    assert upload is not None
    assert (upload.sha256, upload.sent) == (ONE.name, 4096)
    second = again.give_original(ONE.name, NOW, asked)
    assert second is not None
    assert second.given == f"{store.epoch}.urgent.3"
    again.close()


def test_nothing_is_given_that_is_not_an_original(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(photo=b"\xff\xd8 a photo without an original")])
    before = store.lane_end("urgent")
    for name in ("ab" * 32, sha(b"\xff\xd8 a photo without an original")):
        assert store.give_original(name, NOW, asked) is None
    assert store.lane_end("urgent") == before
    store.close()


def test_the_same_bytes_sealed_and_not_are_sealed(tmp_path: Path) -> None:
    """Whichever came first, as long as nothing of them has left."""
    store = open_store(tmp_path)
    store.commit([work(word(taken=ONE)), routine(photo=ONE.original)])
    store.commit([routine(photo=TWO.original), work(word(taken=TWO))])
    assert not {ONE.name, TWO.name} & set(uploads(store))
    assert store.read_evidence(TWO.name, 0, 10**6) == TWO.original
    store.close()
    again = open_store(tmp_path, unclean=True)
    assert sealed_files(tmp_path) == {ONE.name, TWO.name}
    assert not (tmp_path / "evidence" / TWO.name[:2] / TWO.name).exists()
    again.close()


# --- cuts, kills, damage -----------------------------------------------------------------------


def test_a_sealed_file_without_a_row_is_swept_at_the_start(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([work(word(taken=ONE))])
    store.close()
    orphan = tmp_path / "sealed" / "ab" / ("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"a cut came between file and commit")
    open_store(tmp_path, unclean=True).close()
    assert sealed_files(tmp_path) == {ONE.name}


KILLED = """
    import itertools, pathlib, sys
    from tests.edge_agent.store import stores
    from tests.edge_agent.store.pictures import Taken, word, work
    stores._epochs = itertools.count(10**6)  # not those of the test that starts this
    store = stores.open_store(pathlib.Path(sys.argv[1]))
    for n in range(10**6):
        store.commit([work(word(f"p-{n}", taken=Taken.number(n)))])
        print(n, flush=True)
"""


def test_killed_in_the_middle_of_it_no_original_is_lost_and_none_may_leave(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        done = [int(child.stdout.readline()) for _ in range(25)][-1]
        child.send_signal(signal.SIGKILL)
        done = max([done, *(int(line) for line in child.stdout.read().split())])
    store = open_store(tmp_path, unclean=True)
    promised = {Taken.number(n).name for n in range(done + 1)}
    assert promised <= sealed_files(tmp_path)
    assert not sealed_files(tmp_path) & set(uploads(store))
    for n in (0, done):
        assert store.read_evidence(Taken.number(n).name, 0, 10**6) == Taken.number(n).original
    store.close()


@pytest.mark.parametrize("given", [False, True])
def test_damage_to_its_row_does_not_unseal_an_original(tmp_path: Path, given: bool) -> None:
    """The folder tells what it is. One that had been given has to be asked for again."""
    store = open_store(tmp_path)
    store.commit([work(word(taken=ONE))])
    if given:
        store.give_original(ONE.name, NOW, asked)
    store.close()
    _damage(tmp_path / "edile.db", _pages_of_evidence(tmp_path))
    again = open_store(tmp_path, unclean=True)
    _salvaged(again)
    assert set(uploads(again)) == ONE.leaving
    assert sealed_files(tmp_path) == {ONE.name}
    assert again.give_original(ONE.name, NOW, asked) is not None
    assert set(uploads(again)) == ONE.leaving | {ONE.name}
    assert again.next_upload(skip=ONE.leaving).media_type == "image/jpeg"  # type: ignore[union-attr]
    again.close()


def test_a_salvage_knows_what_was_given_and_what_belongs_to_whom(tmp_path: Path) -> None:
    """Only events were on the damaged page: the rows of the files come over as they were."""
    limits = Limits(sealed_hours=24)
    store = open_store(tmp_path, limits=limits)
    store.commit([work(word(taken=ONE)), work(word("p-2", taken=TWO))])
    store.commit([routine(f"s{n}") for n in range(300)])
    store.give_original(ONE.name, NOW, asked)
    store.close()
    con = apsw.Connection(str(tmp_path / "edile.db"))
    query = "SELECT pageno FROM dbstat WHERE name = 'event' AND pagetype = 'leaf' ORDER BY path"
    (page,) = [number for (number,) in con.execute(query)][-1:]
    con.close()
    _damage(tmp_path / "edile.db", [page])
    again = open_store(tmp_path, unclean=True, limits=limits)
    _salvaged(again)
    assert set(uploads(again)) == ONE.leaving | TWO.leaving | {ONE.name}
    again.commit([work(word("p-2", "ended"))])
    deliver(again)
    again.maintain(later(2))
    assert sealed_files(tmp_path) == {ONE.name}, "the given one's problem is open"
    again.close()


def _pages_of_evidence(folder: Path) -> list[int]:
    con = apsw.Connection(str(folder / "edile.db"))
    pages = [page for (page,) in con.execute("SELECT pageno FROM dbstat WHERE name = 'evidence'")]
    con.close()
    return pages


# --- how long they stay ------------------------------------------------------------------------


def test_an_original_stays_its_time_after_the_last_word_on_its_problem(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(sealed_hours=24))
    store.commit([work(word("p-1", taken=ONE)), work(word("p-2", taken=TWO))])
    store.commit([work(word("p-1", "ended"), at=later(5))])
    deliver(store)
    store.maintain(later(5.9))
    assert sealed_files(tmp_path) == {ONE.name, TWO.name}
    store.maintain(later(6.1))
    assert sealed_files(tmp_path) == {TWO.name}, "p-2 is still open"
    (told,) = [one["shed"] for one in notices(store, "shed")]
    expected = ("expired-originals", 1, len(ONE.original), ONE.name)
    assert (told["what"], told["count"], told["bytes"], told["first"]) == expected
    gone = store.give_original(ONE.name, later(7), asked)
    assert gone is not None
    assert not gone.here
    assert uploads(store) == []
    store.close()


def test_a_problem_that_never_ends_does_not_hold_its_originals_for_ever(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(sealed_hours=24, sealed_open_hours=240))
    store.commit([work(word("p-1", taken=ONE))])
    store.commit([work(word("p-1", "updated"), at=later(9))])
    store.maintain(later(9.9))
    assert sealed_files(tmp_path) == {ONE.name}
    store.maintain(later(10.1))
    assert sealed_files(tmp_path) == set()
    store.close()


def test_nothing_expires_before_the_hub_could_have_asked_for_it(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(sealed_hours=24))
    store.commit([work(word("p-1", taken=ONE)), work(word("p-1", "ended"))])
    store.maintain(later(3))
    assert sealed_files(tmp_path) == {ONE.name}
    hub_has(store, archived=False)
    store.maintain(later(4))
    assert sealed_files(tmp_path) == {ONE.name}
    hub_has(store)
    store.maintain(later(5))
    assert sealed_files(tmp_path) == set()
    store.close()


def test_what_was_given_stays_until_the_hubs_backup_has_it(tmp_path: Path) -> None:
    limits = Limits(sealed_hours=24, sealed_open_hours=48)
    store = open_store(tmp_path, limits=limits)
    store.commit([work(word("p-1", taken=ONE)), work(word("p-1", "ended"))])
    store.give_original(ONE.name, NOW, asked)
    hub_has(store)
    store.maintain(later(30))
    assert sealed_files(tmp_path) == {ONE.name}
    deliver(store)
    store.maintain(later(31))
    assert sealed_files(tmp_path) == set()
    store.close()


def test_without_a_clock_the_time_begins_when_there_is_one(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(sealed_hours=24))
    unset, ahead = NOW._replace(clock="unset", utc_ns=0), later(4000)
    store.commit([work(word("p-1", taken=ONE), word("p-1", "ended"), at=unset)])
    store.commit([work(word("p-2", taken=TWO), word("p-2", "ended"), at=ahead)])
    hub_has(store)
    store.maintain(unset)
    store.maintain(later(1))
    assert sealed_files(tmp_path) == {ONE.name, TWO.name}
    store.maintain(later(2.1))
    assert sealed_files(tmp_path) == set()
    store.close()


# --- for want of room --------------------------------------------------------------------------


def test_over_their_share_the_oldest_of_problems_that_are_over_go_first(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(sealed_bytes=110_000))
    for n in range(5):
        store.commit([work(word(f"p-{n}", taken=Taken.number(n)), at=later(n / 100))])
    store.commit([work(word("p-3", "ended"), at=later(0.2))])
    store.maintain(NOW)
    assert len(sealed_files(tmp_path)) == 5
    store.commit([work(word("p-5", taken=Taken.number(5)), at=later(0.3))])
    store.maintain(NOW)
    left = {n for n in range(6) if Taken.number(n).name in sealed_files(tmp_path)}
    assert left == {1, 2, 4, 5}
    (told,) = [one["shed"] for one in notices(store, "shed")]
    assert (told["what"], told["count"]) == ("sealed-originals", 2)
    store.close()


def test_sealed_originals_are_held_bytes_and_go_before_anything_that_the_hub_lacks(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path, limits=Limits(evidence_bytes=25_000))
    raw = [(1, 4096)]
    store.shed_raw = lambda wanted: raw.pop() if raw else (0, 0)
    store.commit([work(word(taken=ONE))])
    for _ in range(4):
        store.maintain(NOW)
    told = [one["shed"]["what"] for one in notices(store, "shed")]
    assert told == ["raw-segments", "sealed-originals"]
    assert set(uploads(store)) == ONE.leaving
    assert sealed_files(tmp_path) == set()
    store.close()


def test_what_was_asked_for_and_not_yet_delivered_never_goes_for_room(tmp_path: Path) -> None:
    store = open_store(tmp_path, limits=Limits(evidence_bytes=10, sealed_bytes=10))
    store.commit([work(word(taken=ONE))])
    store.give_original(ONE.name, NOW, asked)
    for _ in range(5):
        store.maintain(later(0.5))
    assert sealed_files(tmp_path) == {ONE.name}
    assert notices(store, "shed") == []
    store.close()


def test_a_database_at_its_own_limit_costs_no_original(tmp_path: Path) -> None:
    """They would not make room in it."""
    store = open_store(tmp_path, limits=Limits(db_bytes=1024 * 1024))
    store.commit([work(word(taken=ONE))])
    with pytest.raises(StoreFull):
        _endlessly_urgent(store)
    store.maintain(NOW)
    assert sealed_files(tmp_path) == {ONE.name}
    store.close()


def test_a_full_disk_takes_room_from_sealed_originals_before_it_refuses(tmp_path: Path) -> None:
    disk = SmallDisk(60_000)
    store = open_store(tmp_path, files=disk)
    store.commit([work(word("p-1", taken=ONE))])
    store.commit([work(word("p-2", taken=TWO))])
    assert sealed_files(tmp_path) == {TWO.name}
    assert set(uploads(store)) == ONE.leaving | TWO.leaving
    huge = NewEvidence(b"\xff\xd8" + bytes(70_000), "image/jpeg")
    with pytest.raises(StoreFull):
        store.commit([work(Conclusion(word("p-3").payload, "camera/c", evidence=(huge,)))])
    assert [path.name for path in tmp_path.rglob("*.tmp")] == []
    assert store.commit([work(word("p-4"))]), "words without photos are still taken"
    store.close()


def test_rows_of_files_long_gone_go_too(tmp_path: Path) -> None:
    store = open_store(
        tmp_path, limits=Limits(sealed_hours=1, sealed_open_hours=48, evidence_bytes=10)
    )
    store.commit([work(word("p-1", taken=ONE), word("p-1", "ended"))])
    deliver(store)
    for hours in range(1, 9):
        store.maintain(later(hours / 4))
    assert _rows(tmp_path) == 3
    store.maintain(later(3))
    assert _rows(tmp_path) == 0
    store.close()


def _rows(folder: Path) -> int:
    with inspection.copy_of(folder) as copy:
        return copy["evidence"].count


def test_the_outbox_tells_what_is_sealed_from_what_waits(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([work(word(taken=ONE)), work(word("p-2", taken=TWO))])
    store.give_original(TWO.name, NOW, asked)
    with inspection.copy_of(tmp_path) as copy:
        told = inspection.outbox_status(copy)
    assert told["sealed"] == {"files": 1, "bytes": len(ONE.original)}
    assert told["evidence"]["files"] == 5
    store.close()
