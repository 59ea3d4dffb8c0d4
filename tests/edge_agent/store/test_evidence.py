"""Evidence: a row never points to nothing, a file without a row does not stay, uploads resume."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from edge_agent.store.evidence import Upload
from tests.edge_agent.store.stores import open_store, routine

PHOTO = b"\xff\xd8" + bytes(range(256)) * 100
NAME = sha256(PHOTO).hexdigest()


def test_the_bytes_are_kept_as_they_came_under_their_own_hash(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(photo=PHOTO)])
    assert (tmp_path / "evidence" / NAME[:2] / NAME).read_bytes() == PHOTO
    assert store.next_upload() == Upload(NAME, "image/jpeg", len(PHOTO), 0)
    assert store.read_evidence(NAME, 100, 50) == PHOTO[100:150]
    store.close()


def test_the_same_bytes_twice_are_one_upload(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(photo=PHOTO), routine(photo=PHOTO)])
    assert store.next_upload() is not None
    assert store.next_upload(skip={NAME}) is None
    store.close()


def test_an_upload_goes_on_where_it_was_after_a_restart(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(photo=PHOTO)])
    store.evidence_progress(NAME, 4096, done=False)
    store.close()
    again = open_store(tmp_path, unclean=True)
    assert again.next_upload() == Upload(NAME, "image/jpeg", len(PHOTO), 4096)
    again.evidence_progress(NAME, len(PHOTO), done=True)
    assert again.next_upload() is None
    again.close()


def test_files_that_no_row_names_are_swept_at_the_start(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine(photo=PHOTO)])
    store.close()
    orphan = tmp_path / "evidence" / "ab" / ("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"from before the cut")
    half = tmp_path / "evidence" / NAME[:2] / f".{NAME}.tmp"
    half.write_bytes(b"half")
    open_store(tmp_path, unclean=True).close()
    assert not orphan.exists()
    assert not half.exists()
    assert (tmp_path / "evidence" / NAME[:2] / NAME).exists()


def test_small_pictures_go_before_big_ones(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.commit([routine("big", photo=PHOTO), routine("small", photo=b"thumb")])
    first = store.next_upload()
    assert first is not None
    assert first.size == 5
    store.close()
