"""Opening the file: whose it is, whether it is whole; a corrupt one is set aside for the salvage."""

from __future__ import annotations

import logging
from pathlib import Path

import apsw

from edge_agent.errors import StoreRefused
from edge_agent.store import salvage, schema
from edge_agent.store.files import Files, write_durably
from edge_agent.store.schema import Connect, Limits

LOG = logging.getLogger("edile.store")
FILE, MARK = "edile.db", "edile.store"


def folder_for(data_dir: Path) -> Path:
    if data_dir.exists() and not data_dir.is_dir():
        raise StoreRefused(f"data_dir {data_dir} is a file; name a folder")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreRefused(f"data_dir {data_dir} cannot be made: {error.strerror}") from error
    if (data_dir / FILE).is_dir():
        raise StoreRefused(
            f"{data_dir / FILE} is a folder where the database belongs; move it away"
        )
    return data_dir


def open_or_set_aside(
    folder: Path, reconnect: Connect, limits: Limits, epoch: str, *, files: Files, unclean: bool
) -> tuple[apsw.Connection, Path | None]:
    """The connection, and where a corrupt file was put, if one was found."""
    path, mark = str(folder / FILE), folder / MARK
    try:
        con = reconnect(path)
    except apsw.CantOpenError as error:
        raise StoreRefused(f"{path} cannot be opened: check who owns {folder}") from error
    try:
        schema.check_ours(con, path)
        schema.configure(con, limits)
        if unclean:
            _quick_check(con)
        schema.migrate(con)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        con.close(force=True)
        if not files.has(mark):
            raise StoreRefused(f"{path} is not a database of this agent: {error}") from error
        LOG.warning("the store is corrupt (%s): set aside, recording goes on in a fresh one", error)
        aside = salvage.set_aside(folder, FILE, epoch)
        con = reconnect(path)
        schema.configure(con, limits)
        schema.migrate(con)
        return con, aside
    except apsw.ReadOnlyError as error:
        con.close(force=True)
        raise StoreRefused(f"{path} cannot be written: check who owns {folder}") from error
    except BaseException:
        con.close(force=True)
        raise
    if not files.has(mark):
        write_durably(files, mark, b"edile store\n")
    return con, None


def _quick_check(con: apsw.Connection) -> None:
    """Raises CorruptError with SQLite's own words."""
    first = con.execute("PRAGMA quick_check(1)").fetchone()
    if first is not None and first[0] != "ok":
        raise apsw.CorruptError(str(first[0]))
