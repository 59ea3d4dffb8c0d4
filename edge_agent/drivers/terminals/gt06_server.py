"""The GT06 server of a gateway."""

from __future__ import annotations

from edge_agent.config.devices.terminals import Gt06ServerConfig
from edge_agent.drivers.terminals.gt06_session import Gt06Session
from edge_agent.drivers.terminals.server import TerminalServer
from edge_agent.drivers.terminals.session import Line
from edge_agent.drivers.terminals.sockets import Peers
from edge_agent.ports import Clock, Emit, TerminalTracks


class Gt06Server(TerminalServer):
    """`say` sends a command in the terminal's own words: GT06 knows no voice."""

    def __init__(
        self, config: Gt06ServerConfig, clock: Clock, tracks: TerminalTracks | None
    ) -> None:
        super().__init__(config, clock, tracks)
        self._peers = Peers(self, self._session)

    def _session(self, line: Line) -> Gt06Session:
        return Gt06Session(self, line)

    async def run(self, emit: Emit) -> None:
        await self.serve(emit, self._peers.listening)

    def each_second(self, now_s: float) -> None:
        self._peers.each_second(now_s)
