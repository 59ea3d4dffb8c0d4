"""The JT/T 808 server of a gateway, TCP and UDP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from edge_agent.config.devices.terminals import Jt808ServerConfig
from edge_agent.drivers.terminals.datagrams import Datagrams
from edge_agent.drivers.terminals.jt808_session import Jt808Session
from edge_agent.drivers.terminals.server import TerminalServer
from edge_agent.drivers.terminals.session import Line
from edge_agent.drivers.terminals.sockets import Peers
from edge_agent.ports import Clock, Emit, TerminalTracks


class Jt808Server(TerminalServer):
    """`say` has the terminal read a text out."""

    def __init__(
        self, config: Jt808ServerConfig, clock: Clock, tracks: TerminalTracks | None
    ) -> None:
        super().__init__(config, clock, tracks)
        self._authentication = config.authentication
        self._peers = Peers(self, self._session)
        self._datagrams = Datagrams(self._peers) if config.udp else None

    def _session(self, line: Line) -> Jt808Session:
        return Jt808Session(self, line, authentication=self._authentication)

    async def run(self, emit: Emit) -> None:
        await self.serve(emit, self._listening)

    def each_second(self, now_s: float) -> None:
        self._peers.each_second(now_s)
        if self._datagrams is not None:
            self._datagrams.each_second(now_s)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        async with self._peers.listening():
            if self._datagrams is None:
                yield
                return
            async with self._datagrams.listening():
                yield
