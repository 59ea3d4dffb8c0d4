"""Backups that are believed only after they were read back, and the restore that uses them.

A backup is a folder `backup-<time>`: the database, every blob by its hash, the hub's keys, and
`manifest.json`. Only when all of it checks out does the `archived` watermark move to what the snapshot
holds: that is the moment from which gateways delete.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec
import sqlalchemy as sa

from contract.timestamps import rfc3339
from hub.config import HubConfig
from hub.errors import HubStop
from hub.store import gateways, schema
from hub.store.engine import Database
from hub.store.tables import evidence, lane

LOG = logging.getLogger("edile.hub.backup")
PREFIX, MANIFEST, KEYS = "backup-", "manifest.json", "keys"
LAST_BACKUP, GENERATION = "last_backup", "generation"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`lanes`: lane id -> what the snapshot holds of it. Hashes are SHA-256, hex."""

    made_at: str
    dialect: str
    database_file: str
    database_sha256: str
    blobs: list[str]
    lanes: dict[str, int]


def back_up(database: Database, config: HubConfig, to: Path) -> Path:
    """Makes and verifies one backup below `to`, moves `archived`; the backup's folder."""
    made_at = rfc3339(config.utc_ns())
    folder = to / f"{PREFIX}{made_at.replace(':', '').replace('.', '-')}"
    aside = folder.with_name(folder.name + ".unfinished")
    try:
        aside.mkdir(parents=True)
        held = _snapshot(database, aside)
        _copy_blobs(config.data_dir / "evidence", aside / "evidence", held.blobs)
        shutil.copytree(config.data_dir / KEYS, aside / KEYS)
        manifest = Manifest(
            made_at=made_at,
            dialect=database.dialect,
            database_file=held.file.name,
            database_sha256=_digest(held.file),
            blobs=held.blobs,
            lanes={str(one): seq for one, seq in held.lanes.items()},
        )
        (aside / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        verify(aside)
        _flush(aside)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise HubStop(f"no backup at {to}: {error.strerror or error}") from error
    aside.replace(folder)
    _archive(database, held.lanes, made_at)
    _drop_old(to, config.backups_kept)
    return folder


class _Held(msgspec.Struct, frozen=True):
    file: Path
    lanes: dict[int, int]
    blobs: list[str]


def _snapshot(database: Database, folder: Path) -> _Held:
    """The watermarks are read before or from the snapshot, so they claim no more than it holds."""
    if database.dialect == "sqlite":
        file = folder / "hub.db"
        with database.alone() as conn:
            conn.exec_driver_sql("VACUUM INTO ?", (str(file),))
        with closing(sqlite3.connect(file)) as copy:
            lanes = dict(copy.execute("SELECT id, stored FROM lane").fetchall())
            blobs = [row[0] for row in copy.execute("SELECT sha256 FROM evidence")]
        return _Held(file, lanes, blobs)
    with database.read() as conn:
        lanes = {row.id: row.stored for row in conn.execute(sa.select(lane.c.id, lane.c.stored))}
        blobs = list(conn.scalars(sa.select(evidence.c.sha256)))
    file = folder / "hub.pgdump"
    _run("pg_dump", "--format=custom", "--file", str(file), _libpq(database.url))
    return _Held(file, lanes, blobs)


def _libpq(url: sa.URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, *arguments: str) -> None:
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise HubStop(f"{program} is not installed: apt install postgresql-client") from error
    if done.returncode:
        raise HubStop(f"{program} failed: {done.stderr.strip()}")


def _copy_blobs(source: Path, target: Path, names: list[str]) -> None:
    """Hard links where the file system allows: a blob never changes."""
    for name in names:
        place = target / name[:2] / name
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source / name[:2] / name, place)
        except OSError:
            shutil.copyfile(source / name[:2] / name, place)


def verify(folder: Path) -> Manifest:
    """Reads everything back. HubStop names the first thing that is not as the manifest says."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise HubStop(f"{folder} is no backup: {error}") from error
    file = folder / manifest.database_file
    if not file.is_file() or _digest(file) != manifest.database_sha256:
        raise HubStop(f"{file}: missing, or not the bytes that were backed up")
    if manifest.dialect == "sqlite":
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as copy:
            told = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if told != "ok":
            raise HubStop(f"{file}: {told}")
    else:
        _run("pg_restore", "--list", str(file))
    for name in manifest.blobs:
        blob = folder / "evidence" / name[:2] / name
        if not blob.is_file() or sha256(blob.read_bytes()).hexdigest() != name:
            raise HubStop(f"{blob}: missing, or other bytes than its name says")
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    """To the disk, files before folders."""
    for path in [*_files(folder), *(p for p in folder.rglob("*") if p.is_dir()), folder]:
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _archive(database: Database, held: dict[int, int], at: str) -> None:
    with database.write() as conn:
        for lane_id, seq in held.items():
            conn.execute(
                sa.update(lane)
                .where(lane.c.id == lane_id, lane.c.archived < seq)
                .values(archived=seq)
            )
        gateways.put_meta(conn, LAST_BACKUP, at)


def _drop_old(to: Path, kept: int) -> None:
    for old in backups(to)[:-kept]:
        shutil.rmtree(old)


def backups(to: Path) -> list[Path]:
    """Finished ones, oldest first (their names sort as their times)."""
    return sorted(p for p in to.glob(f"{PREFIX}*") if p.is_dir() and p.suffix != ".unfinished")


def restore(source: Path, url: str, data_dir: Path, generation: str) -> Manifest:
    """`source` is a backup or a folder of backups (the newest is taken). Into an empty place only; the
    restored hub has a new generation, so gateways send again what the snapshot does not hold."""
    folder = source if (source / MANIFEST).exists() else (backups(source) or [source])[-1]
    manifest = verify(folder)
    target = sa.make_url(url)
    if target.get_backend_name() != ("sqlite" if manifest.dialect == "sqlite" else "postgresql"):
        raise HubStop(f"{folder} is a backup of {manifest.dialect}, --database is another kind")
    if manifest.dialect == "sqlite":
        path = Path(target.database or "")
        if path.exists():
            raise HubStop(f"{path} exists; restore into a new file, or move the old one away")
        shutil.copyfile(folder / manifest.database_file, path)
    else:
        file = str(folder / manifest.database_file)
        _run("pg_restore", "--exit-on-error", "--no-owner", "--dbname", _libpq(target), file)
    for part in ("evidence", KEYS):
        if (folder / part).is_dir():
            shutil.copytree(folder / part, data_dir / part, dirs_exist_ok=True)
    database = Database.open(url)
    try:
        schema.migrate(database)
        with database.write() as conn:
            # What the snapshot holds is what it archived; later words on it are in no backup.
            conn.execute(sa.update(lane).values(archived=lane.c.stored))
            gateways.put_meta(conn, GENERATION, generation)
    finally:
        database.close()
    return manifest
