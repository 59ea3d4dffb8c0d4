"""A disk that can lose its power: an SQLite VFS and a folder of files, in memory, that keep a journal.

Everything SQLite and the store ask of the disk is journalled. `Aftermath` follows the journal and, at
any point in it, builds disks that a power cut just then may leave behind:
- what a flush of that file covered is there; what was written later is there, missing, torn at sector
  borders, or (`garbage`) with noise in the sectors that were under way;
- names made or removed since the folder was flushed happened up to some point, in order.
Model: POSIX fsync on an honest disk with 512-byte atomic sectors; SQLite "Atomic Commit" §2 and §3.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import apsw

SECTOR = 512


class Write(NamedTuple):
    inode: int
    offset: int
    data: bytes


class Cut(NamedTuple):
    """The file got shorter."""

    inode: int
    size: int


class Flush(NamedTuple):
    inode: int


class Link(NamedTuple):
    name: str
    inode: int


class Unlink(NamedTuple):
    name: str


class FlushFolder(NamedTuple):
    pass


class Note(NamedTuple):
    """From the test: operation `number` is about to start, or its caller was told that it is done."""

    done: bool
    number: int


Entry = Write | Cut | Flush | Link | Unlink | FlushFolder | Note
Image = Mapping[str, bytes]


class Disk:
    """Names, inodes and the journal. Begins with `image`, which is durable."""

    def __init__(self, image: Image = {}) -> None:  # noqa: B006 - read only
        self.inodes = [bytearray(data) for data in image.values()]
        self.names = {name: number for number, name in enumerate(image)}
        self.first = dict(image)
        self.journal: list[Entry] = []

    def note(self, *, done: bool, number: int) -> None:
        self.journal.append(Note(done, number))

    def make(self, name: str) -> int:
        self.inodes.append(bytearray())
        self.link(name, len(self.inodes) - 1)
        return self.names[name]

    def link(self, name: str, inode: int) -> None:
        self.names[name] = inode
        self.journal.append(Link(name, inode))

    def unlink(self, name: str) -> None:
        del self.names[name]
        self.journal.append(Unlink(name))

    def write(self, inode: int, offset: int, data: bytes) -> None:
        _put(self.inodes[inode], offset, data)
        self.journal.append(Write(inode, offset, data))

    def cut(self, inode: int, size: int) -> None:
        del self.inodes[inode][size:]
        self.journal.append(Cut(inode, size))

    def flush(self, inode: int) -> None:
        self.journal.append(Flush(inode))

    def flush_folder(self) -> None:
        self.journal.append(FlushFolder())


class DiskFile:
    """What apsw asks of an open file. The unix VFS flushes the folder with the first flush of a new
    log or journal (os_unix.c, unixSync), so does this."""

    def __init__(self, disk: Disk, name: str, inode: int, flags: int, *, is_new: bool) -> None:
        self._disk, self._name, self._inode, self._flags = disk, name, inode, flags
        logs = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
        self._folder_due = is_new and bool(flags & logs)

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self._disk.inodes[self._inode][offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.write(self._inode, offset, bytes(data))

    def xTruncate(self, size: int) -> None:
        self._disk.cut(self._inode, size)

    def xSync(self, flags: int) -> None:
        self._disk.flush(self._inode)
        if self._folder_due:
            self._disk.flush_folder()
            self._folder_due = False

    def xClose(self) -> None:
        if self._flags & apsw.SQLITE_OPEN_DELETEONCLOSE and self._name in self._disk.names:
            self._disk.unlink(self._name)

    def xFileSize(self) -> int:
        return len(self._disk.inodes[self._inode])

    def xLock(self, level: int) -> None: ...

    def xUnlock(self, level: int) -> None: ...

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return SECTOR

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE


class DiskVfs(apsw.VFS):
    """SQLite's way to `disk`, which may be exchanged between connections."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.name, self.disk = name, Disk()

    def connect(self, path: str) -> apsw.Connection:
        """Exclusive, because this VFS has no shared memory for the log's index."""
        con = apsw.Connection(path, vfs=self.name)
        con.pragma("locking_mode", "exclusive")
        return con

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> DiskFile:  # type: ignore[override]
        path = name.filename() if isinstance(name, apsw.URIFilename) else name or "(unnamed)"
        is_new = path not in self.disk.names
        if is_new and not flags[0] & apsw.SQLITE_OPEN_CREATE:
            raise apsw.CantOpenError
        inode = self.disk.make(path) if is_new else self.disk.names[path]
        flags[1] = flags[0]
        return DiskFile(self.disk, path, inode, flags[0], is_new=is_new)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        if filename not in self.disk.names:
            raise apsw.exception_for(apsw.SQLITE_IOERR_DELETE_NOENT)
        self.disk.unlink(filename)
        if syncdir:
            self.disk.flush_folder()

    def xAccess(self, pathname: str, flags: int) -> bool:
        return pathname in self.disk.names

    def xFullPathname(self, name: str) -> str:
        return name


