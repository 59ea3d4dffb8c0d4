"""Files that survive a power cut: written beside, flushed, renamed, and the folder flushed too.

`Files` is the port; `SystemFiles` is production, the power-cut tests bring a disk in memory.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """Single steps, each as durable as the operating system makes it by itself: not at all before
    `flush` (content) and `flush_folder` (names) have returned."""

    def write(self, path: Path, content: bytes) -> None: ...

    def flush(self, path: Path) -> None: ...

    def rename(self, old: Path, new: Path) -> None: ...

    def make_folder(self, folder: Path) -> None: ...

    def flush_folder(self, folder: Path) -> None: ...

    def has(self, path: Path) -> bool: ...

    def read(self, path: Path, offset: int, size: int) -> bytes: ...

    def remove(self, path: Path) -> None: ...

    def below(self, folder: Path) -> list[Path]: ...


class SystemFiles:
    """The operating system's files."""

    def write(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)

    def flush(self, path: Path) -> None:
        _fsync(path, os.O_RDONLY)

    def rename(self, old: Path, new: Path) -> None:
        old.replace(new)

    def make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            self.flush_folder(folder.parent)
            self.flush_folder(folder.parent.parent)

    def flush_folder(self, folder: Path) -> None:
        sync_folder(folder)

    def has(self, path: Path) -> bool:
        return path.exists()

    def read(self, path: Path, offset: int, size: int) -> bytes:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def below(self, folder: Path) -> list[Path]:
        return sorted(path for path in folder.rglob("*") if path.is_file())


def write_durably(files: Files, path: Path, content: bytes) -> None:
    """After this returns, the file is there with all of `content`, or was before."""
    files.make_folder(path.parent)
    aside = path.with_name(f".{path.name}.tmp")
    files.write(aside, content)
    files.flush(aside)
    files.rename(aside, path)
    files.flush_folder(path.parent)


def no_room(error: BaseException) -> bool:
    """Whether the disk would not take a file for want of room."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def sync_folder(folder: Path) -> None:
    _fsync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _fsync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
