"""TCP connections of a terminal server, each bounded in bytes, time and what waits to be sent."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from edge_agent.config.devices.terminals import TerminalServerConfig
from edge_agent.config.links import parse_tcp_link
from edge_agent.drivers.terminals.bounds import MOST_GARBAGE, MOST_UNSENT, Allowance
from edge_agent.drivers.terminals.session import Line, MakeSession, Session
from edge_agent.drivers.terminals.trust import network_of
from edge_agent.ports import Clock

LOG = logging.getLogger("edile.terminals")
BACKLOG = 4_096
READ_BYTES = 65_536
FAREWELL_S = 5.0  # for the last bytes of a connection that is being closed
SPARE_FILES = 256  # open files that are not terminals


class Exchange(Protocol):
    """The server as its sockets see it."""

    device: str
    clock: Clock
    config: TerminalServerConfig
    counts: Counter[str]

    def count(self, name: str, by: int = 1) -> None: ...

    def left(self, session: Session) -> None: ...


class Peer(asyncio.BufferedProtocol):
    """One connection. What it sends too fast is left in its socket, so that it has to wait."""

    __slots__ = (
        "_allowance", "_closing_s", "_garbage", "_hub", "_resumes_s", "_since_s", "_transport",
        "heard_s", "session", "source",
    )  # fmt: skip

    def __init__(self, hub: Peers) -> None:
        self._hub = hub
        self.session: Session | None = None
        self.source = ""
        self._transport: asyncio.Transport | None = None
        self._garbage = 0
        self._resumes_s: float | None = None
        self._closing_s: float | None = None
        config, now_s = hub.server.config, hub.server.clock.monotonic_s()
        self._since_s = self.heard_s = now_s
        self._allowance = Allowance(config.bytes_s, config.burst_bytes, now_s)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream transport was expected")
        peer = transport.get_extra_info("peername")
        self.source = str(peer[0]) if peer else "?"
        if not self._hub.admit(self):
            transport.abort()
            return
        self._transport = transport
        line = self._hub.line(self.source, self.send, self.hang_up)
        self.session = self._hub.make(line)

    def get_buffer(self, _sizehint: int) -> memoryview:
        """One for all: the loop fills it and has it emptied before it looks at the next socket."""
        return self._hub.buffer

    def buffer_updated(self, nbytes: int) -> None:
        session, server = self.session, self._hub.server
        if session is None or self._closing_s is not None:
            return
        now_s = server.clock.monotonic_s()
        server.counts["bytes"] += nbytes
        self.heard_s = now_s
        before = session.frames
        session.receive(bytes(self._hub.buffer[:nbytes]), now_s)
        self._garbage = 0 if session.frames != before else self._garbage + nbytes
        if self._garbage > MOST_GARBAGE:
            server.count("refused.garbage")
            self.hang_up("no frame in all it sends")
            return
        wait_s = self._allowance.spend(nbytes, now_s)
        if wait_s and self._transport is not None and not self._transport.is_closing():
            server.count("slowed")
            self._resumes_s = now_s + wait_s
            self._transport.pause_reading()

    def send(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() + len(data) > MOST_UNSENT:
            self._hub.server.count("refused.slow")
            transport.abort()
            return
        transport.write(data)

    def hang_up(self, _reason: str) -> None:
        """What was answered already may still arrive."""
        if self._transport is not None and self._closing_s is None:
            self._closing_s = self._hub.server.clock.monotonic_s()
            self._transport.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        self._hub.gone(self)

    def judge_time(self, now_s: float) -> None:
        """Half-open and silent connections are closed; who had to wait may go on."""
        config, session = self._hub.server.config, self.session
        if self._closing_s is not None:
            if now_s - self._closing_s > FAREWELL_S:
                self.abort()
        elif self._resumes_s is not None:
            if now_s >= self._resumes_s and self._transport is not None:
                self._resumes_s = None
                self._transport.resume_reading()
        elif session is not None and session.terminal is None:
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

    def __init__(self, server: Exchange, make: MakeSession) -> None:
        self.server, self.make = server, make
        self.buffer = memoryview(bytearray(READ_BYTES))
        self._most = server.config.connections
        self._peers: set[Peer] = set()
        self._sources: Counter[str] = Counter()

    def line(
        self, source: str, send: Callable[[bytes], None], hang_up: Callable[[str], None]
    ) -> Line:
        config = self.server.config
        network = network_of(source, config.network_bits, config.networks)
        return Line(source, network, send, hang_up)

    def admit(self, peer: Peer) -> bool:
        per_source = self.server.config.per_source
        if len(self._peers) >= self._most or self._sources[peer.source] >= per_source:
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
            peer.session.ended()
            self.server.left(peer.session)

    def each_second(self, now_s: float) -> None:
        for peer in list(self._peers):
            peer.judge_time(now_s)
            if peer.session is not None:
                peer.session.tick(now_s)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """OSError when the port cannot be had."""
        self._most = self._allowed()
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

    def _allowed(self) -> int:
        """Each connection is an open file; the soft limit is raised as far as the hard one lets us."""
        wanted = self.server.config.connections
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = wanted + SPARE_FILES
        if hard != resource.RLIM_INFINITY and hard < needed:
            LOG.warning(
                "%s: %d open files are allowed (ulimit -Hn), so at most %d terminals, not %d",
                self.server.device, hard, max(1, hard - SPARE_FILES), wanted,
            )  # fmt: skip
            needed, wanted = hard, max(1, hard - SPARE_FILES)
        if soft != resource.RLIM_INFINITY and soft < needed:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        return wanted
