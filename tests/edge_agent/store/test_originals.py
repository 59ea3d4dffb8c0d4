"""Originals: sealed until asked for, whatever happens to the store; and no longer here than they may be."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import apsw
import pytest

from edge_agent.store import inspection
from edge_agent.store.database import Limits
from edge_agent.store.originals import Original
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
from tests.edge_agent.store.stores import (
    NOW,
    everything,
    later,
    open_store,
    routine,
)
from tests.edge_agent.store.test_salvage import _damage, _salvaged

ONE, TWO = Taken.number(1), Taken.number(2)


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


def test_the_outbox_tells_what_is_sealed_from_what_waits(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([work(word(taken=ONE)), work(word("p-2", taken=TWO))])
    store.give_original(TWO.name, NOW, asked)
    with inspection.copy_of(tmp_path) as copy:
        told = inspection.outbox_status(copy)
    assert told["sealed"] == {"files": 1, "bytes": len(ONE.original)}
    assert told["evidence"]["files"] == 5
    store.close()


def _first_schema(folder: Path) -> list[int]:
    """A store as schema 1 left it, with a photo to upload; the pages of its settings."""
    con = apsw.Connection(str(folder / "edile.db"))
    con.execute((Path(__file__).parent / "databases" / "schema_1.sql").read_text())
    row = (sha(ONE.masked), "image/jpeg", len(ONE.masked), 2199023255553)
    con.execute(
        "INSERT INTO evidence (sha256, media_type, size, event_id) VALUES (?, ?, ?, ?)", row
    )
    pages = [page for (page,) in con.execute("SELECT pageno FROM dbstat WHERE name = 'setting'")]
    con.close()
    (folder / "edile.store").write_text("edile store\n")
    path = folder / "evidence" / row[0][:2] / row[0]
    path.parent.mkdir(parents=True)
    path.write_bytes(ONE.masked)
    return pages


def test_a_store_of_the_first_schema_that_nobody_has_opened_yet_can_be_looked_at(
    tmp_path: Path,
) -> None:
    _first_schema(tmp_path)
    with inspection.copy_of(tmp_path) as copy:
        told = inspection.outbox_status(copy)
    assert told["sealed"] == {"files": 0, "bytes": 0}
    assert told["evidence"] == {"files": 1, "bytes": len(ONE.masked)}


@pytest.mark.parametrize("damaged", [False, True])
def test_photos_of_the_first_schema_leave_as_they_did(tmp_path: Path, damaged: bool) -> None:
    pages = _first_schema(tmp_path)
    if damaged:
        _damage(tmp_path / "edile.db", pages)
    store = open_store(tmp_path, unclean=True)
    if damaged:
        _salvaged(store)
    assert uploads(store) == [sha(ONE.masked)]
    assert sealed_files(tmp_path) == set()
    store.close()
