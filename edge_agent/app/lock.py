"""One agent to a data folder. The loser names the winner's pid.

`agent.lock` is held by flock, so it ends with the process however that ends; its text tells other
programs of this user where the running agent is. `dirty` exists while an agent runs, so that the
next one knows whether the last one stopped by itself.
"""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge_agent.errors import AlreadyRunning, StopError

LOCK_FILE = "agent.lock"
DIRTY_FILE = "dirty"
_MAX_BYTES = 4_096
_TRIES, _PAUSE_S = 4, 0.05


class Running(msgspec.Struct, omit_defaults=True):
    """What `agent.lock` says of the running agent. `secret` permits what the status page offers
    to programs of the same user."""

    pid: int
    status_port: int | None = None
    secret: str = ""


@dataclass
class FolderLock:
    """A locked data folder. `unclean` = the last agent did not stop by itself."""

    data_dir: Path
    handle: int
    unclean: bool

    @classmethod
    def take(cls, data_dir: Path) -> FolderLock:
        """Makes the folder if need be. AlreadyRunning, or StopError when it cannot be used."""
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StopError(f"{data_dir}: cannot keep data there: {error.strerror}") from error
        if not _locked(handle):
            holder = _read(handle)
            os.close(handle)
            raise AlreadyRunning(f"the data folder {data_dir}", holder.pid if holder else None)
        lock = cls(data_dir, handle, unclean=(data_dir / DIRTY_FILE).exists())
        lock.publish(Running(os.getpid()))
        return lock

    def mark_dirty(self) -> None:
        """Durably, before the store is opened."""
        (self.data_dir / DIRTY_FILE).touch(mode=0o600)
        _sync_folder(self.data_dir)

    def publish(self, running: Running) -> None:
        text = msgspec.json.encode(running)
        os.pwrite(self.handle, text, 0)
        os.ftruncate(self.handle, len(text))

    def release(self, *, clean: bool) -> None:
        """`clean` only when the store was closed in order."""
        if clean:
            (self.data_dir / DIRTY_FILE).unlink(missing_ok=True)
        os.ftruncate(self.handle, 0)
        os.close(self.handle)


def running_agent(data_dir: Path) -> Running | None:
    """The agent that holds the folder now; None when nobody does."""
    try:
        handle = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StopError(f"{data_dir / LOCK_FILE}: cannot be read: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(handle)
    else:
        return None
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """A few tries, because `running_agent` holds the lock for an instant while it looks."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        else:
            return True
    return False


def _read(handle: int) -> Running | None:
    try:
        return msgspec.json.decode(os.pread(handle, _MAX_BYTES, 0), type=Running)
    except msgspec.DecodeError:
        return None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
