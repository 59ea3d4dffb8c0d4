"""One agent to a data folder; a killed one leaves a mark, an orderly one does not."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.app.listeners import pid_listening_on
from edge_agent.app.lock import LOCK_FILE, FolderLock, Running, running_agent
from edge_agent.errors import AlreadyRunning, StopError

HOLD = """
import sys
from pathlib import Path
from edge_agent.app.lock import FolderLock
FolderLock.take(Path(sys.argv[1])).mark_dirty()
print("held", flush=True)
sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_agent_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        with pytest.raises(AlreadyRunning, match=rf"pid {process.pid}\b") as caught:
            FolderLock.take(tmp_path)
        assert caught.value.pid == process.pid
        assert running_agent(tmp_path) == Running(process.pid)
        process.kill()


def test_a_killed_agent_frees_the_folder_and_leaves_it_marked(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.kill()
    lock = FolderLock.take(tmp_path)
    assert lock.unclean
    lock.release(clean=True)


def test_an_agent_that_was_refused_before_it_began_leaves_no_mark(tmp_path: Path) -> None:
    FolderLock.take(tmp_path).release(clean=False)
    lock = FolderLock.take(tmp_path)
    assert not lock.unclean
    lock.release(clean=True)


@pytest.mark.parametrize(("clean", "unclean_next"), [(True, False), (False, True)])
def test_only_an_orderly_end_takes_the_mark_away(
    tmp_path: Path, clean: bool, unclean_next: bool
) -> None:
    first = FolderLock.take(tmp_path / "new" / "folder")
    assert not first.unclean
    first.mark_dirty()
    first.release(clean=clean)
    second = FolderLock.take(tmp_path / "new" / "folder")
    assert second.unclean is unclean_next
    second.release(clean=True)


def test_the_lock_file_tells_its_user_and_nobody_else_where_the_agent_is(tmp_path: Path) -> None:
    assert running_agent(tmp_path) is None
    lock = FolderLock.take(tmp_path)
    lock.publish(Running(os.getpid(), 8480, "secret"))
    lock.publish(Running(os.getpid(), 1, "s"))
    assert running_agent(tmp_path) == Running(os.getpid(), 1, "s")
    assert stat.S_IMODE((tmp_path / LOCK_FILE).stat().st_mode) == 0o600
    lock.release(clean=True)
    assert running_agent(tmp_path) is None


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StopError, match="cannot keep data there"):
        FolderLock.take(tmp_path / "file" / "data")


def test_the_process_that_listens_on_a_port_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        assert pid_listening_on(port) == os.getpid()
    assert pid_listening_on(port) is None
