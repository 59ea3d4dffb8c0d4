"""Backups that are believed only after they were read back, and the restore that uses them.

A backup is a folder `backup-<time>`: the database, every blob by its hash, the hub's keys, and
`manifest.json`. Only when all of it checks out does the `archived` watermark move to what the snapshot
holds: that is the moment from which gateways delete.

Blobs that the backup before holds are linked from there, not copied again: they were hashed when they
came. A sixteenth of them is hashed anew each hour, and fetched again where the disk let them rot.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import msgspec
import sqlalchemy as sa

from contract.timestamps import rfc3339
from hub.config import HubConfig
from hub.errors import HubStop
from hub.store import gateways, schema
from hub.store.engine import Database
from hub.store.tables import evidence, lane

PREFIX, MANIFEST, KEYS, EVIDENCE = "backup-", "manifest.json", "keys", "evidence"
UNFINISHED = ".unfinished"
LAST_BACKUP, GENERATION = "last_backup", "generation"
_DAY_NS, _HOUR_NS = 86_400 * 10**9, 3_600 * 10**9


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`lanes`: id of a lane that was not archived yet -> what the snapshot holds of it. Hashes are
    SHA-256, hex."""

    made_at: str
    dialect: str
    database_file: str
    database_sha256: str
    blobs: list[str]
    lanes: dict[str, int]


def back_up(database: Database, config: HubConfig, to: Path) -> Path:
    """Makes and verifies one backup below `to`, moves `archived`; the backup's folder. HubStop when it
    cannot be made or believed: then nothing has moved. NotNow while the database cannot be had."""
    now_ns = config.utc_ns()
    made_at, folder = rfc3339(now_ns), to / _name(now_ns)
    aside = folder.with_name(folder.name + UNFINISHED)
    try:
        aside.mkdir(parents=True)
        held = _fill(database, config, aside, made_at)
        aside.replace(folder)
        _sync(to)
    except (OSError, sqlite3.Error, sa.exc.SQLAlchemyError) as error:
        raise HubStop(f"no backup at {to}: {error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    _archive(database, held.lanes, made_at)
    _drop_old(to, config.backups_kept, now_ns)
    return folder


def _name(utc_ns: int) -> str:
    """Names sort as their times."""
    return PREFIX + rfc3339(utc_ns).replace(":", "").replace(".", "-")


@dataclass(frozen=True)
class _Held:
    """What a snapshot holds."""

    file: Path
    lanes: dict[int, int]
    blobs: list[str]


def _fill(database: Database, config: HubConfig, aside: Path, made_at: str) -> _Held:
    """Everything of a backup, read back and on the disk."""
    held = _snapshot(database, aside)
    before = next(reversed(backups(aside.parent)), None)
    again = f"{config.utc_ns() // _HOUR_NS % 16:x}"
    for name in held.blobs:
        _take_blob(name, config.data_dir, before, aside, again=name[0] == again)
    shutil.copytree(config.data_dir / KEYS, aside / KEYS)
    manifest = Manifest(
        made_at=made_at,
        dialect=database.dialect,
        database_file=held.file.name,
        database_sha256=_digest(held.file),
        blobs=held.blobs,
        lanes={str(one): seq for one, seq in held.lanes.items()},
    )
    _check_database(held.file, database.dialect)
    (aside / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    for path in [*_files(aside), *(p for p in aside.rglob("*") if p.is_dir()), aside]:
        _sync(path)
    return held


def _snapshot(database: Database, folder: Path) -> _Held:
    """The watermarks are read before or from the snapshot, so they claim no more than it holds."""
    if database.dialect == "sqlite":
        file = folder / "hub.db"
        database.copy_into(file)
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            unarchived = "SELECT id, stored FROM lane WHERE archived < stored"
            lanes = dict(copy.execute(unarchived).fetchall())
            blobs = [row[0] for row in copy.execute("SELECT sha256 FROM evidence")]
        return _Held(file, lanes, blobs)
    with database.read() as conn:
        query = sa.select(lane.c.id, lane.c.stored).where(lane.c.archived < lane.c.stored)
        lanes = {row.id: row.stored for row in conn.execute(query)}
        blobs = list(conn.scalars(sa.select(evidence.c.sha256)))
    file = folder / "hub.pgdump"
    _run(database.url, "pg_dump", "--format=custom", "--file", str(file), "--dbname")
    return _Held(file, lanes, blobs)


def _run(url: sa.URL | None, program: str, *arguments: str) -> None:
    """With `url` as the last argument. A password goes by the environment: arguments are for all to see."""
    extra: Mapping[str, str] = {}
    if url is not None:
        if url.password is not None:
            extra = {"PGPASSWORD": str(url.password)}
        bare = url._replace(drivername="postgresql", password=None)
        arguments = (*arguments, bare.render_as_string())
    try:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **extra},
        )
    except FileNotFoundError as error:
        raise HubStop(f"{program} is not installed: apt install postgresql-client") from error
    if done.returncode:
        raise HubStop(f"{program} failed: {done.stderr.strip()}")


