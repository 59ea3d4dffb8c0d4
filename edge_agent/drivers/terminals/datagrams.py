"""JT/T 808 over UDP: a sender is an address, its datagrams are one conversation."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from edge_agent.config.links import parse_tcp_link
from edge_agent.drivers.terminals.bounds import Allowance
from edge_agent.drivers.terminals.session import Session
from edge_agent.drivers.terminals.sockets import Peers

MOST_SENDERS = 20_000  # remembered; the longest silent are forgotten first
Address = tuple[Any, ...]


class _Sender:
    __slots__ = ("allowance", "heard_s", "session")

    def __init__(self, session: Session, allowance: Allowance, now_s: float) -> None:
        self.session, self.allowance, self.heard_s = session, allowance, now_s


class Datagrams(asyncio.DatagramProtocol):
    """Bounded like connections, but that there is nothing to close: who floods is not heard."""

    def __init__(self, hub: Peers) -> None:
        self._hub = hub
        self._senders: dict[Address, _Sender] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Python 3.11's own datagram transport is no DatagramTransport for `isinstance`.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        server = self._hub.server
        now_s = server.clock.monotonic_s()
        server.counts["bytes"] += len(data)
        sender = self._senders.pop(addr, None) or self._made(addr, now_s)
        self._senders[addr] = sender  # the most recent are last
        sender.heard_s = now_s
        if sender.allowance.take(len(data), now_s):
            sender.session.receive(data, now_s)
        else:
            server.count("refused.flood")

    def each_second(self, now_s: float) -> None:
        idle_s = self._hub.server.config.idle_s
        while self._senders:
            address, oldest = next(iter(self._senders.items()))
            if now_s - oldest.heard_s <= idle_s:
                break
            self._forget(address)
        for sender in list(self._senders.values()):
            sender.session.tick(now_s)

    def _made(self, addr: Address, now_s: float) -> _Sender:
        if len(self._senders) >= MOST_SENDERS:
            self._forget(next(iter(self._senders)))
        config = self._hub.server.config

        def send(data: bytes) -> None:
            if self._transport is not None:
                self._transport.sendto(data, addr)

        line = self._hub.line(str(addr[0]), send, lambda _reason: self._forget(addr))
        allowance = Allowance(config.bytes_s, config.burst_bytes, now_s)
        return _Sender(self._hub.make(line), allowance, now_s)

    def _forget(self, addr: Address) -> None:
        found = self._senders.pop(addr, None)
        if found is not None:
            found.session.ended()
            self._hub.server.left(found.session)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """On the port of the TCP server. OSError when it cannot be had."""
        link = parse_tcp_link(self._hub.server.config.listen)
        family = socket.AF_INET6 if ":" in link.host else socket.AF_INET
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(link.host, link.port), family=family
        )
        try:
            yield
        finally:
            transport.close()
            for addr in list(self._senders):
                self._forget(addr)
