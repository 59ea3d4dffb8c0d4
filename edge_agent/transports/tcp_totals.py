"""What went over a TCP connection, as the kernel counts it: TLS and handshake included."""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

# linux/tcp.h, struct tcp_info: tcpi_bytes_received, tcpi_busy_time (µs), tcpi_bytes_sent.
_RECEIVED_AT, _BUSY_AT, _SENT_AT, _TCP_INFO_SIZE = 128, 168, 200, 208
# tcp(7). TCP_NODELAY: head and body are written apart, and the body must not wait 40 ms for the
# head's acknowledgement. TCP_USER_TIMEOUT: a mobile network forgets an idle connection without a word;
# what is then sent is given up after 15 s without any acknowledgement, and goes over a new one.
SOCKET_OPTIONS = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
if hasattr(socket, "TCP_USER_TIMEOUT"):
    SOCKET_OPTIONS.append((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 15_000))


class Wire(NamedTuple):
    """A connection's own totals since it was opened."""

    sent: int
    received: int
    busy_s: float


class WireMeter:
    """What each exchange cost, from connection to connection."""

    def __init__(self) -> None:
        self._last: tuple[object, Wire] | None = None

    def spent(self, sock: object) -> Wire | None:
        """Since the last call for the same connection; None where the kernel does not tell."""
        now = _totals(sock)
        if now is None:
            return None
        before = Wire(0, 0, 0.0)
        if self._last is not None and self._last[0] is sock:
            before = self._last[1]
        self._last = (sock, now)
        return Wire(
            now.sent - before.sent, now.received - before.received, now.busy_s - before.busy_s
        )


def _totals(sock: object) -> Wire | None:
    if not isinstance(sock, socket.socket) and not hasattr(sock, "getsockopt"):
        return None
    if not hasattr(socket, "TCP_INFO"):
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
    except OSError:
        return None
    if len(info) < _TCP_INFO_SIZE:
        return None

    def number(at: int) -> int:
        return int(struct.unpack_from("=Q", info, at)[0])

    return Wire(number(_SENT_AT), number(_RECEIVED_AT), number(_BUSY_AT) / 1e6)
