"""A serial line that is not there: a pty whose slave hangs under a path of our choosing.

Like a port and unlike a pipe: what is sent while nobody has the port open is lost, a reader that
does not keep up loses bytes, and pulling the plug takes the path away and hangs the reader up.
The slave's speed is whatever the reader set, or the indicator's until then.
"""

from __future__ import annotations

import errno
import os
import pty
import select
import termios
from pathlib import Path
from types import TracebackType
from typing import Self

HEARD_BYTES = 4096
SPEEDS = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if name[0] == "B" and name[1:].isdigit()
}
CODES = {baud: code for code, baud in SPEEDS.items()}


class LinkRefused(Exception):
    """The path cannot be taken; the message is one line a person can act on."""


class PtyLine:
    """Owns the pty and the symbolic link at `path`; `close` removes both."""

    def __init__(self, path: Path, baud: int) -> None:
        self._path, self._baud = path, baud
        self._master: int | None = None
        self._target = ""

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unplug()

    @property
    def plugged(self) -> bool:
        return self._master is not None

    @property
    def attended(self) -> bool:
        """Somebody has the port open."""
        return self._master is not None and not _unattended(self._master)

    def plug(self) -> None:
        """Makes the pty, raw and at the indicator's speed, and hangs the link. Idempotent."""
        if self._master is not None:
            return
        master, slave = pty.openpty()
        try:
            self._target = os.ttyname(slave)
            _make_raw(slave, self._baud)
            os.set_blocking(master, False)
            self._hang_link()
        except BaseException:
            os.close(master)
            raise
        finally:
            os.close(slave)
        self._master = master

    def unplug(self) -> None:
        """Takes the path away and hangs up whoever reads. Idempotent."""
        if self._master is None:
            return
        if self._path.is_symlink() and str(self._path.readlink()) == self._target:
            self._path.unlink()
        os.close(self._master)
        self._master = None

    def speed(self) -> int:
        """What the reader's side is set to, in baud; 0 when unplugged."""
        if self._master is None:
            return 0
        return SPEEDS.get(termios.tcgetattr(self._master)[5], 0)

    def send(self, data: bytes) -> int:
        """Bytes that reached the reader's buffer; the rest is lost, as on a wire."""
        if self._master is None or not data or _unattended(self._master):
            return 0
        try:
            return os.write(self._master, data)
        except OSError as error:
            if error.errno in {errno.EAGAIN, errno.EIO}:
                return 0
            raise

    def fileno(self) -> int:
        """To wait on, while `attended`; -1 when unplugged."""
        return -1 if self._master is None else self._master

    def heard(self) -> bytes:
        """What the other side has sent since the last call; b"" for nothing."""
        if self._master is None:
            return b""
        try:
            return os.read(self._master, HEARD_BYTES)
        except OSError as error:
            if error.errno in {errno.EAGAIN, errno.EIO}:  # EIO: nobody has the port open
                return b""
            raise

    def _hang_link(self) -> None:
        if self._path.is_symlink() and not self._path.exists():
            self._path.unlink()  # left by a simulator that was killed
        try:
            self._path.symlink_to(self._target)
        except FileExistsError as error:
            raise LinkRefused(
                f"{self._path}: already there; choose another path or remove it"
            ) from error
        except OSError as error:
            raise LinkRefused(f"{self._path}: {error.strerror}") from error


def _unattended(master: int) -> bool:
    """Nobody has the port open: Linux reports the master as hung up."""
    poller = select.poll()
    poller.register(master, 0)
    return any(event & select.POLLHUP for _, event in poller.poll(0))


def _make_raw(slave: int, baud: int) -> None:
    iflag, oflag, cflag, lflag, _, _, cc = termios.tcgetattr(slave)
    iflag &= ~(termios.BRKINT | termios.ICRNL | termios.INPCK | termios.ISTRIP | termios.IXON)
    oflag &= ~termios.OPOST
    lflag &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    cflag = (cflag & ~(termios.CSIZE | termios.PARENB)) | termios.CS8
    settings = [iflag, oflag, cflag, lflag, CODES[baud], CODES[baud], cc]
    termios.tcsetattr(slave, termios.TCSANOW, settings)
