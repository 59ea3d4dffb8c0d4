"""A line behind a TCP serial converter (or a device with a socket of its own), as a ByteLink."""

from __future__ import annotations

import asyncio
import socket

from edge_agent.config.links import TcpLink
from edge_agent.errors import DeviceUnreachable

READ_BYTES = 4096
CONNECT_S = 10.0
# A converter that lost its power says nothing: the kernel asks after 10 s and gives up 15 s later. While
# something we wrote is not confirmed it does not ask: then the last option counts.
GIVE_UP_S = 25
KEEPALIVE = {
    socket.TCP_KEEPIDLE: 10,
    socket.TCP_KEEPINTVL: 5,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: GIVE_UP_S * 1000,
}


class TcpTransport:
    """Connects to one converter."""

    def __init__(self, link: TcpLink) -> None:
        self._link = link

    async def open(self) -> TcpByteLink:
        where = self._link.path
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(self._link.host, self._link.port)
        except TimeoutError as error:
            raise DeviceUnreachable(f"{where}: no answer within {CONNECT_S:g} s") from error
        except OSError as error:
            raise DeviceUnreachable(f"{where}: {error.strerror or error}") from error
        line: socket.socket = writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE.items():
            line.setsockopt(socket.IPPROTO_TCP, option, value)
        return TcpByteLink(where, reader, writer)


class TcpByteLink:
    """An open connection; asyncio bounds what waits in it."""

    def __init__(
        self, where: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._where, self._reader, self._writer = where, reader, writer

    async def read(self, timeout_s: float) -> bytes:
        """At least one byte, or b"" after `timeout_s`; DeviceUnreachable when it was closed."""
        wait = asyncio.timeout(timeout_s)
        try:
            async with wait:
                data = await self._reader.read(READ_BYTES)
        except OSError as error:
            # The kernel's "connection timed out" is a TimeoutError, too, and no end of our wait.
            if isinstance(error, TimeoutError) and wait.expired():
                return b""
            raise DeviceUnreachable(f"{self._where}: {error.strerror or error}") from error
        if not data:
            raise DeviceUnreachable(f"{self._where}: the other end closed the connection")
        return data

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        try:
            await self._writer.drain()
        except OSError as error:
            raise DeviceUnreachable(f"{self._where}: {error.strerror or error}") from error

    async def close(self) -> None:
        self._writer.close()
