"""Evidence: files named by the SHA-256 of their bytes, and the rows that say who needs them.

The file is durable before the row; a row never points to nothing. A file goes only when the event
that names it is archived and the hub's backup is known to hold the file too (`proof_id`).

Originals are sealed: they have a folder of their own, so that no lost or damaged row can make one of
them look like something that may leave, and they are uploaded only once `given` (`originals`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import apsw

from contract.envelope import Moment
from edge_agent.ports import NewEvidence
from edge_agent.store.files import Files, write_durably

THUMBNAIL_BYTES = 8 * 1024
ALIBI = "application/vnd.edile.alibi"
OPEN_FOLDER, SEALED_FOLDER = "evidence", "sealed"
LEAVES = "(sealed = 0 OR given IS NOT NULL)"
"""What may go to the hub: word for word as in the index `evidence_waiting`, which it needs."""

_KEEP = """
INSERT INTO evidence
  (sha256, media_type, size, event_id, sealed, parent, problem, open, taken_ns, since_ns)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce(?8,
  (SELECT max(open) FROM evidence WHERE problem = ?7 AND sealed = 1 AND shed = 0), 0), ?9, ?10)
ON CONFLICT (sha256) DO UPDATE SET
  event_id = max(event_id, excluded.event_id),
  shed = 0,
  sealed = iif(sent = 0 AND proof_id IS NULL, max(sealed, excluded.sealed), sealed),
  parent = coalesce(parent, excluded.parent),
  problem = coalesce(excluded.problem, problem),
  open = iif(excluded.problem IS NULL, open, excluded.open),
  since_ns = max(since_ns, excluded.since_ns)
