"""A serial port, real or pty, as a ByteLink. The port is locked (flock), so that a second agent on
the same port is refused with the first one's pid instead of stealing half the bytes.
"""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import serial

from edge_agent.config.links import SerialLink
from edge_agent.errors import AlreadyRunning, DeviceUnreachable

READ_BYTES = 4096
LOCKS = Path("/proc/locks")
_WHY = {
    errno.ENOENT: "there is no such port; is it plugged in?",
    errno.EACCES: "permission denied; the user must be in the group that owns it (dialout)",
    errno.EBUSY: "busy; another program has it open",
    errno.EISDIR: "a folder, not a port",
    errno.ENOTTY: "not a serial port",
    errno.EIO: "the device does not answer",
}


class SerialTransport:
    """Opens the port of one link. AlreadyRunning when another process has locked it."""

    def __init__(self, link: SerialLink) -> None:
        self._link = link

    async def open(self) -> SerialByteLink:
        path = self._link.path
        try:
            port = serial.Serial(
                path,
                baudrate=self._link.baud,
                bytesize=self._link.bytesize,
                parity=self._link.parity,
                stopbits=self._link.stopbits,
                timeout=0,
                write_timeout=0,
                exclusive=True,
            )
        except (serial.SerialException, OSError, ValueError) as error:
            if _is_locked(error):
                raise AlreadyRunning(f"the port {path}", lock_holder(path)) from error
            raise DeviceUnreachable(f"{path}: {reason_of(error)}") from error
        return SerialByteLink(path, port)


class SerialByteLink:
    """An open port. The event loop watches its descriptor; nothing polls."""

    def __init__(self, path: str, port: serial.Serial) -> None:
        self._path, self._port = path, port
        self._ready = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(port.fileno(), self._wake)

    async def read(self, timeout_s: float) -> bytes:
        """At least one byte, or b"" after `timeout_s`; DeviceUnreachable when the port is gone."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._ready.wait()
        except TimeoutError:
            return b""
        self._ready.clear()
        data = self._take()
        self._loop.add_reader(self._port.fileno(), self._wake)
        return data

    async def write(self, data: bytes) -> None:
        try:
            sent = os.write(self._port.fileno(), data)
        except OSError as error:
            raise DeviceUnreachable(f"{self._path}: {reason_of(error)}") from error
        if sent != len(data):
            raise DeviceUnreachable(f"{self._path}: the device takes no bytes")

    async def close(self) -> None:
        if self._port.is_open:
            self._loop.remove_reader(self._port.fileno())
            self._port.close()

    def _wake(self) -> None:
        # Level-triggered: without this the loop would spin while the reading is being handled.
        self._loop.remove_reader(self._port.fileno())
        self._ready.set()

    def _take(self) -> bytes:
        try:
            data = os.read(self._port.fileno(), READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise DeviceUnreachable(f"{self._path}: {reason_of(error)}") from error
        if not data:  # readable and empty: the other end hung up
            raise DeviceUnreachable(f"{self._path}: unplugged")
        return data


def lock_holder(path: str) -> int | None:
    """The pid that holds a flock on the port, from the kernel's table; None when unknown."""
    try:
        about = Path(path).stat()
        table = LOCKS.read_text(encoding="ascii")
    except OSError:
        return None
    place = f"{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x}:{about.st_ino}"
    for line in table.splitlines():
        # proc_locks(5): number, kind, mode, access, pid, device:inode, range
        words = line.split()
        if len(words) >= 6 and words[1] == "FLOCK" and words[5] == place:
            return int(words[4]) if int(words[4]) > 0 else None
    return None


def _is_locked(error: Exception) -> bool:
    """pyserial wraps the flock failure; its errno is that of the lock, EAGAIN."""
    return getattr(error, "errno", None) in (errno.EAGAIN, errno.EWOULDBLOCK)


def reason_of(error: Exception) -> str:
    """In words. pyserial hides termios.error, which is no OSError, behind its own exception."""
    number = getattr(error, "errno", None)
    if number is None and error.__context__ is not None:
        number = next(iter(error.__context__.args), None)
    return _WHY.get(number, str(error)) if isinstance(number, int) else str(error)
