"""Sockets of a terminal server: every connection bounded in bytes, time and what waits to be sent."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from edge_agent.config.links import parse_tcp_link
from edge_agent.drivers.terminals.bounds import Allowance
from edge_agent.drivers.terminals.server import TerminalServer
from edge_agent.drivers.terminals.trust import network_of

MOST_UNSENT = 65_536  # bytes: a terminal that does not read is closed
MOST_UDP = 20_000  # remembered senders of datagrams
BACKLOG = 4_096
MakeSession = Callable[..., Any]


class Peer(asyncio.Protocol):
    """One TCP connection."""

    __slots__ = ("_allowance", "_hub", "_since_s", "_transport", "heard_s", "session", "source")

    def __init__(self, hub: Peers) -> None:
        self._hub = hub
        self.session: Any = None
        self.source = ""
        self._transport: asyncio.Transport | None = None
        self._allowance: Allowance | None = None
        self._since_s = self.heard_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream transport was expected")
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self.source = str(peer[0]) if peer else "?"
        now_s = self._hub.server.clock.monotonic_s()
        config = self._hub.server.config
        self._since_s = self.heard_s = now_s
        self._allowance = Allowance(config.bytes_s, config.burst_bytes, now_s)
        if not self._hub.admit(self):
            transport.abort()
            self._transport = None
            return
        transport.set_write_buffer_limits(high=MOST_UNSENT)
        network = network_of(self.source, config.network_bits, config.networks)
        self.session = self._hub.make(
            source=self.source, network=network, send=self.send, hang_up=self.hang_up
        )

    def data_received(self, data: bytes) -> None:
        if self.session is None or self._transport is None or self._allowance is None:
            return
        now_s = self._hub.server.clock.monotonic_s()
        self._hub.server.counts["bytes"] += len(data)
        if not self._allowance.take(len(data), now_s):
            self._hub.server.count("refused.flood")
            self.hang_up("more bytes than a terminal sends")
            return
        self.heard_s = now_s
        self.session.receive(data, now_s)

    def send(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() + len(data) > MOST_UNSENT:
            self._hub.server.count("refused.slow")
            self.hang_up("it does not read what it is sent")
            return
        transport.write(data)

    def hang_up(self, _reason: str) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        self._hub.gone(self)

    def judge_time(self, now_s: float) -> None:
        """Half-open and silent connections are closed."""
        config = self._hub.server.config
        if self.session is not None and self.session.terminal is None:
            if now_s - self._since_s > config.login_s:
                self._hub.server.count("refused.no-login")
                self.hang_up("it never said who it is")
        elif now_s - self.heard_s > config.idle_s:
            self._hub.server.count("closed.idle")
            self.hang_up("silent for too long")

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Peers:
    """All connections of one server."""

    def __init__(self, server: TerminalServer, make: MakeSession) -> None:
        self.server, self.make = server, make
        self._peers: set[Peer] = set()
        self._sources: Counter[str] = Counter()

    def admit(self, peer: Peer) -> bool:
        config = self.server.config
        full = len(self._peers) >= config.connections
        if full or self._sources[peer.source] >= config.per_source:
            self.server.count("refused.connections")
            return False
        self._peers.add(peer)
        self._sources[peer.source] += 1
        self.server.counts["connections"] = len(self._peers)
        return True

    def gone(self, peer: Peer) -> None:
        if peer not in self._peers:
            return
        self._peers.discard(peer)
        self._sources[peer.source] -= 1
        if not self._sources[peer.source]:
            del self._sources[peer.source]
        self.server.counts["connections"] = len(self._peers)
        if peer.session is not None:
            self.server.left(peer.session)

    def each_second(self, now_s: float) -> None:
        for peer in list(self._peers):
            peer.judge_time(now_s)
            if peer.session is not None:
                peer.session.tick(now_s)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """OSError when the port cannot be had."""
        link = parse_tcp_link(self.server.config.listen)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Peer(self), link.host, link.port, backlog=BACKLOG, reuse_address=True
        )
        try:
            yield
        finally:
            server.close()
            for peer in list(self._peers):
                peer.abort()
            await server.wait_closed()


class Datagrams(asyncio.DatagramProtocol):
    """JT/T 808 over UDP: a sender is an address; the oldest are forgotten first."""

    def __init__(self, hub: Peers) -> None:
        self._hub = hub
        self._sessions: dict[tuple[Any, ...], tuple[Any, Allowance]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.DatagramTransport):
            self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        server = self._hub.server
        now_s = server.clock.monotonic_s()
        session, allowance = self._of(addr, now_s)
        server.counts["bytes"] += len(data)
        if allowance.take(len(data), now_s):
            session.receive(data, now_s)
        else:
            server.count("refused.flood")

    def _of(self, addr: tuple[Any, ...], now_s: float) -> tuple[Any, Allowance]:
        found = self._sessions.pop(addr, None)
        if found is None:
            found = self._made(addr, now_s)
            if len(self._sessions) >= MOST_UDP:
                self._forget(next(iter(self._sessions)))
        self._sessions[addr] = found  # the most recent are last
        return found

    def _made(self, addr: tuple[Any, ...], now_s: float) -> tuple[Any, Allowance]:
        config = self._hub.server.config
        source = str(addr[0])
        network = network_of(source, config.network_bits, config.networks)

        def send(data: bytes) -> None:
            if self._transport is not None:
                self._transport.sendto(data, addr)

        def hang_up(_reason: str) -> None:
            self._forget(addr)

        session = self._hub.make(source=source, network=network, send=send, hang_up=hang_up)
        return session, Allowance(config.bytes_s, config.burst_bytes, now_s)

    def _forget(self, addr: tuple[Any, ...]) -> None:
        found = self._sessions.pop(addr, None)
        if found is not None:
            self._hub.server.left(found[0])


@asynccontextmanager
async def datagrams(hub: Peers) -> AsyncIterator[None]:
    """UDP on the port of the TCP server. OSError when it cannot be had."""
    link = parse_tcp_link(hub.server.config.listen)
    family = socket.AF_INET6 if ":" in link.host else socket.AF_INET
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Datagrams(hub), local_addr=(link.host, link.port), family=family
    )
    try:
        yield
    finally:
        transport.close()
