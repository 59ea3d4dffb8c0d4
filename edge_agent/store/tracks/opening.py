"""Opening `tracks.db`: settings asserted, migrations applied, strangers refused, a corrupt file set aside.

A file has a generation, which is in the upper bits of every ordinal it gives: rising from file to file,
so that whoever remembers an ordinal of a file that was lost is not misled by one of the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from importlib import resources
from pathlib import Path

import apsw

from edge_agent.errors import StoreRefused
from edge_agent.store.files import sync_folder
from edge_agent.store.schema import BUSY_MS, JOURNAL_KEPT_BYTES, PAGE_BYTES, Connect

FILE = "tracks.db"
APPLICATION_ID = 0x45_54_52_4B  # "ETRK"
CHECKED_BYTES = 64 * 1024 * 1024  # a look through more takes a card longer than a start may
ORDINAL_BITS = 36  # below the generation: two years of 1,000 positions a second
_ASIDE = re.compile(re.escape(FILE) + r"\.damaged-(\d+)")
_MINUTE_NS = 60 * 10**9


def open_tracks(
    path: Path, db_bytes: int, connect: Connect, *, unclean: bool, utc_ns: int
) -> apsw.Connection:
    """apsw.CorruptError, NotADBError when it is damaged; StoreRefused when it is not ours."""
    con = connect(str(path))
    try:
        _configure(con, path, db_bytes)
        size = con.pragma("page_count") * PAGE_BYTES
        if unclean and size <= CHECKED_BYTES:
            _quick_check(con)
        _migrate(con, lambda: max(generation_at(utc_ns), _last_aside(path.parent) + 1, 1))
    except BaseException:
        with suppress(apsw.IOError):  # closing wants to write, too
            con.close(force=True)
        raise
    return con


def generation(con: apsw.Connection) -> int:
    (value,) = next(con.execute("SELECT value FROM about WHERE key = 'generation'"))
    return int(value)


def generation_at(utc_ns: int) -> int:
    """What a first file of that minute would have."""
    return utc_ns // _MINUTE_NS


def set_aside(path: Path, at_least: int) -> Path:
    """Renames the file with its log. The name carries its generation as far as it can be read;
    `at_least` is what it can have at most where it cannot, so that the next one's is higher."""
    number = max(_readable_generation(path), _last_aside(path.parent) + 1, at_least)
    aside = path.with_name(f"{FILE}.damaged-{number}")
    for tail in ("", "-wal", "-shm"):
        part = path.with_name(path.name + tail)
        if part.exists():
            part.replace(aside.with_name(aside.name + tail))
    sync_folder(path.parent)
    return aside


def _readable_generation(path: Path) -> int:
    try:
        con = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.Error:
        return 0
    try:
        return generation(con)
    except (apsw.Error, StopIteration):
        return 0
    finally:
        con.close(force=True)


def _last_aside(folder: Path) -> int:
    found = (_ASIDE.fullmatch(one.name) for one in folder.glob(f"{FILE}.damaged-*"))
    return max((int(one[1]) for one in found if one), default=0)


def _configure(con: apsw.Connection, path: Path, db_bytes: int) -> None:
    con.set_busy_timeout(BUSY_MS)
    if con.pragma("application_id") != APPLICATION_ID and (
        con.pragma("application_id") or next(con.execute("SELECT count(*) FROM sqlite_schema"))[0]
    ):
        raise StoreRefused(f"{path} is a database of something else; move it away")
    mode = con.pragma("journal_mode", "wal")
    con.pragma("synchronous", 2)
    pages = max(64, db_bytes // PAGE_BYTES)
    con.pragma("max_page_count", pages)
    con.pragma("wal_autocheckpoint", min(1000, max(10, pages // 10)))
    con.pragma("journal_size_limit", JOURNAL_KEPT_BYTES)
    level = con.pragma("synchronous")
    if (mode, level) != ("wal", 2):
        raise StoreRefused(
            f"this disk gives journal_mode={mode}, synchronous={level} for {path}; wal and 2 (FULL) "
            "are needed: move data_dir to a local file system"
        )


def _quick_check(con: apsw.Connection) -> None:
    first = con.execute("PRAGMA quick_check(1)").fetchone()
    if first is not None and first[0] != "ok":
        raise apsw.CorruptError(str(first[0]))


def _migrate(con: apsw.Connection, new_generation: Callable[[], int]) -> None:
    folder = resources.files("edge_agent.store.tracks") / "migrations"
    scripts = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    known = int(con.pragma("user_version"))
    if known > len(scripts):
        raise StoreRefused(
            f"{FILE} has schema {known}, this agent knows {len(scripts)}: install the agent that "
            "wrote it, or a newer one"
        )
    for version in range(known, len(scripts)):
        with con:
            con.execute(scripts[version].read_text(encoding="utf-8"))
            if not version:
                con.execute("INSERT INTO about VALUES ('generation', ?)", (new_generation(),))
            con.pragma("application_id", APPLICATION_ID)
            con.pragma("user_version", version + 1)