class DiskFiles:
    """The store's port for whole files, over the same disk and in the same journal."""

    def __init__(self, vfs: DiskVfs) -> None:
        self._vfs = vfs

    def write(self, path: Path, content: bytes) -> None:
        disk, name = self._vfs.disk, str(path)
        inode = disk.names[name] if name in disk.names else disk.make(name)
        disk.cut(inode, 0)
        disk.write(inode, 0, content)

    def flush(self, path: Path) -> None:
        self._vfs.disk.flush(self._vfs.disk.names[str(path)])

    def rename(self, old: Path, new: Path) -> None:
        disk = self._vfs.disk
        disk.link(str(new), disk.names[str(old)])
        disk.unlink(str(old))

    def make_folder(self, folder: Path) -> None: ...

    def flush_folder(self, folder: Path) -> None:
        self._vfs.disk.flush_folder()

    def has(self, path: Path) -> bool:
        return str(path) in self._vfs.disk.names

    def read(self, path: Path, offset: int, size: int) -> bytes:
        disk = self._vfs.disk
        return bytes(disk.inodes[disk.names[str(path)]][offset : offset + size])

    def remove(self, path: Path) -> None:
        if self.has(path):
            self._vfs.disk.unlink(str(path))

    def below(self, folder: Path) -> list[Path]:
        start = f"{folder}/"
        return [_path(name) for name in self._vfs.disk.names if name.startswith(start)]


@dataclass
class Aftermath:
    """Follows a disk's journal, entry by entry."""

    disk: Disk
    at: int = 0
    started: int = -1
    done: int = -1
    _solid: dict[int, bytearray] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)
    _loose: list[Write | Cut] = field(default_factory=list)
    _moves: list[Link | Unlink] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._names = {name: number for number, name in enumerate(self.disk.first)}
        self._solid = {n: bytearray(data) for n, data in enumerate(self.disk.first.values())}

    def step(self) -> Entry:
        entry = self.disk.journal[self.at]
        self.at += 1
        if isinstance(entry, Write | Cut):
            self._loose.append(entry)
        elif isinstance(entry, Link | Unlink):
            self._moves.append(entry)
        elif isinstance(entry, Flush):
            for one in self._loose:
                if one.inode == entry.inode:
                    _apply(self._solid.setdefault(one.inode, bytearray()), one)
            self._loose = [one for one in self._loose if one.inode != entry.inode]
        elif isinstance(entry, FlushFolder):
            for move in self._moves:
                _rename(self._names, move)
            self._moves = []
        elif entry.done:
            self.done = entry.number
        else:
            self.started = entry.number
        return entry

    def images(self, rng: random.Random, most: int) -> Iterator[Image]:
        """At most `most` disks: nothing of what was loose, all of it, then random ones of each kind."""
        count, moves = len(self._loose), len(self._moves)
        yield self._image(range(0), 0)
        if most > 1 and (count or moves):
            yield self._image(range(count), moves)
        if not count:
            return
        for _ in range(most - 2):
            yield self._random(rng, count, rng.randint(0, moves))

    def _random(self, rng: random.Random, count: int, moves: int) -> Image:
        kind = rng.choice(("up to", "without one", "some", "torn", "torn", "garbage"))
        if kind == "up to":
            return self._image(range(rng.randint(0, count)), moves)
        if kind == "without one":
            missing = rng.randrange(count)
            return self._image([n for n in range(count) if n != missing], moves)
        share = rng.random()
        kept = [n for n in range(count) if rng.random() < share]
        if kind == "some":
            return self._image(kept, moves)
        torn = rng.randrange(count)
        noise = rng if kind == "garbage" else None
        return self._image(sorted({*kept, torn}), moves, torn=torn, rng=rng, noise=noise)

    def _image(
        self,
        kept: range | list[int],
        moves: int,
        *,
        torn: int | None = None,
        rng: random.Random | None = None,
        noise: random.Random | None = None,
    ) -> Image:
        names = dict(self._names)
        for move in self._moves[:moves]:
            _rename(names, move)
        made = {inode: bytearray(self._solid.get(inode, b"")) for inode in names.values()}
        for number in kept:
            one = self._loose[number]
            if one.inode not in made:
                continue
            if number == torn and rng is not None and isinstance(one, Write):
                _tear(made[one.inode], one, rng, noise)
            else:
                _apply(made[one.inode], one)
        return {name: bytes(made[inode]) for name, inode in names.items()}


class Judged:
    """Disks that were judged: many cuts leave the same one, of which the same was promised."""

    def __init__(self) -> None:
        self._seen = set[tuple[bytes, int, int]]()

    def again(self, image: Image, *, started: int, done: int) -> bool:
        """Whether this disk was asked about before."""
        whole = blake2b(digest_size=16)
        for name in sorted(image):
            content = image[name]
            whole.update(f"{name}\0{len(content)}\0".encode())
            whole.update(content)
        mark = (whole.digest(), started, done)
        known = mark in self._seen
        self._seen.add(mark)
        return known


@cache
def _path(name: str) -> Path:
    return Path(name)


def _put(file: bytearray, offset: int, data: bytes) -> None:
    if len(file) < offset:
        file.extend(bytes(offset - len(file)))
    file[offset : offset + len(data)] = data


def _apply(file: bytearray, one: Write | Cut) -> None:
    if isinstance(one, Cut):
        del file[one.size :]
    else:
        _put(file, one.offset, one.data)


def _tear(file: bytearray, one: Write, rng: random.Random, noise: random.Random | None) -> None:
    """Each sector of the write made it or did not (or holds noise)."""
    for start in range(0, len(one.data), SECTOR):
        piece = one.data[start : start + SECTOR]
        if rng.random() < 0.5:
            _put(file, one.offset + start, piece)
        elif noise is not None:
            _put(file, one.offset + start, noise.randbytes(len(piece)))


def _rename(names: dict[str, int], move: Link | Unlink) -> None:
    if isinstance(move, Link):
        names[move.name] = move.inode
    else:
        names.pop(move.name, None)
