"""kill -9 of a sweeping process, on both databases."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.duties.sweeping import sweep
from hub.store import audit
from hub.store.engine import Database
from hub.store.every_table import metadata
from tests.hub.duties.town import BOOK, DISTRICT, Heard, list_duty, local, words

ROOT = Path(__file__).resolve().parents[3]
LATE = local("2026-09-20")
Opened = Callable[[], Database]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """The same database again and again: SQLite lets one process in at a time."""
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    open_now: list[Database] = []

    def once_more() -> Database:
        while open_now:
            open_now.pop().close()
        open_now.append(Database.open(url))
        return open_now[-1]

    with once_more().write() as conn:
        metadata.create_all(conn, checkfirst=False)
    yield once_more
    for one in open_now:
        one.close()


def test_a_process_killed_in_mid_sweep_told_whole_batches_and_the_next_one_tells_the_rest(
    opened: Opened,
) -> None:
    database = opened()
    with database.write() as conn:
        for number in range(25):
            list_duty(conn, f"home-{number:03}")
    sweep(database, DISTRICT, BOOK, Heard(), at_ns=local("2026-09-05"))
    url = database.url.render_as_string(hide_password=False)
    database.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.hub.duties.killed_sweeper", url, str(LATE), "14"],
        cwd=ROOT, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    database = opened()
    assert len(words(database)) == 10
    assert sweep(database, DISTRICT, BOOK, Heard(), at_ns=LATE, batch=10).opened == 15
    assert len(set(words(database))) == len(words(database)) == 25
    with database.read() as conn:
        assert audit.verify(conn) == []
