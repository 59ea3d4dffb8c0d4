"""A disk with moods: it is full at some size, or fails a chosen flush or write."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from tests.fault.powercut import Disk, DiskFile, DiskVfs


@dataclass
class Mood:
    """`quota_bytes`: of all files together. `fail_flush` / `fail_write`: the n-th from now fails
    (counting down), as often as `times`."""

    quota_bytes: int | None = None
    fail_flush: int | None = None
    fail_write: int | None = None
    times: int = 1

    def flush_fails(self) -> bool:
        if self.fail_flush is None or self.times == 0:
            return False
        self.fail_flush -= 1
        return self._due(self.fail_flush)

    def write_fails(self) -> bool:
        if self.fail_write is None or self.times == 0:
            return False
        self.fail_write -= 1
        return self._due(self.fail_write)

    def _due(self, left: int) -> bool:
        if left > 0:
            return False
        self.times -= 1
        return True


class MoodyFile(DiskFile):
    mood: Mood

    def xWrite(self, data: bytes, offset: int) -> None:
        if self.mood.write_fails():
            raise apsw.exception_for(apsw.SQLITE_IOERR_WRITE)
        quota = self.mood.quota_bytes
        if quota is not None:
            grows = max(0, offset + len(data) - self.xFileSize())
            if grows and grows + sum(map(len, self._disk.inodes)) > quota:
                raise apsw.FullError
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        if self.mood.flush_fails():
            raise apsw.exception_for(apsw.SQLITE_IOERR_FSYNC)
        super().xSync(flags)


class MoodyVfs(DiskVfs):
    def __init__(self, name: str, mood: Mood) -> None:
        super().__init__(name)
        self.mood, self.disk = mood, Disk()

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> DiskFile:  # type: ignore[override]
        opened = super().xOpen(name, flags)
        moody = MoodyFile(
            self.disk, opened._name, opened._inode, flags[0], is_new=opened._folder_due
        )
        moody.mood = self.mood
        return moody
