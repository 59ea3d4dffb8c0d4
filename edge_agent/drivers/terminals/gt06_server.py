"""The GT06 server of a gateway."""

from __future__ import annotations

from functools import partial

from edge_agent.config.devices.terminals import Gt06ServerConfig
from edge_agent.drivers.terminals.gt06_session import Gt06Session
from edge_agent.drivers.terminals.server import TerminalServer
from edge_agent.drivers.terminals.sockets import Peers
from edge_agent.ports import Clock, Emit, TerminalTracks


class Gt06Server(TerminalServer):
    def __init__(
        self, config: Gt06ServerConfig, clock: Clock, tracks: TerminalTracks | None
    ) -> None:
        super().__init__(config, clock, tracks)
        self._peers = Peers(self, partial(Gt06Session, self, clock))

    async def run(self, emit: Emit) -> None:
        await self.serve(emit, self._peers.listening)

    def each_second(self, now_s: float) -> None:
        self._peers.each_second(now_s)
