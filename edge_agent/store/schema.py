"""Opening a database as ours: settings asserted, migrations applied, strangers refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

import apsw

from edge_agent.errors import StoreRefused

APPLICATION_ID = 0x4564696C  # "Edil"
PAGE_BYTES = 4096
JOURNAL_KEPT_BYTES = 4 * 1024 * 1024
BUSY_MS = 5000

Connect = Callable[[str], apsw.Connection]


@dataclass(frozen=True)
class Limits:
    """Bytes on disk. Above `pressure` of `db_bytes` old things go; above `routine` only urgent events
    are still taken. `keep_days`: how long an event stays that the hub stored but never archived.
    `sealed_bytes` are part of `evidence_bytes`, `sealed_clip_bytes` of those; sealed originals stay
    `sealed_hours` after the last word on their problem, and no longer than `sealed_open_hours` even if
    it never ends."""

    db_bytes: int = 256 * 1024 * 1024
    evidence_bytes: int = 2 * 1024 * 1024 * 1024
    sealed_bytes: int = 1024 * 1024 * 1024
    sealed_clip_bytes: int = 256 * 1024 * 1024
    sealed_hours: int = 30 * 24
    sealed_open_hours: int = 90 * 24
    pressure: float = 0.8
    routine: float = 0.9
    keep_days: int = 30


def connect(path: str) -> apsw.Connection:
    """The production connection: the SQLite bundled with apsw, not the system's."""
    return apsw.Connection(path)


@cache
def migrations() -> tuple[str, ...]:
    folder = resources.files("edge_agent.store") / "migrations"
    return tuple(one.read_text(encoding="utf-8") for one in _sorted(folder))


def _sorted(folder: resources.abc.Traversable) -> list[resources.abc.Traversable]:
    return sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)


def pragma(con: apsw.Connection, text: str) -> object:
    return con.pragma(text) if "=" not in text else con.pragma(*text.split("=", 1))


def configure(con: apsw.Connection, limits: Limits) -> None:
    """WAL and FULL are asserted, because builds and habits differ; the locking mode is the caller's."""
    con.set_busy_timeout(BUSY_MS)
    mode = con.pragma("journal_mode", "wal")
    con.pragma("synchronous", 2)
    con.pragma("foreign_keys", 1)
    # Beside the file's own bytes, the log takes a tenth of them, and 4 MB at most.
    pages = limits.db_bytes // PAGE_BYTES
    con.pragma("wal_autocheckpoint", min(1000, max(10, pages // 10)))
    con.pragma("journal_size_limit", JOURNAL_KEPT_BYTES)
    con.pragma("max_page_count", pages)
    level = con.pragma("synchronous")
    if (mode, level) != ("wal", 2):
        raise StoreRefused(
            f"this disk gives journal_mode={mode}, synchronous={level}; the store needs wal and 2 "
            "(FULL): move data_dir to a local file system"
        )


def check_ours(con: apsw.Connection, path: str) -> None:
    """StoreRefused for another program's database or one from a newer agent; changes nothing."""
    application, version = con.pragma("application_id"), con.pragma("user_version")
    tables = next(con.execute("SELECT count(*) FROM sqlite_schema"))[0]
    if application != APPLICATION_ID and (application or version or tables):
        raise StoreRefused(
            f"{path} is another program's database; give data_dir a folder of its own"
        )
    newest = len(migrations())
    if version > newest:
        raise StoreRefused(
            f"{path} has schema {version}, this agent knows {newest}: install the agent that wrote it, "
            "or a newer one"
        )


def migrate(con: apsw.Connection) -> None:
    """Each numbered file in one transaction, with the version it leads to."""
    scripts = migrations()
    for version in range(int(con.pragma("user_version")), len(scripts)):
        with con:
            con.execute(scripts[version])
            con.pragma("application_id", APPLICATION_ID)
            con.pragma("user_version", version + 1)