"""
"""The same bytes again: a seal wins over none as long as nothing of them has left."""


@dataclass(frozen=True)
class Upload:
    """A blob of which the hub has the first `sent` of `size` bytes, as far as we know."""

    sha256: str
    media_type: str
    size: int
    sent: int


@dataclass(frozen=True)
class Blob:
    sha256: str
    media_type: str
    size: int
    event_id: int
    proof_id: int | None
    sealed: bool = False


class Said(NamedTuple):
    """The columns that only the store itself reads; without them an original is sealed."""

    given: str | None = None
    parent: str | None = None
    problem: str | None = None
    open: bool = False
    taken_ns: int = 0
    since_ns: int = 0


class Kept(NamedTuple):
    """A file that is durable, and what its row will say. `problem`: id, and whether it is open; None: as
    it was."""

    name: str
    new: NewEvidence
    event_id: int
    moment: Moment
    problem: tuple[str, bool | None] | None


class EvidenceFolder:
    """Rows through the store's connection, files below `data_dir`/evidence/ab/abcdef... and
    `data_dir`/sealed/ab/abcdef..."""

    def __init__(self, con: apsw.Connection, data_dir: Path, files: Files) -> None:
        self._con, self._files = con, files
        self._folders = (data_dir / OPEN_FOLDER, data_dir / SEALED_FOLDER)

    def _path(self, name: str, sealed: bool) -> Path:
        return self._folders[sealed].joinpath(name[:2], name)

    def _is_sealed(self, name: str) -> bool:
        row = self._con.execute("SELECT sealed FROM evidence WHERE sha256 = ?", (name,)).fetchone()
        return row is not None and bool(row[0])

    def path(self, name: str) -> Path:
        return self._path(name, self._is_sealed(name))

    def keep_file(self, evidence: NewEvidence) -> str:
        """OSError when the disk does not take it: nothing of it stays behind then."""
        name = sha256(evidence.content).hexdigest()
        path = self._path(name, evidence.sealed or self._is_sealed(name))
        if not self._files.has(path):
            try:
                write_durably(self._files, path, evidence.content)
            except OSError:
                with suppress(OSError):
                    self._files.remove(path.with_name(f".{name}.tmp"))
                raise
        return name

    def has(self, name: str, *, sealed: bool) -> bool:
        return self._files.has(self._path(name, sealed))

    def keep_rows(self, kept: Iterable[Kept]) -> None:
        for name, new, event_id, moment, problem in kept:
            at_ns = 0 if moment.clock == "unset" else moment.utc_ns
            of, is_open = problem or (None, False)
            self._con.execute(
                _KEEP,
                (
                    *(name, new.media_type, len(new.content), event_id),
                    *(new.sealed, new.parent, of, is_open, at_ns, at_ns),
                ),
            )

    def adopt(self, blob: Blob, sent: int = 0, said: Said = Said()) -> None:
        """A row for a file that a salvage found; `said`: what its old row held besides."""
        self._con.execute(
            "INSERT OR IGNORE INTO evidence (sha256, media_type, size, event_id, sent, sealed, "
            "given, parent, problem, open, taken_ns, since_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (blob.sha256, blob.media_type, blob.size, blob.event_id, sent, blob.sealed, *said),
        )

    def next_upload(self, skip: Collection[str]) -> Upload | None:
        """Thumbnails before originals, then oldest first. Nothing that is sealed."""
        sql = (
            "SELECT sha256, media_type, size, sent FROM evidence "  # noqa: S608 - our own words
            f"WHERE proof_id IS NULL AND shed = 0 AND {LEAVES} ORDER BY size > ?, event_id"
        )
        for row in self._con.execute(sql, (THUMBNAIL_BYTES,)):
            if row[0] not in skip:
                return Upload(*row)
        return None

    def read(self, name: str, offset: int, size: int) -> bytes:
        return self._files.read(self.path(name), offset, size)

    def progress(self, name: str, sent: int, *, proof_id: int | None) -> None:
        self._con.execute(
            "UPDATE evidence SET sent = ?, proof_id = ? WHERE sha256 = ?", (sent, proof_id, name)
        )

    def doubt(self, proven: Callable[[int], bool]) -> None:
        """The hub was restored: what its backup is not proven to hold must be uploaded again."""
        held = "SELECT sha256, proof_id FROM evidence WHERE shed = 0 AND proof_id IS NOT NULL"
        lost = [(name,) for name, proof in self._con.execute(held) if not proven(proof)]
        self._con.executemany(
            "UPDATE evidence SET sent = 0, proof_id = NULL WHERE sha256 = ?", lost
        )

    def delivered(self) -> list[Blob]:
        """Uploaded and still here, oldest first."""
        sql = (
            "SELECT sha256, media_type, size, event_id, proof_id, sealed FROM evidence "
            "WHERE proof_id IS NOT NULL AND shed = 0 ORDER BY event_id"
        )
        return [Blob(*row) for row in self._con.execute(sql)]

    def forget(self, names: Collection[str]) -> None:
        """Marks rows whose files may go; the files go after the commit (`remove`)."""
        self._con.executemany(
            "UPDATE evidence SET shed = 1 WHERE sha256 = ?", [(name,) for name in names]
        )

    def remove(self, names: Collection[str]) -> None:
        for name in names:
            self._files.remove(self.path(name))

    def held_bytes(self) -> int:
        """Of everything, sealed or not."""
        (total,) = next(
            self._con.execute("SELECT coalesce(sum(size), 0) FROM evidence WHERE shed = 0")
        )
        return int(total)

    def sweep(self) -> int:
        """Removes files without a row (a cut came between file and commit); how many."""
        known = {
            (row[0], bool(row[1]))
            for row in self._con.execute("SELECT sha256, sealed FROM evidence WHERE shed = 0")
        }
        orphans = [
            path
            for sealed, folder in enumerate(self._folders)
            for path in self._files.below(folder)
            if (path.name, bool(sealed)) not in known
        ]
        for path in orphans:
            self._files.remove(path)
        return len(orphans)

    def unnamed(self) -> list[tuple[Path, bool]]:
        """Files that no row names, originals first; the second of each says that it is one."""
        known = {row[0] for row in self._con.execute("SELECT sha256 FROM evidence")}
        return [
            (path, sealed)
            for sealed in (True, False)
            for path in self._files.below(self._folders[sealed])
            if path.name not in known and path.name[0] != "."
        ]
