"""Evidence: files named by the SHA-256 of their bytes, and the rows that say who needs them.

The file is durable before the row; a row never points to nothing. A file goes only when the event
that names it is archived and the hub's backup is known to hold the file too (`proof_id`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import apsw

from edge_agent.ports import NewEvidence
from edge_agent.store.files import Files, write_durably

THUMBNAIL_BYTES = 8 * 1024
ALIBI = "application/vnd.edile.alibi"


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


class EvidenceFolder:
    """Rows through the store's connection, files below `folder`/ab/abcdef..."""

    def __init__(self, con: apsw.Connection, folder: Path, files: Files) -> None:
        self._con, self._folder, self._files = con, folder, files

    def path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def keep_file(self, evidence: NewEvidence) -> str:
        name = sha256(evidence.content).hexdigest()
        if not self.has(name):
            write_durably(self._files, self.path(name), evidence.content)
        return name

    def has(self, name: str) -> bool:
        return self._files.has(self.path(name))

    def keep_row(self, name: str, evidence: NewEvidence, event_id: int) -> None:
        self._con.execute(
            "INSERT INTO evidence (sha256, media_type, size, event_id) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (sha256) DO UPDATE SET event_id = max(event_id, excluded.event_id), shed = 0",
            (name, evidence.media_type, len(evidence.content), event_id),
        )

    def adopt(self, blob: Blob, sent: int = 0) -> None:
        """A row for a file that a salvage found."""
        self._con.execute(
            "INSERT OR IGNORE INTO evidence (sha256, media_type, size, event_id, sent) "
            "VALUES (?, ?, ?, ?, ?)",
            (blob.sha256, blob.media_type, blob.size, blob.event_id, sent),
        )

    def next_upload(self, skip: Collection[str]) -> Upload | None:
        """Thumbnails before originals, then oldest first."""
        sql = (
            "SELECT sha256, media_type, size, sent FROM evidence WHERE proof_id IS NULL AND shed = 0 "
            "ORDER BY size > ?, event_id"
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
            "SELECT sha256, media_type, size, event_id, proof_id FROM evidence "
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
        (total,) = next(
            self._con.execute("SELECT coalesce(sum(size), 0) FROM evidence WHERE shed = 0")
        )
        return int(total)

    def sweep(self) -> int:
        """Removes files without a row (a cut came between file and commit); how many."""
        known = {row[0] for row in self._con.execute("SELECT sha256 FROM evidence WHERE shed = 0")}
        orphans = [path for path in self._files.below(self._folder) if path.name not in known]
        for path in orphans:
            self._files.remove(path)
        return len(orphans)

    def unnamed(self) -> list[Path]:
        known = {row[0] for row in self._con.execute("SELECT sha256 FROM evidence")}
        return [
            path
            for path in self._files.below(self._folder)
            if path.name not in known and path.name[0] != "."
        ]