def _blob(folder: Path, name: str) -> Path:
    return folder / EVIDENCE / name[:2] / name


def _take_blob(name: str, data_dir: Path, before: Path | None, aside: Path, *, again: bool) -> None:
    """From the backup before when it is there and, asked `again`, still whole; else from the hub. Hard
    links where the file system allows: a blob never changes."""
    place = _blob(aside, name)
    place.parent.mkdir(parents=True, exist_ok=True)
    if before is not None and _blob(before, name).is_file():
        _link(_blob(before, name), place)
        if not again or _digest(place) == name:
            return
        place.unlink()
    _link(_blob(data_dir, name), place)
    if _digest(place) != name:
        raise HubStop(f"{_blob(data_dir, name)} has other bytes than its name says")


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def verify(folder: Path) -> Manifest:
    """Reads everything back. HubStop names the first thing that is not as the manifest says."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise HubStop(f"{folder} is no backup: {error}") from error
    file = folder / manifest.database_file
    if not file.is_file() or _digest(file) != manifest.database_sha256:
        raise HubStop(f"{file}: missing, or not the bytes that were backed up")
    _check_database(file, manifest.dialect)
    for name in manifest.blobs:
        blob = _blob(folder, name)
        if not blob.is_file() or _digest(blob) != name:
            raise HubStop(f"{blob}: missing, or other bytes than its name says")
    return manifest


def _check_database(file: Path, dialect: str) -> None:
    if dialect != "sqlite":
        _run(None, "pg_restore", "--list", str(file))
        return
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as copy:
            told = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        told = str(error)
    if told != "ok":
        raise HubStop(f"{file}: {told}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """To the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
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


def _drop_old(to: Path, kept: int, now_ns: int) -> None:
    """Also what a backup left behind that was killed: nothing takes a day."""
    for old in backups(to)[:-kept]:
        shutil.rmtree(old)
    for left in to.glob(f"{PREFIX}*{UNFINISHED}"):
        if left.name < _name(now_ns - _DAY_NS):
            shutil.rmtree(left)


def backups(to: Path) -> list[Path]:
    """Finished ones, oldest first."""
    return sorted(p for p in to.glob(f"{PREFIX}*") if p.is_dir() and p.suffix != UNFINISHED)


def restore(source: Path, url: str, data_dir: Path, generation: str) -> Manifest:
    """`source` is a backup or a folder of backups (the newest is taken). Into an empty place only; the
    restored hub has a new generation, so gateways send again what the snapshot does not hold. HubStop
    leaves no database behind that a hub could be served from."""
    folder = source if (source / MANIFEST).exists() else (backups(source) or [source])[-1]
    manifest = verify(folder)
    target = sa.make_url(url)
    if target.get_backend_name() != ("sqlite" if manifest.dialect == "sqlite" else "postgresql"):
        raise HubStop(f"{folder} is a backup of {manifest.dialect}, --database is another kind")
    if manifest.dialect == "sqlite" and Path(target.database or "").exists():
        raise HubStop(
            f"{target.database} exists; restore into a new file, or move the old one away"
        )
    try:
        _restore_files(folder, data_dir)
        if manifest.dialect == "sqlite":
            _restore_sqlite(folder / manifest.database_file, target, generation)
        else:
            file = str(folder / manifest.database_file)
            _run(target, "pg_restore", "--exit-on-error", "--no-owner", file, "--dbname")
            _become(url, generation)
    except OSError as error:
        raise HubStop(f"cannot restore {folder}: {error}") from error
    return manifest


def _restore_files(folder: Path, data_dir: Path) -> None:
    for key in (folder / KEYS).iterdir():
        there = data_dir / KEYS / key.name
        if there.exists() and there.read_bytes() != key.read_bytes():
            raise HubStop(f"{there} is another hub's key; restore into another --data-dir")
    for part in (EVIDENCE, KEYS):
        if (folder / part).is_dir():
            shutil.copytree(folder / part, data_dir / part, dirs_exist_ok=True)


def _restore_sqlite(file: Path, target: sa.URL, generation: str) -> None:
    """Under another name until it is whole and new: a hub with its old generation would take gateways'
    word that they need send nothing again."""
    path = Path(target.database or "")
    part = path.with_name(path.name + ".restoring")
    shutil.copyfile(file, part)
    try:
        _become(target.set(database=str(part)).render_as_string(hide_password=False), generation)
        _sync(part)
        part.replace(path)
        _sync(path.parent)
    finally:
        for left in path.parent.glob(f"{part.name}*"):
            left.unlink()


def _become(url: str, generation: str) -> None:
    """This program's schema; what the snapshot holds is what it archived, later words on it are in no
    backup."""
    database = Database.open(url)
    try:
        schema.migrate(database)
        with database.write() as conn:
            conn.execute(sa.update(lane).values(archived=lane.c.stored))
            gateways.put_meta(conn, GENERATION, generation)
    finally:
        database.close()
